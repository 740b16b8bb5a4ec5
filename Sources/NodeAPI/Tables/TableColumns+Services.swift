extension TableColumns {
    /// The columns of what leads to pods.
    static let services: [String: [TableColumn]] = [:]
}
