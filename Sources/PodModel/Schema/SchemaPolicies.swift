extension Schema {
    /// The types of what limits, admits and measures, as v1.36 has them; see `Schema` for the notation.
    static let policyTypes = """
        """
}
