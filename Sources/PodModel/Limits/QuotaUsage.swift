internal import Formats

/// What objects use of a namespace's quotas.
///
/// The names and rules are those of the API server's quota evaluators: pods count by KEP-753 until
/// they have ended, claims by what they ask for, everything by its number.
enum QuotaUsage {
    /// What an object uses, by the names of quotas.
    static func of(_ object: JSON, resource: String, group: String) -> [String: Quantity] {
        let one = Quantity(1)
        var usage = ["count/" + (group.isEmpty ? resource : "\(resource).\(group)"): one]
        guard group.isEmpty else { return usage }
        switch resource {
        case "pods":
            guard !hasEnded(object) else { return usage }
            usage["pods"] = one
            guard let pod = try? Pod(json: object) else { return usage }
            let whole = EffectiveResources.of(pod)
            for (name, amount) in whole.requests {
                usage["requests." + name] = amount
                // The short names mean requests.
                if ["cpu", "memory", "ephemeral-storage"].contains(name) { usage[name] = amount }
            }
            for (name, amount) in whole.limits { usage["limits." + name] = amount }
        case "persistentvolumeclaims":
            usage[resource] = one
            let spec = object["spec"]
            let amount = LimitRangeRules.amounts(spec?["resources"]?["requests"])["storage"]
            usage["requests.storage"] = amount
            if let name = spec?["storageClassName"]?.string, !name.isEmpty {
                let place = name + ".storageclass.storage.k8s.io/"
                usage[place + "requests.storage"] = amount
                usage[place + "persistentvolumeclaims"] = one
            }
        case "services":
            usage[resource] = one
            let ports = Quantity(object["spec"]?["ports"]?.array?.count ?? 0)
            switch object["spec"]?["type"]?.string {
            case "NodePort": usage["services.nodeports"] = ports
            case "LoadBalancer":
                usage["services.nodeports"] = ports
                usage["services.loadbalancers"] = one
            default: break
            }
        case "configmaps", "replicationcontrollers", "resourcequotas", "secrets":
            usage[resource] = one
        default: break
        }
        return usage
    }

    /// Whether a pod uses nothing any more, but its place in the store.
    static func hasEnded(_ pod: JSON) -> Bool {
        ["Succeeded", "Failed"].contains(pod["status"]?["phase"]?.string)
    }
}

/// One `ResourceQuota`.
struct Quota {
    let name: String
    let hard: [String: Quantity]
    private let scopes: [Scope]

    private struct Scope {
        var name: String
        var `operator` = "Exists"
        var values: [String] = []
    }

    init(_ object: JSON) {
        name = object["metadata"]?["name"]?.string ?? ""
        hard = LimitRangeRules.amounts(object["spec"]?["hard"])
        let plain = (object["spec"]?["scopes"]?.array ?? []).compactMap(\.string)
        let chosen = object["spec"]?["scopeSelector"]?["matchExpressions"]?.array ?? []
        scopes =
            plain.map { Scope(name: $0) }
            + chosen.map { requirement in
                Scope(
                    name: requirement["scopeName"]?.string ?? "",
                    operator: requirement["operator"]?.string ?? "Exists",
                    values: (requirement["values"]?.array ?? []).compactMap(\.string)
                )
            }
    }

    /// Whether an object counts: quotas with scopes are about pods, and about those of the scopes.
    func covers(_ object: JSON, resource: String, group: String) -> Bool {
        guard !scopes.isEmpty else { return true }
        guard resource == "pods", group.isEmpty, let pod = try? Pod(json: object) else {
            return false
        }
        return scopes.allSatisfy { Self.holds($0, pod) }
    }

    private static func holds(_ scope: Scope, _ pod: Pod) -> Bool {
        let isTerminating = pod.spec.activeDeadlineSeconds != nil
        let isBestEffort = QualityOfService.of(pod) == .bestEffort
        switch scope.name {
        case "Terminating": return isTerminating
        case "NotTerminating": return !isTerminating
        case "BestEffort": return isBestEffort
        case "NotBestEffort": return !isBestEffort
        case "PriorityClass":
            let name = pod.spec.priorityClassName
            switch scope.operator {
            case "In": return scope.values.contains(name)
            case "NotIn": return !scope.values.contains(name)
            case "DoesNotExist": return name.isEmpty
            default: return !name.isEmpty
            }
        default: return false
        }
    }

    /// What of the namespace's objects counts against the quota, for each of its names.
    func used(_ usages: [[String: Quantity]]) -> [String: Quantity] {
        var used = hard.mapValues { _ in Quantity.zero }
        for usage in usages {
            for (name, amount) in usage { used[name] = used[name].map { $0 + amount } }
        }
        return used
    }
}
