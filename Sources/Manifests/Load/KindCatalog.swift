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
        var entries: [String: Entry] = [
            "Namespace": Entry(version: "v1", treatment: .served, isNamespaced: false, rank: 0),
            "ConfigMap": Entry(version: "v1", treatment: .served, rank: 1),
            "Secret": Entry(version: "v1", treatment: .served, rank: 1),
            "PersistentVolumeClaim": Entry(version: "v1", treatment: .served, rank: 1),
            "Pod": Entry(version: "v1", treatment: .served),
            "PriorityClass": Entry(
                version: "scheduling.k8s.io/v1",
                treatment: .served,
                isNamespaced: false,
                rank: 0
            ),
            "PodDisruptionBudget": Entry(version: "policy/v1", treatment: .served, rank: 1),
            "List": Entry(version: "v1", treatment: .list),
        ]
        for (version, kinds) in workloads {
            for kind in kinds { entries[kind] = Entry(version: version, treatment: .served) }
        }
        for (version, kinds) in leftOut {
            for kind in kinds.split(separator: " ") {
                entries[String(kind)] = Entry(version: version, treatment: .leftOut)
            }
        }
        for (kind, entry) in entries where entry.treatment == .served {
            entries[kind + "List"] = Entry(version: entry.version, treatment: .list)
        }
        return entries
    }()

    /// What makes pods.
    private static let workloads = [
        "apps/v1": ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"],
        "batch/v1": ["Job", "CronJob"],
    ]

    private static let leftOut = [
        "v1": "ServiceAccount PersistentVolume ReplicationController"
            + " ResourceQuota LimitRange Event Node PodTemplate",
        "apps/v1": "ControllerRevision",
        "autoscaling/v2": "HorizontalPodAutoscaler",
        "networking.k8s.io/v1": "Ingress IngressClass NetworkPolicy",
        "storage.k8s.io/v1": "StorageClass VolumeAttachment CSIDriver",
        "node.k8s.io/v1": "RuntimeClass",
        "coordination.k8s.io/v1": "Lease",
        "rbac.authorization.k8s.io/v1": "Role RoleBinding ClusterRole ClusterRoleBinding",
        "apiextensions.k8s.io/v1": "CustomResourceDefinition",
        "admissionregistration.k8s.io/v1":
            "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
    ]

    /// The kinds that are run or stored, for messages.
    static let supported = entries.filter { $0.value.treatment == .served }.keys.sorted()
        .joined(separator: ", ")

    /// The kind that a misspelt one was meant to be.
    static func nearest(to kind: String) -> String? {
        NearestMatch.of(kind, among: entries.keys.sorted())
    }
}
