public import Formats

/// A question asked of a container again and again.
public struct Probe: ModelObject {
    /// What it does.
    public var action: ProbeAction
    /// Seconds from the container's start to the first attempt.
    public var initialDelaySeconds: Int
    /// Seconds after which an attempt has failed.
    public var timeoutSeconds: Int
    /// Seconds between attempts.
    public var periodSeconds: Int
    /// Successes in a row that turn the verdict good.
    public var successThreshold: Int
    /// Failures in a row that turn the verdict bad.
    public var failureThreshold: Int
    /// The grace in seconds when this probe kills the container; the pod's if absent.
    public var terminationGracePeriodSeconds: Int?

    /// Makes the value from its parts.
    public init(
        action: ProbeAction,
        initialDelaySeconds: Int = 0,
        timeoutSeconds: Int = 1,
        periodSeconds: Int = 10,
        successThreshold: Int = 1,
        failureThreshold: Int = 3,
        terminationGracePeriodSeconds: Int? = nil
    ) {
        self.action = action
        self.initialDelaySeconds = initialDelaySeconds
        self.timeoutSeconds = timeoutSeconds
        self.periodSeconds = periodSeconds
        self.successThreshold = successThreshold
        self.failureThreshold = failureThreshold
        self.terminationGracePeriodSeconds = terminationGracePeriodSeconds
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.action = try Self.action(fields)
        self.initialDelaySeconds = try fields.int("initialDelaySeconds") ?? 0
        // The API server replaces zeros by the defaults as well.
        self.timeoutSeconds = try fields.positive("timeoutSeconds") ?? 1
        self.periodSeconds = try fields.positive("periodSeconds") ?? 10
        self.successThreshold = try fields.positive("successThreshold") ?? 1
        self.failureThreshold = try fields.positive("failureThreshold") ?? 3
        self.terminationGracePeriodSeconds = try fields.int("terminationGracePeriodSeconds")
    }

    private static func action(_ fields: Fields) throws(ModelError) -> ProbeAction {
        if let action: ExecAction = try fields.object("exec") { return .exec(action) }
        if let action: HTTPGetAction = try fields.object("httpGet") { return .httpGet(action) }
        if let action: TCPSocketAction = try fields.object("tcpSocket") {
            return .tcpSocket(action)
        }
        if let action: GRPCAction = try fields.object("grpc") { return .grpc(action) }
        throw ModelError("a probe needs one of exec, httpGet, tcpSocket, grpc")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        switch action {
        case .exec(let action): members.put("exec", action)
        case .httpGet(let action): members.put("httpGet", action)
        case .tcpSocket(let action): members.put("tcpSocket", action)
        case .grpc(let action): members.put("grpc", action)
        }
        members.putCount("initialDelaySeconds", initialDelaySeconds)
        members.put("timeoutSeconds", timeoutSeconds)
        members.put("periodSeconds", periodSeconds)
        members.put("successThreshold", successThreshold)
        members.put("failureThreshold", failureThreshold)
        members.put("terminationGracePeriodSeconds", terminationGracePeriodSeconds)
        return members.json
    }
}

extension Fields {
    /// A number, with 0 counting as missing.
    fileprivate func positive(_ key: String) throws(ModelError) -> Int? {
        let number = try int(key)
        return number == 0 ? nil : number
    }
}
