internal import Formats

extension TableColumns {
    /// The columns of what makes pods.
    static let workloads: [String: [TableColumn]] = [
        "Deployment": deployments, "ReplicaSet": replicaSets,
    ]

    private static let templateColumns: [TableColumn] = [
        TableColumn("Containers", isWide: true) { object, _ in
            .string(
                TableText.list(object.value(at: "spec.template.spec.containers")?.array) {
                    $0["name"]?.string
                }
            )
        },
        TableColumn("Images", isWide: true) { object, _ in
            .string(
                TableText.list(object.value(at: "spec.template.spec.containers")?.array) {
                    $0["image"]?.string
                }
            )
        },
        TableColumn("Selector", isWide: true) { object, _ in
            .string(TableText.selector(object["spec"]?["selector"]))
        },
    ]

    private static let deployments: [TableColumn] =
        [
            .name,
            TableColumn("Ready") { object, _ in
                let ready = object["status"]?["readyReplicas"]?.int ?? 0
                return .string("\(ready)/\(object["spec"]?["replicas"]?.int ?? 0)")
            },
            .number("Up-to-date", "status.updatedReplicas"),
            .number("Available", "status.availableReplicas"),
            .age,
        ] + templateColumns

    private static let replicaSets: [TableColumn] =
        [
            .name, .number("Desired", "spec.replicas"), .number("Current", "status.replicas"),
            .number("Ready", "status.readyReplicas"), .age,
        ] + templateColumns
}
