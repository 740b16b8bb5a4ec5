/// What one side of HTTP/2 connections allows the other, where it is not the proxy's own choice.
public struct HTTP2Settings: Sendable, Hashable {
    /// The most streams of a connection at a time, 1 to 2^31 - 1.
    public var streamsMaximum: Int?
    /// How many bytes of a stream may be on their way before some are taken, 65535 to 2^31 - 1.
    public var streamWindow: Int?
    /// The same for all streams of a connection, 65535 to 2^31 - 1.
    public var connectionWindow: Int?
    /// How connections whose peer is gone are found; `nil` is by their end only.
    public var pings: PingSettings?

    /// Makes settings that leave everything to the proxy.
    public init(
        streamsMaximum: Int? = nil,
        streamWindow: Int? = nil,
        connectionWindow: Int? = nil,
        pings: PingSettings? = nil
    ) {
        self.streamsMaximum = streamsMaximum
        self.streamWindow = streamWindow
        self.connectionWindow = connectionWindow
        self.pings = pings
    }
}
