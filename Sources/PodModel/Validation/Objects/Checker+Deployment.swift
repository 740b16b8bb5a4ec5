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
        deploymentSelector(spec)
        strategy(spec["strategy"])
        template(spec["template"])
    }

    private mutating func deploymentSelector(_ spec: Node) {
        let node = spec["selector"]
        guard let json = node.value else { return }
        selector(node)
        if node["matchLabels"].members.isEmpty, node["matchExpressions"].items.isEmpty {
            invalid(
                node,
                "empty selector is invalid for deployment",
                fix: "repeat the template's labels under matchLabels"
            )
            return
        }
        guard let selector = try? LabelSelector(json: json) else { return }
        let labels = spec["template"]["metadata"]["labels"]
        let map = Dictionary(
            labels.members.map { ($0.key, $0.node.text) },
            uniquingKeysWith: { $1 }
        )
        if !selector.matches(map) {
            let missing = selector.matchLabels.filter { map[$0.key] != $0.value }
                .map { "\($0.key): \($0.value)" }.sorted().joined(separator: ", ")
            invalid(
                Node(labels.value ?? .object(JSONObject()), labels.path),
                "`selector` does not match template `labels`",
                fix: missing.isEmpty
                    ? "make the labels match" : "add to the template's labels: \(missing)"
            )
        }
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
            if isZero(rolling["maxUnavailable"]), isZero(rolling["maxSurge"]) {
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

    private mutating func countOrPercent(_ node: Node) {
        if node.int != nil {
            notNegative(node)
        } else if node.exists, Self.percent(node) == nil {
            invalid(
                node,
                "a valid percent string must be a numeric string followed by an ending '%' (e.g."
                    + " '1%',  or '93%', regex used for validation is '[0-9]+%')",
                fix: "write a number or a percentage"
            )
        }
    }

    private func isZero(_ node: Node) -> Bool {
        node.int == 0 || Self.percent(node) == 0
    }

    private static func percent(_ node: Node) -> Int? {
        guard node.text.hasSuffix("%") else { return nil }
        let digits = node.text.dropLast()
        guard digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(digits)
    }

    private mutating func template(_ node: Node) {
        labels(node["metadata"]["labels"])
        annotations(node["metadata"]["annotations"])
        let spec = node["spec"]
        guard spec.exists else { return }
        podSpec(spec, isTemplate: true)
        let policy = spec["restartPolicy"]
        if policy.exists, policy.text != "Always",
            RestartPolicy(rawValue: policy.text) != nil
        {
            add(
                .notSupported,
                policy,
                "Unsupported value: \"\(policy.text)\": supported values: \"Always\"",
                "remove it, or write a Pod instead of a Deployment"
            )
        }
        if spec["activeDeadlineSeconds"].exists {
            forbidden(
                spec["activeDeadlineSeconds"],
                "activeDeadlineSeconds in ReplicaSet is not Supported"
            )
        }
        if !spec["ephemeralContainers"].items.isEmpty {
            forbidden(
                spec["ephemeralContainers"],
                "ephemeral containers not allowed in pod template"
            )
        }
    }
}
