public import Formats

/// One resolver option.
public struct PodDNSConfigOption: ModelObject {
    /// The option's name.
    public var name: String
    /// Its value, if it takes one.
    public var value: String?

    /// Makes the value from its parts.
    public init(name: String = "", value: String? = nil) {
        self.name = name
        self.value = value
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.name = try fields.text("name")
        self.value = try fields.string("value")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putText("name", name)
        members.put("value", value)
        return members.json
    }
}
