public import Formats

/// A system call filter.
public struct SeccompProfile: ModelObject {
    /// `RuntimeDefault`, `Unconfined` or `Localhost`.
    public var type: String
    /// The file below the node's profile directory, for `Localhost`.
    public var localhostProfile: String?

    /// Makes the value from its parts.
    public init(type: String, localhostProfile: String? = nil) {
        self.type = type
        self.localhostProfile = localhostProfile
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.type = try fields.text("type")
        self.localhostProfile = try fields.string("localhostProfile")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("type", type)
        members.put("localhostProfile", localhostProfile)
        return members.json
    }
}
