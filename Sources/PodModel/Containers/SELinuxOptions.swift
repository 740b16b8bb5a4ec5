public import Formats

/// An SELinux label.
public struct SELinuxOptions: ModelObject {
    /// The user part.
    public var user: String
    /// The role part.
    public var role: String
    /// The type part.
    public var type: String
    /// The level part.
    public var level: String

    /// Makes the value from its parts.
    public init(user: String = "", role: String = "", type: String = "", level: String = "") {
        self.user = user
        self.role = role
        self.type = type
        self.level = level
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.user = try fields.text("user")
        self.role = try fields.text("role")
        self.type = try fields.text("type")
        self.level = try fields.text("level")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putText("user", user)
        members.putText("role", role)
        members.putText("type", type)
        members.putText("level", level)
        return members.json
    }
}
