internal import ObjectStore

/// A kind of API object and how it is addressed.
struct ResourceKind: Sendable, Hashable {
    /// The plural name: `pods`.
    var resource: String
    /// `Pod`.
    var kind: String
    /// The API group; empty for the core.
    var group = ""
    var version = "v1"
    var isNamespaced = true
    var shortNames: [String] = []
    var categories: [String] = []
    var verbs: [String] = Self.allVerbs
    var subresources: [Subresource] = []

    struct Subresource: Sendable, Hashable {
        var name: String
        var kind: String
        var verbs: [String]
        var group = ""
        var version = ""
    }

    static let allVerbs = [
        "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch",
    ]

    /// `v1`, `apps/v1`.
    var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
    /// `pods`, `deployments.apps`, as messages name it.
    var qualifiedName: String { group.isEmpty ? resource : "\(resource).\(group)" }
    /// `pod`.
    var singular: String { kind.lowercased() }

    func has(_ subresource: String) -> Bool {
        subresources.contains { $0.name == subresource }
    }

    func key(_ namespace: String, _ name: String) -> ObjectKey {
        ObjectKey(resource, isNamespaced ? namespace : "", name)
    }
}

extension ResourceKind {
    /// All kinds, in the order of discovery.
    static let all: [Self] = core + services + workloads + policies + stored

    /// The groups, each with its only version; the core, whose name is empty, first.
    static let groupVersions: [(group: String, version: String)] = {
        var versions: [String: String] = [:]
        for kind in all { versions[kind.group] = kind.version }
        return versions.sorted { $0.key < $1.key }.map { (group: $0.key, version: $0.value) }
    }()

    /// The kind of a resource in a group and version.
    static func find(group: String, version: String, resource: String) -> Self? {
        all.first { $0.group == group && $0.version == version && $0.resource == resource }
    }

    static func status(_ kind: String) -> Subresource {
        Subresource(name: "status", kind: kind, verbs: ["get", "patch", "update"])
    }
    static let scale = Subresource(
        name: "scale",
        kind: "Scale",
        verbs: ["get", "patch", "update"],
        group: "autoscaling",
        version: "v1"
    )

    static let pods = Self(
        resource: "pods",
        kind: "Pod",
        shortNames: ["po"],
        categories: ["all"],
        subresources: [
            status("Pod"), Subresource(name: "log", kind: "Pod", verbs: ["get"]),
            Subresource(name: "exec", kind: "PodExecOptions", verbs: ["create", "get"]),
            Subresource(name: "attach", kind: "PodAttachOptions", verbs: ["create", "get"]),
            Subresource(
                name: "portforward",
                kind: "PodPortForwardOptions",
                verbs: ["create", "get"]
            ),
            Subresource(
                name: "ephemeralcontainers",
                kind: "Pod",
                verbs: ["get", "patch", "update"]
            ),
            Subresource(name: "resize", kind: "Pod", verbs: ["get", "patch", "update"]),
            Subresource(
                name: "eviction",
                kind: "Eviction",
                verbs: ["create"],
                group: "policy",
                version: "v1"
            ),
        ]
    )
    static let secrets = Self(resource: "secrets", kind: "Secret")
    static let namespaces = Self(
        resource: "namespaces",
        kind: "Namespace",
        isNamespaced: false,
        shortNames: ["ns"],
        verbs: allVerbs.filter { $0 != "deletecollection" },
        subresources: [
            status("Namespace"),
            Subresource(name: "finalize", kind: "Namespace", verbs: ["update"]),
        ]
    )
    static let nodes = Self(
        resource: "nodes",
        kind: "Node",
        isNamespaced: false,
        shortNames: ["no"],
        verbs: ["get", "list", "patch", "update", "watch"],
        subresources: [status("Node")]
    )
    /// Pods, what they name, and where they are.
    private static let core: [Self] = [
        Self(resource: "configmaps", kind: "ConfigMap", shortNames: ["cm"]),
        Self(resource: "events", kind: "Event", shortNames: ["ev"]),
        namespaces, nodes,
        Self(
            resource: "persistentvolumeclaims",
            kind: "PersistentVolumeClaim",
            shortNames: ["pvc"],
            subresources: [status("PersistentVolumeClaim")]
        ),
        pods,
        secrets,
        serviceAccounts,
    ]
}
