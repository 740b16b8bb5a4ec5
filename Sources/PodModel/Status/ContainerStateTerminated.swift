public import Basics
public import Formats

/// A container that has ended.
public struct ContainerStateTerminated: ModelObject {
    /// Its exit code.
    public var exitCode: Int
    /// The signal that ended it, if the runtime tells.
    public var signal: Int
    /// Why, in one word: `Completed`, `Error`, `OOMKilled`.
    public var reason: String
    /// Its last words.
    public var message: String
    /// When it was started.
    public var startedAt: Timestamp?
    /// When it ended.
    public var finishedAt: Timestamp?
    /// The runtime's ID.
    public var containerID: String

    /// Makes the value from its parts.
    public init(
        exitCode: Int = 0,
        signal: Int = 0,
        reason: String = "",
        message: String = "",
        startedAt: Timestamp? = nil,
        finishedAt: Timestamp? = nil,
        containerID: String = ""
    ) {
        self.exitCode = exitCode
        self.signal = signal
        self.reason = reason
        self.message = message
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.containerID = containerID
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.exitCode = try fields.int("exitCode") ?? 0
        self.signal = try fields.int("signal") ?? 0
        self.reason = try fields.text("reason")
        self.message = try fields.text("message")
        self.startedAt = try fields.time("startedAt")
        self.finishedAt = try fields.time("finishedAt")
        self.containerID = try fields.text("containerID")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("exitCode", exitCode)
        members.putCount("signal", signal)
        members.putText("reason", reason)
        members.putText("message", message)
        members.put("startedAt", startedAt)
        members.put("finishedAt", finishedAt)
        members.putText("containerID", containerID)
        return members.json
    }
}
