internal import Formats

extension TableColumns {
    /// The columns of what guards pods from each other.
    static let disruption: [String: [TableColumn]] = [
        "PodDisruptionBudget": disruptionBudgets, "PriorityClass": priorityClasses,
    ]

    private static let disruptionBudgets: [TableColumn] = [
        .name, .field("Min Available", "spec.minAvailable", missing: "N/A"),
        .field("Max Unavailable", "spec.maxUnavailable", missing: "N/A"),
        .number("Allowed Disruptions", "status.disruptionsAllowed"), .age,
    ]

    private static let priorityClasses: [TableColumn] = [
        .name, .number("Value", "value"),
        TableColumn("Global-Default", type: "boolean") { object, _ in
            .bool(object["globalDefault"]?.bool ?? false)
        },
        .age, .field("PreemptionPolicy", "preemptionPolicy", missing: ""),
    ]
}
