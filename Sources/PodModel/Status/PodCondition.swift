public import Basics
public import Formats

/// One condition of a pod.
public struct PodCondition: ModelObject {
    /// The type: `Ready`, `Initialized`, ...
    public var type: String
    /// The generation of the spec that it describes.
    public var observedGeneration: Int
    /// `True`, `False` or `Unknown`.
    public var status: String
    /// Unused by the kubelet.
    public var lastProbeTime: Timestamp?
    /// When `status` changed last.
    public var lastTransitionTime: Timestamp?
    /// Why, in one word.
    public var reason: String
    /// Why, for humans.
    public var message: String

    /// Makes the value from its parts.
    public init(
        type: String,
        observedGeneration: Int = 0,
        status: String,
        lastProbeTime: Timestamp? = nil,
        lastTransitionTime: Timestamp? = nil,
        reason: String = "",
        message: String = ""
    ) {
        self.type = type
        self.observedGeneration = observedGeneration
        self.status = status
        self.lastProbeTime = lastProbeTime
        self.lastTransitionTime = lastTransitionTime
        self.reason = reason
        self.message = message
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.type = try fields.text("type")
        self.observedGeneration = try fields.int("observedGeneration") ?? 0
        self.status = try fields.text("status")
        self.lastProbeTime = try fields.time("lastProbeTime")
        self.lastTransitionTime = try fields.time("lastTransitionTime")
        self.reason = try fields.text("reason")
        self.message = try fields.text("message")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("type", type)
        members.putCount("observedGeneration", observedGeneration)
        members.put("status", status)
        members.put("lastProbeTime", lastProbeTime)
        members.put("lastTransitionTime", lastTransitionTime)
        members.putText("reason", reason)
        members.putText("message", message)
        return members.json
    }
}
