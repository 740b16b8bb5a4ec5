public import Formats

/// A container's hooks and stop signal.
public struct Lifecycle: ModelObject {
    /// Runs right after the start.
    public var postStart: LifecycleHandler?
    /// Runs before the stop signal.
    public var preStop: LifecycleHandler?
    /// The stop signal, such as `SIGUSR1`; the image's if absent.
    public var stopSignal: String?

    /// Makes the value from its parts.
    public init(
        postStart: LifecycleHandler? = nil,
        preStop: LifecycleHandler? = nil,
        stopSignal: String? = nil
    ) {
        self.postStart = postStart
        self.preStop = preStop
        self.stopSignal = stopSignal
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.postStart = try fields.object("postStart")
        self.preStop = try fields.object("preStop")
        self.stopSignal = try fields.string("stopSignal")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("postStart", postStart)
        members.put("preStop", preStop)
        members.put("stopSignal", stopSignal)
        return members.json
    }
}
