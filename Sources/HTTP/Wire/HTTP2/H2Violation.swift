/// Why an HTTP/2 connection cannot go on; what is to be sent is still to be flushed before it is closed.
public enum H2Violation: UInt8, Error, CaseIterable, Sendable {
    /// The connection does not begin as HTTP/2 does.
    case preface
    /// The peer broke the protocol.
    case protocolError
    /// The peer has sent something on a stream that it had ended.
    case streamClosed
    /// More PING or SETTINGS frames than are taken.
    case controlFlood
    /// More resets than are taken.
    case resetFlood
    /// More frames without content than are taken.
    case emptyFrameFlood
    /// More PRIORITY frames than are taken.
    case priorityFlood
    /// More WINDOW_UPDATE frames than are taken.
    case windowFlood
    /// A head that goes on and on.
    case headBomb
    /// The connection has failed before.
    case closed

    /// What the peer is told.
    var errorCode: H2ErrorCode {
        switch self {
        case .protocolError: .protocolError
        case .streamClosed: .streamClosed
        default: .calm
        }
    }

    /// The code for access logs, in Envoy's manner.
    public var code: StaticString {
        switch self {
        case .preface: "http2.invalid_preface"
        case .protocolError: "http2.protocol_error"
        case .streamClosed: "http2.stream_closed"
        case .controlFlood: "http2.inbound_control_frames_flood"
        case .resetFlood: "http2.inbound_reset_flood"
        case .emptyFrameFlood: "http2.inbound_empty_frames_flood"
        case .priorityFlood: "http2.inbound_priority_frames_flood"
        case .windowFlood: "http2.inbound_window_update_frames_flood"
        case .headBomb: "http2.headers_flood"
        case .closed: "http2.closed"
        }
    }
}
