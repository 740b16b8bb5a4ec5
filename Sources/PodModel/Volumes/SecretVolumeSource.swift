public import Formats

/// The keys of a Secret as files.
public struct SecretVolumeSource: ModelObject {
    /// The Secret.
    public var secretName: String
    /// Which keys become which files; all if empty.
    public var items: [KeyToPath]
    /// The files' mode.
    public var defaultMode: Int
    /// Whether it may be missing.
    public var optional: Bool?

    /// Makes the value from its parts.
    public init(
        secretName: String = "",
        items: [KeyToPath] = [],
        defaultMode: Int = 420,
        optional: Bool? = nil
    ) {
        self.secretName = secretName
        self.items = items
        self.defaultMode = defaultMode
        self.optional = optional
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.secretName = try fields.text("secretName")
        self.items = try fields.objects("items")
        self.defaultMode = try fields.int("defaultMode") ?? 420
        self.optional = try fields.flag("optional")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putText("secretName", secretName)
        members.put("items", items)
        members.put("defaultMode", defaultMode)
        members.put("optional", optional)
        return members.json
    }
}
