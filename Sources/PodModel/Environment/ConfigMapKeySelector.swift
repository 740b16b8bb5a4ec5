public import Formats

/// One key of a ConfigMap.
public struct ConfigMapKeySelector: ModelObject {
    /// The ConfigMap.
    public var name: String
    /// The key.
    public var key: String
    /// Whether it may be missing.
    public var optional: Bool?

    /// Makes the value from its parts.
    public init(name: String = "", key: String = "", optional: Bool? = nil) {
        self.name = name
        self.key = key
        self.optional = optional
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.name = try fields.text("name")
        self.key = try fields.text("key")
        self.optional = try fields.flag("optional")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putText("name", name)
        members.put("key", key)
        members.put("optional", optional)
        return members.json
    }
}
