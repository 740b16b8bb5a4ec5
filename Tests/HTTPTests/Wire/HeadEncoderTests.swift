import Basics
import FuzzSubjects
import Testing

@testable import HTTP

@Suite("Wire encoder") struct HeadEncoderTests {
    private func encode(
        _ text: String,
        _ encoder: HeadEncoder = HeadEncoder(),
        target: HeadEncoder.TargetForm = .origin
    ) throws -> String {
        var decoder = HeadDecoder()
        var head = RequestHead()
        _ = try #require(try decoder.request(Array(text.utf8).span, into: &head))
        var buffer = ByteBuffer()
        encoder.request(head, target: target, into: &buffer)
        return FuzzSubjects.text(buffer.readable)
    }

    private func encodeResponse(
        _ text: String,
        to method: HTTPMethod = .get
    ) throws -> String {
        var decoder = HeadDecoder()
        var head = ResponseHead()
        _ = try #require(try decoder.response(Array(text.utf8).span, to: method, into: &head))
        var buffer = ByteBuffer()
        HeadEncoder().response(head, into: &buffer)
        return FuzzSubjects.text(buffer.readable)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n", "GET / HTTP/1.1\r\nhost: x\r\nA: b\r\n\r\n"),
        (
            "POST /a HTTP/1.1\r\nContent-Length: 007\r\nHost: x\r\n\r\n",
            "POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 7\r\n\r\n"
        ),
        (
            "PURGE /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:chunked\r\n\r\n",
            "PURGE /a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
        ),
        (
            "GET / HTTP/1.0\r\n\r\n",
            "GET / HTTP/1.1\r\nhost: \r\nconnection: close\r\n\r\n"
        ),
        (
            "CONNECT x:1 HTTP/1.1\r\nHost: y\r\n\r\n",
            "CONNECT x:1 HTTP/1.1\r\nhost: x:1\r\n\r\n"
        ),
    ])
    func `a request is written`(text: String, expected: String) throws {
        #expect(try encode(text) == expected)
    }

    @Test func `names are spelled as wanted, and targets in the form that is wanted`() throws {
        let text = "GET /p HTTP/1.1\r\nhost: x\r\nACCEPT: b\r\nX-OWN: c\r\n\r\n"
        #expect(
            try encode(text, HeadEncoder(spelling: .lowerCase), target: .absolute)
                == "GET http://x/p HTTP/1.1\r\nhost: x\r\naccept: b\r\nx-own: c\r\n\r\n"
        )
        #expect(
            try encode(text, HeadEncoder(spelling: .usual))
                == "GET /p HTTP/1.1\r\nHost: x\r\nAccept: b\r\nX-OWN: c\r\n\r\n"
        )
    }

    @Test(
        arguments: [
            (
                "HTTP/1.1 200 Fine\r\nA: b\r\nContent-Length: 3\r\n\r\n", .get,
                "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 3\r\n\r\n"
            ),
            (
                "HTTP/1.1 299\r\nTransfer-Encoding: chunked\r\n\r\n", .get,
                "HTTP/1.1 299 \r\ntransfer-encoding: chunked\r\n\r\n"
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", .head,
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"
            ),
            (
                "HTTP/1.1 204 OK\r\nContent-Length: 3\r\n\r\n", .get,
                "HTTP/1.1 204 No Content\r\n\r\n"
            ),
            (
                "HTTP/1.1 404 x\r\n\r\n", .get,
                "HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n"
            ),
            (
                "HTTP/1.0 404 x\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n", .get,
                "HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n"
            ),
            ("HTTP/1.1 100 x\r\n\r\n", .get, "HTTP/1.1 100 Continue\r\n\r\n"),
        ] as [(String, HTTPMethod, String)]
    )
    func `a response is written`(text: String, method: HTTPMethod, expected: String) throws {
        #expect(try encodeResponse(text, to: method) == expected)
    }

    @Test func `chunks and trailers are written`() {
        var buffer = ByteBuffer()
        HeadEncoder.beginChunk(26, into: &buffer)
        buffer.append("abcdefghijklmnopqrstuvwxyz")
        HeadEncoder.endChunk(into: &buffer)
        var trailers = HeaderBlock()
        trailers.append(.grpcStatus, value: "0")
        HeadEncoder().lastChunk(trailers: trailers, into: &buffer)
        #expect(
            text(buffer.readable)
                == "1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\ngrpc-status: 0\r\n\r\n"
        )
        buffer.removeAll()
        HeadEncoder.lastChunk(into: &buffer)
        #expect(text(buffer.readable) == "0\r\n\r\n")
    }
}
