internal import Formats

extension Defaults {
    /// Constant defaults of what limits and admits, by type.
    static let policyConstants: [String: [(field: String, value: JSON)]] = [
        "MutatingWebhook": [
            ("failurePolicy", "Fail"), ("matchPolicy", "Equivalent"), ("timeoutSeconds", 10),
            ("reinvocationPolicy", "Never"), ("namespaceSelector", [:]), ("objectSelector", [:]),
        ],
        "RuleWithOperations": [("scope", "*")],
        "WebhookServiceReference": [("port", 443)],
        "RoleRef": [("apiGroup", "rbac.authorization.k8s.io")],
        "PersistentVolumeSpec": [
            ("persistentVolumeReclaimPolicy", "Retain"), ("volumeMode", "Filesystem"),
        ],
        "PersistentVolume": [("status", ["phase": "Pending"])],
    ]

    /// A limit is the default of what is missing below it, as upstream fills in a `LimitRange`.
    static func limitRangeItem(_ item: inout JSON) {
        guard item["type"] == "Container" else { return }
        let chain = [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")]
        for (source, target) in chain {
            for (name, amount) in item[source]?.object?.members ?? [] {
                item.update(target) { $0.fill(name, amount) }
            }
        }
    }

    /// Users and groups are of the group of roles; accounts of the core.
    static func subject(_ subject: inout JSON) {
        if ["User", "Group"].contains(subject["kind"]) {
            subject.fill("apiGroup", "rbac.authorization.k8s.io")
        }
    }
}
