public import Basics
public import Formats

/// The taints of a node, and what tolerates them.
///
/// Source: `ToleratesTaint` in `component-helpers`, `pkg/controller/tainteviction`.
public enum Taints {
    /// The taint of a node that takes no new pods.
    public static let unschedulable = "node.kubernetes.io/unschedulable"

    /// The first taint of a node with one of some effects that none of the tolerations is about.
    public static func untolerated(
        on node: JSON,
        effects: Set<String>,
        _ tolerations: [JSON]
    ) -> JSON? {
        (node["spec"]?["taints"]?.array ?? []).first { taint in
            effects.contains(taint["effect"]?.string ?? "")
                && !tolerations.contains { tolerates($0, taint) }
        }
    }

    /// Whether a toleration is about a taint.
    public static func tolerates(_ toleration: JSON, _ taint: JSON) -> Bool {
        let effect = toleration["effect"]?.string ?? ""
        guard effect.isEmpty || effect == taint["effect"]?.string else { return false }
        let key = toleration["key"]?.string ?? ""
        guard key.isEmpty || key == taint["key"]?.string else { return false }
        switch toleration["operator"]?.string ?? "" {
        case "Exists": return true
        case "", "Equal":
            let value = toleration["value"]?.string ?? ""
            return !key.isEmpty && value == (taint["value"]?.string ?? "")
        default: return false
        }
    }

    /// When a pod has to leave its node for the sake of `NoExecute` taints; nil if it may stay.
    ///
    /// A pod that tolerates them for some seconds has these from the time the youngest of the taints
    /// was added, or from the time it came to the node if that was later.
    public static func eviction(of pod: JSON, from node: JSON) -> Timestamp? {
        let taints = (node["spec"]?["taints"]?.array ?? [])
            .filter { $0["effect"]?.string == "NoExecute" }
        guard !taints.isEmpty else { return nil }
        let tolerations = pod["spec"]?["tolerations"]?.array ?? []
        let used = taints.map { taint in tolerations.first { tolerates($0, taint) } }
        guard !used.contains(nil) else { return Timestamp(seconds: 0) }
        let waits = used.compactMap { $0?["tolerationSeconds"]?.int }
        guard let wait = waits.min() else { return nil }
        let added = taints.compactMap { time($0["timeAdded"]) }.max() ?? Timestamp(seconds: 0)
        return max(added, arrival(of: pod)) + .seconds(max(0, min(wait, 1 << 32)))
    }

    /// Since when a pod has been on its node.
    private static func arrival(of pod: JSON) -> Timestamp {
        let scheduled = (pod["status"]?["conditions"]?.array ?? []).first {
            $0["type"]?.string == "PodScheduled" && $0["status"]?.string == "True"
        }
        return time(scheduled?["lastTransitionTime"])
            ?? time(pod["metadata"]?["creationTimestamp"]) ?? Timestamp(seconds: 0)
    }

    private static func time(_ value: JSON?) -> Timestamp? {
        value?.string.flatMap { Timestamp(rfc3339: $0) }
    }
}
