public import Formats

/// The user a container runs as.
public struct ContainerUser: ModelObject {
    /// Its Linux identity.
    public var linux: LinuxContainerUser?

    /// Makes the value from its parts.
    public init(linux: LinuxContainerUser? = nil) {
        self.linux = linux
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.linux = try fields.object("linux")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("linux", linux)
        return members.json
    }
}
