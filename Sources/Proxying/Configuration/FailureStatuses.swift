/// The statuses of answers when a host fails before its answer begins.
public struct FailureStatuses: Sendable, Hashable {
    /// No host can be chosen, or none takes more.
    public var noHost: Int
    /// The host refuses the connection.
    public var unreachable: Int
    /// The connection takes too long.
    public var connectTimeout: Int
    /// The connection ends before the answer.
    public var broken: Int

    /// Makes statuses.
    public init(noHost: Int, unreachable: Int, connectTimeout: Int, broken: Int) {
        self.noHost = noHost
        self.unreachable = unreachable
        self.connectTimeout = connectTimeout
        self.broken = broken
    }

    /// Those of Envoy.
    public static let envoy = Self(
        noHost: 503,
        unreachable: 503,
        connectTimeout: 503,
        broken: 503
    )

    /// Those of nginx.
    public static let nginx = Self(
        noHost: 502,
        unreachable: 502,
        connectTimeout: 504,
        broken: 502
    )

    /// Those of HAProxy.
    public static let haproxy = Self(
        noHost: 503,
        unreachable: 503,
        connectTimeout: 503,
        broken: 502
    )
}
