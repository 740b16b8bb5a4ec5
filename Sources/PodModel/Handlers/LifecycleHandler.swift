public import Formats

/// What a hook does; exactly one of these.
public enum LifecycleHandler: ModelObject {
    /// Runs a command in the container.
    case exec(ExecAction)
    /// Sends a GET request; any answer is success.
    case httpGet(HTTPGetAction)
    /// Waits that many seconds.
    case sleep(seconds: Int)
    /// Kept for the API's sake; never carried out.
    case tcpSocket(TCPSocketAction)

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        if let action: ExecAction = try fields.object("exec") {
            self = .exec(action)
        } else if let action: HTTPGetAction = try fields.object("httpGet") {
            self = .httpGet(action)
        } else if let sleep = fields["sleep"] {
            self = .sleep(seconds: try Fields(sleep).int("seconds") ?? 0)
        } else if let action: TCPSocketAction = try fields.object("tcpSocket") {
            self = .tcpSocket(action)
        } else {
            throw ModelError("a hook needs one of exec, httpGet, sleep")
        }
    }

    /// The object in its API form.
    public var json: JSON {
        var members = Members()
        switch self {
        case .exec(let action): members.put("exec", action)
        case .httpGet(let action): members.put("httpGet", action)
        case .tcpSocket(let action): members.put("tcpSocket", action)
        case .sleep(let seconds):
            var sleep = Members()
            sleep.put("seconds", seconds)
            members.put("sleep", sleep.json)
        }
        return members.json
    }
}
