public import Basics
public import Formats

/// One condition of a deployment.
public struct DeploymentCondition: ModelObject {
    /// The type: `Available`, `Progressing`, `ReplicaFailure`.
    public var type: String
    /// `True`, `False` or `Unknown`.
    public var status: String
    /// When it was written last.
    public var lastUpdateTime: Timestamp?
    /// When `status` changed last.
    public var lastTransitionTime: Timestamp?
    /// Why, in one word.
    public var reason: String
    /// Why, for humans.
    public var message: String

    /// Makes the value from its parts.
    public init(
        type: String,
        status: String,
        lastUpdateTime: Timestamp? = nil,
        lastTransitionTime: Timestamp? = nil,
        reason: String = "",
        message: String = ""
    ) {
        self.type = type
        self.status = status
        self.lastUpdateTime = lastUpdateTime
        self.lastTransitionTime = lastTransitionTime
        self.reason = reason
        self.message = message
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.type = try fields.text("type")
        self.status = try fields.text("status")
        self.lastUpdateTime = try fields.time("lastUpdateTime")
        self.lastTransitionTime = try fields.time("lastTransitionTime")
        self.reason = try fields.text("reason")
        self.message = try fields.text("message")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("type", type)
        members.put("status", status)
        members.put("lastUpdateTime", lastUpdateTime)
        members.put("lastTransitionTime", lastTransitionTime)
        members.putText("reason", reason)
        members.putText("message", message)
        return members.json
    }
}
