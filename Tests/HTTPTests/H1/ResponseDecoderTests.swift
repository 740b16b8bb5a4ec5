import TestKit
import Testing

@testable import HTTP

@Suite("Response decoder") struct ResponseDecoderTests {
    private func decode(_ text: String, method: String = "GET") throws -> DecodedMessages {
        try ChunkVerifier.verify(Array(text.utf8)) {
            DecodedMessages.decode($0, as: .responses, method: method, ends: true)
        }
    }

    @Test func `interim responses precede the final one`() throws {
        let messages = try decode(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
        )
        #expect(messages.violation == nil)
        #expect(messages.responses.map(\.status) == [100, 103, 200])
        #expect(messages.body(2) == "hi")
        #expect(messages.trailers.count == 1)
    }

    @Test func `a body without a length lasts until the connection ends`() throws {
        let messages = try decode("HTTP/1.1 200 OK\r\n\r\nall of it")
        #expect(messages.violation == nil)
        #expect(messages.body(0) == "all of it")
        #expect(messages.responses[0].keepsAlive == false)
    }

    @Test(arguments: [("HEAD", 200), ("GET", 204), ("GET", 304)])
    func `some responses have no body whatever they say`(method: String, status: Int) throws {
        let messages = try decode(
            "HTTP/1.1 \(status) X\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\n"
                + "Content-Length: 0\r\n\r\n",
            method: method
        )
        #expect(messages.violation == nil)
        #expect(messages.bodies.map(\.count) == [0, 0])
    }

    @Test func `what Go's client takes is taken`() throws {
        let messages = try decode("HTTP/1.0 200\nX: a\n  b\n\nbody")
        #expect(messages.violation == nil)
        #expect(messages.responses[0].headers["x"] == "a b")
        #expect(messages.body(0) == "body")
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 099 X\r\n\r\n",
        "HTTP/1.1 abc X\r\n\r\n", "HTTP/1.1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\na",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "HTTP/1.1 200 OK\r\nX",
    ])
    func `a malformed or cut response is an error`(text: String) throws {
        #expect(try decode(text).violation != nil)
    }
}
