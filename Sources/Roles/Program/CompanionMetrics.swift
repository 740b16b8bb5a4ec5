package import Basics
import Formats
package import Reactor
import System

/// What the program tells about itself, under names that begin with `companion_`.
@MainLoop package final class CompanionMetrics {
    private let registry = MetricsRegistry()
    private let process = MetricsRegistry()
    private let reloads: Counter
    private let refusals: Counter
    private let isGood: Gauge
    private let time: Gauge
    private let warnings: Gauge
    private let hash: Gauge
    private let certificates: Gauge
    private let resident: Gauge
    private let uptime: Gauge
    /// 0 starting, 1 serving, 2 draining.
    package let state: Gauge
    private var info = ""
    /// How many certificates are not followed because their files cannot be used.
    package var refusedCertificates: @MainLoop () -> Int = { 0 }

    /// Makes them, all zero.
    package init() {
        reloads = registry.counter(
            "companion_config_reloads_total",
            help: "Configurations that were taken, the first one included."
        )
        refusals = registry.counter(
            "companion_config_refusals_total",
            help: "Configurations that were refused."
        )
        isGood = registry.gauge(
            "companion_config_last_reload_successful",
            help: "Whether the last configuration that was read was taken."
        )
        time = registry.gauge(
            "companion_config_last_reload_success_timestamp_seconds",
            help: "When the active configuration was taken."
        )
        warnings = registry.gauge(
            "companion_config_warnings",
            help: "Warnings about the active configuration."
        )
        hash = registry.gauge(
            "companion_config_hash",
            help: "The first 48 bits of the SHA-256 of the active configuration."
        )
        certificates = registry.gauge(
            "companion_certificates_refused",
            help: "Certificates whose files cannot be used; the ones before them are shown."
        )
        resident = process.gauge(
            "companion_resident_memory_bytes",
            help: "The resident memory of the program."
        )
        uptime = process.gauge(
            "companion_uptime_seconds",
            help: "How long the program has run."
        )
        state = process.gauge(
            "companion_state",
            help: "What the program does: 0 starting, 1 serving, 2 draining."
        )
    }

    /// Whether any configuration was taken or refused.
    package private(set) var isUsed = false

    /// A configuration was taken.
    ///
    /// - Parameters:
    ///   - dialect: Its language; nil if nobody wrote it.
    ///   - digest: Its SHA-256.
    ///   - count: How many warnings there are about it.
    ///   - time: When.
    package func accepted(
        dialect: String?,
        sha256 digest: String,
        warnings count: Int,
        at time: Timestamp?
    ) {
        isUsed = true
        reloads.increment()
        isGood.set(1)
        self.time.set(time?.seconds ?? 0)
        warnings.set(Int64(count))
        hash.set(Int64(digest.prefix(12), radix: 16) ?? 0)
        info = "{dialect=\"\(dialect ?? "derived")\",sha256=\"\(digest)\"}"
    }

    /// A configuration was refused.
    package func refused() {
        isUsed = true
        refusals.increment()
        isGood.set(0)
    }

    /// All of them in the text form of Prometheus.
    package func text(uptime duration: Duration) -> String {
        resident.set(Int64(Host.residentBytes))
        uptime.set(duration.components.seconds)
        return configurationText + process.text
    }

    /// Those about the configuration.
    package var configurationText: String {
        certificates.set(Int64(refusedCertificates()))
        let name = "companion_config_info"
        let more =
            "# HELP \(name) The active configuration.\n# TYPE \(name) gauge\n\(name)\(info) 1\n"
        return registry.text + (info.isEmpty ? "" : more)
    }
}
