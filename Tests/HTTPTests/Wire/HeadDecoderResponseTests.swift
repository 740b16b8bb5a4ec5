import FuzzSubjects
import TestKit
import Testing

@testable import HTTP

@Suite("Wire response heads") struct HeadDecoderResponseTests {
    private func decode(_ text: String, to method: HTTPMethod = .get) throws -> WireTranscript {
        try ChunkVerifier.verify(Array(text.utf8), sizes: 9, rounds: 10) {
            WireTranscript.responses($0, to: method)
        }
    }

    @Test(
        arguments: [
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", .get,
                "200 HTTP/1.1 length(2) {Content-Length=2}", "hi"
            ),
            (
                "HTTP/1.1 200\r\nContent-Length: 2\r\ncontent-length: 02\r\n\r\nhi", .get,
                "200 HTTP/1.1 length(2) {Content-Length=2|content-length=02}", "hi"
            ),
            ("HTTP/1.0 200 \r\n\r\nall", .get, "200 HTTP/1.0 untilClose closes {}", "all"),
            ("HTTP/1.1 200 OK\n\nall", .get, "200 HTTP/1.1 untilClose closes {}", "all"),
            (
                "HTTP/1.1 200 OK\nX: a\r\n \tb\n  c\r\nY: d\n\nall", .get,
                "200 HTTP/1.1 untilClose closes {X=a   \tb   c|Y=d}", "all"
            ),
            (
                "HTTP/1.1 200 OK\nX:\r\n \r\n\ta\r\n \r\n\n", .get,
                "200 HTTP/1.1 untilClose closes {X=a}", ""
            ),
            (
                "HTTP/1.1 200 OK\r\nX \t: a\r\nContent-Length: 0\r\n\r\n", .get,
                "200 HTTP/1.1 length(0) {X=a|Content-Length=0}", ""
            ),
            (
                "HTTP/1.1 200 caf\u{E9}\t!\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "2  \r\nhi\r\n0\r\n\r\n", .get,
                "200 HTTP/1.1 chunked {Transfer-Encoding=chunked}", "hi"
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "2\r\nhi\r\n0\r\n\r\n", .get,
                "200 HTTP/1.1 chunked closes {Transfer-Encoding=chunked}", "hi"
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", .head,
                "200 HTTP/1.1 none {Content-Length=9}", ""
            ),
            (
                "HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n", .get,
                "204 HTTP/1.1 none {Content-Length=9}", ""
            ),
            ("HTTP/1.1 304 X\r\nETag: a\r\n\r\n", .get, "304 HTTP/1.1 none {ETag=a}", ""),
            ("HTTP/1.1 200 OK\r\n\r\n", .connect, "200 HTTP/1.1 none {}", ""),
            (
                "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", .get,
                "101 HTTP/1.1 none {Upgrade=websocket|Connection=upgrade}", ""
            ),
            (
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", .get,
                "200 HTTP/1.1 length(0) closes {Connection=close|Content-Length=0}", ""
            ),
        ] as [(String, HTTPMethod, String, String)]
    )
    func `a response is read`(
        text: String,
        method: HTTPMethod,
        head: String,
        body: String
    ) throws {
        let transcript = try decode(text, to: method)
        #expect(transcript.violation == nil)
        #expect(transcript.heads == [head])
        #expect(transcript.bodies == [body])
    }

    @Test func `interim responses precede the final one`() throws {
        let transcript = try decode(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
        )
        #expect(transcript.violation == nil)
        #expect(transcript.heads.map { $0.prefix(3) } == ["100", "103", "200"])
        #expect(transcript.bodies == ["hi"])
    }

    @Test(
        arguments: [
            ("SSH-2.0-OpenSSH_9.2\r\n", .startLine),
            ("HTTP/1.1 20 OK\r\n\r\n", .startLine),
            ("HTTP/1.1 099 X\r\n\r\n", .startLine),
            ("HTTP/1.1 abc X\r\n\r\n", .startLine),
            ("HTTP/1.1 2000 X\r\n\r\n", .startLine),
            ("HTTP/1.1\r\n\r\n", .startLine),
            ("HTTP/1.1  200 X\r\n\r\n", .startLine),
            ("HTTP/2.0 200 OK\r\n\r\n", .version),
            ("HTTP/1.1 200 O\0K\r\n\r\n", .fieldValue),
            ("HTTP/1.1 200 O\rK\r\n\r\n", .lineEnd),
            ("HTTP/1.1 200 OK\r\n X: a\r\n\r\n", .foldedField),
            ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n 2\r\n\r\n", .foldedField),
            ("HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n", .lineEnd),
            ("HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n", .fieldValue),
            ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", .contentLength),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", .transferCoding),
            ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncoding),
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na", .cut),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", .cut),
            ("HTTP/1.1 200 OK\r\nX", .cut),
        ] as [(String, WireViolation.Reason)]
    )
    func `a malformed or cut response is refused`(
        text: String,
        reason: WireViolation.Reason
    ) throws {
        #expect(try decode(text).violation?.reason == reason)
    }
}
