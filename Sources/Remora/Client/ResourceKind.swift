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

    /// Every kind that the engine serves: `Kind plural[,short...]`; a star stands before kinds of the
    /// whole cluster.
    static let all: [Self] = [
        (
            "v1",
            """
            Pod pods,po
            ConfigMap configmaps,cm
            Secret secrets
            Event events,ev
            PersistentVolumeClaim persistentvolumeclaims,pvc
            ServiceAccount serviceaccounts,sa
            Service services,svc
            Endpoints endpoints,ep
            LimitRange limitranges,limits
            ResourceQuota resourcequotas,quota
            *Namespace namespaces,ns
            *Node nodes,no
            *PersistentVolume persistentvolumes,pv
            """
        ),
        (
            "apps/v1",
            """
            Deployment deployments,deploy
            ReplicaSet replicasets,rs
            StatefulSet statefulsets,sts
            DaemonSet daemonsets,ds
            ControllerRevision controllerrevisions
            """
        ),
        ("batch/v1", "Job jobs\nCronJob cronjobs,cj"),
        ("policy/v1", "PodDisruptionBudget poddisruptionbudgets,pdb"),
        ("discovery.k8s.io/v1", "EndpointSlice endpointslices"),
        ("coordination.k8s.io/v1", "Lease leases"),
        ("scheduling.k8s.io/v1", "*PriorityClass priorityclasses,pc"),
        (
            "rbac.authorization.k8s.io/v1",
            """
            Role roles
            RoleBinding rolebindings
            *ClusterRole clusterroles
            *ClusterRoleBinding clusterrolebindings
            """
        ),
        (
            "admissionregistration.k8s.io/v1",
            "*MutatingWebhookConfiguration mutatingwebhookconfigurations"
        ),
    ].flatMap { version, lines in
        lines.split(separator: "\n").map { line in
            let words = line.split(separator: " ")
            let names = words[1].split(separator: ",").map(String.init)
            return Self(
                kind: String(words[0].drop { $0 == "*" }),
                plural: names[0],
                version: version,
                isNamespaced: words[0].first != "*",
                shortNames: Array(names.dropFirst())
            )
        }
    }

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
