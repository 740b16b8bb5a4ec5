/// What one side of an HTTP/2 connection allows the other.
public struct H2Settings: Sendable, Hashable {
    /// The most streams that the peer may have open.
    public var streamsMaximum = 100
    /// How many body bytes of a stream the peer may send before some are consumed.
    public var streamWindow = 256 * 1024
    /// The same for all streams together.
    public var connectionWindow = 1024 * 1024
    /// Whether bytes count against the window of all streams until they are consumed.
    ///
    /// If not, a stream whose bytes are not consumed takes nothing from the others; all of them together
    /// may make the owner hold `streamsMaximum` times `streamWindow` bytes.
    public var sharesWindow = true
    /// The largest frame that is taken, 16 KiB to 16 MiB - 1.
    public var frameMaximum = 16 * 1024
    /// How large a head may be; each field counts 32 bytes more than it has (RFC 9113 section 6.5.2).
    public var head = HeadLimits()
    /// Whether clients may open WebSockets on streams (RFC 8441).
    public var allowsWebSocket = true
    /// From how many unsent body bytes on a stream is full.
    public var streamFullAt = 64 * 1024
    /// What the peer may do that costs it nothing.
    public var flood = H2FloodLimits()

    /// The defaults.
    public init() {}
}

/// How much of what costs the sender nothing is taken from a peer.
public struct H2FloodLimits: Sendable, Hashable {
    /// PING and SETTINGS frames at once, and regained per second.
    ///
    /// gRPC sends a PING in each round trip to learn how much is on its way: thousands in a second
    /// within a machine.
    public var control = (burst: 1000, perSecond: 10_000)
    /// Streams reset by the peer or for its faults at once, and regained per second (CVE-2023-44487,
    /// CVE-2025-8671).
    public var resets = (burst: 500, perSecond: 50)
    /// Frames without content that follow each other.
    public var emptyFrames = 16
    /// PRIORITY frames for each stream, and for the connection.
    public var prioritiesPerStream = 100
    /// WINDOW_UPDATE frames for each DATA frame sent, and for each stream.
    public var windowUpdatesPerFrame = 10
    /// CONTINUATION frames of one head, however they are cut; nine times as many if they come whole.
    public var continuations = 8

    /// The defaults.
    public init() {}

    /// Whether the limits are the same.
    public static func == (left: Self, right: Self) -> Bool {
        left.control == right.control && left.resets == right.resets
            && left.emptyFrames == right.emptyFrames
            && left.prioritiesPerStream == right.prioritiesPerStream
            && left.windowUpdatesPerFrame == right.windowUpdatesPerFrame
            && left.continuations == right.continuations
    }

    /// Feeds the limits that are most often set.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(control.burst)
        hasher.combine(resets.burst)
        hasher.combine(continuations)
    }
}
