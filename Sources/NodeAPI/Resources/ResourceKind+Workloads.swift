extension ResourceKind {
    /// What makes pods.
    static let workloads: [Self] = [deployments, replicaSets]

    static let deployments = Self(
        resource: "deployments",
        kind: "Deployment",
        group: "apps",
        shortNames: ["deploy"],
        categories: ["all"],
        subresources: [status("Deployment"), scale]
    )
    static let replicaSets = Self(
        resource: "replicasets",
        kind: "ReplicaSet",
        group: "apps",
        shortNames: ["rs"],
        categories: ["all"],
        subresources: [status("ReplicaSet"), scale]
    )
}
