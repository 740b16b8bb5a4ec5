internal import Formats

extension TableColumns {
    /// The columns of what is kept and not acted upon.
    static let stored: [String: [TableColumn]] = [
        "Ingress": ingresses, "IngressClass": ingressClasses, "NetworkPolicy": networkPolicies,
        "StorageClass": storageClasses, "HorizontalPodAutoscaler": autoscalers,
        "CustomResourceDefinition": definitions,
        "APIService": apiServices,
    ]

    private static let definitions: [TableColumn] = [
        .name, .field("Created At", "metadata.creationTimestamp"),
    ]

    private static let apiServices: [TableColumn] = [
        .name,
        TableColumn("Service") { object, _ in
            guard let service = object["spec"]?["service"], !service.isNull else { return "Local" }
            return .string(
                "\(TableText.text(service["namespace"]))/\(TableText.text(service["name"]))"
            )
        },
        TableColumn("Available") { object, _ in
            let conditions = object["status"]?["conditions"]?.array ?? []
            let available = conditions.first { $0["type"] == "Available" }
            return .string(available?["status"]?.string ?? "Unknown")
        },
        .age,
    ]

    private static let ingresses: [TableColumn] = [
        .name, .field("Class", "spec.ingressClassName"),
        TableColumn("Hosts") { object, _ in
            let hosts = (object["spec"]?["rules"]?.array ?? []).map { $0["host"]?.string ?? "*" }
            let shown = hosts.prefix(3).joined(separator: ",")
            let rest = hosts.count - 3
            return .string(
                hosts.isEmpty ? "*" : rest > 0 ? "\(shown) + \(rest) more..." : shown
            )
        },
        TableColumn("Address") { object, _ in
            let places = object["status"]?["loadBalancer"]?["ingress"]?.array ?? []
            let texts = places.compactMap { $0["ip"]?.string ?? $0["hostname"]?.string }
            return .string(texts.joined(separator: ","))
        },
        TableColumn("Ports") { object, _ in
            object["spec"]?["tls"]?.array?.isEmpty == false ? "80, 443" : "80"
        },
        .age,
    ]

    private static let ingressClasses: [TableColumn] = [
        .name, .field("Controller", "spec.controller", missing: ""),
        TableColumn("Parameters") { object, _ in
            guard let parameters = object["spec"]?["parameters"] else { return "<none>" }
            let group = parameters["apiGroup"]?.string.map { "." + $0 } ?? ""
            return .string(
                "\(TableText.text(parameters["kind"]))\(group)/\(TableText.text(parameters["name"]))"
            )
        },
        .age,
    ]

    private static let networkPolicies: [TableColumn] = [
        .name,
        TableColumn("Pod-Selector") { object, _ in
            .string(TableText.selector(object["spec"]?["podSelector"]))
        },
        .age,
    ]

    private static let storageClasses: [TableColumn] = [
        TableColumn("Name") { object, _ in
            let name = object["metadata"]?["name"]?.string ?? ""
            let mark = object["metadata"]?["annotations"]?[
                "storageclass.kubernetes.io/is-default-class"
            ]
            return .string(mark?.string == "true" ? name + " (default)" : name)
        },
        .field("Provisioner", "provisioner", missing: ""),
        .field("ReclaimPolicy", "reclaimPolicy", missing: "Delete"),
        .field("VolumeBindingMode", "volumeBindingMode", missing: "Immediate"),
        TableColumn("AllowVolumeExpansion", type: "boolean") { object, _ in
            .bool(object["allowVolumeExpansion"]?.bool ?? false)
        },
        .age,
    ]

    private static let autoscalers: [TableColumn] = [
        .name,
        TableColumn("Reference") { object, _ in
            let target = object["spec"]?["scaleTargetRef"]
            return .string("\(TableText.text(target?["kind"]))/\(TableText.text(target?["name"]))")
        },
        TableColumn("Targets") { object, _ in .string(targets(object)) },
        .field("MinPods", "spec.minReplicas", missing: "<unset>"),
        .number("MaxPods", "spec.maxReplicas"),
        .number("Replicas", "status.currentReplicas"), .age,
    ]

    /// `cpu: <unknown>/80%`, two of them at most.
    private static func targets(_ object: JSON) -> String {
        let metrics = (object["spec"]?["metrics"]?.array ?? []).map { metric in
            let type = metric["type"]?.string ?? ""
            let field = type.prefix(1).lowercased() + type.dropFirst()
            let source = metric[field]
            let target = source?["target"]
            let wanted =
                target?["averageUtilization"]?.int.map { "\($0)%" }
                ?? TableText.text(target?["averageValue"] ?? target?["value"])
            let label = source?["name"]?.string.map { $0 + ": " } ?? ""
            return "\(label)<unknown>/\(wanted)"
        }
        if metrics.isEmpty { return "<none>" }
        let shown = metrics.prefix(2).joined(separator: ", ")
        return metrics.count > 2 ? "\(shown) + \(metrics.count - 2) more..." : shown
    }
}
