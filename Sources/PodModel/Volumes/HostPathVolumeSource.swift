public import Formats

/// A path of the node.
public struct HostPathVolumeSource: ModelObject {
    /// The absolute path.
    public var path: String
    /// What must stand there.
    public var type: HostPathType

    /// Makes the value from its parts.
    public init(path: String, type: HostPathType = .unset) {
        self.path = path
        self.type = type
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.path = try fields.text("path")
        self.type = try fields.choice("type") ?? .unset
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("path", path)
        members.put("type", type)
        return members.json
    }
}
