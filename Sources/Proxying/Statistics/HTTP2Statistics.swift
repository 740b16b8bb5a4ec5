import HTTP

/// The statistics of HTTP/2 connections, under Envoy's names: those of clients together, of hosts by cluster.
struct HTTP2Statistics {
    let receivedResets: Statistics.ID
    let sentResets: Statistics.ID
    let goAways: Statistics.ID
    let activeStreams: Statistics.ID
    let headerOverflow: Statistics.ID
    let controlFlood: Statistics.ID
    let emptyFrameFlood: Statistics.ID
    let priorityFlood: Statistics.ID
    let windowFlood: Statistics.ID
    let messagingErrors: Statistics.ID
    let refusedStreams: Statistics.ID
    let trailers: Statistics.ID
    let flushTimeouts: Statistics.ID
    let keepaliveTimeouts: Statistics.ID

    /// `prefix` ends with a dot, or is empty.
    init(_ prefix: String, _ statistics: Statistics) {
        func counter(_ tail: String) -> Statistics.ID {
            statistics.id("\(prefix)http2.\(tail)", .counter)
        }
        receivedResets = counter("rx_reset")
        sentResets = counter("tx_reset")
        goAways = counter("goaway_sent")
        activeStreams = statistics.id("\(prefix)http2.streams_active", .gauge)
        headerOverflow = counter("header_overflow")
        controlFlood = counter("outbound_control_flood")
        emptyFrameFlood = counter("inbound_empty_frames_flood")
        priorityFlood = counter("inbound_priority_frames_flood")
        windowFlood = counter("inbound_window_update_frames_flood")
        messagingErrors = counter("rx_messaging_error")
        refusedStreams = counter("stream_refused_errors")
        trailers = counter("trailers")
        flushTimeouts = counter("tx_flush_timeout")
        keepaliveTimeouts = counter("keepalive_timeout")
    }

    /// What counts a violation; `nil` for those that are counted elsewhere.
    func counter(_ violation: H2Violation) -> Statistics.ID? {
        switch violation {
        case .controlFlood: controlFlood
        case .emptyFrameFlood: emptyFrameFlood
        case .priorityFlood: priorityFlood
        case .windowFlood: windowFlood
        case .headBomb: headerOverflow
        case .preface, .protocolError, .streamClosed, .resetFlood, .closed: nil
        }
    }
}
