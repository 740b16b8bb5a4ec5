internal import Basics
internal import PodModel

/// How many pods of a budget may be disrupted now.
///
/// Source: `pkg/controller/disruption/disruption.go`.
struct DisruptionPlan: Sendable, Hashable {
    /// How many pods are expected.
    var expected = 0
    /// How many of them must be healthy.
    var desired = 0
    /// How many are healthy.
    var current = 0
    /// How many may go.
    var allowed: Int { expected > 0 ? max(0, current - desired) : 0 }
    /// The evictions that have not led to a deletion yet, by the pods' names.
    var disrupted: [String: Timestamp] = [:]
    /// When the first of them is taken for given up.
    var wait: Duration?

    /// How long an eviction may take to become a deletion.
    private static let patience = Duration.seconds(120)

    /// What a budget asks for.
    enum Limit: Sendable, Hashable {
        /// So many must stay.
        case available(IntOrString)
        /// So many may be missing.
        case unavailable(IntOrString)
    }

    /// Counts.
    ///
    /// - Parameters:
    ///   - limit: What the budget asks for; nil asks for nothing.
    ///   - pods: The pods that it chooses.
    ///   - scale: How many pods those that keep them want, all together.
    ///   - disrupted: When pods were evicted.
    ///   - now: The wall clock.
    init(
        _ limit: Limit?,
        pods: [PodFacts],
        scale: Int,
        disrupted: [String: Timestamp],
        at now: Timestamp
    ) {
        switch limit {
        case .available(.int(let number)):
            expected = pods.count
            desired = number
        case .available(let share):
            expected = scale
            desired = Self.resolve(share, of: scale)
        case .unavailable(let share):
            expected = scale
            desired = max(0, scale - Self.resolve(share, of: scale))
        case nil: expected = pods.count
        }
        for pod in pods {
            if let time = disrupted[pod.name], !pod.isDeleted {
                let rest = time + Self.patience - now
                if rest > .zero {
                    self.disrupted[pod.name] = time
                    wait = min(wait ?? rest, rest)
                    continue
                }
            }
            if pod.isReady, !pod.isDeleted { current += 1 }
        }
    }

    /// A number or a percentage, rounded up.
    private static func resolve(_ value: IntOrString, of total: Int) -> Int {
        switch value {
        case .int(let number): return number
        case .string(let text): return (total * (Int(text.dropLast()) ?? 0) + 99) / 100
        }
    }
}
