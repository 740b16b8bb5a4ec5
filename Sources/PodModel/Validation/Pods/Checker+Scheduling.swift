internal import Formats

extension Checker {
    /// Fields that only a scheduler honours are checked all the same: the manifest goes on to
    /// clusters.
    mutating func scheduling(_ spec: Node) {
        labels(spec["nodeSelector"])
        choice(spec["preemptionPolicy"], ["PreemptLowerPriority", "Never"])
        for item in spec["tolerations"].items { toleration(item) }
        for item in spec["topologySpreadConstraints"].items { spread(item) }
        var gates: Set<String> = []
        for gate in spec["schedulingGates"].items where !gate["name"].text.isEmpty {
            check(gate["name"], NameRules.qualified, fix: "rename the gate")
            if !gates.insert(gate["name"].text).inserted { duplicate(gate["name"]) }
        }
        for (key, amount) in spec["overhead"].members { amountRule(key, amount) }
        for item in spec["resourceClaims"].items { claimReference(item) }
        let affinity = spec["affinity"]
        nodeAffinity(affinity["nodeAffinity"])
        podAffinity(affinity["podAffinity"])
        podAffinity(affinity["podAntiAffinity"])
    }

    private mutating func toleration(_ node: Node) {
        let sign = node["operator"]
        if !node["key"].text.isEmpty {
            check(node["key"], NameRules.qualified, fix: "correct the key")
        }
        if node["key"].text.isEmpty, sign.text != "Exists" {
            invalid(
                Node(.string(sign.text), sign.path),
                "operator must be Exists when `key` is empty, which means \"match all values and"
                    + " all keys\"",
                fix: "add a key, or write operator: Exists"
            )
        }
        if node["tolerationSeconds"].exists, node["effect"].text != "NoExecute" {
            invalid(
                Node(.string(node["effect"].text), node["effect"].path),
                "effect must be 'NoExecute' when `tolerationSeconds` is set",
                fix: "write effect: NoExecute, or remove tolerationSeconds"
            )
        }
        choice(sign, ["", "Equal", "Exists", "Lt", "Gt"])
        switch sign.text {
        case "", "Equal": check(node["value"], NameRules.labelValue, fix: "correct the value")
        case "Exists":
            if !node["value"].text.isEmpty {
                invalid(
                    node["value"],
                    "value must be empty when `operator` is 'Exists'",
                    fix: "remove the value"
                )
            }
        case "Lt", "Gt":
            if Int64(node["value"].text) == nil {
                invalid(node["value"], "must be a decimal integer", fix: "write a whole number")
            }
        default: break
        }
        choice(node["effect"], ["", "NoSchedule", "PreferNoSchedule", "NoExecute"])
    }

    private mutating func spread(_ node: Node) {
        if let skew = node["maxSkew"].int, skew <= 0 {
            invalid(node["maxSkew"], "must be greater than zero", fix: "choose 1 or more")
        }
        if let domains = node["minDomains"].int, domains <= 0 {
            invalid(node["minDomains"], "must be greater than zero", fix: "choose 1 or more")
        }
        if node["minDomains"].exists, node["whenUnsatisfiable"].text != "DoNotSchedule" {
            invalid(
                node["minDomains"],
                "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not"
                    + " \(node["whenUnsatisfiable"].text)",
                fix: "remove minDomains"
            )
        }
        check(node["topologyKey"], NameRules.qualified, fix: "correct the label")
        choice(node["whenUnsatisfiable"], ["DoNotSchedule", "ScheduleAnyway"])
        choice(node["nodeAffinityPolicy"], ["Honor", "Ignore"])
        choice(node["nodeTaintsPolicy"], ["Honor", "Ignore"])
        selector(node["labelSelector"])
        if !node["matchLabelKeys"].items.isEmpty, !node["labelSelector"].exists {
            forbidden(
                node["matchLabelKeys"],
                "must not be specified when labelSelector is not set"
            )
        }
    }

    private mutating func claimReference(_ node: Node) {
        check(node["name"], NameRules.label, fix: "correct the name")
        let present = ["resourceClaimName", "resourceClaimTemplateName"].filter {
            node[$0].exists
        }
        if present.count == 2 {
            invalid(
                node,
                "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified",
                fix: "keep one of the two"
            )
        } else if present.isEmpty {
            invalid(
                node,
                "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`",
                fix: "add one of the two"
            )
        }
        for field in present { check(node[field], NameRules.subdomain, fix: "correct the name") }
    }

    private mutating func nodeAffinity(_ node: Node) {
        let must = node["requiredDuringSchedulingIgnoredDuringExecution"]
        for term in must["nodeSelectorTerms"].items { nodeTerm(term) }
        for item in node["preferredDuringSchedulingIgnoredDuringExecution"].items {
            weight(item["weight"])
            nodeTerm(item["preference"])
        }
    }

    private mutating func nodeTerm(_ node: Node) {
        for item in node["matchExpressions"].items { nodeRequirement(item) }
        for item in node["matchFields"].items {
            if item["key"].exists, item["key"].text != "metadata.name" {
                invalid(item["key"], "not a valid field selector key", fix: "use metadata.name")
            }
            if item["operator"].exists, !["In", "NotIn"].contains(item["operator"].text) {
                invalid(item["operator"], "not a valid selector operator", fix: "use In or NotIn")
            } else if item["values"].items.count != 1 {
                required(
                    item["values"],
                    "must be only one value when `operator` is 'In' or 'NotIn' for node field"
                        + " selector"
                )
            }
        }
    }

    private mutating func nodeRequirement(_ node: Node) {
        let values = node["values"]
        switch node["operator"].text {
        case "In", "NotIn":
            if values.items.isEmpty {
                required(values, "must be specified when `operator` is 'In' or 'NotIn'")
            }
        case "Exists", "DoesNotExist":
            if !values.items.isEmpty {
                forbidden(
                    values,
                    "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
                )
            }
        case "Gt", "Lt":
            if values.items.count != 1 {
                required(
                    values,
                    "must be specified single value when `operator` is 'Lt' or 'Gt'"
                )
            }
        case "": break
        default:
            invalid(
                node["operator"],
                "not a valid selector operator",
                fix: "use In, NotIn, Exists, DoesNotExist, Gt or Lt"
            )
        }
        if !node["key"].text.isEmpty {
            check(node["key"], NameRules.qualified, fix: "correct the label")
        }
        for value in values.items { check(value, NameRules.labelValue, fix: "correct the value") }
    }

    private mutating func podAffinity(_ node: Node) {
        for term in node["requiredDuringSchedulingIgnoredDuringExecution"].items {
            podTerm(term)
        }
        for item in node["preferredDuringSchedulingIgnoredDuringExecution"].items {
            weight(item["weight"])
            podTerm(item["podAffinityTerm"])
        }
    }

    private mutating func podTerm(_ node: Node) {
        selector(node["labelSelector"])
        selector(node["namespaceSelector"])
        for name in node["namespaces"].items {
            check(name, NameRules.label, fix: "correct the namespace")
        }
        if !node["topologyKey"].text.isEmpty {
            check(node["topologyKey"], NameRules.qualified, fix: "correct the label")
        }
    }

    private mutating func weight(_ node: Node) {
        guard let weight = node.int, !(1...100).contains(weight) else { return }
        invalid(node, "must be in the range 1-100", fix: "choose a weight in that range")
    }
}
