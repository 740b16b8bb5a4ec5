internal import Basics
internal import Formats

extension TableColumns {
    /// The columns of what makes pods.
    static let workloads: [String: [TableColumn]] = [
        "Deployment": deployments, "ReplicaSet": replicaSets, "StatefulSet": statefulSets,
        "DaemonSet": daemonSets, "ControllerRevision": controllerRevisions, "Job": jobs,
        "CronJob": cronJobs,
    ].merging(disruption) { first, _ in first }

    /// Containers and images of a template of pods.
    private static func containers(_ path: FieldPath) -> [TableColumn] {
        func column(_ name: String, _ field: String) -> TableColumn {
            TableColumn(name, isWide: true) { object, _ in
                .string(
                    TableText.list(object.value(at: path + "containers")?.array) {
                        $0[field]?.string
                    }
                )
            }
        }
        return [column("Containers", "name"), column("Images", "image")]
    }

    private static func selector(_ path: FieldPath) -> TableColumn {
        TableColumn("Selector", isWide: true) { object, _ in
            .string(TableText.selector(object.value(at: path)))
        }
    }

    private static let templateColumns =
        containers("spec.template.spec") + [selector("spec.selector")]

    /// `1/3`: the ready ones of those wanted.
    private static let ready = TableColumn("Ready") { object, _ in
        let ready = object["status"]?["readyReplicas"]?.int ?? 0
        return .string("\(ready)/\(object["spec"]?["replicas"]?.int ?? 0)")
    }

    private static let deployments: [TableColumn] =
        [
            .name, ready,
            .number("Up-to-date", "status.updatedReplicas"),
            .number("Available", "status.availableReplicas"),
            .age,
        ] + templateColumns

    private static let replicaSets: [TableColumn] =
        [
            .name, .number("Desired", "spec.replicas"), .number("Current", "status.replicas"),
            .number("Ready", "status.readyReplicas"), .age,
        ] + templateColumns

    private static let statefulSets: [TableColumn] =
        [.name, ready, .age] + containers("spec.template.spec")

    private static let daemonSets: [TableColumn] =
        [
            .name, .number("Desired", "status.desiredNumberScheduled"),
            .number("Current", "status.currentNumberScheduled"),
            .number("Ready", "status.numberReady"),
            .number("Up-to-date", "status.updatedNumberScheduled"),
            .number("Available", "status.numberAvailable"),
            TableColumn("Node Selector") { object, _ in
                let labels = object.value(at: "spec.template.spec.nodeSelector") ?? [:]
                return .string(TableText.selector(["matchLabels": labels]))
            },
            .age,
        ] + templateColumns

    private static let controllerRevisions: [TableColumn] = [
        .name,
        TableColumn("Controller") { object, _ in
            let owners = object["metadata"]?["ownerReferences"]?.array ?? []
            guard let owner = owners.first(where: { $0["controller"]?.bool == true }) else {
                return "<none>"
            }
            let version = TableText.text(owner["apiVersion"]).split(separator: "/")
            let group = version.count > 1 ? ".\(version[0])" : ""
            let kind = TableText.text(owner["kind"]).lowercased()
            return .string("\(kind)\(group)/\(TableText.text(owner["name"]))")
        },
        .number("Revision", "revision"), .age,
    ]

    // MARK: Jobs

    private static let jobs: [TableColumn] =
        [
            .name, TableColumn("Status") { object, _ in .string(status(ofJob: object)) },
            TableColumn("Completions") { object, _ in .string(completions(ofJob: object)) },
            TableColumn("Duration") { object, now in .string(duration(ofJob: object, now)) }, .age,
        ] + templateColumns

    private static func status(ofJob job: JSON) -> String {
        let conditions = job["status"]?["conditions"]?.array ?? []
        func has(_ type: String) -> Bool {
            conditions.contains { $0["type"]?.string == type && $0["status"]?.string == "True" }
        }
        if has("Complete") { return "Complete" }
        if has("Failed") { return "Failed" }
        if job["metadata"]?["deletionTimestamp"] != nil { return "Terminating" }
        return ["Suspended", "FailureTarget", "SuccessCriteriaMet"].first(where: has) ?? "Running"
    }

    private static func completions(ofJob job: JSON) -> String {
        let succeeded = job["status"]?["succeeded"]?.int ?? 0
        if let wanted = job["spec"]?["completions"]?.int { return "\(succeeded)/\(wanted)" }
        let parallelism = job["spec"]?["parallelism"]?.int ?? 0
        return parallelism > 1 ? "\(succeeded)/1 of \(parallelism)" : "\(succeeded)/1"
    }

    private static func duration(ofJob job: JSON, _ now: Timestamp) -> String {
        func time(_ field: String) -> Timestamp? {
            job["status"]?[field]?.string.flatMap { Timestamp(rfc3339: $0) }
        }
        guard let start = time("startTime") else { return "" }
        return ((time("completionTime") ?? now) - start).humanText
    }

    private static let cronJobs: [TableColumn] =
        [
            .name, .field("Schedule", "spec.schedule"),
            .field("Timezone", "spec.timeZone"),
            TableColumn("Suspend", type: "boolean") { object, _ in
                let isSuspended = object["spec"]?["suspend"]?.bool
                return .string(isSuspended.map { $0 ? "True" : "False" } ?? "<unset>")
            },
            TableColumn("Active", type: "integer") { object, _ in
                .int(object["status"]?["active"]?.array?.count ?? 0)
            },
            TableColumn("Last Schedule") { object, now in
                let time = object["status"]?["lastScheduleTime"]
                return time == nil ? "<none>" : .string(TableText.age(time, now))
            },
            .age,
        ]
        + containers("spec.jobTemplate.spec.template.spec")
        + [selector("spec.jobTemplate.spec.selector")]
}
