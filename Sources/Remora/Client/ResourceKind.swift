internal import Basics

/// A kind of object as the command line and the API name it.
struct ResourceKind: Sendable, Hashable {
    /// The kind as in manifests: `Pod`.
    var kind: String
    /// The plural as in paths: `pods`.
    var plural: String
    /// The group and version: `v1`, `apps/v1`.
    var version: String
    /// Whether objects live in namespaces.
    var isNamespaced: Bool
    /// Other words for it: `po`.
    var shortNames: [String]

    /// What stands before names where kinds are mixed: `pod/`, `deployment.apps/`.
    var prefix: String {
        let group = version.split(separator: "/").dropLast().first.map { "." + $0 } ?? ""
        return kind.lowercased() + group + "/"
    }

    /// Every kind that the engine serves.
    static let all: [Self] = [
        Self(kind: "Pod", plural: "pods", version: "v1", isNamespaced: true, shortNames: ["po"]),
        Self(
            kind: "Deployment",
            plural: "deployments",
            version: "apps/v1",
            isNamespaced: true,
            shortNames: ["deploy"]
        ),
        Self(
            kind: "ReplicaSet",
            plural: "replicasets",
            version: "apps/v1",
            isNamespaced: true,
            shortNames: ["rs"]
        ),
        Self(
            kind: "StatefulSet",
            plural: "statefulsets",
            version: "apps/v1",
            isNamespaced: true,
            shortNames: ["sts"]
        ),
        Self(
            kind: "DaemonSet",
            plural: "daemonsets",
            version: "apps/v1",
            isNamespaced: true,
            shortNames: ["ds"]
        ),
        Self(
            kind: "ControllerRevision",
            plural: "controllerrevisions",
            version: "apps/v1",
            isNamespaced: true,
            shortNames: []
        ),
        Self(
            kind: "Job",
            plural: "jobs",
            version: "batch/v1",
            isNamespaced: true,
            shortNames: []
        ),
        Self(
            kind: "CronJob",
            plural: "cronjobs",
            version: "batch/v1",
            isNamespaced: true,
            shortNames: ["cj"]
        ),
        Self(
            kind: "PodDisruptionBudget",
            plural: "poddisruptionbudgets",
            version: "policy/v1",
            isNamespaced: true,
            shortNames: ["pdb"]
        ),
        Self(
            kind: "PriorityClass",
            plural: "priorityclasses",
            version: "scheduling.k8s.io/v1",
            isNamespaced: false,
            shortNames: ["pc"]
        ),
        Self(
            kind: "ConfigMap",
            plural: "configmaps",
            version: "v1",
            isNamespaced: true,
            shortNames: ["cm"]
        ),
        Self(kind: "Secret", plural: "secrets", version: "v1", isNamespaced: true, shortNames: []),
        Self(
            kind: "Event",
            plural: "events",
            version: "v1",
            isNamespaced: true,
            shortNames: ["ev"]
        ),
        Self(
            kind: "PersistentVolumeClaim",
            plural: "persistentvolumeclaims",
            version: "v1",
            isNamespaced: true,
            shortNames: ["pvc"]
        ),
        Self(
            kind: "ServiceAccount",
            plural: "serviceaccounts",
            version: "v1",
            isNamespaced: true,
            shortNames: ["sa"]
        ),
        Self(
            kind: "Service",
            plural: "services",
            version: "v1",
            isNamespaced: true,
            shortNames: ["svc"]
        ),
        Self(
            kind: "Endpoints",
            plural: "endpoints",
            version: "v1",
            isNamespaced: true,
            shortNames: ["ep"]
        ),
        Self(
            kind: "EndpointSlice",
            plural: "endpointslices",
            version: "discovery.k8s.io/v1",
            isNamespaced: true,
            shortNames: []
        ),
        Self(
            kind: "Namespace",
            plural: "namespaces",
            version: "v1",
            isNamespaced: false,
            shortNames: ["ns"]
        ),
        Self(kind: "Node", plural: "nodes", version: "v1", isNamespaced: false, shortNames: ["no"]),
    ]

    /// The kind that a word of the command line names.
    ///
    /// - Throws: `Failure` that names the nearest kind.
    static func named(_ word: String) throws(Failure) -> Self {
        let lower = word.lowercased()
        let found = all.first {
            $0.plural == lower || $0.kind.lowercased() == lower || $0.shortNames.contains(lower)
        }
        if let found { return found }
        let near = NearestMatch.of(lower, among: all.flatMap { [$0.plural, $0.kind.lowercased()] })
        throw Failure(
            .invalid,
            "unknown kind \"\(word)\"",
            remedy: near.map { "did you mean \"\($0)\"?" }
                ?? "the kinds are " + all.map(\.plural).joined(separator: ", ")
        )
    }

    /// The path of the collection in a namespace, or of all namespaces.
    func path(namespace: String?) -> String {
        let base = version.contains("/") ? "/apis/" + version : "/api/" + version
        guard isNamespaced, let namespace else { return base + "/" + plural }
        return base + "/namespaces/" + namespace + "/" + plural
    }
}
