extension SchemaDescriptions {
    /// The objects that pods use, and metadata.
    static let objectTexts = """
        ObjectMeta: What all objects have: a name, labels, and what the server knows of their history.
          name: The object's name, unique among its kind in its namespace; it never changes.
        """
}
