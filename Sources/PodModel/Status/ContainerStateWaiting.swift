public import Formats

/// A container that does not run yet, or not again yet.
public struct ContainerStateWaiting: ModelObject {
    /// Why, in one word: `CrashLoopBackOff`.
    public var reason: String
    /// Why, for humans.
    public var message: String

    /// Makes the value from its parts.
    public init(reason: String = "", message: String = "") {
        self.reason = reason
        self.message = message
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.reason = try fields.text("reason")
        self.message = try fields.text("message")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putText("reason", reason)
        members.putText("message", message)
        return members.json
    }
}
