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
            "Deployment": Entry(version: "apps/v1", treatment: .served),
            // Before pods, so that they find the services in their environment.
            "Service": Entry(version: "v1", treatment: .served, rank: 1),
            "Endpoints": Entry(version: "v1", treatment: .served, rank: 1),
            "EndpointSlice": Entry(version: "discovery.k8s.io/v1", treatment: .served, rank: 1),
            "List": Entry(version: "v1", treatment: .list),
        ]
        for (version, kinds) in leftOut {
            for kind in kinds.split(separator: " ") {
                entries[String(kind)] = Entry(version: version, treatment: .leftOut)
            }
        }
        for kind in served {
            entries[kind + "List"] = Entry(version: version(kind), treatment: .list)
        }
        return entries
    }()

    private static let served = [
        "Pod", "Deployment", "ConfigMap", "Secret", "Namespace", "PersistentVolumeClaim",
        "Service", "Endpoints", "EndpointSlice",
    ]

    private static func version(_ kind: String) -> String {
        switch kind {
        case "Deployment": "apps/v1"
        case "EndpointSlice": "discovery.k8s.io/v1"
        default: "v1"
        }
    }

    private static let leftOut = [
        "v1": "ServiceAccount PersistentVolume ReplicationController"
            + " ResourceQuota LimitRange Event Node PodTemplate",
        "apps/v1": "ReplicaSet StatefulSet DaemonSet ControllerRevision",
        "batch/v1": "Job CronJob",
        "autoscaling/v2": "HorizontalPodAutoscaler",
        "policy/v1": "PodDisruptionBudget",
        "networking.k8s.io/v1": "Ingress IngressClass NetworkPolicy",
        "storage.k8s.io/v1": "StorageClass VolumeAttachment CSIDriver",
        "scheduling.k8s.io/v1": "PriorityClass",
        "node.k8s.io/v1": "RuntimeClass",
        "coordination.k8s.io/v1": "Lease",
        "rbac.authorization.k8s.io/v1": "Role RoleBinding ClusterRole ClusterRoleBinding",
        "apiextensions.k8s.io/v1": "CustomResourceDefinition",
        "admissionregistration.k8s.io/v1":
            "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
    ]

    /// The kinds that are run or stored, for messages.
    static let supported = served.joined(separator: ", ")

    /// The kind that a misspelt one was meant to be.
    static func nearest(to kind: String) -> String? {
        NearestMatch.of(kind, among: entries.keys.sorted())
    }
}
