internal import Basics
internal import Formats

/// The kinds that manifests may hold, with the API version of each.
enum KindCatalog {
    /// What is done with a kind.
    enum Treatment: Equatable {
        /// Loaded, and run or stored.
        case served
        /// A container of other objects.
        case list
        /// Known to Kubernetes and left out with a warning.
        case leftOut
    }

    /// A kind that is known.
    struct Entry {
        var version: String
        var treatment: Treatment
        var isNamespaced = true
        /// Where its objects come when they are applied: what others need comes first.
        var rank = 2
    }

    static let entries: [String: Entry] = {
        var entries = ["List": Entry(version: "v1", treatment: .list)]
        for (rank, version, kinds) in served {
            for kind in kinds.split(separator: " ").map(String.init) {
                entries[kind] = Entry(
                    version: version,
                    treatment: .served,
                    isNamespaced: !ofTheCluster.contains(kind),
                    rank: rank
                )
                entries[kind + "List"] = Entry(version: version, treatment: .list)
            }
        }
        for (version, kinds) in leftOut {
            for kind in kinds.split(separator: " ") {
                entries[String(kind)] = Entry(version: version, treatment: .leftOut)
            }
        }
        return entries
    }()

    /// What is run or stored, by its rank: services come before pods, which find them in their
    /// environment, and what admits pods before them all.
    private static let served: [(rank: Int, version: String, kinds: String)] = [
        (0, "v1", "Namespace PersistentVolume"),
        (0, "scheduling.k8s.io/v1", "PriorityClass"),
        (0, rbac, "ClusterRole ClusterRoleBinding"),
        (
            1, "v1",
            "ConfigMap Secret ServiceAccount LimitRange ResourceQuota PersistentVolumeClaim Service Endpoints"
        ),
        (1, "discovery.k8s.io/v1", "EndpointSlice"), (1, "policy/v1", "PodDisruptionBudget"),
        (1, "coordination.k8s.io/v1", "Lease"), (1, rbac, "Role RoleBinding"),
        (1, "admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
        (2, "v1", "Pod"),
        (2, "apps/v1", "Deployment ReplicaSet StatefulSet DaemonSet"),
        (2, "batch/v1", "Job CronJob"),
    ]

    private static let rbac = "rbac.authorization.k8s.io/v1"

    private static let ofTheCluster: Set<String> = [
        "Namespace", "PersistentVolume", "PriorityClass", "ClusterRole", "ClusterRoleBinding",
        "MutatingWebhookConfiguration",
    ]

    private static let leftOut = [
        "v1": "ReplicationController Event Node PodTemplate",
        "apps/v1": "ControllerRevision",
        "autoscaling/v2": "HorizontalPodAutoscaler",
        "networking.k8s.io/v1": "Ingress IngressClass NetworkPolicy",
        "storage.k8s.io/v1": "StorageClass VolumeAttachment CSIDriver",
        "node.k8s.io/v1": "RuntimeClass",
        "apiextensions.k8s.io/v1": "CustomResourceDefinition",
        "admissionregistration.k8s.io/v1": "ValidatingWebhookConfiguration",
    ]

    /// The kinds that are run or stored, for messages.
    static let supported = entries.filter { $0.value.treatment == .served }.keys.sorted()
        .joined(separator: ", ")

    /// The kind that a misspelt one was meant to be.
    static func nearest(to kind: String) -> String? {
        NearestMatch.of(kind, among: entries.keys.sorted())
    }
}
