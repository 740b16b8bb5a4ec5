internal import Formats

extension Checker {
    mutating func limitRange(_ root: Node) {
        metadata(root["metadata"], name: NameRules.subdomain)
        var types: Set<String> = []
        for item in root["spec"]["limits"].items {
            let type = item["type"]
            if !types.insert(type.text).inserted { duplicate(type) }
            limitItem(item, type.text)
        }
    }

    private mutating func limitItem(_ item: Node, _ type: String) {
        let (most, least) = (item["max"], item["min"])
        if type == "Pod" {
            for field in ["default", "defaultRequest"] where !item[field].members.isEmpty {
                forbidden(item[field], "may not be specified when `type` is 'Pod'")
            }
        }
        if type == "PersistentVolumeClaim", !most["storage"].exists, !least["storage"].exists {
            required(
                item,
                "either minimum or maximum storage value is required, but neither was provided"
            )
        }
        let names = ["max", "min", "default", "defaultRequest"]
            .reduce(into: Set<String>()) { $0.formUnion(item[$1].members.map(\.key)) }
        for name in names.sorted() {
            ordered(item["min"][name], item["max"][name], "max")
            ordered(item["min"][name], item["defaultRequest"][name], "defaultRequest", turned: true)
            ordered(item["defaultRequest"][name], item["max"][name], "max")
            ordered(item["defaultRequest"][name], item["default"][name], "default")
            ordered(item["default"][name], item["max"][name], "max")
        }
        for (name, ratio) in item["maxLimitRequestRatio"].members {
            if let amount = ratio.quantity, amount < Quantity(1) {
                invalid(ratio, "ratio \(amount.text) is less than 1", fix: "choose 1 or more")
            }
            if let high = most[name].quantity, let low = least[name].quantity, !low.isZero,
                let amount = ratio.quantity, high.nanos * 1_000_000_000 < amount.nanos * low.nanos
            {
                invalid(
                    ratio,
                    "ratio \(amount.text) is greater than max/min",
                    fix: "choose a smaller ratio"
                )
            }
        }
    }

    /// Complains where the smaller of two amounts is larger; about the smaller, unless `turned`.
    private mutating func ordered(
        _ small: Node,
        _ large: Node,
        _ word: String,
        turned: Bool = false
    ) {
        guard let low = small.quantity, let high = large.quantity, low > high else { return }
        let name = String(describing: small.path).split(separator: ".").dropLast().last ?? ""
        if turned {
            invalid(
                large,
                "min value \(low.text) is greater than \(word) value \(high.text)",
                fix: "raise it, or lower min"
            )
        } else {
            invalid(
                small,
                "\(name.prefix { $0 != "[" }) value \(low.text) is greater than \(word) value \(high.text)",
                fix: "lower it, or raise \(word)"
            )
        }
    }

    mutating func resourceQuota(_ root: Node) {
        metadata(root["metadata"], name: NameRules.subdomain)
        for (name, amount) in root["spec"]["hard"].members {
            for complaint in NameRules.qualified(name) {
                invalid(Node(.string(name), amount.path), complaint, fix: "name a resource")
            }
            if let value = amount.quantity, value < .zero {
                invalid(amount, "must be greater than or equal to 0", fix: "choose 0 or more")
            }
        }
        let known = [
            "BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating",
            "PriorityClass", "Terminating", "VolumeAttributesClass",
        ]
        let scopes = root["spec"]["scopes"]
        for scope in scopes.items { choice(scope, known) }
        for pair in [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]]
        where pair.allSatisfy(scopes.texts.contains) {
            invalid(scopes, "conflicting scopes", fix: "keep one of \(pair[0]) and \(pair[1])")
        }
        for requirement in root["spec"]["scopeSelector"]["matchExpressions"].items {
            choice(requirement["scopeName"], known)
            choice(requirement["operator"], ["In", "NotIn", "Exists", "DoesNotExist"])
            let needs = ["In", "NotIn"].contains(requirement["operator"].text)
            if needs, requirement["values"].items.isEmpty {
                required(
                    requirement["values"],
                    "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
                )
            }
        }
    }

    mutating func resourceQuotaUpdate(_ new: Node, _ old: Node) {
        immutable([(new["spec"]["scopes"], old["spec"]["scopes"])])
    }
}
