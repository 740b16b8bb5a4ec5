internal import Reactor

/// What becomes of frames that a client gets right after the handshake of a WebSocket.
///
/// kubectl 1.30 to 1.33 drops those that come before it has set up its streams, so that a short program
/// loses output, and a failed one its exit code (kubernetes#131203). Over SPDY there is no such moment:
/// refusing the WebSocket costs such a client one more request on the loopback, less than any wait that
/// would be long enough on a busy machine.
enum EarlyFrames: Sendable, Hashable {
    /// They arrive.
    case arrive
    /// They are lost; the client falls back to SPDY when it is refused.
    case lost
    /// A kubectl that does not tell its version: they wait a little.
    case doubtful

    init(userAgent: String) {
        guard userAgent.hasPrefix("kubectl") else {
            self = .arrive
            return
        }
        let version = userAgent.split(separator: " ").first?.split(separator: "/").dropFirst().first
        let parts = version?.split(separator: ".") ?? []
        guard parts.count > 1, parts[0] == "v1", let minor = Int(parts[1]) else {
            self = .doubtful
            return
        }
        self = (30...33).contains(minor) ? .lost : .arrive
    }

    var headStart: Duration { self == .doubtful ? .milliseconds(30) : .zero }
}
