import Basics
import Reactor

/// What a reloader counts, under the names of configmap-reload and prometheus-config-reloader and its own.
@MainLoop final class ReloadMetrics {
    private let registry = MetricsRegistry()
    private var durations: [String: Duration] = [:]
    private let applies: Counter
    private let failedApplies: Counter
    private let reloads: Counter
    private let failedReloads: Counter
    private let isGood: Gauge
    private let time: Gauge
    private let watches: Gauge
    private let events: Counter
    private let watchErrors: Counter
    private let mapErrors: Counter
    private let overflows: Counter
    private let unchanged: Counter
    private let refusals: Counter
    private let superseded: Counter
    private let retrying: Gauge
    private let missing: Gauge
    private let rendered: Counter
    /// From the first change that was seen to the end of all actions.
    let reaction: Histogram

    /// Makes them, all zero, with the requests that there are.
    init(_ hooks: [String]) {
        applies = registry.counter(
            "reloader_config_apply_operations_total",
            help: "How often changed files were prepared and acted upon."
        )
        failedApplies = registry.counter(
            "reloader_config_apply_operations_failed_total",
            help: "How often that failed."
        )
        reloads = registry.counter(
            "reloader_reloads_total",
            help: "How often the actions were tried."
        )
        failedReloads = registry.counter(
            "reloader_reloads_failed_total",
            help: "How often a try failed."
        )
        isGood = registry.gauge(
            "reloader_last_reload_successful",
            help: "Whether the last try succeeded."
        )
        time = registry.gauge(
            "reloader_last_reload_success_timestamp_seconds",
            help: "When a try succeeded last."
        )
        watches = registry.gauge("reloader_watches", help: "Directories that are watched.")
        events = registry.counter(
            "reloader_watch_events_total",
            help: "Changes that the kernel has told."
        )
        watchErrors = registry.counter(
            "reloader_watch_errors_total",
            help: "How often something could not be watched."
        )
        mapErrors = registry.counter(
            "configmap_reload_watcher_errors_total",
            help: "How often something could not be watched."
        )
        overflows = registry.counter(
            "companion_reload_watch_overflows_total",
            help: "How often the kernel has lost changes; all files were looked at then."
        )
        unchanged = registry.counter(
            "companion_reload_unchanged_total",
            help: "Changes after which the files had the same bytes as before."
        )
        refusals = registry.counter(
            "companion_reload_refusals_total",
            help: "New files that were found to be invalid; the last good ones stayed."
        )
        superseded = registry.counter(
            "companion_reload_superseded_total",
            help: "Tries that were dropped because the files changed again."
        )
        retrying = registry.gauge(
            "companion_reload_retrying",
            help: "Whether something has failed and will be tried again."
        )
        missing = registry.gauge(
            "companion_reload_missing",
            help: "Whether something that is watched cannot be read."
        )
        rendered = registry.counter(
            "companion_reload_rendered_files_total",
            help: "Files that were made and put in place."
        )
        reaction = registry.histogram(
            "companion_reload_reaction_seconds",
            help: "From the first change that was seen to the end of all actions."
        )
        for hook in hooks {
            _ = success(hook)
            _ = error(hook)
        }
    }

    private func success(_ hook: String) -> Counter {
        registry.counter(
            "configmap_reload_success_reloads_total",
            help: "Requests that succeeded.",
            labels: ["webhook": hook]
        )
    }

    private func error(_ hook: String) -> Gauge {
        registry.gauge(
            "configmap_reload_last_reload_error",
            help: "Whether the last request failed.",
            labels: ["webhook": hook]
        )
    }

    /// A request was answered with a success.
    func answered(_ hook: String, status: Int, after duration: Duration) {
        success(hook).increment()
        error(hook).set(0)
        durations[hook] = duration
        count(hook, status)
    }

    /// A request was no success.
    func failed(_ hook: String, reason: String, status: Int?) {
        error(hook).set(1)
        problem(hook, reason)
        if let status { count(hook, status) }
    }

    /// No try is left for a request.
    func exhausted(_ hook: String) { problem(hook, "retries_exhausted") }

    private func problem(_ hook: String, _ reason: String) {
        registry.counter(
            "configmap_reload_request_errors_total",
            help: "Requests that failed.",
            labels: ["webhook": hook, "reason": reason]
        ).increment()
    }

    private func count(_ hook: String, _ status: Int) {
        registry.counter(
            "configmap_reload_requests_total",
            help: "Requests that were answered.",
            labels: ["webhook": hook, "status_code": "\(status)"]
        ).increment()
    }

    /// An action was tried.
    func acted(_ kind: String, isGood: Bool) {
        registry.counter(
            "companion_reload_actions_total",
            help: "Actions that were tried, by kind and result.",
            labels: ["action": kind, "result": isGood ? "success" : "failure"]
        ).increment()
    }

    /// All actions of a round were tried.
    func tried(isGood: Bool, at time: Timestamp) {
        reloads.increment()
        if !isGood { failedReloads.increment() }
        self.isGood.set(isGood ? 1 : 0)
        if isGood { self.time.set(time.seconds) }
    }

    /// How a round ended.
    func ended(isGood: Bool) {
        applies.increment()
        if !isGood { failedApplies.increment() }
    }

    /// New files were found to be invalid.
    func refused() {
        refusals.increment()
        ended(isGood: false)
    }

    /// Nothing had really changed.
    func same() { unchanged.increment() }

    /// A round was dropped for a newer one.
    func dropped() { superseded.increment() }

    /// Files were put in place.
    func made(_ count: Int) { rendered.increment(by: UInt64(count)) }

    /// Whether it tries again, and whether what is watched is missing.
    func show(isRetrying: Bool, isMissing: Bool) {
        retrying.set(isRetrying ? 1 : 0)
        missing.set(isMissing ? 1 : 0)
    }

    /// The text form of Prometheus.
    func text(_ watch: ConfigurationWatch?) -> String {
        watches.set(Int64(watch?.watched ?? 0))
        if let watch {
            raise(events, to: watch.events)
            raise(watchErrors, to: watch.failures)
            raise(mapErrors, to: watch.failures)
            raise(overflows, to: watch.overflows)
        }
        guard !durations.isEmpty else { return registry.text }
        let name = "configmap_reload_last_request_duration_seconds"
        var text = "# HELP \(name) How long the last successful request took.\n"
        text += "# TYPE \(name) gauge\n"
        for (hook, duration) in durations.sorted(by: { $0.key < $1.key }) {
            let label = hook.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            text += "\(name){webhook=\"\(label)\"} \(duration.inSeconds)\n"
        }
        return registry.text + text
    }

    private func raise(_ counter: Counter, to value: Int) {
        let known = counter.value
        if UInt64(value) > known { counter.increment(by: UInt64(value) - known) }
    }
}
