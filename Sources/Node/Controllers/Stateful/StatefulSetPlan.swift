internal import Basics
internal import PodModel

/// What a StatefulSet does next: which ordinals it makes, which pods go, and its numbers.
///
/// A pure function of its wishes and its pods, applied again after every change. In order means: no
/// pod is made or goes while one before it is not available.
/// Source: `pkg/controller/statefulset/stateful_set_control.go`.
struct StatefulSetPlan: Sendable, Hashable {
    /// What is wanted of a StatefulSet.
    struct Wishes: Sendable, Hashable {
        var replicas = 1
        /// The ordinal of the first pod.
        var start = 0
        /// Whether pods come and go one by one.
        var isOrdered = true
        /// Whether pods of an older template are replaced.
        var isRolling = true
        /// The ordinals below it keep their template, counted from `start`.
        var partition = 0
        /// How many pods may be missing while templates change.
        var unavailable = 1
        /// How long a pod must be ready to be available.
        var minimum = Duration.zero

        var ordinals: Range<Int> { start..<start + max(0, replicas) }
    }

    /// A pod to be made.
    struct NewPod: Sendable, Hashable {
        var ordinal: Int
        var revision: String
    }

    /// Why a pod goes.
    enum Cause: Sendable, Hashable {
        /// It has ended, and is made again.
        case ended
        /// There are too many.
        case surplus
        /// Its template is an older one.
        case outdated
    }

    /// A pod that goes.
    struct Departure: Sendable, Hashable {
        var ordinal: Int
        var cause: Cause
    }

    var creations: [NewPod] = []
    var departures: [Departure] = []
    /// When the next pod becomes available though nothing changes.
    var wait: Duration?
    var existing = 0
    var ready = 0
    var available = 0
    /// How many pods are of the revision that the set comes from.
    var current = 0
    /// How many pods are of the revision that the set goes to.
    var updated = 0
    /// Whether the set has come to the newest revision.
    var isComplete = false

    private let wishes: Wishes
    private let pods: [Int: PodFacts]
    private let now: Timestamp

    /// Plans for the pods that there are.
    ///
    /// - Parameters:
    ///   - wishes: What is wanted.
    ///   - pods: The pods by their ordinals.
    ///   - from: The revision that the set comes from.
    ///   - to: The revision of the present template.
    ///   - now: The wall clock.
    init(
        _ wishes: Wishes,
        pods: [Int: PodFacts],
        from: String,
        to: String,
        at now: Timestamp
    ) {
        self.wishes = wishes
        self.pods = pods
        self.now = now
        count(from, to)
        guard settle(from, to) else { return }
        guard shrink() else { return }
        if wishes.isRolling { replace(outdatedBy: to) }
    }

    private mutating func count(_ from: String, _ to: String) {
        existing = pods.count
        for pod in pods.values {
            if pod.isReady, !pod.isOver {
                ready += 1
                let rest = pod.untilAvailable(after: wishes.minimum, at: now) ?? .zero
                if rest <= .zero { available += 1 } else { wait = min(wait ?? rest, rest) }
            }
            guard !pod.isDeleted, !pod.isOver else { continue }
            if pod.revision == from { current += 1 }
            if pod.revision == to { updated += 1 }
        }
        isComplete =
            wishes.isRolling && updated == wishes.replicas && ready == wishes.replicas
            && existing == wishes.replicas
        if isComplete { current = updated }
    }

    private func isAvailable(_ pod: PodFacts) -> Bool {
        pod.isActive && pod.isAvailable(after: wishes.minimum, at: now)
    }

    /// The revision of a new pod: below the partition it is the one that the set comes from.
    private func revision(_ ordinal: Int, _ from: String, _ to: String) -> String {
        let keeps = wishes.isRolling && ordinal < wishes.start + wishes.partition
        return keeps ? from : to
    }

    /// Makes the pods that are missing.
    ///
    /// - Returns: Whether all are there, so that others may go.
    private mutating func settle(_ from: String, _ to: String) -> Bool {
        var isSettled = true
        for ordinal in wishes.ordinals {
            guard let pod = pods[ordinal] else {
                creations.append(
                    NewPod(ordinal: ordinal, revision: revision(ordinal, from, to))
                )
                if wishes.isOrdered { return false }
                continue
            }
            if pod.isOver {
                // It is made again when it has gone.
                if !pod.isDeleted {
                    departures.append(Departure(ordinal: ordinal, cause: .ended))
                }
                if wishes.isOrdered { return false }
                isSettled = false
                continue
            }
            if wishes.isOrdered, !isAvailable(pod) { return false }
        }
        return isSettled
    }

    /// Lets pods beyond the last ordinal go, the highest first.
    ///
    /// - Returns: Whether none is left of them.
    private mutating func shrink() -> Bool {
        let condemned = pods.keys.filter { !wishes.ordinals.contains($0) }.sorted(by: >)
        let firstUnhealthy = pods.filter { !isAvailable($0.value) }.keys.min()
        for ordinal in condemned {
            guard let pod = pods[ordinal] else { continue }
            if pod.isDeleted {
                if wishes.isOrdered { return false }
                continue
            }
            if wishes.isOrdered, !isAvailable(pod), !pod.isOver, ordinal != firstUnhealthy {
                return false
            }
            departures.append(Departure(ordinal: ordinal, cause: .surplus))
            if wishes.isOrdered { return false }
        }
        return true
    }

    /// Lets pods of older templates go, the highest first, as many as may be missing.
    private mutating func replace(outdatedBy to: String) {
        var budget = wishes.unavailable
        let least = wishes.start + wishes.partition
        for ordinal in wishes.ordinals.reversed() where ordinal >= least {
            guard let pod = pods[ordinal] else {
                budget -= 1
                continue
            }
            guard budget > 0 else { return }
            if pod.revision != to, !pod.isDeleted {
                departures.append(Departure(ordinal: ordinal, cause: .outdated))
                budget -= 1
            } else if !isAvailable(pod) {
                budget -= 1
            }
        }
    }

    /// How many of some pods may be missing: a number or a percentage, rounded up, at least 1.
    static func unavailable(_ value: IntOrString?, of replicas: Int) -> Int {
        switch value {
        case nil: return 1
        case .int(let number): return max(1, number)
        case .string(let text):
            let percent = Int(text.dropLast()) ?? 0
            return max(1, (replicas * percent + 99) / 100)
        }
    }
}
