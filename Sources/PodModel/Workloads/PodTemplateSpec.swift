public import Formats

/// The template that a controller makes pods from.
public struct PodTemplateSpec: ModelObject {
    /// Labels and annotations of the pods.
    public var metadata: ObjectMeta
    /// The spec of the pods.
    public var spec: PodSpec

    /// Makes the value from its parts.
    public init(metadata: ObjectMeta = ObjectMeta(), spec: PodSpec = PodSpec()) {
        self.metadata = metadata
        self.spec = spec
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.metadata = try fields.object("metadata") ?? ObjectMeta()
        self.spec = try fields.object("spec") ?? PodSpec()
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("metadata", metadata)
        members.put("spec", spec)
        return members.json
    }
}
