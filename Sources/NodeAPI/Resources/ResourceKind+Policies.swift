extension ResourceKind {
    /// What limits, admits and measures.
    static let policies: [Self] =
        [
            Self(
                resource: "persistentvolumes",
                kind: "PersistentVolume",
                isNamespaced: false,
                shortNames: ["pv"],
                subresources: [status("PersistentVolume")]
            ),
            Self(resource: "limitranges", kind: "LimitRange", shortNames: ["limits"]),
            Self(
                resource: "resourcequotas",
                kind: "ResourceQuota",
                shortNames: ["quota"],
                subresources: [status("ResourceQuota")]
            ),
            Self(resource: "leases", kind: "Lease", group: "coordination.k8s.io"),
            Self(
                resource: "mutatingwebhookconfigurations",
                kind: "MutatingWebhookConfiguration",
                group: "admissionregistration.k8s.io",
                isNamespaced: false,
                categories: ["api-extensions"]
            ),
        ] + roles + reviews + metrics

    static let serviceAccounts = Self(
        resource: "serviceaccounts",
        kind: "ServiceAccount",
        shortNames: ["sa"],
        subresources: [
            Subresource(
                name: "token",
                kind: "TokenRequest",
                verbs: ["create"],
                group: "authentication.k8s.io",
                version: "v1"
            )
        ]
    )

    // MARK: Who may do what

    private static let roles: [Self] =
        [
            ("clusterrolebindings", "ClusterRoleBinding", false),
            ("clusterroles", "ClusterRole", false),
            ("rolebindings", "RoleBinding", true), ("roles", "Role", true),
        ].map { resource, kind, isNamespaced in
            Self(
                resource: resource,
                kind: kind,
                group: "rbac.authorization.k8s.io",
                isNamespaced: isNamespaced
            )
        }

    private static let reviewGroups = ["authentication.k8s.io", "authorization.k8s.io"]

    private static func review(_ kind: String, _ group: String, isNamespaced: Bool = false) -> Self
    {
        Self(
            resource: kind.lowercased() + "s",
            kind: kind,
            group: group,
            isNamespaced: isNamespaced,
            verbs: ["create"]
        )
    }

    private static let reviews = [
        review("SelfSubjectReview", "authentication.k8s.io"),
        review("TokenReview", "authentication.k8s.io"),
        review("LocalSubjectAccessReview", "authorization.k8s.io", isNamespaced: true),
        review("SelfSubjectAccessReview", "authorization.k8s.io"),
        review("SelfSubjectRulesReview", "authorization.k8s.io"),
        review("SubjectAccessReview", "authorization.k8s.io"),
    ]

    /// The body of `serviceaccounts/NAME/token`.
    static let tokenRequests = review("TokenRequest", "authentication.k8s.io")

    /// Whether objects of the kind are questions that are answered and never stored.
    var isReview: Bool { Self.reviewGroups.contains(group) }

    // MARK: What pods use

    /// What the node and its pods use now; measured, never stored.
    private static let metrics: [Self] = [
        Self(
            resource: "nodes",
            kind: "NodeMetrics",
            group: "metrics.k8s.io",
            version: "v1beta1",
            isNamespaced: false,
            verbs: ["get", "list"]
        ),
        Self(
            resource: "pods",
            kind: "PodMetrics",
            group: "metrics.k8s.io",
            version: "v1beta1",
            verbs: ["get", "list"]
        ),
    ]

    /// Whether objects of the kind are measured when they are asked for.
    var isMeasured: Bool { group == "metrics.k8s.io" }
}
