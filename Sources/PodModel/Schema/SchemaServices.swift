extension Schema {
    /// The types of what leads to pods, as v1.36 has them; see `Schema` for the notation.
    static let serviceTypes = """
        """
}
