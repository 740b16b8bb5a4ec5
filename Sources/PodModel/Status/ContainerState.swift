public import Formats

/// The state of one run of a container; exactly one of these.
public enum ContainerState: ModelObject {
    /// It does not run yet, or not again yet.
    case waiting(ContainerStateWaiting)
    /// It runs.
    case running(ContainerStateRunning)
    /// It has ended.
    case terminated(ContainerStateTerminated)

    /// Reads the typed view of an object; an empty object is a container that waits.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        if let state: ContainerStateTerminated = try fields.object("terminated") {
            self = .terminated(state)
        } else if let state: ContainerStateRunning = try fields.object("running") {
            self = .running(state)
        } else {
            self = .waiting(try fields.object("waiting") ?? ContainerStateWaiting())
        }
    }

    /// The object in its API form.
    public var json: JSON {
        var members = Members()
        switch self {
        case .waiting(let state): members.put("waiting", state)
        case .running(let state): members.put("running", state)
        case .terminated(let state): members.put("terminated", state)
        }
        return members.json
    }

    /// The waiting state, if it is that.
    public var waiting: ContainerStateWaiting? {
        if case .waiting(let state) = self { state } else { nil }
    }

    /// The running state, if it is that.
    public var running: ContainerStateRunning? {
        if case .running(let state) = self { state } else { nil }
    }

    /// The terminated state, if it is that.
    public var terminated: ContainerStateTerminated? {
        if case .terminated(let state) = self { state } else { nil }
    }
}
