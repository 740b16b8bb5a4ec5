extension ResourceKind {
    /// What guards pods from each other.
    static let disruption: [Self] = [disruptionBudgets, priorityClasses]

    static let disruptionBudgets = Self(
        resource: "poddisruptionbudgets",
        kind: "PodDisruptionBudget",
        group: "policy",
        shortNames: ["pdb"],
        subresources: [status("PodDisruptionBudget")]
    )
    static let priorityClasses = Self(
        resource: "priorityclasses",
        kind: "PriorityClass",
        group: "scheduling.k8s.io",
        isNamespaced: false,
        shortNames: ["pc"]
    )
}
