internal import Formats

extension TableColumns {
    /// The columns of what limits, admits and measures.
    static let policies: [String: [TableColumn]] = [
        "ValidatingWebhookConfiguration": webhooks,
        "ResourceQuota": quotas,
        "LimitRange": [.name, .field("Created At", "metadata.creationTimestamp", missing: "")],
        "Lease": [.name, .field("Holder", "spec.holderIdentity", missing: ""), .age],
        "PersistentVolume": volumes,
        "Role": roles, "ClusterRole": roles,
        "RoleBinding": bindings, "ClusterRoleBinding": bindings,
        "MutatingWebhookConfiguration": webhooks,
        "PodMetrics": [
            .name, amount("CPU", "cpu"), amount("Memory", "memory"),
            .field("Window", "window", missing: ""),
        ],
        "NodeMetrics": [
            .name, amount("CPU", "cpu"), amount("Memory", "memory"),
            .field("Window", "window", missing: ""),
        ],
    ]

    private static let webhooks: [TableColumn] = [
        .name,
        TableColumn("Webhooks", type: "integer") { object, _ in
            .int(object["webhooks"]?.array?.count ?? 0)
        },
        .age,
    ]

    private static let quotas: [TableColumn] = [
        .name, used("Request", ofLimits: false), used("Limit", ofLimits: true), .age,
    ]

    /// `requests.cpu: 500m/1, pods: 1/4`; what begins with `limits.` has a column of its own.
    private static func used(_ title: String, ofLimits isLimit: Bool) -> TableColumn {
        TableColumn(title) { object, _ in
            let used = object["status"]?["used"]
            let hard = object["status"]?["hard"]?.object?.members ?? []
            let parts = hard.sorted { $0.key < $1.key }
                .filter { $0.key.hasPrefix("limits.") == isLimit }
                .map { "\($0.key): \(used?[$0.key]?.string ?? "0")/\($0.value.string ?? "")" }
            return .string(parts.joined(separator: ", "))
        }
    }

    private static let roles: [TableColumn] = [
        .name, .field("Created At", "metadata.creationTimestamp", missing: ""),
    ]

    private static func subjects(_ kind: String) -> TableColumn {
        let title = ["User": "Users", "Group": "Groups"][kind] ?? "ServiceAccounts"
        return TableColumn(title, isWide: true) { object, _ in
            let found = (object["subjects"]?.array ?? []).filter { $0["kind"]?.string == kind }
            return .string(
                TableText.list(found) { subject in
                    let name = subject["name"]?.string ?? ""
                    guard kind == "ServiceAccount" else { return name }
                    return "\(subject["namespace"]?.string ?? "")/\(name)"
                }
            )
        }
    }

    private static let bindings: [TableColumn] = [
        .name,
        TableColumn("Role") { object, _ in
            let role = object["roleRef"]
            return .string("\(role?["kind"]?.string ?? "")/\(role?["name"]?.string ?? "")")
        },
        .age, subjects("User"), subjects("Group"), subjects("ServiceAccount"),
    ]

    private static let volumes: [TableColumn] = [
        .name,
        .field("Capacity", "spec.capacity.storage", missing: ""),
        TableColumn("Access Modes") { object, _ in
            .string(TableText.accessModes(object["spec"]?["accessModes"]))
        },
        .field("Reclaim Policy", "spec.persistentVolumeReclaimPolicy", missing: ""),
        .field("Status", "status.phase", missing: ""),
        TableColumn("Claim") { object, _ in
            guard let claim = object["spec"]?["claimRef"] else { return "" }
            let namespace = claim["namespace"]?.string ?? ""
            return .string("\(namespace)/\(claim["name"]?.string ?? "")")
        },
        .field("StorageClass", "spec.storageClassName", missing: ""),
        .field("VolumeAttributesClass", "spec.volumeAttributesClassName", missing: "<unset>"),
        .field("Reason", "status.reason", missing: ""),
        .age,
        .field("VolumeMode", "spec.volumeMode", missing: "<unset>", isWide: true),
    ]

    private static func amount(_ title: String, _ resource: String) -> TableColumn {
        TableColumn(title) { object, _ in
            if let usage = object["usage"]?[resource] { return usage }
            let parts = (object["containers"]?.array ?? []).map { $0["usage"]?[resource] }
            let sum = parts.compactMap { $0.flatMap { try? Quantity(json: $0) } }
                .reduce(Quantity.zero) { $0 + $1 }
            return .string(sum.text)
        }
    }
}
