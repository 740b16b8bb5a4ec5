internal import Formats
internal import PodModel

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
        (mayStart, mayStay) = NodeFit.daemon(spec, Self.tolerations(of: spec), on: node)
    }
}
