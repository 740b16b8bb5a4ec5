public import Formats

/// The keys of a Secret in a projected volume.
public struct SecretProjection: ModelObject {
    /// The Secret.
    public var name: String
    /// Which keys become which files; all if empty.
    public var items: [KeyToPath]
    /// Whether it may be missing.
    public var optional: Bool?

    /// Makes the value from its parts.
    public init(name: String = "", items: [KeyToPath] = [], optional: Bool? = nil) {
        self.name = name
        self.items = items
        self.optional = optional
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.name = try fields.text("name")
        self.items = try fields.objects("items")
        self.optional = try fields.flag("optional")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putText("name", name)
        members.put("items", items)
        members.put("optional", optional)
        return members.json
    }
}
