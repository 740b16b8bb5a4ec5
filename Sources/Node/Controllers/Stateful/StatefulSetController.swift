internal import Basics
internal import Formats
internal import ObjectStore
internal import PodModel
internal import Reactor

/// Keeps the numbered pods of a StatefulSet with their claims, as `StatefulSetPlan` says.
@MainLoop struct StatefulSetController: Reconciler {
    let tools: ControllerTools
    private static let nameLabel = "statefulset.kubernetes.io/pod-name"
    private static let indexLabel = "apps.kubernetes.io/pod-index"

    /// What one look at a set is about.
    private struct Scene {
        let object: JSON
        let key: ObjectKey
        let wishes: StatefulSetPlan.Wishes
        var pods: [Int: ControllerTools.Entry]
        let revisions: [Revisions.Known]
        let from: String
        let to: String
        var collisions: Int
    }

    func reconcile(_ key: ObjectKey, _ object: JSON) async throws(StoreError) -> Verdict {
        var collisions = object["status"]?["collisionCount"]?.int ?? 0
        let entries = try tools.claim("pods", for: object)
        guard !Controllers.isDeleted(object) else { return .settled }
        let keeper = RevisionKeeper(tools: tools)
        let (revisions, newest) = try keeper.newest(of: object, collisions: &collisions)
        let before = object["status"]?["currentRevision"]?.string ?? ""
        let isKnown = revisions.contains { $0.name == before }
        var scene = Scene(
            object: object,
            key: key,
            wishes: Self.wishes(object),
            pods: Self.byOrdinal(entries, key.name),
            revisions: revisions,
            from: isKnown ? before : newest,
            to: newest,
            collisions: collisions
        )
        let plan = plan(scene)
        try keepClaims(scene)
        for departure in plan.departures.prefix(ControllerTools.burst) {
            try remove(departure, scene)
        }
        var refusal: Failure?
        let pause = tools.pause(of: object, entries.map { PodFacts($0.object) })
        let most = pause == nil ? ControllerTools.burst : 0
        for new in plan.creations.prefix(most) where refusal == nil {
            refusal = try await make(new, scene)
        }
        let own = tools.store.entries(
            "pods",
            ownedBy: object["metadata"]?["uid"]?.string ?? ""
        )
        scene.pods = Self.byOrdinal(own, key.name)
        let inUse = Set(own.map { PodFacts($0.object).revision }).union([scene.from, scene.to])
        try keeper.trim(revisions, of: object, inUse: inUse)
        let after = self.plan(scene)
        try tools.write(status(after, scene), of: object)
        if let refusal { return .refused(refusal) }
        let isPartial = plan.departures.count > ControllerTools.burst || plan.creations.count > most
        return isPartial && pause == nil ? .again(.zero) : .after(after.wait, pause)
    }

    // MARK: Facts

    private static func wishes(_ object: JSON) -> StatefulSetPlan.Wishes {
        let spec = object["spec"]
        let rolling = spec?["updateStrategy"]?["rollingUpdate"]
        let replicas = spec?["replicas"]?.int ?? 1
        var unavailable: IntOrString?
        if let number = rolling?["maxUnavailable"]?.int {
            unavailable = .int(number)
        } else if let text = rolling?["maxUnavailable"]?.string {
            unavailable = .string(text)
        }
        return StatefulSetPlan.Wishes(
            replicas: replicas,
            start: spec?["ordinals"]?["start"]?.int ?? 0,
            isOrdered: spec?["podManagementPolicy"]?.string != "Parallel",
            isRolling: spec?["updateStrategy"]?["type"]?.string != "OnDelete",
            partition: rolling?["partition"]?.int ?? 0,
            unavailable: StatefulSetPlan.unavailable(unavailable, of: replicas),
            minimum: .seconds(spec?["minReadySeconds"]?.int ?? 0)
        )
    }

    /// The pods whose names are the set's and a number.
    private static func byOrdinal(
        _ entries: [ControllerTools.Entry],
        _ name: String
    ) -> [Int: ControllerTools.Entry] {
        var pods: [Int: ControllerTools.Entry] = [:]
        for entry in entries where entry.key.name.hasPrefix(name + "-") {
            let rest = entry.key.name.dropFirst(name.utf8.count + 1)
            if let ordinal = Int(rest), String(ordinal) == rest { pods[ordinal] = entry }
        }
        return pods
    }

    private func plan(_ scene: Scene) -> StatefulSetPlan {
        StatefulSetPlan(
            scene.wishes,
            pods: scene.pods.mapValues { PodFacts($0.object) },
            from: scene.from,
            to: scene.to,
            at: tools.now
        )
    }

    // MARK: Pods

    private func remove(
        _ departure: StatefulSetPlan.Departure,
        _ scene: Scene
    ) throws(StoreError) {
        guard let entry = scene.pods[departure.ordinal] else { return }
        if departure.cause == .ended {
            let phase = entry.object["status"]?["phase"]?.string ?? ""
            tools.event(
                scene.object,
                phase == "Failed" ? "RecreatingFailedPod" : "RecreatingTerminatedPod",
                "StatefulSet \(scene.key.namespace)/\(scene.key.name) is recreating"
                    + (phase == "Failed" ? " failed" : " terminated") + " Pod \(entry.key.name)",
                isWarning: phase == "Failed"
            )
        }
        try tools.delete(
            entry,
            for: scene.object,
            saying: "delete Pod \(entry.key.name) in StatefulSet \(scene.key.name) successful"
        )
    }

    private func make(
        _ new: StatefulSetPlan.NewPod,
        _ scene: Scene
    ) async throws(StoreError) -> Failure? {
        let name = "\(scene.key.name)-\(new.ordinal)"
        let owned = scene.revisions.first { $0.name == new.revision }
        let template = owned?.data["spec"]?["template"] ?? scene.object["spec"]?["template"]
        var pod = tools.pod(of: template, scene.object)
        pod["metadata"]?["generateName"] = .string(scene.key.name + "-")
        pod["metadata"]?["name"] = .string(name)
        if pod["metadata"]?["labels"] == nil { pod["metadata"]?["labels"] = [:] }
        for (key, value) in [
            (Self.nameLabel, name), (Self.indexLabel, String(new.ordinal)),
            (Revisions.label, new.revision),
        ] {
            pod["metadata"]?["labels"]?[key] = .string(value)
        }
        pod["spec"]?["hostname"] = .string(name)
        pod["spec"]?["subdomain"] = scene.object["spec"]?["serviceName"]
        let claims = scene.object["spec"]?["volumeClaimTemplates"]?.array ?? []
        let names = claims.map { $0["metadata"]?["name"]?.string ?? "" }
        if !claims.isEmpty {
            let others = (pod["spec"]?["volumes"]?.array ?? [])
                .filter { !names.contains($0["name"]?.string ?? "") }
            let own = names.map { volume in
                [
                    "name": .string(volume),
                    "persistentVolumeClaim": ["claimName": .string("\(volume)-\(name)")],
                ] as JSON
            }
            pod["spec"]?["volumes"] = .array(own + others)
        }
        for claim in claims {
            if let refusal = try makeClaim(claim, pod: name, scene) { return refusal }
        }
        let what = "create Pod \(name) in StatefulSet \(scene.key.name)"
        return await tools.create(
            pod,
            for: scene.object,
            succeeded: { _ in what + " successful" },
            failed: { what + " failed error: " + $0 }
        )
    }

    // MARK: Claims

    /// Makes a pod's claim unless it is there.
    ///
    /// - Returns: Why it cannot be.
    private func makeClaim(
        _ template: JSON,
        pod: String,
        _ scene: Scene
    ) throws(StoreError) -> Failure? {
        let volume = template["metadata"]?["name"]?.string ?? ""
        let name = "\(volume)-\(pod)"
        let key = ObjectKey("persistentvolumeclaims", scene.key.namespace, name)
        guard tools.store.get(key) == nil, !tools.isEnding(scene.object) else { return nil }
        var labels = template["metadata"]?["labels"] ?? [:]
        let chosen = scene.object["spec"]?["selector"]?["matchLabels"]?.object ?? [:]
        for (label, value) in chosen { labels[label] = value }
        var metadata: JSON = [
            "name": .string(name), "namespace": .string(scene.key.namespace), "labels": labels,
        ]
        metadata["annotations"] = template["metadata"]?["annotations"]
        let what = "create Claim \(name) Pod \(pod) in StatefulSet \(scene.key.name)"
        let claim = Defaults.apply(
            to: [
                "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata,
                "spec": template["spec"] ?? [:],
            ],
            kind: "PersistentVolumeClaim"
        )
        if let why = refusal(of: claim, name) {
            tools.event(
                scene.object,
                "FailedCreate",
                "\(what) failed error: \(why)",
                isWarning: true
            )
            return Failure(.invalid, why)
        }
        do throws(StoreError) {
            try tools.store.create(key.resource, bound(claim))
        } catch .alreadyExists {
            return nil
        }
        tools.event(scene.object, "SuccessfulCreate", what + " success")
        return nil
    }

    /// Why a claim may not be made.
    private func refusal(of claim: JSON, _ name: String) -> String? {
        let findings = Validation.validate(claim, kind: "PersistentVolumeClaim")
        if let error = findings.first(where: { !$0.isWarning }) {
            return "PersistentVolumeClaim \"\(name)\" is invalid: \(error)"
        }
        do throws(NamespaceLimits.Refusal) {
            try tools.store.limits.check(claim, resource: "persistentvolumeclaims", group: "")
            return nil
        } catch {
            return "persistentvolumeclaims \"\(name)\" is forbidden: \(error.message)"
        }
    }

    /// A claim with its directory, which is there at once; others wait for their volumes.
    private func bound(_ claim: JSON) -> JSON {
        let volumes = tools.store.list(ObjectQuery("persistentvolumes"))
        let name = "pvc-" + ObjectStore.randomUID()
        if case .directory(let name) = ClaimBinding.choose(claim, among: volumes, newName: name) {
            return ClaimBinding.bound(claim, to: name, nil)
        }
        var waiting = claim
        waiting["status"] = ["phase": "Pending"]
        return waiting
    }

    /// Brings the owners of the pods' claims in line with the retention policy.
    private func keepClaims(_ scene: Scene) throws(StoreError) {
        let templates = scene.object["spec"]?["volumeClaimTemplates"]?.array ?? []
        guard !templates.isEmpty else { return }
        let policy = ClaimOwners(scene.object["spec"]?["persistentVolumeClaimRetentionPolicy"])
        var set = Controllers.ownerReference(to: scene.object)
        set["controller"] = nil
        set["blockOwnerDeletion"] = nil
        for (ordinal, pod) in scene.pods {
            let metadata = pod.object["metadata"]
            let owner: JSON = [
                "apiVersion": "v1", "kind": "Pod", "name": .string(pod.key.name),
                "uid": metadata?["uid"] ?? "",
            ]
            for template in templates {
                let name = "\(template["metadata"]?["name"]?.string ?? "")-\(pod.key.name)"
                let key = ObjectKey("persistentvolumeclaims", scene.key.namespace, name)
                guard let claim = tools.store.get(key), !Controllers.isDeleted(claim) else {
                    continue
                }
                let before = claim["metadata"]?["ownerReferences"]?.array ?? []
                let after = policy.owners(
                    before,
                    set: set,
                    pod: owner,
                    isCondemned: !scene.wishes.ordinals.contains(ordinal)
                )
                guard after != before else { continue }
                try tools.store.modify(uid: claim["metadata"]?["uid"]?.string ?? "") { claim in
                    claim["metadata"]?["ownerReferences"] = after.isEmpty ? nil : .array(after)
                }
            }
        }
    }

    // MARK: Status

    private func status(_ plan: StatefulSetPlan, _ scene: Scene) -> JSON {
        var status: JSON = [
            "observedGeneration": scene.object["metadata"]?["generation"] ?? 1,
            "replicas": .int(plan.existing),
        ]
        for (field, number) in [
            ("readyReplicas", plan.ready), ("currentReplicas", plan.current),
            ("updatedReplicas", plan.updated),
        ] where number > 0 {
            status[field] = .int(number)
        }
        status["currentRevision"] = .string(plan.isComplete ? scene.to : scene.from)
        status["updateRevision"] = .string(scene.to)
        status["collisionCount"] = .int(scene.collisions)
        status["availableReplicas"] = .int(plan.available)
        if let conditions = scene.object["status"]?["conditions"] {
            status["conditions"] = conditions
        }
        return status
    }
}
