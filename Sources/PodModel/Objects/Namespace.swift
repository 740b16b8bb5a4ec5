public import Formats

/// A space of names.
public struct Namespace: ModelObject {
    /// Name, labels, times.
    public var metadata: ObjectMeta
    /// Its finalizers.
    public var spec: JSON?
    /// Its phase.
    public var status: JSON?

    /// Makes the value from its parts.
    public init(metadata: ObjectMeta = ObjectMeta(), spec: JSON? = nil, status: JSON? = nil) {
        self.metadata = metadata
        self.spec = spec
        self.status = status
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.metadata = try fields.object("metadata") ?? ObjectMeta()
        self.spec = fields["spec"]
        self.status = fields["status"]
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putKind("v1", "Namespace")
        members.put("metadata", metadata)
        members.put("spec", spec)
        members.put("status", status)
        return members.json
    }
}
