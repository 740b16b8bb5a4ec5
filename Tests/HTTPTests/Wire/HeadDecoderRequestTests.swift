import FuzzSubjects
import TestKit
import Testing

@testable import HTTP

@Suite("Wire request heads") struct HeadDecoderRequestTests {
    private func decode(
        _ text: String,
        limits: HeadLimits = HeadLimits()
    ) throws -> WireTranscript {
        try ChunkVerifier.verify(Array(text.utf8), sizes: 9, rounds: 10) {
            WireTranscript.requests($0, limits: limits)
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET x / HTTP/1.1 none {}"),
        ("\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET x / HTTP/1.1 none {}"),
        ("GET / HTTP/1.0\r\n\r\n", "GET  / HTTP/1.0 none closes {}"),
        (
            "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
            "GET  / HTTP/1.0 none {Connection=Keep-Alive}"
        ),
        (
            "GET / HTTP/1.1\r\nhOsT:x\r\nConnection: a, close ,b\r\n\r\n",
            "GET x / HTTP/1.1 none closes {Connection=a, close ,b}"
        ),
        ("GET / HTTP/1.1\r\nHost:\r\nX-Empty: \t \r\n\r\n", "GET  / HTTP/1.1 none {X-Empty=}"),
        (
            "GET /a%20b?c=d&e HTTP/1.1\r\nHost: a.b:8080\r\nX-Blank: \t v w \t\r\n\r\n",
            "GET a.b:8080 /a%20b?c=d&e HTTP/1.1 none {X-Blank=v w}"
        ),
        (
            "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
            "POST x /b HTTP/1.1 length(0) {Content-Length=0}"
        ),
        (
            "PUT /b HTTP/1.1\r\nContent-Length: 0003\r\nExpect: 100-Continue\r\nHost: x\r\n\r\nabc",
            "PUT x /b HTTP/1.1 length(3) expects {Content-Length=0003|Expect=100-Continue}"
        ),
        (
            "GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n",
            "GET x / HTTP/1.1 none {Expect=100-continue}"
        ),
        (
            "PATCH /c HTTP/1.1\r\nhost: x\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
            "PATCH x /c HTTP/1.1 chunked {Transfer-Encoding=Chunked}"
        ),
        ("OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "OPTIONS [::1]:80 * HTTP/1.1 none {}"),
        (
            "GET http://Up.example/p?q HTTP/1.1\r\nHost: other\r\n\r\n",
            "GET Up.example /p?q HTTP/1.1 none http {}"
        ),
        (
            "GET HTTPS://up:443?q HTTP/1.1\r\nHost: other\r\n\r\n",
            "GET up:443 /?q HTTP/1.1 none https {}"
        ),
        ("OPTIONS http://up HTTP/1.1\r\nHost: up\r\n\r\n", "OPTIONS up * HTTP/1.1 none http {}"),
        ("CONNECT up:443 HTTP/1.1\r\nHost: up\r\n\r\n", "CONNECT up:443  HTTP/1.1 none {}"),
        (
            "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\r\n",
            "GET x /ws HTTP/1.1 none webSocket {Upgrade=WebSocket|Connection=Upgrade}"
        ),
        (
            "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\n",
            "GET x / HTTP/1.1 none {Upgrade=h2c|Connection=Upgrade, HTTP2-Settings}"
        ),
        (
            "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n",
            "GET x / HTTP/1.1 none {Upgrade=websocket}"
        ),
        (
            "X!#$%&'*+-.^_`|~9 / HTTP/1.1\r\nHost: x\r\nX!#$%&'*+-.^_`|~9: caf\u{E9}\t!\r\n\r\n",
            "X!#$%&'*+-.^_`|~9 x / HTTP/1.1 none {X!#$%&'*+-.^_`|~9=caf\u{E9}\t!}"
        ),
    ])
    func `a request is read`(text: String, expected: String) throws {
        let transcript = try decode(text)
        #expect(transcript.violation == nil)
        #expect(transcript.heads == [expected])
    }

    @Test func `pipelined requests with and without bodies are read in order`() throws {
        let transcript = try decode(
            "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
                + "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
                + "\r\nPUT /c HTTP/1.1\r\nhost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3\r\nabc\r\n00A ; ext=\"1\"\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n"
                + "DELETE /d HTTP/1.0\r\n\r\n"
        )
        #expect(transcript.violation == nil)
        #expect(transcript.heads.count == 4)
        #expect(transcript.bodies == ["", "hello", "abc0123456789", ""])
        #expect(transcript.trailers == ["", "", "X-T=1", ""])
    }

    private static let line = "GET / HTTP/1.1\r\nHost: x\r\n"
    private static let post = "POST / HTTP/1.1\r\nHost: x\r\n"

    @Test(
        arguments: [
            // Lengths.
            (post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", .bothLengths),
            (post + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", .bothLengths),
            (post + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", .contentLength),
            (post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", .contentLength),
            (post + "Content-Length: 1, 1\r\n\r\n", .contentLength),
            (post + "Content-Length: +1\r\n\r\n", .contentLength),
            (post + "Content-Length: -1\r\n\r\n", .contentLength),
            (post + "Content-Length: 1 1\r\n\r\n", .contentLength),
            (post + "Content-Length: 0x1\r\n\r\n", .contentLength),
            (post + "Content-Length: 1a\r\n\r\n", .contentLength),
            (post + "Content-Length: 1_0\r\n\r\n", .contentLength),
            (post + "Content-Length: \"1\"\r\n\r\n", .contentLength),
            (post + "Content-Length:\r\n\r\n", .contentLength),
            (post + "Content-Length: 9223372036854775808\r\n\r\n", .contentLength),
            (post + "Content-Length: 18446744073709551617\r\n\r\n", .contentLength),
            (post + "Content-Length: 99999999999999999999999999\r\n\r\n", .contentLength),
            (post + "Content-Length: \u{0B}1\r\n\r\n", .fieldValue),
            (post + "Content-Length : 1\r\n\r\n", .fieldName),
            // Transfer codings.
            (post + "Transfer-Encoding : chunked\r\n\r\n", .fieldName),
            (post + "Transfer-Encoding\t: chunked\r\n\r\n", .fieldName),
            (post + "Transfer-Encoding: xchunked\r\n\r\n", .transferCoding),
            (post + "Transfer-Encoding: chunkedx\r\n\r\n", .transferCoding),
            (post + "Transfer-Encoding: chunked, identity\r\n\r\n", .transferCoding),
            (post + "Transfer-Encoding: identity, chunked\r\n\r\n", .transferCoding),
            (post + "Transfer-Encoding: gzip, chunked\r\n\r\n", .transferCoding),
            (post + "Transfer-Encoding: identity\r\n\r\n", .transferCoding),
            (post + "Transfer-Encoding: chunked;q=1\r\n\r\n", .transferCoding),
            (post + "Transfer-Encoding: \"chunked\"\r\n\r\n", .transferCoding),
            (post + "Transfer-Encoding: chunked, chunked\r\n\r\n", .transferEncoding),
            (post + "Transfer-Encoding: chunked,\r\n\r\n", .transferEncoding),
            (post + "Transfer-Encoding: ,chunked\r\n\r\n", .transferEncoding),
            (post + "Transfer-Encoding:\r\n\r\n", .transferEncoding),
            (
                post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
                .transferEncoding
            ),
            (
                post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n",
                .transferCoding
            ),
            (
                post + "Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n",
                .transferCoding
            ),
            (post + "Transfer-Encoding: \u{0B}chunked\r\n\r\n", .fieldValue),
            (post + "Transfer-Encoding: chunked\u{0C}\r\n\r\n", .fieldValue),
            (post + "Transfer-Encoding: chunked\0\r\n\r\n", .fieldValue),
            (post + "Transfer-Encoding:\r\n chunked\r\n\r\n", .transferEncoding),
            (post + "X: a\r\n Transfer-Encoding: chunked\r\n\r\n", .foldedField),
            (post + "X: a\rTransfer-Encoding: chunked\r\n\r\n", .lineEnd),
            (post + "X: a\nTransfer-Encoding: chunked\r\n\r\n", .lineEnd),
            (post + "\0Transfer-Encoding: chunked\r\n\r\n", .fieldName),
            ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncoding),
            (
                "CONNECT a:1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
                .body
            ),
            ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n", .body),
            // Lines.
            (line + " folded\r\n\r\n", .foldedField),
            (line + "X: a\r\n\tb\r\n\r\n", .foldedField),
            ("GET / HTTP/1.1\r\n Host: x\r\n\r\n", .foldedField),
            ("GET / HTTP/1.1\r\nHost : x\r\n\r\n", .fieldName),
            (line + "No-Colon\r\n\r\n", .fieldName),
            (line + ": empty\r\n\r\n", .fieldName),
            (line + "a b: c\r\n\r\n", .fieldName),
            (line + "a(b: c\r\n\r\n", .fieldName),
            (line + "caf\u{E9}: c\r\n\r\n", .fieldName),
            ("GET / HTTP/1.1\nHost: x\n\n", .lineEnd),
            ("GET / HTTP/1.1\r\nHost: x\n\r\n", .lineEnd),
            (line + "\n", .lineEnd),
            (line + "\rX\r\n", .lineEnd),
            (line + "X: a\rb\r\n\r\n", .lineEnd),
            (line + "X: a\r\r\n\r\n", .lineEnd),
            (line + "X: a\0b\r\n\r\n", .fieldValue),
            (line + "X: a\u{7F}b\r\n\r\n", .fieldValue),
            (line + "X: a\u{1B}b\r\n\r\n", .fieldValue),
            ("\rGET / HTTP/1.1\r\n\r\n", .lineEnd),
            // Host.
            ("GET / HTTP/1.1\r\n\r\n", .host),
            ("GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", .host),
            ("GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n", .host),
            ("GET / HTTP/1.1\r\nHost: u@x\r\n\r\n", .authority),
            ("GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", .authority),
            ("GET / HTTP/1.1\r\nHost: x y\r\n\r\n", .authority),
            ("GET / HTTP/1.1\r\nHost: x,y:\r\nHost: z\r\n\r\n", .host),
            ("GET / HTTP/1.1\r\nHost: x:y\r\n\r\n", .authority),
            ("GET / HTTP/1.1\r\nHost: x:1:2\r\n\r\n", .authority),
            ("GET / HTTP/1.1\r\nHost: x:123456\r\n\r\n", .authority),
            ("GET / HTTP/1.1\r\nHost: :80\r\n\r\n", .authority),
            ("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", .authority),
            ("GET / HTTP/1.1\r\nHost: []\r\n\r\n", .authority),
            ("GET / HTTP/1.1\r\nHost: x\\y\r\n\r\n", .authority),
            ("GET / HTTP/1.1\r\nHost: caf\u{E9}\r\n\r\n", .authority),
            // Start lines.
            ("GET  / HTTP/1.1\r\nHost: x\r\n\r\n", .startLine),
            ("GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n", .startLine),
            ("GET / x HTTP/1.1\r\nHost: x\r\n\r\n", .startLine),
            ("GET /  HTTP/1.1\r\nHost: x\r\n\r\n", .startLine),
            ("GET / HTTP/1.1 \r\nHost: x\r\n\r\n", .fieldValue),
            ("GET /\r\nHost: x\r\n\r\n", .startLine),
            ("GET\r\nHost: x\r\n\r\n", .startLine),
            ("G(T / HTTP/1.1\r\nHost: x\r\n\r\n", .startLine),
            ("GET / http/1.1\r\nHost: x\r\n\r\n", .startLine),
            ("GET / HTTP/1.\r\nHost: x\r\n\r\n", .startLine),
            ("GET / HTTP/11\r\nHost: x\r\n\r\n", .startLine),
            ("GET / HTTP/2.0\r\nHost: x\r\n\r\n", .version),
            ("GET / HTTP/1.2\r\nHost: x\r\n\r\n", .version),
            ("GET / HTTP/0.9\r\nHost: x\r\n\r\n", .version),
            ("\u{16}\u{3}\u{1}", .startLine),
            (" GET / HTTP/1.1\r\n\r\n", .startLine),
            // Targets.
            ("GET /\u{7F} HTTP/1.1\r\nHost: x\r\n\r\n", .target),
            ("GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", .target),
            ("GET /caf\u{E9} HTTP/1.1\r\nHost: x\r\n\r\n", .target),
            ("GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n", .target),
            ("GET * HTTP/1.1\r\nHost: x\r\n\r\n", .target),
            ("OPTIONS *a HTTP/1.1\r\nHost: x\r\n\r\n", .target),
            ("GET a/b HTTP/1.1\r\nHost: x\r\n\r\n", .target),
            ("GET x:80 HTTP/1.1\r\nHost: x\r\n\r\n", .target),
            ("GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n", .scheme),
            ("GET http:///a HTTP/1.1\r\nHost: x\r\n\r\n", .authority),
            ("GET http://u:p@x/ HTTP/1.1\r\nHost: x\r\n\r\n", .authority),
            ("CONNECT / HTTP/1.1\r\nHost: x\r\n\r\n", .target),
            ("CONNECT x HTTP/1.1\r\nHost: x\r\n\r\n", .target),
            ("CONNECT x: HTTP/1.1\r\nHost: x\r\n\r\n", .target),
        ] as [(String, WireViolation.Reason)]
    )
    func `an ambiguous or malformed request is refused`(
        text: String,
        reason: WireViolation.Reason
    ) throws {
        let transcript = try decode(text)
        #expect(transcript.violation?.reason == reason, "\(transcript)")
        #expect(transcript.heads.isEmpty)
    }

    @Test(arguments: [
        (WireViolation.Reason.startLine, 400), (.version, 505), (.transferCoding, 501),
        (.targetTooLong, 414), (.fieldsTooLong, 431), (.tooManyFields, 431), (.host, 400),
    ])
    func `a violation has the status of its answer`(reason: WireViolation.Reason, status: Int) {
        #expect(WireViolation(reason).status == status)
    }

    @Test func `every reason has a code of its own`() {
        let codes = Set(WireViolation.Reason.allCases.map(\.code.description))
        #expect(codes.count == WireViolation.Reason.allCases.count)
    }

    @Test(arguments: [99, 100, 101])
    func `a head may be as long as the limit and not a byte longer`(length: Int) throws {
        let start = "GET / HTTP/1.1\r\nHost: x\r\nX-Long: "
        let filler = String(repeating: "a", count: length - start.utf8.count - 4)
        let limits = HeadLimits(bytes: 100, fields: 10)
        let transcript = try decode(start + filler + "\r\n\r\n", limits: limits)
        #expect(transcript.violation?.reason == (length <= 100 ? nil : .fieldsTooLong))
    }

    @Test(
        arguments: [
            (String(repeating: "a", count: 100), .targetTooLong),
            (String(repeating: "\r\n", count: 60), .targetTooLong),
            ("GET /" + String(repeating: "a", count: 100) + " HTTP/1.1\r\n", .targetTooLong),
            ("GET / HTTP/1.1\r\n" + String(repeating: "a", count: 90), .fieldsTooLong),
            ("GET / HTTP/1.1\r\nA:" + String(repeating: "\0", count: 90) + "\r\n", .fieldsTooLong),
        ] as [(String, WireViolation.Reason)]
    )
    func `a line that never ends is refused at the limit`(
        text: String,
        reason: WireViolation.Reason
    ) throws {
        let transcript = try decode(text, limits: HeadLimits(bytes: 100, fields: 10))
        #expect(transcript.violation?.reason == reason)
    }

    @Test func `the number of fields is limited`() throws {
        let limits = HeadLimits(bytes: 1000, fields: 3)
        let head = "GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nHost: x\r\n"
        #expect(try decode(head + "C: 3\r\n\r\n", limits: limits).violation == nil)
        let transcript = try decode(head + "C: 3\r\nD: 4\r\n\r\n", limits: limits)
        #expect(transcript.violation?.reason == .tooManyFields)
    }
}
