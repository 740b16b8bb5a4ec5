extension ResourceKind {
    /// What limits, admits and measures.
    static let policies: [Self] = []
}
