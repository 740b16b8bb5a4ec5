internal import Basics
internal import Formats
internal import ObjectStore
internal import PodModel
internal import Reactor

/// Keeps one replica set per template of a deployment and moves pods from old ones to the newest.
///
/// Source: `pkg/controller/deployment/`; the arithmetic is `RolloutPlan`.
@MainLoop struct DeploymentController {
    private let store: ObjectStore
    private let journal: Journal
    private static let revision = "deployment.kubernetes.io/revision"
    private static let label = "pod-template-hash"

    init(_ store: ObjectStore, _ journal: Journal) {
        self.store = store
        self.journal = journal
    }

    /// Makes the replica sets and sizes that are wanted next, and writes the status.
    func reconcile(_ object: JSON) throws(StoreError) {
        let deployment: Deployment
        do {
            deployment = try Deployment(json: object)
        } catch {
            return journal.error("a stored deployment cannot be read: \(error)")
        }
        let uid = deployment.metadata.uid
        let owned = store.entries(
            ObjectQuery("replicasets", namespace: deployment.metadata.namespace)
        )
        .filter { Controllers.controller(of: $0.object) == uid }
        .map(\.object)
        let template = object["spec"]?["template"] ?? [:]
        let current: JSON
        if let known = owned.first(where: { Self.template(of: $0) == template }) {
            current = known
        } else if deployment.spec.paused {
            return try writeStatus(deployment, nil, owned)
        } else {
            current = try create(deployment, object, template, owned)
        }
        let name = current["metadata"]?["name"]?.string ?? ""
        let old = owned.filter { $0["metadata"]?["name"]?.string != name }
            .sorted { Self.number($0) < Self.number($1) }
        if !deployment.spec.paused {
            let plan = RolloutPlan(
                replicas: deployment.spec.replicas,
                strategy: deployment.spec.strategy,
                current: generation(current),
                old: old.map(generation)
            )
            for set in [current] + old {
                let setName = set["metadata"]?["name"]?.string ?? ""
                guard let size = plan.sizes[setName] else { continue }
                try scale(set, to: size)
            }
            try forgetOld(old, keeping: deployment.spec.revisionHistoryLimit)
        }
        try writeStatus(deployment, current, owned)
    }

    // MARK: Details

    /// A replica set's template without the label that tells templates apart.
    private static func template(of set: JSON) -> JSON {
        var template = set["spec"]?["template"] ?? [:]
        template["metadata"]?["labels"]?[label] = nil
        return template
    }

    private static func number(_ set: JSON) -> Int {
        Int(set["metadata"]?["annotations"]?[revision]?.string ?? "") ?? 0
    }

    private func create(
        _ deployment: Deployment,
        _ object: JSON,
        _ template: JSON,
        _ owned: [JSON]
    ) throws(StoreError) -> JSON {
        let metadata = deployment.metadata
        var hash = ""
        var collisions = 0
        repeat {
            hash = SafeName.hash(of: template.bytes(sortedKeys: true), collisions: collisions)
            collisions += 1
        } while store.get(ObjectKey("replicasets", metadata.namespace, metadata.name + "-" + hash))
            != nil
        var labeled = template
        if labeled["metadata"]?["labels"] == nil { labeled["metadata"]?["labels"] = [:] }
        labeled["metadata"]?["labels"]?[Self.label] = .string(hash)
        var selector = object["spec"]?["selector"] ?? [:]
        if selector["matchLabels"] == nil { selector["matchLabels"] = [:] }
        selector["matchLabels"]?[Self.label] = .string(hash)
        let revision = (owned.map(Self.number).max() ?? 0) + 1
        let set: JSON = [
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": [
                "name": .string(metadata.name + "-" + hash),
                "namespace": .string(metadata.namespace),
                "labels": labeled["metadata"]?["labels"] ?? [:],
                "annotations": [Self.revision: .string(String(revision))],
                "ownerReferences": [Controllers.ownerReference(to: object)],
            ],
            "spec": [
                "replicas": 0, "selector": selector, "template": labeled,
                "minReadySeconds": .int(deployment.spec.minReadySeconds),
            ],
            "status": ["replicas": 0],
        ]
        try store.modify(uid: metadata.uid) { object in
            if object["metadata"]?["annotations"] == nil {
                object["metadata"]?["annotations"] = [:]
            }
            object["metadata"]?["annotations"]?[Self.revision] = .string(String(revision))
        }
        return try store.create("replicasets", set)
    }

    private func generation(_ set: JSON) -> RolloutPlan.Generation {
        RolloutPlan.Generation(
            name: set["metadata"]?["name"]?.string ?? "",
            wanted: set["spec"]?["replicas"]?.int ?? 0,
            existing: set["status"]?["replicas"]?.int ?? 0,
            available: set["status"]?["availableReplicas"]?.int ?? 0
        )
    }

    private func scale(_ set: JSON, to size: Int) throws(StoreError) {
        let uid = set["metadata"]?["uid"]?.string ?? ""
        try store.modify(uid: uid) { $0["spec"]?["replicas"] = .int(size) }
    }

    private func forgetOld(_ old: [JSON], keeping limit: Int) throws(StoreError) {
        let empty = old.filter {
            $0["spec"]?["replicas"]?.int == 0 && ($0["status"]?["replicas"]?.int ?? 0) == 0
        }
        guard empty.count > limit else { return }
        for set in empty.prefix(empty.count - limit) {
            let metadata = set["metadata"]
            let key = ObjectKey(
                "replicasets",
                metadata?["namespace"]?.string ?? "",
                metadata?["name"]?.string ?? ""
            )
            _ = try store.delete(key)
        }
    }

    private func writeStatus(
        _ deployment: Deployment,
        _ current: JSON?,
        _ owned: [JSON]
    ) throws(StoreError) {
        func sum(_ field: String) -> Int {
            owned.reduce(0) { $0 + ($1["status"]?[field]?.int ?? 0) }
        }
        let wanted = deployment.spec.replicas
        let available = sum("availableReplicas")
        let updated = current?["status"]?["replicas"]?.int ?? 0
        let (_, unavailable) = RolloutPlan.bounds(
            deployment.spec.strategy.rollingUpdate,
            replicas: wanted
        )
        var status = deployment.status
        status.observedGeneration = deployment.metadata.generation
        status.replicas = sum("replicas")
        status.updatedReplicas = updated
        status.readyReplicas = sum("readyReplicas")
        status.availableReplicas = available
        status.unavailableReplicas = max(0, wanted - available)
        let isAvailable = available >= wanted - unavailable
        set(
            &status,
            "Available",
            isAvailable,
            isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
            isAvailable
                ? "Deployment has minimum availability."
                : "Deployment does not have minimum availability."
        )
        let isComplete =
            updated == wanted && status.replicas == wanted && available == wanted && current != nil
        let name = current?["metadata"]?["name"]?.string ?? deployment.metadata.name
        set(
            &status,
            "Progressing",
            true,
            isComplete ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
            isComplete
                ? "ReplicaSet \"\(name)\" has successfully progressed."
                : "ReplicaSet \"\(name)\" is progressing."
        )
        do {
            try store.updateStatus(uid: deployment.metadata.uid, status.json)
        } catch .notFound {
            return
        }
    }

    private func set(
        _ status: inout DeploymentStatus,
        _ type: String,
        _ isTrue: Bool,
        _ reason: String,
        _ message: String
    ) {
        let now = Loop.main.moment.wall
        var condition =
            status.conditions.first { $0.type == type }
            ?? DeploymentCondition(type: type, status: "")
        let value = isTrue ? "True" : "False"
        guard condition.status != value || condition.reason != reason else { return }
        if condition.status != value { condition.lastTransitionTime = now }
        condition.status = value
        condition.reason = reason
        condition.message = message
        condition.lastUpdateTime = now
        status.conditions.removeAll { $0.type == type }
        status.conditions.append(condition)
    }
}
