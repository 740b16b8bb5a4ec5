import Basics
import FuzzSubjects

@testable import HTTP

/// One side of a connection in memory that writes down what it is told.
final class H2Peer: H2Owner {
    private(set) var log: [String] = []
    var bodies: [Int: String] = [:]
    var consumes = true
    /// What is done with a request when its head has come; it is given the path.
    var answer: ((H2Peer, H2Stream, String) -> Void)?
    /// What is done when a message is complete.
    var ended: ((H2Peer, H2Stream) -> Void)?
    /// The streams of requests that came.
    private(set) var streams: [H2Stream] = []
    private var made: H2Connection?

    /// The connection; there is one after `init`.
    var connection: H2Connection {
        guard let made else { preconditionFailure("no connection") }
        return made
    }

    init(_ role: H2Connection.Role, _ settings: H2Settings = H2Settings()) throws {
        made = try H2Connection(role, settings: settings, owner: self)
    }

    func say(_ text: String) { log.append(text) }

    func forget() {
        log = []
        bodies = [:]
    }

    func h2Request(_ connection: H2Connection, _ stream: H2Stream, _ head: inout RequestHead) {
        say("\(connection.number(stream)) \(describe(head))")
        streams.append(stream)
        answer?(self, stream, text(head.path))
    }

    func h2Response(_ connection: H2Connection, _ stream: H2Stream, _ head: inout ResponseHead) {
        say("\(connection.number(stream)) \(describe(head))")
    }

    func h2Body(_ connection: H2Connection, _ stream: H2Stream, _ bytes: Span<UInt8>) {
        bodies[connection.number(stream), default: ""] += text(bytes)
        if consumes { connection.consume(stream, bytes.count) }
    }

    func h2Ended(_ connection: H2Connection, _ stream: H2Stream, _ trailers: inout HeaderBlock) {
        say("\(connection.number(stream)) end {\(describe(trailers))}")
        ended?(self, stream)
    }

    func h2Drained(_ connection: H2Connection, _ stream: H2Stream) {
        say("\(connection.number(stream)) drained")
    }

    func h2Closed(_ connection: H2Connection, _ stream: H2Stream, _ code: H2ErrorCode) {
        say("\(connection.number(stream)) closed \(code.rawValue)")
    }

    func h2Refused(_ connection: H2Connection, _ stream: H2Stream, _ violation: WireViolation) {
        say("refused \(violation.reason)")
    }

    func h2GoAway(_ connection: H2Connection, _ code: H2ErrorCode) {
        say("goaway \(code.rawValue)")
    }

    func h2Pong(_ connection: H2Connection) { say("pong") }

    // MARK: Doing

    func flushed() -> [UInt8] {
        var buffer = ByteBuffer()
        while connection.flush(into: &buffer, maximum: 1 << 20) {}
        return Array(copying: buffer.readable)
    }

    func receive(_ bytes: [UInt8], at seconds: Int64 = 0) throws(H2Violation) {
        try connection.receive(bytes.span, now: Instant(nanoseconds: seconds * 1_000_000_000))
    }

    @discardableResult
    func write(_ stream: H2Stream, _ bytes: [UInt8]) -> Bool {
        connection.write(stream, bytes.span)
    }

    @discardableResult
    func open(
        _ text: String,
        body: String? = nil,
        ends: Bool = true
    ) throws -> H2Stream? {
        var decoder = HeadDecoder()
        var head = RequestHead()
        _ = try decoder.request(Array(text.utf8).span, into: &head)
        let stream = connection.open(head, tag: 7, isEnd: body == nil && ends)
        if let stream, let body {
            connection.write(stream, Array(body.utf8).span)
            if ends { connection.end(stream) }
        }
        return stream
    }

    func respond(_ stream: H2Stream, _ text: String, body: String? = nil, ends: Bool = true) {
        var decoder = HeadDecoder()
        var head = ResponseHead()
        let length = try? decoder.response(Array(text.utf8).span, to: .get, into: &head)
        precondition(length != nil, "no response")
        if head.framing == .untilClose { head.framing = .chunked }
        connection.respond(stream, head, isEnd: body == nil && ends)
        if let body {
            connection.write(stream, Array(body.utf8).span)
            if ends { connection.end(stream) }
        }
    }
}

/// A client and a server back to back.
struct H2Pair {
    let client: H2Peer
    let server: H2Peer

    init(client: H2Settings = H2Settings(), server: H2Settings = H2Settings()) throws {
        self.client = try H2Peer(.client, client)
        self.server = try H2Peer(.server, server)
        try pump()
        self.client.forget()
        self.server.forget()
    }

    /// Carries bytes to and fro until nobody has anything to say.
    func pump(piece: Int = .max) throws {
        for _ in 0..<10_000 {
            let up = client.flushed()
            try Self.carry(up, to: server, piece)
            let down = server.flushed()
            try Self.carry(down, to: client, piece)
            if up.isEmpty && down.isEmpty { return }
        }
        throw H2Violation.protocolError
    }

    private static func carry(_ bytes: [UInt8], to peer: H2Peer, _ piece: Int) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = rest.prefix(piece)
            try peer.receive(Array(part))
            rest = rest.dropFirst(part.count)
        }
    }
}

/// Frames as they are on the wire.
enum H2Bytes {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, 0, 0, [])

    static func frame(_ type: UInt8, _ flags: UInt8, _ stream: Int, _ payload: [UInt8]) -> [UInt8] {
        let length = payload.count
        return [
            UInt8(length >> 16), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags,
            UInt8(stream >> 24), UInt8(stream >> 16 & 255), UInt8(stream >> 8 & 255),
            UInt8(stream & 255),
        ] + payload
    }

    /// A literal field without compression.
    static func field(_ name: String, _ value: String) -> [UInt8] {
        precondition(name.utf8.count < 127 && value.utf8.count < 127)
        return [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)]
            + Array(value.utf8)
    }

    static func head(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { field($0.0, $0.1) }
    }

    static let get = head([
        (":method", "GET"), (":scheme", "http"), (":authority", "x"), (":path", "/"),
    ])
}
