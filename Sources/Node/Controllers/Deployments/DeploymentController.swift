internal import Basics
internal import Formats
internal import ObjectStore
internal import PodModel
internal import Reactor

/// Keeps one replica set per template of a deployment and moves pods from old ones to the newest.
///
/// What decides is `RolloutPlan`, `ScalingPlan` and `DeploymentProgress`.
/// Source: `pkg/controller/deployment/`.
@MainLoop struct DeploymentController: Reconciler {
    let tools: ControllerTools
    private nonisolated static let label = "pod-template-hash"
    private static let resource = "replicasets"

    /// What one look at a deployment is about.
    private struct Scene {
        let object: JSON
        let spec: DeploymentSpec
        let name: String
        let namespace: String
        let template: JSON
        var sets: [ControllerTools.Entry]
        var conditions: Conditions
        var collisions: Int
        let deadline: Duration?

        /// The set of the present template, the oldest if there are several.
        var current: JSON? {
            sets.map(\.object).filter { DeploymentController.template(of: $0) == template }
                .min { ReplicaSetFacts($0).created < ReplicaSetFacts($1).created }
        }

        /// The facts of the present set and of all others, oldest first.
        var facts: (current: ReplicaSetFacts?, old: [ReplicaSetFacts]) {
            let current = self.current.map(ReplicaSetFacts.init)
            let old = sets.map { ReplicaSetFacts($0.object) }.filter { $0.uid != current?.uid }
                .sorted { ($0.created, $0.revision) < ($1.created, $1.revision) }
            return (current, old)
        }
    }

    func reconcile(_ key: ObjectKey, _ object: JSON) async throws(StoreError) -> Verdict {
        let spec: DeploymentSpec
        do throws(ModelError) {
            spec = try DeploymentSpec(json: object["spec"] ?? [:])
        } catch {
            return .refused(Failure(.invalid, "a stored deployment cannot be read: \(error)"))
        }
        let sets = try tools.claim(Self.resource, for: object)
        let isLimited = spec.progressDeadlineSeconds < Int(Int32.max)
        var scene = Scene(
            object: object,
            spec: spec,
            name: key.name,
            namespace: key.namespace,
            template: object["spec"]?["template"] ?? [:],
            sets: sets,
            conditions: Conditions(object["status"]?["conditions"]),
            collisions: object["status"]?["collisionCount"]?.int ?? 0,
            deadline: isLimited ? .seconds(spec.progressDeadlineSeconds) : nil
        )
        guard !Controllers.isDeleted(object) else { return try report(scene) }
        tellPaused(&scene)
        if try !scale(&scene) {
            try roll(&scene)
            try forgetOld(&scene)
        }
        return try report(scene)
    }

    /// A replica set's template without the label that tells templates apart.
    private nonisolated static func template(of set: JSON) -> JSON {
        var template = set["spec"]?["template"] ?? [:]
        template["metadata"]?["labels"]?[label] = nil
        return template
    }

    // MARK: Steps

    private func tellPaused(_ scene: inout Scene) {
        guard scene.deadline != nil else { return }
        let known = scene.conditions["Progressing"]?.reason
        guard known != DeploymentProgress.deadlineExceeded else { return }
        if scene.spec.paused, known != "DeploymentPaused" {
            scene.conditions.set(
                "Progressing",
                "Unknown",
                "DeploymentPaused",
                "Deployment is paused",
                at: tools.now
            )
        } else if !scene.spec.paused, known == "DeploymentPaused" {
            scene.conditions.set(
                "Progressing",
                "Unknown",
                "DeploymentResumed",
                "Deployment is resumed",
                at: tools.now
            )
        }
    }

    /// Sizes the sets by a new number of replicas, or while the deployment is paused.
    ///
    /// - Returns: Whether that was all there is to do for now.
    private func scale(_ scene: inout Scene) throws(StoreError) -> Bool {
        let facts = scene.facts
        let active = (facts.old + [facts.current].compactMap(\.self))
            .filter { $0.wanted > 0 && !$0.isDeleted }
        let isScaling = active.contains { $0.desired.map { $0 != scene.spec.replicas } ?? false }
        guard scene.spec.paused || isScaling else { return false }
        if let current = facts.current { try stamp(current, &scene) }
        let plan = ScalingPlan(
            replicas: scene.spec.replicas,
            strategy: scene.spec.strategy,
            current: facts.current,
            old: facts.old,
            total: scene.object["status"]?["replicas"]?.int ?? 0
        )
        try resize(&scene, plan.sizes)
        // Sets that keep their sizes know of the new number as well.
        for set in active where plan.sizes[set.name] == nil {
            try resize(&scene, [set.name: set.wanted])
        }
        if scene.spec.paused { try forgetOld(&scene) }
        return true
    }

    /// Takes the next step of a rollout.
    private func roll(_ scene: inout Scene) throws(StoreError) {
        var (current, old) = scene.facts
        if let current { try stamp(current, &scene) }
        if scene.spec.strategy.type == .recreate {
            let busy = old.filter { $0.wanted > 0 }
            if !busy.isEmpty {
                let sizes = busy.map { ($0.name, 0) }
                return try resize(&scene, Dictionary(uniqueKeysWithValues: sizes))
            }
            guard !hasPods(old) else { return }
        }
        let strategy = scene.spec.strategy
        if current == nil {
            // It begins with the size that the rollout allows it.
            let empty = RolloutPlan.Generation(name: "", wanted: 0, existing: 0, available: 0)
            let plan = RolloutPlan(
                replicas: scene.spec.replicas,
                strategy: strategy,
                current: empty,
                old: old.map(\.generation)
            )
            try create(&scene, size: plan.sizes[""] ?? 0)
            (current, old) = scene.facts
        }
        guard let current else { return }
        let plan = RolloutPlan(
            replicas: scene.spec.replicas,
            strategy: strategy,
            current: current.generation,
            old: old.map(\.generation)
        )
        try resize(&scene, plan.sizes)
    }

    /// Whether pods of some sets have not ended yet.
    private func hasPods(_ sets: [ReplicaSetFacts]) -> Bool {
        sets.contains { set in
            tools.store.entries("pods", ownedBy: set.uid).contains { !PodFacts($0.object).isOver }
        }
    }

    // MARK: Sets

    private func create(_ scene: inout Scene, size: Int) throws(StoreError) {
        let template = scene.template
        let text = template.bytes(sortedKeys: true)
        var hash = SafeName.hash(of: text, collisions: scene.collisions)
        func key() -> ObjectKey {
            ObjectKey(Self.resource, scene.namespace, scene.name + "-" + hash)
        }
        while tools.store.get(key()) != nil {
            scene.collisions += 1
            hash = SafeName.hash(of: text, collisions: scene.collisions)
        }
        var labeled = template
        if labeled["metadata"]?["labels"] == nil { labeled["metadata"]?["labels"] = [:] }
        labeled["metadata"]?["labels"]?[Self.label] = .string(hash)
        var selector = scene.object["spec"]?["selector"] ?? [:]
        if selector["matchLabels"] == nil { selector["matchLabels"] = [:] }
        selector["matchLabels"]?[Self.label] = .string(hash)
        let revision = (scene.sets.map { ReplicaSetFacts($0.object).revision }.max() ?? 0) + 1
        var annotations = Self.handedOn(scene.object)
        annotations[ReplicaSetFacts.revisionKey] = .string(String(revision))
        for (key, value) in sizing(scene.spec) { annotations[key] = value }
        let made = try tools.store.create(
            Self.resource,
            [
                "apiVersion": "apps/v1", "kind": "ReplicaSet",
                "metadata": [
                    "name": .string(key().name), "namespace": .string(scene.namespace),
                    "labels": labeled["metadata"]?["labels"] ?? [:], "annotations": annotations,
                    "ownerReferences": [Controllers.ownerReference(to: scene.object)],
                ],
                "spec": [
                    "replicas": .int(size), "selector": selector, "template": labeled,
                    "minReadySeconds": .int(scene.spec.minReadySeconds),
                ],
                "status": ["replicas": 0],
            ]
        )
        scene.sets.append((key(), made))
        try number(revision, scene)
        if size > 0 {
            tools.event(
                scene.object,
                "ScalingReplicaSet",
                "Scaled up replica set \(key().name) from 0 to \(size)"
            )
        }
        guard scene.deadline != nil else { return }
        scene.conditions.set(
            "Progressing",
            "True",
            "NewReplicaSetCreated",
            "Created new replica set \"\(key().name)\"",
            at: tools.now
        )
    }

    /// Gives the set of the present template the newest revision, and what else it takes over.
    private func stamp(_ current: ReplicaSetFacts, _ scene: inout Scene) throws(StoreError) {
        let others = scene.facts.old.map(\.revision).max() ?? 0
        let revision = max(current.revision, others + 1)
        let annotations = Self.handedOn(scene.object)
        let minimum = scene.spec.minReadySeconds
        try change(current.uid, &scene) { set in
            var own = set["metadata"]?["annotations"] ?? [:]
            for (key, value) in annotations.object ?? [:] { own[key] = value }
            if revision != current.revision {
                own[ReplicaSetFacts.revisionKey] = .string(String(revision))
                if current.revision > 0 {
                    let history =
                        own[ReplicaSetFacts.historyKey]?.string
                        .map { $0.split(separator: ",").map(String.init) } ?? []
                    let next = history + [String(current.revision)]
                    own[ReplicaSetFacts.historyKey] = .string(next.joined(separator: ","))
                }
            }
            set["metadata"]?["annotations"] = own
            set["spec"]?["minReadySeconds"] = .int(minimum)
        }
        try number(revision, scene)
        if scene.deadline != nil, scene.conditions["Progressing"] == nil {
            scene.conditions.set(
                "Progressing",
                "True",
                "FoundNewReplicaSet",
                "Found new replica set \"\(current.name)\"",
                at: tools.now
            )
        }
    }

    private func number(_ revision: Int, _ scene: Scene) throws(StoreError) {
        try tools.store.modify(uid: scene.object["metadata"]?["uid"]?.string ?? "") { object in
            if object["metadata"]?["annotations"] == nil {
                object["metadata"]?["annotations"] = [:]
            }
            object["metadata"]?["annotations"]?[ReplicaSetFacts.revisionKey] =
                .string(String(revision))
        }
    }

    /// The annotations of a deployment that its sets get.
    private static func handedOn(_ object: JSON) -> JSON {
        let own: Set<String> = [
            "kubectl.kubernetes.io/last-applied-configuration", ReplicaSetFacts.revisionKey,
            ReplicaSetFacts.historyKey, ReplicaSetFacts.desiredKey, ReplicaSetFacts.mostKey,
            "deprecated.deployment.rollback.to", "remora.dev/last-applied-outline",
        ]
        let all = object["metadata"]?["annotations"]?.object?.members ?? []
        return .object(JSONObject(all.filter { !own.contains($0.key) }))
    }

    /// By what number of replicas a set was sized.
    private func sizing(_ spec: DeploymentSpec) -> [(String, JSON)] {
        let surge =
            spec.strategy.type == .rollingUpdate
            ? RolloutPlan.bounds(spec.strategy.rollingUpdate, replicas: spec.replicas).surge : 0
        return [
            (ReplicaSetFacts.desiredKey, .string(String(spec.replicas))),
            (ReplicaSetFacts.mostKey, .string(String(spec.replicas + surge))),
        ]
    }

    private func resize(_ scene: inout Scene, _ sizes: [String: Int]) throws(StoreError) {
        for set in scene.sets.map({ ReplicaSetFacts($0.object) }) {
            guard let size = sizes[set.name] else { continue }
            let sizing = sizing(scene.spec)
            try change(set.uid, &scene) { object in
                object["spec"]?["replicas"] = .int(size)
                for (key, value) in sizing { object["metadata"]?["annotations"]?[key] = value }
            }
            guard size != set.wanted else { continue }
            let direction = size > set.wanted ? "up" : "down"
            tools.event(
                scene.object,
                "ScalingReplicaSet",
                "Scaled \(direction) replica set \(set.name) from \(set.wanted) to \(size)"
            )
        }
    }

    private func change(
        _ uid: String,
        _ scene: inout Scene,
        _ body: (inout JSON) -> Void
    ) throws(StoreError) {
        let changed = try tools.store.modify(uid: uid) { object in
            if object["metadata"]?["annotations"] == nil {
                object["metadata"]?["annotations"] = [:]
            }
            body(&object)
        }
        guard
            let place = scene.sets.firstIndex(where: {
                $0.object["metadata"]?["uid"] == .string(uid)
            })
        else { return }
        scene.sets[place].object = changed
    }

    /// Removes the oldest empty sets beyond the limit, once the rollout is complete.
    private func forgetOld(_ scene: inout Scene) throws(StoreError) {
        let (current, old) = scene.facts
        let isComplete =
            current.map {
                $0.existing == scene.spec.replicas && $0.available == scene.spec.replicas
                    && old.allSatisfy { $0.existing == 0 }
            } ?? false
        guard isComplete || scene.spec.paused else { return }
        let living = old.filter { !$0.isDeleted }.sorted { $0.revision < $1.revision }
        for set in living.prefix(max(0, living.count - scene.spec.revisionHistoryLimit))
        where set.wanted == 0 && set.existing == 0 && set.isObserved {
            try tools.store.delete(ObjectKey(Self.resource, scene.namespace, set.name))
            scene.sets.removeAll { $0.key.name == set.name }
        }
    }

    // MARK: Status

    private func report(_ scene: Scene) throws(StoreError) -> Verdict {
        let (current, old) = scene.facts
        let all = old + [current].compactMap(\.self)
        func sum(_ count: (ReplicaSetFacts) -> Int) -> Int { all.reduce(0) { $0 + count($1) } }
        let counts = DeploymentProgress.Counts(
            replicas: sum(\.existing),
            updated: current?.existing ?? 0,
            ready: sum(\.ready),
            available: sum(\.available)
        )
        let before = scene.object["status"]
        func count(_ field: String) -> Int { before?[field]?.int ?? 0 }
        let spec = scene.spec
        let isRolling = spec.strategy.type == .rollingUpdate && spec.replicas > 0
        let bounds = RolloutPlan.bounds(spec.strategy.rollingUpdate, replicas: spec.replicas)
        let newest = [scene.current].compactMap(\.self) + scene.sets.map(\.object)
        let failure = newest.lazy.compactMap { Conditions($0["status"]?["conditions"]) }
            .compactMap { $0["ReplicaFailure"] }.first
        let progress = DeploymentProgress(
            of: scene.name,
            replicas: spec.replicas,
            unavailable: isRolling ? min(bounds.unavailable, spec.replicas) : 0,
            deadline: scene.deadline,
            isPaused: spec.paused,
            current: current?.name,
            before: .init(
                replicas: count("replicas"),
                updated: count("updatedReplicas"),
                ready: count("readyReplicas"),
                available: count("availableReplicas")
            ),
            counts: counts,
            conditions: scene.conditions,
            failure: failure.map { ($0.reason, $0.message) },
            at: tools.now
        )
        var status: JSON = ["observedGeneration": scene.object["metadata"]?["generation"] ?? 1]
        let numbers = [
            ("replicas", counts.replicas), ("updatedReplicas", counts.updated),
            ("readyReplicas", counts.ready), ("availableReplicas", counts.available),
            ("unavailableReplicas", max(0, sum(\.wanted) - counts.available)),
        ]
        for (field, number) in numbers where number > 0 { status[field] = .int(number) }
        status["terminatingReplicas"] = .int(sum(\.terminating))
        status["conditions"] = progress.conditions.json(.updated)
        if scene.collisions > 0 { status["collisionCount"] = .int(scene.collisions) }
        try tools.write(status, of: scene.object)
        return .after(progress.wait)
    }
}
