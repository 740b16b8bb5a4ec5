internal import Formats

extension Checker {
    mutating func role(_ root: Node, isNamespaced: Bool) {
        metadata(root["metadata"], isNamespaced: isNamespaced, name: NameRules.pathSegment)
        for rule in root["rules"].items {
            if rule["verbs"].items.isEmpty {
                required(rule["verbs"], "verbs must contain at least one value")
            }
            let paths = rule["nonResourceURLs"]
            if !paths.items.isEmpty {
                if isNamespaced {
                    invalid(
                        paths,
                        "namespaced rules cannot apply to non-resource URLs",
                        fix: "use a ClusterRole"
                    )
                }
                let others = ["apiGroups", "resources", "resourceNames"]
                if others.contains(where: { !rule[$0].items.isEmpty }) {
                    invalid(
                        paths,
                        "rules cannot apply to both regular resources and non-resource URLs",
                        fix: "make two rules of it"
                    )
                }
                continue
            }
            if rule["apiGroups"].items.isEmpty {
                required(
                    rule["apiGroups"],
                    "resource rules must supply at least one api group",
                    fix: "write [\"\"] for the core"
                )
            }
            if rule["resources"].items.isEmpty {
                required(rule["resources"], "resource rules must supply at least one resource")
            }
        }
    }

    mutating func roleBinding(_ root: Node, isNamespaced: Bool) {
        metadata(root["metadata"], isNamespaced: isNamespaced, name: NameRules.pathSegment)
        let role = root["roleRef"]
        choice(role["apiGroup"], [Self.roleGroup])
        choice(role["kind"], isNamespaced ? ["Role", "ClusterRole"] : ["ClusterRole"])
        for subject in root["subjects"].items {
            choice(subject["kind"], ["ServiceAccount", "User", "Group"])
            let isAccount = subject["kind"].text == "ServiceAccount"
            choice(subject["apiGroup"], [isAccount ? "" : Self.roleGroup])
            if isAccount, subject["namespace"].text.isEmpty, !isNamespaced {
                required(subject["namespace"])
            }
        }
    }

    private static let roleGroup = "rbac.authorization.k8s.io"

    mutating func roleBindingUpdate(_ new: Node, _ old: Node) {
        guard new["roleRef"].value != old["roleRef"].value else { return }
        invalid(
            new["roleRef"],
            "cannot change roleRef",
            fix: "delete the binding and create it again"
        )
    }

    mutating func lease(_ root: Node) {
        metadata(root["metadata"], name: NameRules.subdomain)
        for (field, least) in [("leaseDurationSeconds", 1), ("leaseTransitions", 0)] {
            let node = root["spec"][field]
            if let number = node.int, number < least {
                invalid(
                    node,
                    "must be greater than \(least == 1 ? "0" : "or equal to 0")",
                    fix: "choose \(least) or more"
                )
            }
        }
    }

    mutating func serviceAccount(_ root: Node) {
        metadata(root["metadata"], name: NameRules.subdomain)
    }
}
