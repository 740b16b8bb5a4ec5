internal import Formats

extension Checker {
    mutating func deployment(_ root: Node) {
        metadata(root["metadata"], name: NameRules.subdomain)
        let spec = root["spec"]
        for field in [
            "replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds",
        ] {
            notNegative(spec[field])
        }
        let ready = spec["minReadySeconds"].int ?? 0
        if let deadline = spec["progressDeadlineSeconds"].int, deadline >= 0, deadline <= ready {
            invalid(
                spec["progressDeadlineSeconds"],
                "must be greater than minReadySeconds",
                fix: "choose more than \(ready)"
            )
        }
        workloadSelector(spec, of: "deployment")
        strategy(spec["strategy"])
        lastingTemplate(spec["template"], of: "ReplicaSet", writtenAs: "Deployment")
    }

    private mutating func strategy(_ node: Node) {
        choice(node["type"], ["Recreate", "RollingUpdate"])
        let rolling = node["rollingUpdate"]
        switch node["type"].text {
        case "Recreate":
            if rolling.exists {
                forbidden(
                    rolling,
                    "may not be specified when strategy `type` is 'Recreate'"
                )
            }
        case "RollingUpdate":
            for field in ["maxUnavailable", "maxSurge"] { countOrPercent(rolling[field]) }
            if Self.isZero(rolling["maxUnavailable"]), Self.isZero(rolling["maxSurge"]) {
                invalid(
                    rolling["maxUnavailable"],
                    "may not be 0 when `maxSurge` is 0",
                    fix: "let one of the two be more than 0"
                )
            }
            if let percent = Self.percent(rolling["maxUnavailable"]), percent > 100 {
                invalid(
                    rolling["maxUnavailable"],
                    "must not be greater than 100%",
                    fix: "choose 100% or less"
                )
            }
        default: break
        }
    }
}
