import TestKit
import Testing

@testable import HTTP

@Suite("Request decoder") struct RequestDecoderTests {
    private func decode(_ text: String, limits: HTTPLimits = HTTPLimits()) throws
        -> DecodedMessages
    {
        try ChunkVerifier.verify(Array(text.utf8)) {
            DecodedMessages.decode($0, as: .requests, limits: limits)
        }
    }

    @Test func `pipelined requests with and without bodies are read in order`() throws {
        let messages = try decode(
            "GET /a?b=c HTTP/1.1\r\nHost: x\r\nX-Blank: \t v w \t\r\n\r\n"
                + "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
                + "\r\n\r\nPUT /c HTTP/1.1\r\nhost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
                + "3\r\nabc\r\n00A ; ext=\"1\"\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n"
                + "DELETE /d HTTP/1.0\r\n\r\n"
        )
        #expect(messages.violation == nil)
        #expect(messages.requests.map(\.method) == ["GET", "POST", "PUT", "DELETE"])
        #expect(messages.requests.map(\.target) == ["/a?b=c", "/b", "/c", "/d"])
        #expect(messages.requests.map(\.keepsAlive) == [true, true, true, false])
        #expect(messages.requests[0].headers["x-blank"] == "v w")
        #expect(messages.bodies.map(\.count) == [0, 5, 13, 0])
        #expect(messages.body(1) == "hello")
        #expect(messages.body(2) == "abc0123456789")
        #expect(messages.trailers == [[:], [:], ["X-T": "1"], [:]])
    }

    @Test(arguments: [
        (
            "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            400
        ),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        ("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n", 501),
        (
            "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n",
            501
        ),
        ("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nNo-Colon\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\n: empty\r\n\r\n", 400),
        ("GET / HTTP/1.1\nHost: x\n\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nX: a\u{0}b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x@y\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET / x HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET /\r\nHost: x\r\n\r\n", 400),
        ("G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET /\u{7F} HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        ("GET / HTTP/1.2\r\nHost: x\r\n\r\n", 505),
        ("GET / http/1.1\r\nHost: x\r\n\r\n", 400),
        ("\u{16}\u{3}\u{1}", 400),
        (" GET / HTTP/1.1\r\n\r\n", 400),
        ("\rGET / HTTP/1.1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\n0\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3 3\r\nabc\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;\ra\r\nabc\r\n", 400),
        (
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "FFFFFFFFFFFFFFFF\r\nabc\r\n", 400
        ),
    ])
    func `an ambiguous or malformed request is refused`(text: String, status: Int) throws {
        let messages = try decode(text)
        #expect(messages.violation?.status == status, "\(messages)")
    }

    @Test func `a head may be as long as the limit and not a byte longer`() throws {
        var limits = HTTPLimits()
        limits.headBytes = 100
        let start = "GET / HTTP/1.1\r\nHost: x\r\nX-Long: "
        for (length, isFine) in [(100, true), (101, false)] {
            let filler = String(repeating: "a", count: length - start.utf8.count - 4)
            let messages = try decode(start + filler + "\r\n\r\n", limits: limits)
            #expect((messages.violation == nil) == isFine)
            #expect(isFine || messages.violation?.status == 431)
        }
    }

    @Test func `a head that never ends is refused at the limit`() throws {
        var limits = HTTPLimits()
        limits.headBytes = 100
        let messages = try decode(String(repeating: "a", count: 100), limits: limits)
        #expect(messages.violation?.status == 431)
    }

    @Test func `the number of header fields is limited`() throws {
        var limits = HTTPLimits()
        limits.fields = 3
        let head = "GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\nB: 2\r\n"
        #expect(try decode(head + "\r\n", limits: limits).violation == nil)
        #expect(try decode(head + "C: 3\r\n\r\n", limits: limits).violation?.status == 431)
    }

    @Test func `an error is final`() {
        var decoder = MessageDecoder(.requests)
        decoder.append(Array("bad\r\n\r\n".utf8))
        #expect(throws: ProtocolViolation.self) { try decoder.next() }
        decoder.append(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
        #expect(throws: ProtocolViolation.self) { try decoder.next() }
    }

    @Test func `bytes after an upgrade are handed over untouched`() throws {
        var decoder = MessageDecoder(.requests)
        decoder.append(Array("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: y\r\n\r\n\u{1}\u{2}raw".utf8))
        guard case .request = try decoder.next() else { Issue.record("no head"); return }
        guard case .end = try decoder.next() else { Issue.record("no end"); return }
        #expect(decoder.leave() == Array("\u{1}\u{2}raw".utf8))
        #expect(try decoder.next() == nil)
    }

    @Test func `a connection may end between messages only`() throws {
        for (text, isFine) in [
            ("", true), ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", true), ("GET", false),
            ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na", false),
        ] {
            let messages = DecodedMessages.decode([Array(text.utf8)], as: .requests, ends: true)
            #expect((messages.violation == nil) == isFine)
        }
    }
}
