import Basics
import TestKit
import Testing

@testable import HTTP

@Suite("Memory of the wire") struct AllocationTests {
    @Test func `the counter counts`() {
        var kept: [[UInt8]] = []
        kept.reserveCapacity(10)
        let count = Allocations.count {
            for size in 100..<105 { kept.append([UInt8](repeating: 1, count: size)) }
        }
        #expect(count == 5)
    }

    @Test func `messages after the first ask for no memory`() throws {
        let request = Array(
            ("POST /path?query HTTP/1.1\r\nHost: a.example\r\nUser-Agent: some agent/1.0\r\n"
                + "Accept: */*\r\nX-Own: value\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "5;x=y\r\nhello\r\n0\r\nX-Trailer: a\r\n\r\n").utf8
        )
        let response = Array(
            ("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n"
                + "Server: s\r\n\r\nhello").utf8
        )
        var decoder = HeadDecoder()
        var requestHead = RequestHead()
        var responseHead = ResponseHead()
        var trailers = HeaderBlock()
        var buffer = ByteBuffer()
        let encoder = HeadEncoder()
        func exchange() throws {
            let length = try decoder.request(request.span, into: &requestHead) ?? 0
            var body = BodyDecoder(requestHead.framing)
            var at = length
            while at < request.count {
                let rest = request.span.extracting(at..<request.count)
                at += try body.next(rest, trailers: &trailers).consumed
            }
            requestHead.fields.set(.xRequestID, value: "0123456789")
            requestHead.fields.removeAll(.userAgent)
            encoder.request(requestHead, into: &buffer)
            _ = try decoder.response(response.span, to: .post, into: &responseHead)
            responseHead.fields.set(.server, value: "companion")
            encoder.response(responseHead, into: &buffer)
            buffer.removeAll()
            trailers.removeAll()
        }
        try exchange()
        let count = try Allocations.count {
            for _ in 0..<100 { try exchange() }
        }
        #expect(count == 0)
    }
}
