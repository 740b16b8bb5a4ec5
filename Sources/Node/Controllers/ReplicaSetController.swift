internal import Basics
internal import Formats
internal import ObjectStore
internal import PodModel
internal import Reactor

/// Keeps as many pods of a replica set as are wanted.
///
/// Source: `pkg/controller/replicaset/replica_set.go`, `controller_utils.go` (order of victims).
@MainLoop struct ReplicaSetController {
    private let store: ObjectStore
    private let journal: Journal

    init(_ store: ObjectStore, _ journal: Journal) {
        self.store = store
        self.journal = journal
    }

    /// Creates or deletes pods and writes the status.
    ///
    /// - Returns: When to look again though nothing changes; nil if there is no need.
    func reconcile(_ set: JSON) throws(StoreError) -> Duration? {
        let uid = set["metadata"]?["uid"]?.string ?? ""
        let namespace = set["metadata"]?["namespace"]?.string ?? ""
        let pods = store.entries(ObjectQuery("pods", namespace: namespace))
            .filter { Controllers.controller(of: $0.object) == uid }
        let active = pods.filter { !Self.isOver($0.object) && !Controllers.isDeleted($0.object) }
        let wanted = set["spec"]?["replicas"]?.int ?? 1
        if active.count < wanted {
            for _ in active.count..<wanted { try create(set, namespace) }
        } else if active.count > wanted {
            let victims = active.sorted { Self.goesBefore($0.object, $1.object) }
            for victim in victims.prefix(active.count - wanted) {
                try Controllers.delete(victim.key, victim.object, in: store)
            }
        }
        // Pods that have ended are replaced; their objects are kept no longer than needed.
        for pod in pods where Self.isOver(pod.object) && !Controllers.isDeleted(pod.object) {
            try Controllers.delete(pod.key, pod.object, in: store)
        }
        return try writeStatus(set, uid, active.map(\.object))
    }

    // MARK: Details

    private func create(_ set: JSON, _ namespace: String) throws(StoreError) {
        let name = set["metadata"]?["name"]?.string ?? ""
        let template = set["spec"]?["template"]
        var metadata = template?["metadata"] ?? [:]
        metadata["name"] = nil
        metadata["generateName"] = .string(name + "-")
        metadata["namespace"] = .string(namespace)
        metadata["ownerReferences"] = [Controllers.ownerReference(to: set)]
        metadata["creationTimestamp"] = nil
        let pod: JSON = [
            "apiVersion": "v1", "kind": "Pod", "metadata": metadata,
            "spec": template?["spec"] ?? [:], "status": ["phase": "Pending"],
        ]
        try store.create("pods", Defaults.apply(to: pod, kind: "Pod"))
    }

    private func writeStatus(
        _ set: JSON,
        _ uid: String,
        _ active: [JSON]
    ) throws(StoreError) -> Duration? {
        let minimum = Duration.seconds(set["spec"]?["minReadySeconds"]?.int ?? 0)
        let now = Loop.main.moment.wall
        var available = 0
        var wait: Duration?
        let ready = active.compactMap(Self.readySince)
        for since in ready {
            let rest = minimum - (now - since)
            if rest <= .zero { available += 1 } else { wait = min(wait ?? rest, rest) }
        }
        var status: JSON = [
            "replicas": .int(active.count), "fullyLabeledReplicas": .int(active.count),
            "observedGeneration": set["metadata"]?["generation"] ?? 0,
        ]
        if !ready.isEmpty { status["readyReplicas"] = .int(ready.count) }
        if available > 0 { status["availableReplicas"] = .int(available) }
        do {
            try store.updateStatus(uid: uid, status)
        } catch .notFound {
            return nil
        }
        return wait
    }

    static func isOver(_ pod: JSON) -> Bool {
        let phase = pod["status"]?["phase"]?.string
        return phase == "Succeeded" || phase == "Failed"
    }

    /// Since when a pod has been ready; nil if it is not.
    static func readySince(_ pod: JSON) -> Timestamp? {
        let condition = (pod["status"]?["conditions"]?.array ?? [])
            .first { $0["type"]?.string == "Ready" && $0["status"]?.string == "True" }
        return condition?["lastTransitionTime"]?.string.flatMap { Timestamp(rfc3339: $0) }
    }

    /// Whether one pod is removed before another when there are too many.
    static func goesBefore(_ left: JSON, _ right: JSON) -> Bool {
        func rank(_ pod: JSON) -> [Int] {
            let cost = pod["metadata"]?["annotations"]?[
                "controller.kubernetes.io/pod-deletion-cost"
            ]
            let ready = readySince(pod)
            return [
                pod["status"]?["phase"]?.string == "Running" ? 1 : 0,
                ready == nil ? 0 : 1,
                Int(cost?.string ?? "") ?? 0,
                ready.map { -Int($0.seconds) } ?? 0,
                -restarts(of: pod),
                -created(pod),
            ]
        }
        return rank(left).lexicographicallyPrecedes(rank(right))
    }

    private static func restarts(of pod: JSON) -> Int {
        (pod["status"]?["containerStatuses"]?.array ?? [])
            .reduce(0) { $0 + ($1["restartCount"]?.int ?? 0) }
    }

    private static func created(_ pod: JSON) -> Int {
        let text = pod["metadata"]?["creationTimestamp"]?.string ?? ""
        return Timestamp(rfc3339: text).map { Int($0.seconds) } ?? 0
    }
}
