public import Formats

/// One key of an environment file on a volume.
public struct FileKeySelector: ModelObject {
    /// The volume, an `emptyDir`.
    public var volumeName: String
    /// The file, relative to the volume.
    public var path: String
    /// The key in the file.
    public var key: String
    /// Whether it may be missing.
    public var optional: Bool?

    /// Makes the value from its parts.
    public init(
        volumeName: String = "",
        path: String = "",
        key: String = "",
        optional: Bool? = nil
    ) {
        self.volumeName = volumeName
        self.path = path
        self.key = key
        self.optional = optional
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.volumeName = try fields.text("volumeName")
        self.path = try fields.text("path")
        self.key = try fields.text("key")
        self.optional = try fields.flag("optional")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("volumeName", volumeName)
        members.put("path", path)
        members.put("key", key)
        members.put("optional", optional)
        return members.json
    }
}
