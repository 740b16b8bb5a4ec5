import Basics
import HTTP

extension FuzzSubject {
    /// Frames of HTTP/2, after a preface and after a request was made.
    ///
    /// Any cut gives the same as the whole, and nothing stays open.
    public static let http2 = FuzzSubject(name: "HTTP2") { input in
        for role in [H2Connection.Role.server, .client] {
            guard let whole = H2Recorder.play([input], role) else { return "no connection" }
            for pieces in cuts(input) {
                guard let again = H2Recorder.play(pieces, role) else { return "no connection" }
                // How long it is known that a stream has ended depends on how they are cut.
                if (again + whole).contains(H2Recorder.closedStream) { continue }
                if again != whole { return "\(role) \(pieces.map(\.count)): \(again), \(whole)" }
            }
            if whole.contains("left open") { return "\(role): \(whole)" }
        }
        return nil
    }
}

/// Writes down what a connection tells, and answers requests.
private final class H2Recorder: H2Owner {
    private var log: [String] = []
    /// The peer has said farewell and nothing is open: nghttp2 reads what else is in the same piece, and
    /// none of the next pieces.
    private var isOver = false
    private var bodies: [Int: [UInt8]] = [:]
    /// What is written down of a frame for a stream that is closed.
    static let closedStream = "streamClosed"

    static func play(_ pieces: [[UInt8]], _ role: H2Connection.Role) -> [String]? {
        let recorder = H2Recorder()
        var limits = H2Settings()
        // How they are counted depends on how they are cut.
        limits.flood.continuations = 1000
        guard let connection = try? H2Connection(role, settings: limits, owner: recorder) else {
            return nil
        }
        var buffer = ByteBuffer()
        let begin =
            role == .server ? Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + settings : settings
        do throws(H2Violation) {
            try connection.receive(begin.span, now: .zero)
            if role == .client {
                for tag in 1...3 { recorder.open(connection, tag: tag) }
                connection.flush(into: &buffer)
            }
            for piece in pieces { try connection.receive(piece.span, now: .zero) }
        } catch {
            recorder.log.append("\(error)")
        }
        buffer.removeAll()
        connection.flush(into: &buffer)
        connection.closeAll(.internalError)
        if connection.openCount != 0 { recorder.log.append("left open") }
        return recorder.log
    }

    /// An empty SETTINGS frame.
    private static let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]

    private func open(_ connection: H2Connection, tag: Int) {
        var head = RequestHead()
        head.setAuthority(Array("x".utf8).span)
        head.setPath(Array("/".utf8).span)
        head.setMethod(tag == 2 ? .head : .get)
        _ = connection.open(head, tag: tag, isEnd: tag != 3)
    }

    private func note(_ text: String) {
        if !isOver { log.append(text) }
    }

    func h2Request(_ connection: H2Connection, _ stream: H2Stream, _ head: inout RequestHead) {
        note("\(connection.number(stream)) \(describe(head))")
        var response = ResponseHead()
        response.framing = .length(2)
        connection.respond(stream, response, isEnd: false)
        connection.write(stream, [0x6F, 0x6B].span)
        connection.end(stream)
    }

    func h2Response(_ connection: H2Connection, _ stream: H2Stream, _ head: inout ResponseHead) {
        note("\(connection.number(stream)) \(describe(head))")
    }

    func h2Body(_ connection: H2Connection, _ stream: H2Stream, _ bytes: Span<UInt8>) {
        bodies[connection.number(stream), default: []] += Array(copying: bytes)
        connection.consume(stream, bytes.count)
    }

    func h2Ended(_ connection: H2Connection, _ stream: H2Stream, _ trailers: inout HeaderBlock) {
        // How much of a body that is too long is told depends on how it is cut.
        let body = bodies[connection.number(stream), default: []]
        note("\(connection.number(stream)) end \(body) \(describe(trailers))")
    }

    func h2Closed(_ connection: H2Connection, _ stream: H2Stream, _ code: H2ErrorCode) {
        note("closed \(code.rawValue)")
    }

    func h2Refused(_ connection: H2Connection, _ stream: H2Stream, _ violation: WireViolation) {
        note("refused \(violation.reason)")
    }

    func h2GoAway(_ connection: H2Connection, _ code: H2ErrorCode) {
        note("goaway \(code.rawValue)")
        isOver = connection.openCount == 0
    }
}
