public import Basics
public import Formats

/// A container that runs.
public struct ContainerStateRunning: ModelObject {
    /// When it was started.
    public var startedAt: Timestamp?

    /// Makes the value from its parts.
    public init(startedAt: Timestamp? = nil) {
        self.startedAt = startedAt
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.startedAt = try fields.time("startedAt")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("startedAt", startedAt)
        return members.json
    }
}
