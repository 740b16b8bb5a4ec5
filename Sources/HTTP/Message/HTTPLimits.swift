/// What a connection may cost: sizes, counts and times, each with a sane default.
public struct HTTPLimits: Sendable {
    /// The most bytes of a start line with its header fields, and of a trailer section.
    public var headBytes = 64 * 1024
    /// The most header field lines.
    public var fields = 256
    /// The most connections of a server at one time; more are answered 503 and closed.
    public var connections = 1024
    /// How long a connection may wait for its next request.
    public var idle: Duration = .seconds(120)
    /// How long a head may take from its first byte, and each piece of a body.
    public var reading: Duration = .seconds(30)
    /// How long a peer may take no bytes of a response of known length.
    public var writing: Duration = .seconds(60)
    /// How long a peer may take no bytes of a stream, such as a followed log under a pager.
    public var stalledStream: Duration = .seconds(3600)
    /// The most body bytes read and dropped so that a connection can be used again.
    public var drainedBytes = 256 * 1024

    /// The defaults.
    public init() {}
}
