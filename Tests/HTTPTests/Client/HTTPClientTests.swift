import Basics
import Reactor
import Security
import TestKit
import Testing

@testable import HTTP

@Suite("HTTP client", .timeLimit(.minutes(1))) @MainLoop struct HTTPClientTests {
    /// Answers one connection with fixed bytes and closes it.
    private func client(answering text: String) async throws -> HTTPClient {
        let (near, far) = ByteStream.pair()
        try await far.write(Array(text.utf8))
        far.finishWriting()
        // The far end stays open for what the client sends.
        Task { @MainLoop in while try await !far.read().isEmpty {} }
        return HTTPClient(adopting: near)
    }

    @Test func `interim responses are skipped, five at most`() async throws {
        let interim = "HTTP/1.1 103 Early Hints\r\n\r\n"
        let final = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        let fine = try await client(answering: String(repeating: interim, count: 5) + final)
        let response = try await fine.request("GET", "/")
        #expect(response.status == 200)
        #expect(try await response.collect(limit: 2) == Array("ok".utf8))
        let many = try await client(answering: String(repeating: interim, count: 6) + final)
        await #expect(throws: Failure.self) { try await many.request("GET", "/") }
    }

    @Test func `a body above the limit is an error`() async throws {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
        let response = try await client(answering: text).request("GET", "/")
        let error = await #expect(throws: Failure.self) { try await response.collect(limit: 2) }
        #expect(error?.code == .exhausted)
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ])
    func `a connection that ends early is an error`(text: String) async throws {
        let client = try await client(answering: text)
        await #expect(throws: Failure.self) {
            try await client.request("GET", "/").collect(limit: 100)
        }
        #expect(!client.isReusable)
    }

    @Test func `trailers are kept apart`() async throws {
        let text =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
            + "Content-Length: 9\r\nX: y\r\n\r\n"
        let response = try await client(answering: text).request("GET", "/")
        #expect(try await response.collect(limit: 1) == [97])
        #expect(response.headers["x"] == nil)
        #expect(response.trailers["x"] == "y")
    }

    @Test func `a second request must wait for the end of the first response`() async throws {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"
        let client = try await client(answering: text)
        let response = try await client.request("GET", "/")
        let error = await #expect(throws: Failure.self) { try await client.request("GET", "/") }
        #expect(error?.code == .conflict)
        _ = try await response.collect(limit: 1)
        #expect(client.isReusable)
    }

    @Test func `an answer before the end of the request counts`() async throws {
        try await withLoopback { _, responder in
            try await responder.respond(403, text: "no")
        } test: { loopback in
            let client = try await loopback.connect()
            let body = [UInt8](repeating: 0, count: 4 << 20)
            let response = try await client.request("POST", "/", body: body)
            #expect(response.status == 403)
        }
    }

    @Test func `what is asked for cannot break out of the request`() async throws {
        try await withLoopback { request, responder in
            #expect(request.headers["x"] == "a  Injected: 1")
            #expect(request.headers["injected"] == nil)
            try await responder.respond(200, headers: ["Y": "1\r\nEvil: 2"])
        } test: { loopback in
            let client = try await loopback.connect()
            let response = try await client.request(
                "GET",
                "/a\r\nEvil: 1",
                headers: ["X": "a\r\nInjected: 1"]
            )
            #expect(response.status == 200)
            #expect(response.headers["evil"] == nil)
        }
    }

    @Test func `TLS is verified unless it is told not to be`() async throws {
        let made = try await TestCertificate()
        let identity = TLSIdentity(certificates: made.certificate, privateKey: made.privateKey)
        let body = [UInt8](repeating: 7, count: 300_000)
        try await withLoopback(identity: identity) { request, responder in
            let sent = try await request.body(limit: 1 << 20)
            try await responder.respond(200, body: sent)
        } test: { loopback in
            let own = TLSOptions(verification: .authorities(pem: made.certificate))
            for tls in [own, .unverified] {
                let client = try await HTTPClient.connect(
                    .tcp(host: "127.0.0.1", port: loopback.port, tls: tls)
                )
                for _ in 0..<2 {
                    let response = try await client.request("PUT", "/", body: body)
                    #expect(try await response.collect(limit: 1 << 20) == body)
                }
                let socket = await #expect(throws: Failure.self) { try await client.webSocket("/") }
                #expect(socket != nil)
            }
            let error = await #expect(throws: Failure.self) {
                try await HTTPClient.connect(
                    .tcp(host: "127.0.0.1", port: loopback.port, tls: TLSOptions())
                )
            }
            #expect(error?.description.contains("certificate") == true)
        }
    }

    @Test func `waits end at their time`() async throws {
        let (near, far) = ByteStream.pair()
        let client = HTTPClient(adopting: near)
        let error = await #expect(throws: Failure.self) {
            try await client.request("GET", "/", timeout: .milliseconds(10))
        }
        #expect(error?.code == .timedOut)
        #expect(!client.isReusable)
        far.close()
    }
}
