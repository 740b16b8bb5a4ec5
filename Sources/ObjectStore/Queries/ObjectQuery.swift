public import Formats

/// Which objects a list or watch is about.
public struct ObjectQuery: Sendable, Hashable {
    /// The plural resource name; `nil` for all of them.
    public var resource: String?
    /// The namespace; `nil` for all of them.
    public var namespace: String?
    /// What the labels must meet.
    public var labels: LabelQuery
    /// What the fields must meet.
    public var fields: FieldQuery

    /// Makes a query.
    public init(
        _ resource: String? = nil,
        namespace: String? = nil,
        labels: LabelQuery = LabelQuery(),
        fields: FieldQuery = FieldQuery()
    ) {
        self.resource = resource
        self.namespace = namespace
        self.labels = labels
        self.fields = fields
    }

    /// Whether an object is one of them.
    public func matches(_ key: ObjectKey, _ object: JSON) -> Bool {
        if let resource, key.resource != resource { return false }
        if let namespace, key.namespace != namespace { return false }
        if !labels.requirements.isEmpty,
            !labels.matches(object["metadata"]?["labels"]?.object)
        {
            return false
        }
        return fields.requirements.isEmpty || fields.matches(object)
    }
}
