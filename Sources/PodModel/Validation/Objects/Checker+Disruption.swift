internal import Formats

/// The rules of PodDisruptionBudgets and PriorityClasses.
///
/// Source: `pkg/apis/policy/validation`, `pkg/apis/scheduling/validation`.
extension Checker {
    mutating func disruptionBudget(_ root: Node) {
        metadata(root["metadata"], name: NameRules.subdomain)
        let spec = root["spec"]
        if spec["minAvailable"].exists, spec["maxUnavailable"].exists {
            invalid(
                spec,
                "minAvailable and maxUnavailable cannot be both set",
                fix: "keep one of the two"
            )
        }
        for field in ["minAvailable", "maxUnavailable"] { rollingLimit(spec[field]) }
        choice(spec["unhealthyPodEvictionPolicy"], ["AlwaysAllow", "IfHealthyBudget"])
        selector(spec["selector"])
    }

    mutating func priorityClass(_ root: Node) {
        metadata(root["metadata"], isNamespaced: false, name: NameRules.subdomain)
        let name = root["metadata"]["name"]
        if name.text.hasPrefix("system-") {
            forbidden(
                name,
                "priority class names with 'system-' prefix are reserved for system use only",
                fix: "choose another name"
            )
        }
        if let value = root["value"].int, value > 1_000_000_000 {
            forbidden(
                root["value"],
                "maximum allowed value of a user defined priority is 1000000000",
                fix: "choose a smaller number"
            )
        }
        choice(root["preemptionPolicy"], ["Never", "PreemptLowerPriority"])
    }
}
