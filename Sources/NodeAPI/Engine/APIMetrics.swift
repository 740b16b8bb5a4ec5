internal import Basics

/// What the API counts of its requests, under the API server's names.
final class APIMetrics: Sendable {
    /// Groups, resources and verbs are ours; codes are few.
    private let registry = MetricsRegistry(labelSetsMaximum: 4096)
    let watches: Gauge
    let expiredWatches: Counter

    init() {
        watches = registry.gauge(
            "apiserver_longrunning_requests",
            help: "Watches that are open.",
            labels: ["verb": "WATCH"]
        )
        expiredWatches = registry.counter(
            "remora_watches_expired_total",
            help: "Watches that were ended because their clients took too little."
        )
    }

    /// Counts a request and how long it took to the answer, or to its first piece.
    func note(_ wanted: AccessAttributes, code: Int, _ duration: Duration) {
        let verb = wanted.verb.uppercased()
        // A path that is no resource of ours is not worth a name.
        let isKnown = ResourceKind.all.contains {
            $0.group == wanted.group && $0.resource == wanted.resource
        }
        var labels = ["verb": verb, "group": "", "resource": "", "subresource": ""]
        if isKnown {
            labels["group"] = wanted.group
            labels["resource"] = wanted.resource
            labels["subresource"] = wanted.subresource
        }
        let times = registry.histogram(
            "apiserver_request_duration_seconds",
            help: "How long requests took until they were answered.",
            labels: labels
        )
        times.observe(duration)
        labels["code"] = String(code)
        let requests = registry.counter(
            "apiserver_request_total",
            help: "Requests that were answered.",
            labels: labels
        )
        requests.increment()
    }

    /// Everything in Prometheus' text form.
    var text: String { registry.text }
}
