internal import Basics
internal import Formats
internal import ObjectStore
internal import PodModel
internal import Reactor

/// Says in the status of budgets how many of their pods may be evicted, as `DisruptionPlan` says.
@MainLoop struct DisruptionController: Reconciler {
    let tools: ControllerTools

    func reconcile(_ key: ObjectKey, _ object: JSON) async throws(StoreError) -> Verdict {
        let (spec, status) = (object["spec"], object["status"])
        var pods: [JSON] = []
        if let selector = spec?["selector"], let labels = try? LabelQuery(selector: selector) {
            pods = tools.store.list(
                ObjectQuery("pods", namespace: key.namespace, labels: labels)
            )
        }
        var disrupted: [String: Timestamp] = [:]
        for (name, time) in status?["disruptedPods"]?.object?.members ?? [] {
            disrupted[name] = Controllers.time(time)
        }
        let (scale, strays) = scale(of: pods)
        let limit = Self.limit(spec)
        let plan = DisruptionPlan(
            limit,
            pods: pods.map(PodFacts.init),
            scale: scale,
            disrupted: disrupted,
            at: tools.now
        )
        var conditions = Conditions(status?["conditions"])
        if let stray = strays.first, Self.needsScale(limit) {
            let message =
                "found no controllers for pod \"\(stray)\""
            let isNew = conditions.set(
                "DisruptionAllowed",
                "False",
                "SyncFailed",
                message,
                at: tools.now
            )
            if isNew {
                tools.event(
                    object,
                    "CalculateExpectedPodCountFailed",
                    "Failed to calculate the number of expected pods: \(message)",
                    isWarning: true
                )
            }
        } else {
            let isAllowed = plan.allowed > 0
            conditions.set(
                "DisruptionAllowed",
                isAllowed ? "True" : "False",
                isAllowed ? "SufficientPods" : "InsufficientPods",
                "",
                at: tools.now
            )
        }
        let isFailed = conditions["DisruptionAllowed"]?.reason == "SyncFailed"
        var written: JSON = [
            "observedGeneration": object["metadata"]?["generation"] ?? 1,
            "disruptionsAllowed": .int(isFailed ? 0 : plan.allowed),
            "currentHealthy": .int(plan.current), "desiredHealthy": .int(plan.desired),
            "expectedPods": .int(plan.expected), "conditions": conditions.json(.none),
        ]
        if !plan.disrupted.isEmpty {
            var names: JSON = [:]
            for (name, time) in plan.disrupted.sorted(by: { $0.key < $1.key }) {
                names[name] = .string(time.rfc3339)
            }
            written["disruptedPods"] = names
        }
        try tools.write(written, of: object)
        return .after(plan.wait)
    }

    private static func limit(_ spec: JSON?) -> DisruptionPlan.Limit? {
        func value(_ field: String) -> IntOrString? {
            if let number = spec?[field]?.int { return .int(number) }
            return spec?[field]?.string.map { .string($0) }
        }
        if let share = value("maxUnavailable") { return .unavailable(share) }
        return value("minAvailable").map { .available($0) }
    }

    /// Whether a limit is about how many pods are wanted, not about how many there are.
    private static func needsScale(_ limit: DisruptionPlan.Limit?) -> Bool {
        switch limit {
        case nil, .available(.int): false
        case .available(.string), .unavailable: true
        }
    }

    /// How many pods the controllers of some want, and the pods that none keeps.
    private func scale(of pods: [JSON]) -> (total: Int, strays: [String]) {
        var sizes: [String: Int] = [:]
        var strays: [String] = []
        for pod in pods {
            guard let keeper = keeper(of: pod) else {
                strays.append(pod["metadata"]?["name"]?.string ?? "")
                continue
            }
            sizes[keeper["metadata"]?["uid"]?.string ?? ""] = keeper["spec"]?["replicas"]?.int
        }
        return (sizes.values.reduce(0, +), strays)
    }

    /// The controller of a pod that has a scale; of a ReplicaSet's it is the deployment, if there is one.
    private func keeper(of pod: JSON) -> JSON? {
        guard let uid = Controllers.controller(of: pod), let key = tools.store.key(uid: uid),
            ["replicasets", "statefulsets"].contains(key.resource),
            let keeper = tools.store.get(key)
        else { return nil }
        guard let above = Controllers.controller(of: keeper),
            let owner = tools.store.get(uid: above)
        else { return keeper }
        return owner
    }
}
