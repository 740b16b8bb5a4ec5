internal import Basics
internal import Formats
internal import ObjectStore
internal import Reactor

/// Keeps a DaemonSet's pod on the node, as `DaemonSetPlan` says.
@MainLoop struct DaemonSetController: Reconciler {
    let tools: ControllerTools

    func reconcile(_ key: ObjectKey, _ object: JSON) async throws(StoreError) -> Verdict {
        var collisions = object["status"]?["collisionCount"]?.int ?? 0
        let entries = try tools.claim("pods", for: object)
        guard !Controllers.isDeleted(object) else { return .settled }
        let keeper = RevisionKeeper(tools: tools)
        let (revisions, newest) = try keeper.newest(of: object, collisions: &collisions)
        let prefix = ControllerTools.prefix(object)
        let revision = String(newest.dropFirst(prefix.utf8.count))
        let node = tools.store.get(ObjectKey("nodes", "", tools.nodeName)) ?? [:]
        let template = object["spec"]?["template"]
        let placement = NodePlacement(template?["spec"], on: node)
        let strategy = object["spec"]?["updateStrategy"]
        let surge = strategy?["rollingUpdate"]?["maxSurge"]
        let surges = surge.map { ($0.int ?? 0) > 0 || !["", "0%"].contains($0.string ?? "") }
        let wishes = DaemonSetPlan.Wishes(
            mayStart: placement.mayStart,
            mayStay: placement.mayStay,
            isRolling: strategy?["type"]?.string != "OnDelete",
            surges: surges ?? false,
            minimum: .seconds(object["spec"]?["minReadySeconds"]?.int ?? 0)
        )
        let plan = plan(wishes, entries, revision)
        let byName = Dictionary(uniqueKeysWithValues: entries.map { ($0.key.name, $0) })
        for entry in plan.failed.compactMap({ byName[$0] }) {
            tools.event(
                object,
                "FailedDaemonPod",
                "Found failed daemon pod \(key.namespace)/\(entry.key.name) on node"
                    + " \(tools.nodeName), will try to kill it",
                isWarning: true
            )
            try tools.delete(entry, for: object)
        }
        for entry in plan.departures.compactMap({ byName[$0] }) {
            try tools.delete(entry, for: object)
        }
        var refusal: Failure?
        let pause = tools.pause(of: object, entries.map { PodFacts($0.object) })
        if plan.createsPod, pause == nil {
            refusal = await tools.create(pod(object, revision), for: object)
        }
        let uid = object["metadata"]?["uid"]?.string ?? ""
        let own = tools.store.entries("pods", ownedBy: uid)
        let used = own.map { prefix + PodFacts($0.object).revision }
        try keeper.trim(revisions, of: object, inUse: Set(used + [newest]))
        let after = self.plan(wishes, own, revision)
        try tools.write(Self.status(after, object, collisions), of: object)
        if let refusal { return .refused(refusal) }
        return .after(after.wait, pause)
    }

    private func plan(
        _ wishes: DaemonSetPlan.Wishes,
        _ entries: [ControllerTools.Entry],
        _ revision: String
    ) -> DaemonSetPlan {
        let pods = entries.map { PodFacts($0.object) }
        return DaemonSetPlan(wishes, pods: pods, revision: revision, at: tools.now)
    }

    private func pod(_ object: JSON, _ revision: String) -> JSON {
        var pod = tools.pod(of: object["spec"]?["template"], object)
        if pod["metadata"]?["labels"] == nil { pod["metadata"]?["labels"] = [:] }
        pod["metadata"]?["labels"]?[Revisions.label] = .string(revision)
        let generation = object["metadata"]?["generation"]?.int ?? 1
        pod["metadata"]?["labels"]?["pod-template-generation"] = .string(String(generation))
        let tolerations = NodePlacement.tolerations(of: pod["spec"])
        pod["spec"]?["tolerations"] = .array(tolerations)
        return pod
    }

    private static func status(_ plan: DaemonSetPlan, _ object: JSON, _ collisions: Int) -> JSON {
        var status: JSON = [
            "currentNumberScheduled": .int(plan.current),
            "numberMisscheduled": .int(plan.misscheduled),
            "desiredNumberScheduled": .int(plan.desired), "numberReady": .int(plan.ready),
            "observedGeneration": object["metadata"]?["generation"] ?? 1,
        ]
        for (field, number) in [
            ("updatedNumberScheduled", plan.updated), ("numberAvailable", plan.available),
            ("numberUnavailable", plan.desired - plan.available), ("collisionCount", collisions),
        ] where number > 0 {
            status[field] = .int(number)
        }
        return status
    }
}
