public import Formats

/// A container added to a running pod for debugging: never restarted, without ports and probes.
public struct EphemeralContainer: ModelObject {
    /// Its settings, as far as an ephemeral container has them.
    public var container: Container
    /// The container whose process namespace it joins; empty for its own.
    public var targetContainerName: String

    /// Makes the value from its parts.
    public init(container: Container, targetContainerName: String = "") {
        self.container = container
        self.targetContainerName = targetContainerName
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        self.container = try Container(json: json)
        self.targetContainerName = try Fields(json).text("targetContainerName")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.merge(container.json)
        members.putText("targetContainerName", targetContainerName)
        return members.json
    }
}
