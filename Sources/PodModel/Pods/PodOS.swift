public import Formats

/// The operating system of a pod's containers.
public struct PodOS: ModelObject {
    /// `linux` or `windows`.
    public var name: String

    /// Makes the value from its parts.
    public init(name: String) {
        self.name = name
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.name = try fields.text("name")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("name", name)
        return members.json
    }
}
