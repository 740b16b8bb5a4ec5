internal import Basics
internal import Formats
internal import ObjectStore
internal import Reactor

/// Keeps as many pods of a replica set as are wanted, as `ReplicaSetPlan` says.
@MainLoop struct ReplicaSetController: Reconciler {
    let tools: ControllerTools

    func reconcile(_ key: ObjectKey, _ set: JSON) async throws(StoreError) -> Verdict {
        let entries = try tools.claim("pods", for: set)
        let byName = Dictionary(uniqueKeysWithValues: entries.map { ($0.key.name, $0) })
        let replicas = set["spec"]?["replicas"]?.int ?? 1
        let minimum = Duration.seconds(set["spec"]?["minReadySeconds"]?.int ?? 0)
        let facts = entries.map { PodFacts($0.object) }
        var plan = ReplicaSetPlan(
            replicas: replicas,
            minimum: minimum,
            pods: facts,
            at: tools.now
        )
        let isPartial = max(plan.missing, plan.surplus.count) > ControllerTools.burst
        var refusal: Failure?
        var pause: Duration?
        if !Controllers.isDeleted(set) {
            for name in plan.surplus.prefix(ControllerTools.burst) {
                if let entry = byName[name] { try tools.delete(entry, for: set) }
            }
            for name in plan.ended {
                guard let entry = byName[name] else { continue }
                try Controllers.delete(entry.key, entry.object, in: tools.store)
            }
            pause = tools.pause(of: set, facts)
            let template = tools.pod(of: set["spec"]?["template"], set)
            let count = pause == nil ? min(plan.missing, ControllerTools.burst) : 0
            for _ in 0..<count where refusal == nil {
                refusal = await tools.create(template, for: set)
            }
        }
        // What was made and deleted counts at once.
        let own = tools.store.entries("pods", ownedBy: set["metadata"]?["uid"]?.string ?? "")
        plan = ReplicaSetPlan(
            replicas: replicas,
            minimum: minimum,
            pods: own.map { PodFacts($0.object) },
            at: tools.now
        )
        let labels = set["spec"]?["template"]?["metadata"]?["labels"]?.object?.members ?? []
        let labelled = own.count { entry in
            let has = entry.object["metadata"]?["labels"]
            return PodFacts(entry.object).isActive
                && labels.allSatisfy { has?[$0.key] == $0.value }
        }
        let status = plan.status(
            ofGeneration: set["metadata"]?["generation"],
            after: tools.store.get(key)?["status"],
            labelled: labelled,
            refusal: refusal,
            at: tools.now
        )
        try tools.write(status, of: set)
        if let refusal { return .refused(refusal) }
        return isPartial && pause == nil ? .again(.zero) : .after(plan.wait, pause)
    }
}
