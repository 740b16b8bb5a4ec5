internal import Formats

/// Where a reference to a field of the pod stands.
enum FieldReferencePlace {
    case variable
    case volume

    var supported: [String] {
        switch self {
        case .variable:
            [
                "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName",
                "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP",
                "status.podIPs",
            ]
        case .volume:
            [
                "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace",
                "metadata.uid",
            ]
        }
    }
}

extension Checker {
    /// A `fieldRef`.
    mutating func fieldReference(_ node: Node, in place: FieldReferencePlace) {
        let field = node["fieldPath"]
        guard !field.text.isEmpty else { return }
        let version = node["apiVersion"]
        if version.exists, version.text != "v1" {
            invalid(version, "error converting fieldPath: unsupported pod version", fix: "write v1")
        }
        if let (path, key) = Self.subscripted(field.text) {
            switch path {
            case "metadata.annotations": check(Node(.string(key.lowercased()), field.path))
            case "metadata.labels": check(Node(.string(key), field.path))
            default:
                invalid(
                    Node(.string(path), field.path),
                    "does not support subscript",
                    fix: "use metadata.labels['KEY'] or metadata.annotations['KEY']"
                )
            }
        } else {
            choice(field, place.supported)
        }
    }

    private mutating func check(_ key: Node) {
        check(key, NameRules.qualified, fix: "correct the key between the brackets")
    }

    /// Takes `path['key']` apart.
    private static func subscripted(_ text: String) -> (path: String, key: String)? {
        guard text.hasSuffix("']"), let open = text.firstIndex(of: "[") else { return nil }
        let rest = text[open...].dropFirst().dropLast(2)
        guard rest.first == "'" else { return nil }
        return (String(text[..<open]), String(rest.dropFirst()))
    }

    private static let resourceFields = [
        "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu",
        "requests.ephemeral-storage", "requests.memory",
    ]

    private static let units = [
        "1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei",
    ]

    /// A `resourceFieldRef`.
    mutating func resourceReference(_ node: Node, isVolume: Bool) {
        guard node.exists else { return }
        if isVolume, node["containerName"].text.isEmpty {
            required(node["containerName"], fix: "name the container")
        }
        let resource = node["resource"]
        let isHuge = ["requests.hugepages-", "limits.hugepages-"].contains {
            resource.text.hasPrefix($0)
        }
        if !resource.text.isEmpty, !isHuge { choice(resource, Self.resourceFields) }
        guard let divisor = node["divisor"].quantity, !divisor.isZero else { return }
        let isCPU = resource.text.hasSuffix(".cpu")
        let allowed = isCPU ? ["1m", "1"] : Self.units
        if !allowed.contains(divisor.text) {
            let kind =
                isHuge
                ? "hugepages"
                : resource.text.hasSuffix(".memory") ? "memory" : "local ephemeral storage"
            let list = isCPU ? "1m and 1" : allowed.joined(separator: ", ")
            invalid(
                Node(resource.value, node["divisor"].path),
                "only divisor's values \(list) are supported with the \(isCPU ? "cpu" : kind)"
                    + " resource",
                fix: "choose one of these units"
            )
        }
    }
}
