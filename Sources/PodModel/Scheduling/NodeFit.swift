public import Formats

/// Whether a node takes a pod, and what is said if it does not.
///
/// Of kube-scheduler's filters these are the ones that a node's own object decides, in their order.
///
/// Source: `pkg/scheduler/framework/plugins` (`nodeunschedulable`, `tainttoleration`, `nodeaffinity`),
/// `FitError` in `pkg/scheduler/framework/types.go`.
public enum NodeFit: Sendable, Hashable {
    /// The node takes the pod.
    case fits
    /// Something has to be taken off the pod before it is placed.
    case gated
    /// The node was cordoned.
    case unschedulable
    /// The node has a taint that the pod does not tolerate.
    case tainted(key: String, value: String)
    /// The node is none of those that the pod asks for.
    case unwanted

    /// Judges a new pod on a node.
    ///
    /// - Parameters:
    ///   - spec: The pod's spec.
    ///   - node: The node; one that is not known takes everything.
    public init(_ spec: JSON?, on node: JSON?) {
        guard spec?["schedulingGates"]?.array?.isEmpty ?? true else {
            self = .gated
            return
        }
        self = node.map { Self.judge(spec, on: $0) } ?? .fits
    }

    private static func judge(_ spec: JSON?, on node: JSON) -> Self {
        let tolerations = spec?["tolerations"]?.array ?? []
        let closing: JSON = ["key": .string(Taints.unschedulable), "effect": "NoSchedule"]
        if node["spec"]?["unschedulable"]?.bool == true,
            !tolerations.contains(where: { Taints.tolerates($0, closing) })
        {
            return .unschedulable
        }
        let effects: Set = ["NoSchedule", "NoExecute"]
        if let taint = Taints.untolerated(on: node, effects: effects, tolerations) {
            return .tainted(
                key: taint["key"]?.string ?? "",
                value: taint["value"]?.string ?? ""
            )
        }
        return NodeAffinity.holds(spec, on: node) ? .fits : .unwanted
    }

    /// The reason of the condition `PodScheduled`; nil if the node takes the pod.
    public var reason: String? {
        switch self {
        case .fits: nil
        case .gated: "SchedulingGated"
        case .unschedulable, .tainted, .unwanted: "Unschedulable"
        }
    }

    /// What kube-scheduler says where there is one node; empty if the node takes the pod.
    ///
    /// - Parameter spec: The spec of the pod that was judged.
    /// - Returns: The sentence.
    public func message(for spec: JSON?) -> String {
        let why: String
        switch self {
        case .fits: return ""
        case .gated: return "Scheduling is blocked due to non-empty scheduling gates"
        case .unschedulable: why = "node(s) were unschedulable"
        case .tainted(let key, let value): why = "node(s) had untolerated taint {\(key): \(value)}"
        case .unwanted: why = "node(s) didn't match Pod's node affinity/selector"
        }
        let preemption =
            spec?["preemptionPolicy"]?.string == "Never"
            ? "not eligible due to preemptionPolicy=Never."
            : "0/1 nodes are available: 1 Preemption is not helpful for scheduling."
        return "0/1 nodes are available: 1 \(why). preemption: \(preemption)"
    }

    /// Why the kubelet rejects a pod that was brought to its node past the scheduler; nil if it does not.
    ///
    /// Source: `pkg/kubelet/lifecycle/predicate.go`.
    public static func rejection(
        of spec: JSON?,
        by node: JSON
    ) -> (reason: String, message: String)? {
        func rejected(_ name: String, _ why: String) -> (reason: String, message: String) {
            (name, "Pod was rejected: Predicate \(name) failed: \(why)")
        }
        guard NodeAffinity.holds(spec, on: node) else {
            return rejected("NodeAffinity", "node(s) didn't match Pod's node affinity/selector")
        }
        let tolerations = spec?["tolerations"]?.array ?? []
        guard Taints.untolerated(on: node, effects: ["NoExecute"], tolerations) == nil else {
            return rejected(
                "TaintToleration",
                "node(s) had taints that the pod didn't tolerate"
            )
        }
        return nil
    }

    /// Whether a daemon's pod is made on a node, and whether one that is there stays.
    ///
    /// Source: `NodeShouldRunDaemonPod` in `pkg/controller/daemon/daemon_controller.go`.
    public static func daemon(
        _ spec: JSON?,
        _ tolerations: [JSON],
        on node: JSON
    ) -> (mayStart: Bool, mayStay: Bool) {
        let wanted = spec?["nodeName"]?.string ?? ""
        guard wanted.isEmpty || wanted == node["metadata"]?["name"]?.string,
            NodeAffinity.holds(spec, on: node)
        else { return (false, false) }
        func isFree(_ effects: Set<String>) -> Bool {
            Taints.untolerated(on: node, effects: effects, tolerations) == nil
        }
        return (isFree(["NoSchedule", "NoExecute"]), isFree(["NoExecute"]))
    }
}
