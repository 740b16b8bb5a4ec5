extension TableColumns {
    /// The columns of what limits, admits and measures.
    static let policies: [String: [TableColumn]] = [:]
}
