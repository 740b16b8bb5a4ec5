internal import Formats

/// The rules of HorizontalPodAutoscalers.
///
/// Source: `pkg/apis/autoscaling/validation/validation.go`.
extension Checker {
    mutating func autoscaler(_ root: Node) {
        metadata(root["metadata"], name: NameRules.subdomain)
        let spec = root["spec"]
        let (least, most) = (spec["minReplicas"], spec["maxReplicas"])
        if let count = least.int, count < 1 {
            invalid(least, "must be greater than or equal to 1", fix: "choose 1 or more")
        }
        if let count = most.int {
            if count < 1 {
                invalid(most, "must be greater than 0", fix: "choose 1 or more")
            } else if count < least.int ?? 1 {
                invalid(
                    most,
                    "must be greater than or equal to `minReplicas`",
                    fix: "choose a larger number"
                )
            }
        }
        for field in ["kind", "name"] where !spec["scaleTargetRef"][field].text.isEmpty {
            check(spec["scaleTargetRef"][field], NameRules.pathSegment, fix: "correct it")
        }
        for metric in spec["metrics"].items { self.metric(metric) }
        for direction in ["scaleUp", "scaleDown"] { scaling(spec["behavior"][direction]) }
    }

    private static let sources = [
        "ContainerResource": "containerResource", "External": "external", "Object": "object",
        "Pods": "pods", "Resource": "resource",
    ]

    private mutating func metric(_ node: Node) {
        let type = node["type"]
        choice(type, Self.sources.keys.sorted())
        guard let field = Self.sources[type.text] else { return }
        guard node[field].exists else {
            return required(
                node[field],
                "must populate information for the given metric source",
                fix: "describe it under \(field)"
            )
        }
        for other in Self.sources.values.sorted() where other != field && node[other].exists {
            forbidden(
                node[other],
                "must populate the given metric source only",
                fix: "remove it, or change the type"
            )
        }
        let target = node[field]["target"]
        choice(target["type"], ["AverageValue", "Utilization", "Value"])
        if let percent = target["averageUtilization"].int, percent < 1 {
            invalid(target["averageUtilization"], "must be greater than 0", fix: "choose 1 or more")
        }
    }

    private mutating func scaling(_ node: Node) {
        choice(node["selectPolicy"], ["Disabled", "Max", "Min"])
        range(node["stabilizationWindowSeconds"], 0...3600)
        for policy in node["policies"].items {
            choice(policy["type"], ["Percent", "Pods"])
            for field in ["value", "periodSeconds"] {
                guard let number = policy[field].int, number < 1 else { continue }
                invalid(policy[field], "must be greater than zero", fix: "choose 1 or more")
            }
            if let seconds = policy["periodSeconds"].int, seconds > 1800 {
                invalid(
                    policy["periodSeconds"],
                    "must be less than or equal to 1800",
                    fix: "choose a smaller number"
                )
            }
        }
    }
}
