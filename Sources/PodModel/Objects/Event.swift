public import Basics
public import Formats

/// Something that happened to an object.
public struct Event: ModelObject {
    /// Name, labels, times.
    public var metadata: ObjectMeta
    /// What it happened to.
    public var involvedObject: ObjectReference
    /// What happened, in one word.
    public var reason: String
    /// What happened, for humans.
    public var message: String
    /// Who reports it.
    public var source: EventSource
    /// When it was seen first.
    public var firstTimestamp: Timestamp?
    /// When it was seen last.
    public var lastTimestamp: Timestamp?
    /// How often it was seen.
    public var count: Int
    /// `Normal` or `Warning`.
    public var type: String
    /// When it was seen first, to the microsecond.
    public var eventTime: Timestamp?
    /// What was done about it.
    public var action: String
    /// The name of the controller that reports it.
    public var reportingComponent: String
    /// The instance of that controller.
    public var reportingInstance: String

    /// Makes the value from its parts.
    public init(
        metadata: ObjectMeta = ObjectMeta(),
        involvedObject: ObjectReference = ObjectReference(),
        reason: String = "",
        message: String = "",
        source: EventSource = EventSource(),
        firstTimestamp: Timestamp? = nil,
        lastTimestamp: Timestamp? = nil,
        count: Int = 0,
        type: String = "",
        eventTime: Timestamp? = nil,
        action: String = "",
        reportingComponent: String = "",
        reportingInstance: String = ""
    ) {
        self.metadata = metadata
        self.involvedObject = involvedObject
        self.reason = reason
        self.message = message
        self.source = source
        self.firstTimestamp = firstTimestamp
        self.lastTimestamp = lastTimestamp
        self.count = count
        self.type = type
        self.eventTime = eventTime
        self.action = action
        self.reportingComponent = reportingComponent
        self.reportingInstance = reportingInstance
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.metadata = try fields.object("metadata") ?? ObjectMeta()
        self.involvedObject = try fields.object("involvedObject") ?? ObjectReference()
        self.reason = try fields.text("reason")
        self.message = try fields.text("message")
        self.source = try fields.object("source") ?? EventSource()
        self.firstTimestamp = try fields.time("firstTimestamp")
        self.lastTimestamp = try fields.time("lastTimestamp")
        self.count = try fields.int("count") ?? 0
        self.type = try fields.text("type")
        self.eventTime = try fields.time("eventTime")
        self.action = try fields.text("action")
        self.reportingComponent = try fields.text("reportingComponent")
        self.reportingInstance = try fields.text("reportingInstance")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putKind("v1", "Event")
        members.put("metadata", metadata)
        members.put("involvedObject", involvedObject)
        members.putText("reason", reason)
        members.putText("message", message)
        members.put("source", source)
        members.put("firstTimestamp", firstTimestamp)
        members.put("lastTimestamp", lastTimestamp)
        members.putCount("count", count)
        members.putText("type", type)
        members.putMicro("eventTime", eventTime)
        members.putText("action", action)
        members.put("reportingComponent", reportingComponent)
        members.put("reportingInstance", reportingInstance)
        return members.json
    }
}
