public import Formats

/// One kernel parameter.
public struct Sysctl: ModelObject {
    /// The name, with dots or slashes.
    public var name: String
    /// The value.
    public var value: String

    /// Makes the value from its parts.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.name = try fields.text("name")
        self.value = try fields.text("value")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("name", name)
        members.put("value", value)
        return members.json
    }
}
