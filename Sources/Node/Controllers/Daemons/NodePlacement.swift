internal import Formats

/// Whether a daemon's pod belongs on the node: its node selector, its required affinity, and the taints
/// that it tolerates.
///
/// Source: `NodeShouldRunDaemonPod` in `pkg/controller/daemon/daemon_controller.go`.
struct NodePlacement: Sendable, Hashable {
    /// Whether a pod is made if there is none.
    var mayStart: Bool
    /// Whether a pod that is there stays.
    var mayStay: Bool

    /// What every daemon's pod tolerates.
    static let tolerations: [JSON] = [
        ("node.kubernetes.io/not-ready", "NoExecute"),
        ("node.kubernetes.io/unreachable", "NoExecute"),
        ("node.kubernetes.io/disk-pressure", "NoSchedule"),
        ("node.kubernetes.io/memory-pressure", "NoSchedule"),
        ("node.kubernetes.io/pid-pressure", "NoSchedule"),
        ("node.kubernetes.io/unschedulable", "NoSchedule"),
    ].map { key, effect in
        ["key": .string(key), "operator": "Exists", "effect": .string(effect)]
    }

    /// The tolerations of a daemon's pod: its own, and those that all have.
    static func tolerations(of spec: JSON?) -> [JSON] {
        let own = spec?["tolerations"]?.array ?? []
        var all = own
        for toleration in tolerations where !own.contains(toleration) { all.append(toleration) }
        if spec?["hostNetwork"]?.bool == true {
            all.append(
                [
                    "key": "node.kubernetes.io/network-unavailable", "operator": "Exists",
                    "effect": "NoSchedule",
                ]
            )
        }
        return all
    }

    /// Judges a pod's spec on a node.
    init(_ spec: JSON?, on node: JSON) {
        let name = node["metadata"]?["name"]?.string ?? ""
        let wanted = spec?["nodeName"]?.string ?? ""
        let labels = node["metadata"]?["labels"]
        let chosen = (spec?["nodeSelector"]?.object?.members ?? [])
            .allSatisfy { labels?[$0.key]?.string == $0.value.string }
        let required = spec?["affinity"]?["nodeAffinity"]?[
            "requiredDuringSchedulingIgnoredDuringExecution"
        ]
        let terms = required?["nodeSelectorTerms"]?.array
        let isNear = terms.map { $0.contains { Self.fits($0, labels, name) } } ?? true
        guard wanted.isEmpty || wanted == name, chosen, isNear else {
            mayStart = false
            mayStay = false
            return
        }
        let tolerations = Self.tolerations(of: spec)
        let taints = (node["spec"]?["taints"]?.array ?? []).filter { taint in
            !tolerations.contains { Self.tolerates($0, taint) }
        }
        let effects = Set(taints.compactMap { $0["effect"]?.string })
        mayStart = !effects.contains("NoSchedule") && !effects.contains("NoExecute")
        mayStay = !effects.contains("NoExecute")
    }

    private static func fits(_ term: JSON, _ labels: JSON?, _ name: String) -> Bool {
        let expressions = term["matchExpressions"]?.array ?? []
        let fields = term["matchFields"]?.array ?? []
        guard !expressions.isEmpty || !fields.isEmpty else { return false }
        return expressions.allSatisfy { meets($0, labels?[$0["key"]?.string ?? ""]?.string) }
            && fields.allSatisfy { meets($0, $0["key"]?.string == "metadata.name" ? name : nil) }
    }

    private static func meets(_ requirement: JSON, _ value: String?) -> Bool {
        let values = (requirement["values"]?.array ?? []).compactMap(\.string)
        func compare(_ isGreater: Bool) -> Bool {
            guard let value = value.flatMap({ Int($0) }),
                let limit = values.first.flatMap({ Int($0) })
            else { return false }
            return isGreater ? value > limit : value < limit
        }
        switch requirement["operator"]?.string {
        case "In": return value.map(values.contains) ?? false
        case "NotIn": return value.map { !values.contains($0) } ?? true
        case "Exists": return value != nil
        case "DoesNotExist": return value == nil
        case "Gt": return compare(true)
        case "Lt": return compare(false)
        default: return false
        }
    }

    private static func tolerates(_ toleration: JSON, _ taint: JSON) -> Bool {
        let effect = toleration["effect"]?.string ?? ""
        guard effect.isEmpty || effect == taint["effect"]?.string else { return false }
        let key = toleration["key"]?.string ?? ""
        guard key.isEmpty || key == taint["key"]?.string else { return false }
        if toleration["operator"]?.string == "Exists" { return true }
        return !key.isEmpty
            && (toleration["value"]?.string ?? "") == (taint["value"]?.string ?? "")
    }
}
