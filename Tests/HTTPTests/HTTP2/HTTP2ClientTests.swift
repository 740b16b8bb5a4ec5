import Basics
import Reactor
import TestKit
import Testing

@testable import HTTP

/// Against `nghttpd`, which is an independent implementation of the server's side.
@Suite("HTTP/2 client", .timeLimit(.minutes(1))) @MainLoop struct HTTP2ClientTests {
    private func ask(
        _ path: String,
        _ port: UInt16,
        body: [UInt8] = [],
        limit: Int = 1 << 20
    ) async throws(Failure) -> HTTP2Client.Response {
        let stream = try await ByteStream.connect(
            host: "127.0.0.1",
            port: port,
            timeout: .seconds(5)
        )
        return try await HTTP2Client.request(
            over: stream,
            head: ("POST", "localhost", path),
            headers: ["X-Upper": "v"],
            body: body,
            bodyLimit: limit,
            deadline: Loop.main.now + .seconds(10)
        )
    }

    @Test func `bodies, trailers and errors arrive`() async throws {
        let folder = try TemporaryDirectory()
        let content = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try folder.write(content, to: "file")
        try await withNGHTTPServer(of: folder, trailers: ["x-end: 1"]) { port in
            let found = try await ask("/file", port, body: content)
            #expect(found.status == 200)
            #expect(found.body == content)
            #expect(found.headers["x-end"] == "1")
            let missing = try await ask("/missing", port)
            #expect(missing.status == 404)
            let error = await #expect(throws: Failure.self) {
                try await ask("/file", port, limit: 1000)
            }
            #expect(error?.cause == "the response is longer than 1000 bytes")
        }
    }

    @Test func `a server that speaks HTTP/1 is told apart`() async throws {
        try await withLoopback { _, responder in
            try await responder.respond(200)
        } test: { loopback in
            await #expect(throws: Failure.self) { try await ask("/", loopback.port) }
        }
    }
}
