import Synchronization

/// The metrics of a program by name and labels; from any thread.
///
/// Asking twice for the same name and labels gives the same metric. Each name has a limited number
/// of label sets: what is more is counted into a metric that is not shown, and `refused` grows.
public final class MetricsRegistry: Sendable {
    enum Metric: Sendable {
        case counter(Counter)
        case gauge(Gauge)
        case histogram(Histogram)

        var kind: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        }
    }

    struct Family {
        var help: String
        var kind: String
        var metrics: [[String: String]: Metric] = [:]
    }

    /// The most label sets of one name.
    public let labelSetsMaximum: Int
    private let families = Mutex<[String: Family]>([:])
    /// How many label sets were refused.
    public let refused = Counter()

    /// Makes an empty registry.
    public init(labelSetsMaximum: Int = 1000) {
        self.labelSetsMaximum = labelSetsMaximum
    }

    /// The counter of a name and labels; by custom the name ends in `_total`.
    public func counter(
        _ name: String,
        help: String,
        labels: [String: String] = [:]
    ) -> Counter {
        guard case .counter(let counter) = metric(name, help, labels, { .counter(Counter()) })
        else { return Counter() }
        return counter
    }

    /// The gauge of a name and labels.
    public func gauge(_ name: String, help: String, labels: [String: String] = [:]) -> Gauge {
        guard case .gauge(let gauge) = metric(name, help, labels, { .gauge(Gauge()) })
        else { return Gauge() }
        return gauge
    }

    /// The histogram of a name and labels; by custom the name ends in `_seconds`.
    public func histogram(
        _ name: String,
        help: String,
        labels: [String: String] = [:],
        bounds: [Duration] = Histogram.usualBounds
    ) -> Histogram {
        let found = metric(name, help, labels) { .histogram(Histogram(bounds: bounds)) }
        guard case .histogram(let histogram) = found else { return Histogram(bounds: bounds) }
        return histogram
    }

    /// All metrics in the text form of Prometheus (version 0.0.4), sorted by name and labels.
    public var text: String {
        let all = families.withLock { $0 }
        return all.sorted { $0.key < $1.key }.map { MetricsText.of($0.key, $0.value) }.joined()
    }

    private func metric(
        _ name: String,
        _ help: String,
        _ labels: [String: String],
        _ make: () -> Metric
    ) -> Metric {
        precondition(MetricsText.isName(name), "no name of a metric: \(name)")
        precondition(labels.keys.allSatisfy(MetricsText.isName), "no names of labels")
        return families.withLock { families in
            let fresh = make()
            var family = families[name] ?? Family(help: help, kind: fresh.kind)
            precondition(family.kind == fresh.kind, "\(name) is a \(family.kind)")
            if let known = family.metrics[labels] { return known }
            guard family.metrics.count < labelSetsMaximum else {
                refused.increment()
                return fresh
            }
            family.metrics[labels] = fresh
            families[name] = family
            return fresh
        }
    }
}
