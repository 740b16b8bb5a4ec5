import Basics
import Testing

@testable import HTTP

@Suite("HTTP/2 against bad peers") struct H2RefusalTests {
    private static func repeated(_ count: Int, _ bytes: [UInt8]) -> [UInt8] {
        Array(repeating: bytes, count: count).flatMap(\.self)
    }

    private static let open = H2Bytes.frame(1, 4, 1, H2Bytes.get)

    private static func rapid(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for index in 0..<count {
            bytes += H2Bytes.frame(1, 5, 2 * index + 1, H2Bytes.get)
            bytes += H2Bytes.frame(3, 0, 2 * index + 1, [0, 0, 0, 8])
        }
        return bytes
    }

    struct Flood: Sendable, CustomTestStringConvertible {
        var what: String
        var allowed: Int
        var frame: [UInt8]
        var violation: H2Violation
        var testDescription: String { what }
    }

    // The settings of the preface are one of the control frames.
    private static let floods: [Flood] = [
        Flood(
            what: "pings",
            allowed: 999,
            frame: H2Bytes.frame(6, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]),
            violation: .controlFlood
        ),
        Flood(
            what: "settings",
            allowed: 999,
            frame: H2Bytes.frame(4, 0, 0, []),
            violation: .controlFlood
        ),
        Flood(
            what: "empty data",
            allowed: 16,
            frame: H2Bytes.frame(0, 0, 1, []),
            violation: .emptyFrameFlood
        ),
        Flood(
            what: "padded data",
            allowed: 16,
            frame: H2Bytes.frame(0, 8, 1, [1, 0]),
            violation: .emptyFrameFlood
        ),
        Flood(
            what: "priorities",
            allowed: 200,
            frame: H2Bytes.frame(2, 0, 5, [0, 0, 0, 0, 1]),
            violation: .priorityFlood
        ),
        Flood(
            what: "window updates",
            allowed: 7,
            frame: H2Bytes.frame(8, 0, 0, [0, 0, 0, 1]),
            violation: .windowFlood
        ),
    ]

    @Test(arguments: floods) func `what costs nothing is counted`(flood: Flood) throws {
        let (frame, violation) = (flood.frame, flood.violation)
        let server = try H2Peer(.server)
        try server.receive(H2Bytes.preface + Self.open)
        try server.receive(Self.repeated(flood.allowed, frame))
        _ = server.flushed()
        #expect(throws: violation) { try server.receive(frame) }
        #expect(server.connection.failure == violation)
        let goodbye = server.flushed()
        #expect(server.connection.sentGoAway == .calm)
        #expect(!goodbye.isEmpty)
        #expect(server.connection.isFinished)
        #expect(throws: violation) { try server.receive(frame) }
    }

    @Test func `rapid resets end the connection`() throws {
        let server = try H2Peer(.server)
        server.answer = { server, stream, _ in
            server.respond(stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        }
        try server.receive(H2Bytes.preface + Self.rapid(500))
        #expect(throws: H2Violation.resetFlood) {
            try server.receive(
                H2Bytes.frame(1, 5, 2001, H2Bytes.get)
                    + H2Bytes.frame(3, 0, 2001, [0, 0, 0, 8])
            )
        }
    }

    @Test func `resets are forgiven with time`() throws {
        var settings = H2Settings()
        settings.flood.resets = (burst: 10, perSecond: 5)
        let server = try H2Peer(.server, settings)
        try server.receive(H2Bytes.preface)
        var next = 1
        for second in 0..<20 {
            for _ in 0..<5 {
                try server.receive(
                    H2Bytes.frame(1, 5, next, H2Bytes.get)
                        + H2Bytes.frame(3, 0, next, [0, 0, 0, 8]),
                    at: Int64(second)
                )
                next += 2
            }
        }
        #expect(server.connection.failure == nil)
    }

    @Test func `resets that a peer provokes count too`() throws {
        var settings = H2Settings()
        settings.flood.resets = (burst: 10, perSecond: 1)
        let server = try H2Peer(.server, settings)
        try server.receive(H2Bytes.preface)
        var failure: H2Violation?
        for index in 0..<12 where failure == nil {
            let id = 2 * index + 1
            // A window that grows too large.
            try? server.receive(
                H2Bytes.frame(1, 4, id, H2Bytes.get)
                    + H2Bytes.frame(8, 0, id, [0x7F, 0xFF, 0xFF, 0xFF])
            )
            _ = server.flushed()
            failure = server.connection.failure
        }
        #expect(failure == .resetFlood)
    }

    @Test func `a head in endless pieces is refused`() throws {
        let server = try H2Peer(.server)
        try server.receive(H2Bytes.preface + H2Bytes.frame(1, 1, 1, H2Bytes.get))
        try server.receive(Self.repeated(72, H2Bytes.frame(9, 0, 1, [])))
        #expect(throws: H2Violation.headBomb) {
            try server.receive(Self.repeated(2, H2Bytes.frame(9, 0, 1, [])))
        }
    }

    @Test func `a head that is too large is answered with 431, a bomb is not`() throws {
        var settings = H2Settings()
        settings.head = HeadLimits(bytes: 1000, fields: 10)
        let pair = try H2Pair(server: settings)
        let line = "GET / HTTP/1.1\r\nHost: x\r\n"
        try pair.client.open(line + "A: \(String(repeating: "a", count: 1000))\r\n\r\n")
        try pair.client.open(line + String(repeating: "A: b\r\n", count: 12) + "\r\n")
        try pair.client.open(line + "A: b\r\n\r\n")
        try pair.pump()
        #expect(
            pair.server.log == [
                "refused fieldsTooLong", "refused tooManyFields",
                "5 GET x / HTTP/2 none http {a=b}", "5 end {}",
            ]
        )
        #expect(pair.client.log.filter { $0.contains("431") }.count == 2)
        // A field of the dynamic table, named by one byte each time.
        let bomb =
            H2Bytes.get + [0x40, 1, 0x61, 100] + [UInt8](repeating: 0x62, count: 100)
            + [UInt8](repeating: 0xBE, count: 200)
        let server = try H2Peer(.server, settings)
        #expect(throws: H2Violation.headBomb) {
            try server.receive(H2Bytes.preface + H2Bytes.frame(1, 5, 1, bomb))
        }
    }

    @Test(
        arguments: [
            ("no path", [(":method", "GET"), (":scheme", "http"), (":authority", "x")], nil),
            ("two paths", [(":path", "/a"), (":path", "/b")], nil),
            ("unknown pseudo field", [(":own", "a")], nil),
            ("upper case", [("Own", "a")], nil),
            ("connection", [("connection", "close")], nil),
            ("transfer-encoding", [("transfer-encoding", "chunked")], nil),
            ("te", [("te", "gzip")], nil),
            ("line end in a value", [("a", "b\r\nc: d")], nil),
            ("zero in a value", [("a", "b\0c")], nil),
            ("blank in a name", [("a b", "c")], nil),
            ("pseudo field after others", [("a", "b"), (":scheme", "http")], nil),
            ("two lengths", [("content-length", "1"), ("content-length", "2")], nil),
            ("length with a sign", [("content-length", "+1")], nil),
            ("another host", [("host", "y")], .host),
            ("user in the authority", [(":authority", "u@x")], .authority),
            ("path without slash", [(":path", "a")], nil),
            ("path with fragment", [(":path", "/a#b")], .target),
            ("odd authority", [(":authority", "x/y")], nil),
            ("odd port", [(":authority", "x:y")], .authority),
            ("scheme", [(":scheme", "ftp")], .scheme),
            ("connect without a port", [(":method", "CONNECT")], nil),
            ("protocol", [(":method", "CONNECT"), (":protocol", "smtp")], .target),
        ] as [(String, [(String, String)], WireViolation.Reason?)]
    )
    func `a malformed head is reset and the connection goes on`(
        what: String,
        fields: [(String, String)],
        reason: WireViolation.Reason?
    ) throws {
        var all = [(":method", "GET"), (":scheme", "http"), (":authority", "x"), (":path", "/")]
        if what == "no path" { all = [] }
        for (index, field) in fields.enumerated() where field.0.hasPrefix(":") && index == 0 {
            all.removeAll { $0.0 == field.0 }
        }
        let pseudo = fields.filter { $0.0.hasPrefix(":") }
        let isLate = what.hasPrefix("pseudo")
        all = isLate ? all.filter { $0.0 != ":scheme" } + fields : all + pseudo
        if !isLate { all += fields.filter { !$0.0.hasPrefix(":") } }
        let server = try H2Peer(.server)
        try server.receive(H2Bytes.preface + H2Bytes.frame(1, 5, 1, H2Bytes.head(all)))
        _ = server.flushed()
        #expect(!server.log.contains { $0.hasPrefix("1 ") }, "\(server.log)")
        let reasons = reason.map { ["\($0)"] } ?? ["field", "messaging"]
        #expect(reasons.contains { server.log == ["refused \($0)"] }, "\(server.log)")
        #expect(server.connection.openCount == 0)
        try server.receive(H2Bytes.frame(1, 5, 3, H2Bytes.get))
        #expect(server.log.last == "3 end {}")
    }

    private static let closed: [(String, [[UInt8]], H2Violation?)] = [
        ("DATA after the end", [H2Bytes.frame(0, 1, 1, [1])], .streamClosed),
        ("HEADERS after the end", [H2Bytes.frame(1, 5, 1, H2Bytes.get)], .streamClosed),
        ("a number that was passed over", [H2Bytes.frame(1, 5, 3, H2Bytes.get)], .protocolError),
        ("PRIORITY on stream 0", [H2Bytes.frame(2, 0, 0, [0, 0, 0, 1, 1])], .protocolError),
        ("PRIORITY on itself", [H2Bytes.frame(2, 0, 9, [0, 0, 0, 9, 1])], .protocolError),
        ("PRIORITY after the end", [H2Bytes.frame(2, 0, 1, [0, 0, 0, 0, 1])], nil),
        ("WINDOW_UPDATE after the end", [H2Bytes.frame(8, 0, 1, [0, 0, 0, 1])], nil),
        ("RST_STREAM after the end", [H2Bytes.frame(3, 0, 1, [0, 0, 0, 8])], nil),
        (
            "DATA after a reset",
            [
                H2Bytes.frame(1, 4, 7, H2Bytes.get), H2Bytes.frame(3, 0, 7, [0, 0, 0, 8]),
                H2Bytes.frame(0, 1, 7, [1]),
            ],
            .streamClosed
        ),
    ]

    @Test(arguments: closed.indices, [false, true])
    func `nothing comes on streams that the client has ended`(index: Int, isCut: Bool) throws {
        let (what, frames, violation) = Self.closed[index]
        let server = try H2Peer(.server)
        let first = H2Bytes.frame(1, 5, 1, H2Bytes.get) + H2Bytes.frame(1, 5, 5, H2Bytes.get)
        try server.receive(H2Bytes.preface + first)
        var head = ResponseHead()
        head.status = 204
        for stream in server.streams { server.connection.respond(stream, head, isEnd: true) }
        _ = server.flushed()
        #expect(server.connection.openCount == 0)
        var found: H2Violation?
        do throws(H2Violation) {
            for byte in frames.joined() where isCut { try server.receive([byte]) }
            if !isCut { try server.receive(Array(frames.joined())) }
        } catch {
            found = error
        }
        #expect(found == violation, "\(what)")
    }

    @Test func `what is on its way to a stream that was reset here is let pass`() throws {
        let server = try H2Peer(.server)
        try server.receive(H2Bytes.preface + H2Bytes.frame(1, 4, 1, H2Bytes.get))
        server.connection.reset(try #require(server.streams.first), .cancel)
        _ = server.flushed()
        try server.receive(H2Bytes.frame(0, 0, 1, [1]) + H2Bytes.frame(1, 5, 1, H2Bytes.get))
        try server.receive(H2Bytes.frame(1, 5, 3, H2Bytes.get))
        #expect(server.log.last == "3 end {}")
    }

    @Test(arguments: [
        ("more", 3, "abcd"), ("less", 5, "abcd"),
    ])
    func `a body of another length than was said is reset`(
        what: String,
        length: Int,
        body: String
    ) throws {
        let server = try H2Peer(.server)
        let head = H2Bytes.get + H2Bytes.field("content-length", "\(length)")
        try server.receive(
            H2Bytes.preface + H2Bytes.frame(1, 4, 1, head)
                + H2Bytes.frame(0, 1, 1, Array(body.utf8))
        )
        _ = server.flushed()
        #expect(!server.log.contains("1 end {}"))
        #expect(server.log.last == "1 closed 1")
    }

    @Test(arguments: [
        ("HTTP/1", Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), H2Violation.preface),
        ("TLS", [0x16, 3, 1, 0, 0], .preface),
    ])
    func `another protocol is recognised`(
        what: String,
        bytes: [UInt8],
        violation: H2Violation
    ) throws {
        let server = try H2Peer(.server)
        #expect(throws: violation) { try server.receive(bytes) }
    }

    @Test(arguments: [
        ("data on stream 0", H2Bytes.frame(0, 0, 0, [1])),
        ("data on an idle stream", H2Bytes.frame(0, 0, 7, [1])),
        ("a frame that is too large", H2Bytes.frame(0, 0, 1, [UInt8](repeating: 0, count: 17_000))),
        ("an even stream", H2Bytes.frame(1, 5, 2, H2Bytes.get)),
        (
            "a head that cannot be decompressed",
            H2Bytes.frame(1, 5, 1, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        ),
        ("a window of nothing", H2Bytes.frame(8, 0, 0, [0, 0, 0, 0])),
        ("a push", H2Bytes.frame(5, 4, 1, [0, 0, 0, 2] + H2Bytes.get)),
    ])
    func `a broken connection is told goodbye`(what: String, bytes: [UInt8]) throws {
        let server = try H2Peer(.server)
        try server.receive(H2Bytes.preface)
        _ = server.flushed()
        try? server.receive(bytes)
        _ = server.flushed()
        #expect(server.connection.isFinished)
        let code = try #require(server.connection.sentGoAway)
        #expect(code != .none)
    }
}
