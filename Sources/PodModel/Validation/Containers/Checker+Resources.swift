internal import Formats

extension Checker {
    private static let standard = ["cpu", "memory", "ephemeral-storage"]

    /// The resources of a container.
    mutating func resources(_ node: Node, claims: [String]) {
        for (name, limit) in node["limits"].members {
            resourceName(name, limit)
            amountRule(name, limit)
        }
        // A request that equals its limit was most likely defaulted from it.
        for (name, request) in node["requests"].members
        where request.value != node["limits"][name].value {
            resourceName(name, request)
            amountRule(name, request)
        }
        compare(node)
        hugePages(node)
        for claim in node["claims"].items where !claim["name"].text.isEmpty {
            if !claims.contains(claim["name"].text) {
                notFound(claim["name"], fix: "add it to spec.resourceClaims")
            }
        }
    }

    private mutating func resourceName(_ name: String, _ amount: Node) {
        let key = Node(.string(name), amount.path)
        for complaint in NameRules.qualified(name) {
            invalid(key, complaint, fix: "rename the resource")
        }
        guard !name.contains("/"), !Self.standard.contains(name), !Self.isHuge(name) else {
            return
        }
        let hint = Spelling.nearest(to: name, among: Self.standard).map {
            "did you mean \"\($0)\"?"
        }
        invalid(
            key,
            "must be a standard resource for containers",
            fix: hint ?? "use cpu, memory or ephemeral-storage"
        )
    }

    /// An amount: not negative, whole where parts make no sense.
    mutating func amountRule(_ name: String, _ node: Node) {
        guard let amount = node.quantity else { return }
        if amount.nanos < 0 {
            invalid(
                node,
                "must be greater than or equal to 0",
                fix: "choose a positive amount"
            )
            return
        }
        let isWhole = amount.nanos % 1_000_000_000 == 0
        if name.contains("/"), !isWhole {
            invalid(node, "must be an integer", fix: "choose a whole number")
        } else if name == "memory" || name == "ephemeral-storage", !isWhole {
            warn(
                node,
                "fractional byte value \"\(node.text)\" is invalid, must be an integer",
                fix: node.text.hasSuffix("m") ? "did you mean Mi instead of m?" : "round it"
            )
        } else if Self.isHuge(name), !Self.isMultiple(amount, name) {
            invalid(
                node,
                "is not positive integer multiple of \(name.dropFirst("hugepages-".count))",
                fix: "choose a multiple of the page size"
            )
        }
    }

    private static func isHuge(_ name: String) -> Bool { name.hasPrefix("hugepages-") }

    private static func isMultiple(_ amount: Quantity, _ name: String) -> Bool {
        let size = String(name.dropFirst("hugepages-".count))
        guard let page = try? Quantity(size), page.nanos > 0 else { return false }
        return amount.nanos % page.nanos == 0
    }

    private mutating func compare(_ node: Node) {
        for (name, request) in node["requests"].members {
            let limit = node["limits"][name]
            let isFirm = name.contains("/") || Self.isHuge(name)
            guard let asked = request.quantity else { continue }
            guard let most = limit.quantity else {
                if isFirm, !limit.exists {
                    required(
                        limit,
                        "Limit must be set for non overcommitable resources",
                        fix: "set the same limit"
                    )
                }
                continue
            }
            if isFirm, asked != most {
                invalid(
                    request,
                    "must be equal to \(name) limit of \(most.text)",
                    fix: "make them equal"
                )
            } else if asked > most {
                invalid(
                    request,
                    "must be less than or equal to \(name) limit of \(most.text)",
                    fix: "lower the request or raise the limit"
                )
            }
        }
    }

    private mutating func hugePages(_ node: Node) {
        let names = ["limits", "requests"].flatMap { node[$0].members.map(\.key) }
        if names.contains(where: Self.isHuge), !names.contains("cpu"), !names.contains("memory") {
            forbidden(
                node,
                "HugePages require cpu or memory",
                fix: "add a limit for cpu or memory"
            )
        }
    }

    /// The resources of the pod as a whole.
    mutating func podResources(_ spec: Node) {
        let node = spec["resources"]
        guard node.exists else { return }
        if node["claims"].exists {
            forbidden(node["claims"], "claims may not be set for Resources at pod-level")
        }
        for part in ["limits", "requests"] {
            for (name, amount) in node[part].members {
                if !EffectiveResources.isPodLevel(name) {
                    add(
                        .notSupported,
                        amount,
                        "Unsupported value: \"\(name)\": supported values: \"cpu\", \"hugepages-\","
                            + " \"memory\"",
                        "set it for each container"
                    )
                }
                amountRule(name, amount)
            }
        }
        compare(node)
        guard let json = spec.value, let typed = try? PodSpec(json: json) else { return }
        let asked = EffectiveResources.ofContainers(typed, \.requests)
        for (name, amount) in node["requests"].members {
            if let total = asked[name], let own = amount.quantity, total > own {
                invalid(
                    amount,
                    "must be greater than or equal to aggregate container requests of \(total.text)",
                    fix: "raise it, or lower the containers' requests"
                )
            }
        }
        for container in spec["containers"].items {
            for (name, limit) in container["resources"]["limits"].members {
                guard let own = limit.quantity, let most = node["limits"][name].quantity,
                    own > most
                else { continue }
                invalid(
                    limit,
                    "must be less than or equal to pod limits of \(most.text)",
                    fix: "lower it, or raise the pod's limit"
                )
            }
        }
    }
}
