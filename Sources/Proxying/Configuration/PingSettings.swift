/// When the peers of HTTP/2 connections are asked for a sign of life (`connection_keepalive`).
public struct PingSettings: Sendable, Hashable {
    /// The time between an answer and the next ping; `nil` sends none by time.
    public var interval: Duration?
    /// How long an answer may take before the connection is closed, 1 ms or more.
    public var timeout: Duration
    /// By how much an interval may be longer, at random, in percent of it.
    public var jitterPercent: Double
    /// After such a silence a new stream is preceded by a ping; `nil` is never.
    public var idleInterval: Duration?

    /// Makes settings with Envoy's defaults.
    public init(
        interval: Duration?,
        timeout: Duration,
        jitterPercent: Double = 15,
        idleInterval: Duration? = nil
    ) {
        self.interval = interval
        self.timeout = timeout
        self.jitterPercent = jitterPercent
        self.idleInterval = idleInterval
    }
}
