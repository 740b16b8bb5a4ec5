extension ResourceKind {
    /// What leads to pods.
    static let services: [Self] = []
}
