public import Basics
public import Formats

/// What becomes of a node's object when clients change it.
public enum NodeUpdate {
    /// Adds what controllers add upstream: a node that was cordoned has a taint that says so, and taints
    /// that end pods have the time they were added.
    ///
    /// Source: `pkg/controller/nodelifecycle/node_lifecycle_controller.go`.
    ///
    /// - Parameters:
    ///   - node: The new version.
    ///   - old: The stored one.
    ///   - now: The wall clock.
    public static func complete(_ node: inout JSON, from old: JSON, at now: Timestamp) {
        let known = old["spec"]?["taints"]?.array ?? []
        var taints = node["spec"]?["taints"]?.array ?? []
        let isClosed = node["spec"]?["unschedulable"]?.bool == true
        func closes(_ taint: JSON) -> Bool {
            taint["key"]?.string == Taints.unschedulable && taint["effect"]?.string == "NoSchedule"
        }
        if !isClosed {
            taints.removeAll(where: closes)
        } else if !taints.contains(where: closes) {
            taints.append(["key": .string(Taints.unschedulable), "effect": "NoSchedule"])
        }
        taints = taints.map { taint in
            guard taint["effect"]?.string == "NoExecute" || closes(taint),
                taint["timeAdded"]?.string == nil
            else { return taint }
            let before = known.first {
                $0["key"] == taint["key"] && $0["effect"] == taint["effect"]
                    && $0["value"] == taint["value"]
            }
            var taint = taint
            taint["timeAdded"] = before?["timeAdded"] ?? .string(now.rfc3339)
            return taint
        }
        if node["spec"]?.object == nil { node["spec"] = [:] }
        node["spec"]?["taints"] = taints.isEmpty ? nil : .array(taints)
        // False is what is meant by nothing.
        if !isClosed { node["spec"]?["unschedulable"] = nil }
    }
}
