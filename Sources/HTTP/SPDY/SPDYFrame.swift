/// A frame of SPDY/3.1, as far as `kubectl` speaks it.
///
/// Source: SPDY Protocol, draft 3.1, section 2. Settings, credentials and window updates are read over:
/// the clients of Kubernetes do no flow control of SPDY's own.
public enum SPDYFrame: Sendable, Hashable {
    /// The client opens a stream; `isLast` if it sends nothing on it.
    case open(stream: UInt32, headers: [SPDYHeader], isLast: Bool)
    /// A stream was accepted.
    case reply(stream: UInt32, headers: [SPDYHeader], isLast: Bool)
    /// More headers of a stream.
    case headers(stream: UInt32, headers: [SPDYHeader], isLast: Bool)
    /// Bytes of a stream; one frame may come in several pieces, of which only the last can be the last.
    case data(stream: UInt32, bytes: [UInt8], isLast: Bool)
    /// A stream ends at once.
    case reset(stream: UInt32, status: UInt32)
    /// A sign of life that is sent back.
    case ping(UInt32)
    /// The peer opens no more streams.
    case goAway
}

/// A header of SPDY; the name is in lower case.
public struct SPDYHeader: Sendable, Hashable {
    /// The name.
    public var name: String
    /// The value; several are separated by NUL.
    public var value: String

    /// Makes a header.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// The peer breaks SPDY.
public struct SPDYViolation: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    public let what: String
    /// The sentence.
    public var description: String { "malformed SPDY: \(what)" }
}

enum SPDYType {
    static let open: UInt16 = 1
    static let reply: UInt16 = 2
    static let reset: UInt16 = 3
    static let ping: UInt16 = 6
    static let goAway: UInt16 = 7
    static let headers: UInt16 = 8
    static let finish: UInt8 = 1
    static let version: UInt16 = 3
}
