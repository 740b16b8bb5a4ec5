internal import Basics
internal import Formats

/// What a ReplicaSet does next: how many pods it makes, which ones go, and its status.
///
/// Source: `pkg/controller/replicaset/replica_set.go`.
struct ReplicaSetPlan: Sendable, Hashable {
    /// How many pods are to be made.
    var missing = 0
    /// The pods to be deleted because there are too many, in this order.
    var surplus: [String] = []
    /// The pods that have ended; each is replaced.
    var ended: [String] = []
    var ready = 0
    var available = 0
    var active = 0
    var terminating = 0
    /// When the next pod becomes available though nothing changes.
    var wait: Duration?

    /// Plans for the pods that there are.
    ///
    /// - Parameters:
    ///   - replicas: How many are wanted.
    ///   - minimum: How long a pod must be ready to be available.
    ///   - pods: All pods of the set.
    ///   - now: The wall clock.
    init(replicas: Int, minimum: Duration, pods: [PodFacts], at now: Timestamp) {
        let active = pods.filter(\.isActive)
        missing = max(0, replicas - active.count)
        if active.count > replicas {
            surplus = active.sorted { $0.goesBefore($1) }.prefix(active.count - replicas)
                .map(\.name)
        }
        ended = pods.filter { $0.isOver && !$0.isDeleted }.map(\.name)
        self.active = active.count
        terminating = pods.count(where: \.isTerminating)
        for pod in active {
            guard let rest = pod.untilAvailable(after: minimum, at: now) else { continue }
            ready += 1
            if rest <= .zero { available += 1 } else { wait = min(wait ?? rest, rest) }
        }
    }

    /// The status, with the condition that tells of pods that could not be made.
    ///
    /// - Parameters:
    ///   - generation: The generation of the spec that was acted upon.
    ///   - before: The status up to now.
    ///   - labelled: How many active pods have all labels of the template.
    ///   - refusal: Why a pod could not be made.
    ///   - now: The wall clock.
    /// - Returns: The whole status.
    func status(
        ofGeneration generation: JSON?,
        after before: JSON?,
        labelled: Int,
        refusal: Failure?,
        at now: Timestamp
    ) -> JSON {
        var status: JSON = [
            "replicas": .int(active), "fullyLabeledReplicas": .int(labelled),
            "observedGeneration": generation ?? 0,
        ]
        if ready > 0 { status["readyReplicas"] = .int(ready) }
        if available > 0 { status["availableReplicas"] = .int(available) }
        status["terminatingReplicas"] = .int(terminating)
        var conditions = Conditions(before?["conditions"])
        if let refusal {
            conditions.set("ReplicaFailure", "True", "FailedCreate", refusal.what, at: now)
        } else {
            conditions.remove("ReplicaFailure")
        }
        if !conditions.all.isEmpty { status["conditions"] = conditions.json(.none) }
        return status
    }
}
