public import Formats

/// One environment variable.
public struct EnvVar: ModelObject {
    /// The name.
    public var name: String
    /// The value, with `$(VAR)` references; empty if `valueFrom` is given.
    public var value: String
    /// Where the value comes from instead.
    public var valueFrom: EnvVarSource?

    /// Makes the value from its parts.
    public init(name: String, value: String = "", valueFrom: EnvVarSource? = nil) {
        self.name = name
        self.value = value
        self.valueFrom = valueFrom
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.name = try fields.text("name")
        self.value = try fields.text("value")
        self.valueFrom = try fields.object("valueFrom")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("name", name)
        members.putText("value", value)
        members.put("valueFrom", valueFrom)
        return members.json
    }
}
