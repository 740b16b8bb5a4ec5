public import Formats

/// Confidential data that pods may read.
public struct Secret: ModelObject {
    /// Name, labels, times.
    public var metadata: ObjectMeta
    /// The type, such as `kubernetes.io/dockerconfigjson`.
    public var type: String
    /// The bytes, by key.
    public var data: [String: [UInt8]]
    /// Whether it can never change again.
    public var immutable: Bool?

    /// Makes the value from its parts.
    public init(
        metadata: ObjectMeta = ObjectMeta(),
        type: String = "Opaque",
        data: [String: [UInt8]] = [:],
        immutable: Bool? = nil
    ) {
        self.metadata = metadata
        self.type = type
        self.data = data
        self.immutable = immutable
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.metadata = try fields.object("metadata") ?? ObjectMeta()
        self.type = try fields.text("type", or: "Opaque")
        self.data = try fields.bytes("data")
        self.immutable = try fields.flag("immutable")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putKind("v1", "Secret")
        members.put("metadata", metadata)
        members.put("type", type)
        members.put("data", data)
        members.put("immutable", immutable)
        return members.json
    }
}
