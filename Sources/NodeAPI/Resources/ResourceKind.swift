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

    /// What the name of its type in the schema has beyond the kind, if several versions are served.
    var typeSuffix = ""

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
    /// The name of its type in the schema.
    var type: String { kind + typeSuffix }
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

    /// All kinds, those in other versions than the stored one among them.
    static let served = all + otherVersions

    /// The groups with their versions; the core, whose name is empty, first, and of a group the version
    /// that clients should prefer.
    static let groupVersions: [(group: String, version: String)] = {
        var versions: [(group: String, version: String)] = []
        for kind in served where !versions.contains(where: { $0 == (kind.group, kind.version) }) {
            versions.append((kind.group, kind.version))
        }
        return groups.flatMap { group in versions.filter { $0.group == group } }
    }()

    /// The names of the groups, sorted.
    static let groups = Set(all.map(\.group)).sorted()

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
