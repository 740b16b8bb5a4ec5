internal import Formats
internal import ObjectStore

/// Evictions: deletions that budgets may refuse.
///
/// Source: `pkg/registry/core/pod/storage/eviction.go`.
extension NodeAPI {
    /// Evicts a pod, unless a PodDisruptionBudget needs it.
    ///
    /// - Throws: 429 in upstream's words if the budget has nothing left.
    func evict(
        _ request: APIRequest,
        _ target: Target,
        _ key: ObjectKey
    ) throws(APIError) -> APIResponse {
        guard request.method == "POST" else { throw .methodNotAllowed(request.method) }
        let body = try BodyReader.json(request)
        var inner = request
        inner.body = (body["deleteOptions"] ?? .object([:])).bytes()
        inner.contentType = "application/json"
        let pod = try stored(target.kind, key)
        let name = body["metadata"]?["name"]?.string ?? ""
        guard name.isEmpty || name == key.name else {
            throw .badRequest("name in URL does not match name in Eviction object")
        }
        var options = try DeleteOptions(inner)
        if let version = options.resourceVersion {
            guard version == pod["metadata"]?["resourceVersion"]?.string else {
                throw .conflict(target.kind, key.name, "the pod has been modified")
            }
            // The eviction itself changes the pod.
            options.resourceVersion = nil
        }
        if !Self.needsNoBudget(pod) {
            if let budget = try self.budget(of: pod, key) {
                try spend(budget, on: pod, key, isDryRun: request.isDryRun)
            }
            if !request.isDryRun { try mark(pod) }
        }
        _ = try delete(target.kind, key, pod, options, isDryRun: request.isDryRun)
        return APIResponse(
            201,
            ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success"]
        )
    }

    /// A pod that does not run, or goes already, may go.
    private static func needsNoBudget(_ pod: JSON) -> Bool {
        let phase = pod["status"]?["phase"]?.string ?? ""
        return ["Succeeded", "Failed", "Pending"].contains(phase)
            || pod["metadata"]?["deletionTimestamp"] != nil
    }

    /// The one budget that chooses a pod.
    private func budget(of pod: JSON, _ key: ObjectKey) throws(APIError) -> JSON? {
        let query = ObjectQuery("poddisruptionbudgets", namespace: key.namespace)
        let labels = pod["metadata"]?["labels"]?.object
        let budgets = store.list(query).filter { budget in
            guard let selector = budget["spec"]?["selector"],
                let query = try? LabelQuery(selector: selector)
            else { return false }
            return query.matches(labels)
        }
        guard budgets.count <= 1 else {
            throw APIError(
                500,
                "InternalError",
                "This pod has more than one PodDisruptionBudget, which the eviction subresource"
                    + " does not support."
            )
        }
        return budgets.first
    }

    /// Takes one disruption off a budget.
    private func spend(
        _ budget: JSON,
        on pod: JSON,
        _ key: ObjectKey,
        isDryRun: Bool
    ) throws(APIError) {
        let name = budget["metadata"]?["name"]?.string ?? ""
        let status = budget["status"]
        func count(_ field: String) -> Int { status?[field]?.int ?? 0 }
        let isReady = (pod["status"]?["conditions"]?.array ?? []).contains {
            $0["type"]?.string == "Ready" && $0["status"]?.string == "True"
        }
        if !isReady {
            let isHealthy =
                count("currentHealthy") >= count("desiredHealthy") && count("desiredHealthy") > 0
            let policy = budget["spec"]?["unhealthyPodEvictionPolicy"]?.string
            if policy == "AlwaysAllow" || isHealthy { return }
        }
        guard
            count("observedGeneration") >= budget["metadata"]?["generation"]?.int ?? 0
        else {
            var error = APIError.disrupted(
                "Cannot evict pod as it would violate the pod's disruption budget.",
                cause: "The disruption budget \(name) is still being processed by the server."
            )
            error.details["retryAfterSeconds"] = 10
            throw error
        }
        guard count("disruptionsAllowed") > 0 else {
            throw APIError.disrupted(
                "Cannot evict pod as it would violate the pod's disruption budget.",
                cause: "The disruption budget \(name) needs \(count("desiredHealthy")) healthy pods"
                    + " and has \(count("currentHealthy")) currently"
            )
        }
        guard !isDryRun, var spent = status else { return }
        spent["disruptionsAllowed"] = .int(count("disruptionsAllowed") - 1)
        if spent["disruptedPods"] == nil { spent["disruptedPods"] = [:] }
        spent["disruptedPods"]?[key.name] = .string(now.rfc3339)
        try storing(.disruptionBudgets) { () throws(StoreError) in
            _ = try store.updateStatus(uid: budget["metadata"]?["uid"]?.string ?? "", spent)
        }
    }

    /// Notes on a pod that it goes because it was evicted.
    private func mark(_ pod: JSON) throws(APIError) {
        var status = pod["status"] ?? [:]
        let others = status["conditions"]?.array?
            .filter { $0["type"]?.string != "DisruptionTarget" }
        let condition: JSON = [
            "type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI",
            "message": "Eviction API: evicting", "lastTransitionTime": .string(now.rfc3339),
        ]
        status["conditions"] = .array((others ?? []) + [condition])
        try storing(.pods) { () throws(StoreError) in
            _ = try store.updateStatus(uid: pod["metadata"]?["uid"]?.string ?? "", status)
        }
    }
}

extension APIError {
    fileprivate static func disrupted(_ message: String, cause: String) -> Self {
        var error = Self(429, "TooManyRequests", message)
        error.details["causes"] = [
            ["reason": "DisruptionBudget", "message": .string(cause)]
        ]
        return error
    }
}
