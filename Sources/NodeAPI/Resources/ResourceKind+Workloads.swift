extension ResourceKind {
    /// What makes pods.
    static let workloads: [Self] =
        [
            controllerRevisions, daemonSets, deployments, replicaSets, statefulSets, cronJobs,
            jobs,
        ] + disruption

    static let controllerRevisions = Self(
        resource: "controllerrevisions",
        kind: "ControllerRevision",
        group: "apps"
    )
    static let daemonSets = Self(
        resource: "daemonsets",
        kind: "DaemonSet",
        group: "apps",
        shortNames: ["ds"],
        categories: ["all"],
        subresources: [status("DaemonSet")]
    )
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
    static let statefulSets = Self(
        resource: "statefulsets",
        kind: "StatefulSet",
        group: "apps",
        shortNames: ["sts"],
        categories: ["all"],
        subresources: [status("StatefulSet"), scale]
    )
    static let cronJobs = Self(
        resource: "cronjobs",
        kind: "CronJob",
        group: "batch",
        shortNames: ["cj"],
        categories: ["all"],
        subresources: [status("CronJob")]
    )
    static let jobs = Self(
        resource: "jobs",
        kind: "Job",
        group: "batch",
        categories: ["all"],
        subresources: [status("Job")]
    )
}
