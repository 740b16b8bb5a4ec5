public import Formats

/// One key of a ConfigMap or Secret and the file it becomes.
public struct KeyToPath: ModelObject {
    /// The key.
    public var key: String
    /// The file, relative to the volume.
    public var path: String
    /// The file's mode.
    public var mode: Int?

    /// Makes the value from its parts.
    public init(key: String, path: String, mode: Int? = nil) {
        self.key = key
        self.path = path
        self.mode = mode
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.key = try fields.text("key")
        self.path = try fields.text("path")
        self.mode = try fields.int("mode")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("key", key)
        members.put("path", path)
        members.put("mode", mode)
        return members.json
    }
}
