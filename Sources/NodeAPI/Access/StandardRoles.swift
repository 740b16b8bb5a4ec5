internal import Formats
internal import ObjectStore
internal import Reactor

/// The cluster roles that every cluster has and that manifests bind to: `cluster-admin`, `admin`,
/// `edit` and `view`, made of the kinds that are served.
enum StandardRoles {
    private static let reading = ["get", "list", "watch"]
    private static let writing = [
        "create", "delete", "deletecollection", "patch", "update",
    ]
    private static let roleGroup = "rbac.authorization.k8s.io"

    /// The objects.
    static var all: [JSON] {
        [
            role("cluster-admin", AccessRule.everything),
            role("admin", edit + rules(reading + writing) { $0.group == roleGroup }),
            role("edit", edit), role("view", view),
        ]
    }

    private static var view: [AccessRule] {
        rules(reading) { kind in
            kind.group != roleGroup && kind != .secrets && !kind.isReview
        }
    }

    private static var edit: [AccessRule] {
        // What limits a namespace is not for its users to change.
        let limits = ["limitranges", "resourcequotas", "namespaces"]
        return view + rules(reading) { $0 == .secrets }
            + rules(writing) { kind in
                kind.group != roleGroup && !kind.isReview && !kind.isMeasured
                    && !limits.contains(kind.resource)
            }
            + [
                AccessRule(
                    verbs: ["create", "get"],
                    groups: [""],
                    resources: ["pods/attach", "pods/exec", "pods/portforward"]
                ),
                AccessRule(
                    verbs: ["create"],
                    groups: [""],
                    resources: ["pods/eviction", "serviceaccounts/token"]
                ),
                AccessRule(
                    verbs: ["impersonate"],
                    groups: [""],
                    resources: ["serviceaccounts"]
                ),
            ]
    }

    /// A rule for each group, with the kinds of a namespace that pass and their plain parts.
    private static func rules(
        _ verbs: [String],
        _ passes: (ResourceKind) -> Bool
    ) -> [AccessRule] {
        var resources: [String: [String]] = [:]
        for kind in ResourceKind.all where kind.isNamespaced && passes(kind) {
            let parts = kind.subresources.map(\.name).filter {
                ["log", "scale", "status"].contains($0)
            }
            resources[kind.group, default: []] +=
                [kind.resource] + parts.map { "\(kind.resource)/\($0)" }
        }
        return resources.sorted { $0.key < $1.key }.map { group, names in
            AccessRule(verbs: verbs, groups: [group], resources: names)
        }
    }

    private static func role(_ name: String, _ rules: [AccessRule]) -> JSON {
        [
            "apiVersion": .string("\(roleGroup)/v1"), "kind": "ClusterRole",
            "metadata": [
                "name": .string(name), "labels": ["kubernetes.io/bootstrapping": "rbac-defaults"],
            ],
            "rules": .array(rules.map(\.json)),
        ]
    }
}
