public import Formats

/// Configuration that pods may read.
public struct ConfigMap: ModelObject {
    /// Name, labels, times.
    public var metadata: ObjectMeta
    /// The texts, by key.
    public var data: [String: String]
    /// The bytes, by key; keys of `data` and these are distinct.
    public var binaryData: [String: [UInt8]]
    /// Whether it can never change again.
    public var immutable: Bool?

    /// Makes the value from its parts.
    public init(
        metadata: ObjectMeta = ObjectMeta(),
        data: [String: String] = [:],
        binaryData: [String: [UInt8]] = [:],
        immutable: Bool? = nil
    ) {
        self.metadata = metadata
        self.data = data
        self.binaryData = binaryData
        self.immutable = immutable
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.metadata = try fields.object("metadata") ?? ObjectMeta()
        self.data = try fields.stringMap("data")
        self.binaryData = try fields.bytes("binaryData")
        self.immutable = try fields.flag("immutable")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putKind("v1", "ConfigMap")
        members.put("metadata", metadata)
        members.put("data", data)
        members.put("binaryData", binaryData)
        members.put("immutable", immutable)
        return members.json
    }
}
