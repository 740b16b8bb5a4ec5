/// How a strategic merge patch treats a field, as the Go types of Kubernetes say in their tags.
public enum MergeStrategy: Sendable, Hashable {
    /// Maps are merged, lists replaced.
    case usual
    /// A list of maps whose elements are the same if they have the same value of this key.
    case mergeList(key: String)
    /// A list of plain values that is treated as a set.
    case mergeSet

    /// The strategy of a field of core/v1, apps/v1 or ObjectMeta, by its path without indices.
    public static func ofKubernetes(_ path: [String]) -> Self {
        guard let field = path.last else { return .usual }
        switch field {
        case "containers", "initContainers", "ephemeralContainers", "volumes", "env",
            "imagePullSecrets", "resourceClaims", "secrets":
            return .mergeList(key: "name")
        case "ports":
            return .mergeList(
                key: path.contains("containers") || path.contains("initContainers")
                    || path.contains("ephemeralContainers") ? "containerPort" : "port"
            )
        case "volumeMounts": return .mergeList(key: "mountPath")
        case "volumeDevices": return .mergeList(key: "devicePath")
        case "hostAliases", "podIPs", "hostIPs": return .mergeList(key: "ip")
        case "conditions": return .mergeList(key: "type")
        case "topologySpreadConstraints": return .mergeList(key: "topologyKey")
        case "ownerReferences": return .mergeList(key: "uid")
        case "taints": return .mergeList(key: "key")
        case "finalizers": return .mergeSet
        default: return .usual
        }
    }
}
