import HTTP

extension EngineFuzzSubject {
    /// Frames of WebSockets, of clients and of servers.
    ///
    /// Any cut gives the same as the whole, and what is written again is read as the same.
    public static let webSocket = EngineFuzzSubject(name: "WebSocket") { input in
        for isClient in [true, false] {
            let whole = events(in: [input], ofClient: isClient)
            for pieces in cuts(input) {
                let again = events(in: pieces, ofClient: isClient)
                if again != whole { return "\(pieces.map(\.count)): \(again), \(whole)" }
            }
            let written = whole.events.flatMap { encode($0, mask: isClient ? 0x1234_5678 : nil) }
            let read = events(in: [written], ofClient: isClient)
            if read.events != whole.events || !read.failure.isEmpty {
                return "\(whole.events) was written as \(read)"
            }
        }
        return nil
    }

    private struct Transcript: Equatable {
        var events: [WebSocketDecoder.Event] = []
        var failure = ""
    }

    private static func events(in pieces: [[UInt8]], ofClient: Bool) -> Transcript {
        var decoder = WebSocketDecoder(expectsMask: ofClient, limit: 4096)
        var transcript = Transcript()
        for piece in pieces {
            decoder.append(piece)
            do throws(WebSocketViolation) {
                while let event = try decoder.next() { transcript.events.append(event) }
            } catch {
                transcript.failure = "\(error.code) \(error.what)"
            }
        }
        return transcript
    }

    private static func encode(_ event: WebSocketDecoder.Event, mask: UInt32?) -> [UInt8] {
        switch event {
        case .text(let text): WebSocketFrame.encode(.text, Array(text.utf8), mask: mask)
        case .binary(let bytes): WebSocketFrame.encode(.binary, bytes, mask: mask)
        case .ping(let bytes): WebSocketFrame.encode(.ping, bytes, mask: mask)
        case .pong(let bytes): WebSocketFrame.encode(.pong, bytes, mask: mask)
        case .close(nil, _): WebSocketFrame.encode(.close, [], mask: mask)
        case .close(let code?, let reason):
            WebSocketFrame.encode(
                .close,
                WebSocketFrame.closePayload(code: code, reason: reason),
                mask: mask
            )
        }
    }
}
