internal import Basics

/// What a DaemonSet does next on the one node: whether it makes a pod, which pods go, and its numbers.
///
/// Source: `pkg/controller/daemon/daemon_controller.go`, `update.go`.
struct DaemonSetPlan: Sendable, Hashable {
    /// What is wanted of a DaemonSet.
    struct Wishes: Sendable, Hashable {
        /// Whether a pod is made on the node.
        var mayStart = true
        /// Whether a pod may stay on it.
        var mayStay = true
        /// Whether a pod of an older template is replaced.
        var isRolling = true
        /// Whether the new pod is made before the old one goes.
        var surges = false
        /// How long a pod must be ready to be available.
        var minimum = Duration.zero
    }

    var createsPod = false
    /// The pods that failed: each goes and is made again.
    var failed: [String] = []
    /// Other pods that go.
    var departures: [String] = []
    /// When the next pod becomes available though nothing changes.
    var wait: Duration?

    var desired = 0
    var current = 0
    var misscheduled = 0
    var ready = 0
    var available = 0
    var updated = 0

    /// Plans for the pods that there are.
    ///
    /// - Parameters:
    ///   - wishes: What is wanted.
    ///   - pods: All pods of the set.
    ///   - revision: The revision of the present template.
    ///   - now: The wall clock.
    init(_ wishes: Wishes, pods: [PodFacts], revision: String, at now: Timestamp) {
        let living = pods.filter { !$0.isDeleted }
        let active = living.filter { !$0.isOver }
        // A pod that has ended makes room for another.
        failed = living.filter(\.isOver).map(\.name)
        if wishes.mayStart || (wishes.mayStay && !active.isEmpty) {
            desired = 1
            current = active.isEmpty ? 0 : 1
        } else {
            misscheduled = active.isEmpty ? 0 : 1
        }
        let newest = active.filter { $0.revision == revision }
        let older = active.filter { $0.revision != revision }
        for pod in newest + older {
            guard let rest = pod.untilAvailable(after: wishes.minimum, at: now) else { continue }
            if rest > .zero { wait = min(wait ?? rest, rest) }
        }
        func isAvailable(_ pod: PodFacts) -> Bool {
            pod.isAvailable(after: wishes.minimum, at: now)
        }
        if desired == 1 {
            ready = active.contains(where: \.isReady) ? 1 : 0
            available = active.contains(where: isAvailable) ? 1 : 0
            updated = newest.isEmpty ? 0 : 1
        }
        guard wishes.mayStay else {
            departures = active.map(\.name)
            return
        }
        guard wishes.mayStart else { return }
        let going = pods.contains { $0.isTerminating }
        if active.isEmpty {
            // One at a time, unless it may surge: ports and files belong to one pod.
            createsPod = failed.isEmpty && (!going || wishes.surges)
            return
        }
        let surplus = newest.sorted { $0.goesBefore($1) }.dropLast()
        departures = surplus.map(\.name)
        guard wishes.isRolling, !older.isEmpty else {
            // Without a rollout the oldest pod is the one that stays.
            if newest.isEmpty || !wishes.isRolling {
                let sorted = active.sorted { $0.goesBefore($1) }
                departures = sorted.dropLast().map(\.name)
            }
            return
        }
        if wishes.surges, older.contains(where: isAvailable) {
            if newest.contains(where: isAvailable) {
                departures += older.map(\.name)
            } else if newest.isEmpty {
                createsPod = true
            }
        } else {
            departures += older.map(\.name)
        }
    }
}
