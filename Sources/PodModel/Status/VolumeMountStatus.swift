public import Formats

/// What a volume mount has become.
public struct VolumeMountStatus: ModelObject {
    /// The volume's name.
    public var name: String
    /// The path in the container.
    public var mountPath: String
    /// Whether it cannot be written.
    public var readOnly: Bool
    /// Whether mounts below it cannot be written either.
    public var recursiveReadOnly: String?

    /// Makes the value from its parts.
    public init(
        name: String,
        mountPath: String,
        readOnly: Bool = false,
        recursiveReadOnly: String? = nil
    ) {
        self.name = name
        self.mountPath = mountPath
        self.readOnly = readOnly
        self.recursiveReadOnly = recursiveReadOnly
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.name = try fields.text("name")
        self.mountPath = try fields.text("mountPath")
        self.readOnly = try fields.flag("readOnly") ?? false
        self.recursiveReadOnly = try fields.string("recursiveReadOnly")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("name", name)
        members.put("mountPath", mountPath)
        members.putFlag("readOnly", readOnly)
        members.put("recursiveReadOnly", recursiveReadOnly)
        return members.json
    }
}
