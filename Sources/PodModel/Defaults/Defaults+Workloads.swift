public import Formats

extension Defaults {
    /// Fields of what makes pods that the API server sets if they are missing, by type.
    static let workloadConstants: [String: [(field: String, value: JSON)]] = [
        "DeploymentSpec": [
            ("replicas", 1), ("strategy", ["type": "RollingUpdate"]),
            ("revisionHistoryLimit", 10), ("progressDeadlineSeconds", 600),
        ],
        "ReplicaSetSpec": [("replicas", 1)],
        "StatefulSetSpec": [
            ("replicas", 1), ("podManagementPolicy", "OrderedReady"),
            ("updateStrategy", ["type": "RollingUpdate"]), ("revisionHistoryLimit", 10),
            (
                "persistentVolumeClaimRetentionPolicy",
                ["whenDeleted": "Retain", "whenScaled": "Retain"]
            ),
        ],
        "StatefulSetPersistentVolumeClaimRetentionPolicy": [
            ("whenDeleted", "Retain"), ("whenScaled", "Retain"),
        ],
        "DaemonSetSpec": [
            ("updateStrategy", ["type": "RollingUpdate"]), ("revisionHistoryLimit", 10),
        ],
        "PodFailurePolicyOnPodConditionsPattern": [("status", "True")],
        "CronJobSpec": [
            ("concurrencyPolicy", "Allow"), ("suspend", false), ("successfulJobsHistoryLimit", 3),
            ("failedJobsHistoryLimit", 1),
        ],
        "PriorityClass": [("preemptionPolicy", "PreemptLowerPriority")],
    ]

    /// Defaults of the strategies of updates, which depend on their types.
    static func completeStrategy(_ strategy: inout JSON, of typeName: String) {
        strategy.fill("type", "RollingUpdate")
        guard strategy["type"] == "RollingUpdate" else { return }
        strategy.fill("rollingUpdate", [:])
        strategy.update("rollingUpdate") { rolling in
            switch typeName {
            case "DeploymentStrategy":
                rolling.fill("maxUnavailable", "25%")
                rolling.fill("maxSurge", "25%")
            case "DaemonSetUpdateStrategy":
                // Each stands back for the other.
                rolling.fill("maxSurge", 0)
                rolling.fill("maxUnavailable", 1)
            default: rolling.fill("partition", 0)
            }
        }
    }

    /// Templates of claims say what they are.
    static func nameClaims(_ spec: inout JSON) {
        guard let templates = spec["volumeClaimTemplates"]?.array else { return }
        spec["volumeClaimTemplates"] = .array(
            templates.map { template in
                var named: JSON = ["apiVersion": "v1", "kind": "PersistentVolumeClaim"]
                for (key, value) in template.object ?? [:] { named[key] = value }
                return named
            }
        )
    }

    /// Defaults of a Job of its own; in a CronJob's template they are left to the Job that is made.
    static func job(_ job: inout JSON) {
        if job["metadata"]?["labels"]?.object?.isEmpty ?? true,
            let labels = job["spec"]?["template"]?["metadata"]?["labels"]
        {
            job.update("metadata") { $0["labels"] = labels }
        }
        job.update("spec") { spec in
            let isQueue = spec["completions"] == nil && spec["parallelism"] != nil
            if !isQueue { spec.fill("completions", 1) }
            spec.fill("parallelism", 1)
            let isPerIndex = spec["backoffLimitPerIndex"] ?? .null != .null
            spec.fill("backoffLimit", isPerIndex ? .int(Int(Int32.max)) : 6)
            spec.fill("completionMode", "NonIndexed")
            spec.fill("suspend", false)
            let hasPolicy = spec["podFailurePolicy"] ?? .null != .null
            spec.fill("podReplacementPolicy", hasPolicy ? "Failed" : "TerminatingOrFailed")
        }
    }

    /// The labels by which a Job knows its pods, and the selector of them, once its UID is known.
    ///
    /// Nothing is changed if the Job's author chose the selector (`manualSelector`).
    public static func selectPods(of job: inout JSON) {
        guard job["spec"]?["manualSelector"]?.bool != true else { return }
        let name = job["metadata"]?["name"] ?? ""
        let uid = job["metadata"]?["uid"] ?? ""
        // One path after the other: the optimizer of Swift 6.3 gives up on such closures in each other.
        let labels = job["spec"]?["template"]?["metadata"]?["labels"]
        job.set(labelled(labels, name: name, uid: uid), at: "spec.template.metadata.labels")
        var selected = job["spec"]?["selector"]?["matchLabels"] ?? [:]
        selected["batch.kubernetes.io/controller-uid"] = uid
        job.set(selected, at: "spec.selector.matchLabels")
        if job["metadata"]?["labels"]?.object?.isEmpty ?? true {
            let labels = job["spec"]?["template"]?["metadata"]?["labels"]
            job["metadata"]?["labels"] = labels
        }
    }

    private static func labelled(_ labels: JSON?, name: JSON, uid: JSON) -> JSON {
        var labels = labels ?? [:]
        for key in ["batch.kubernetes.io/job-name", "job-name"] { labels[key] = name }
        for key in ["batch.kubernetes.io/controller-uid", "controller-uid"] { labels[key] = uid }
        return labels
    }
}
