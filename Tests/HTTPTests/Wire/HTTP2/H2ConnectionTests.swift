import Basics
import TestKit
import Testing

@testable import HTTP

@Suite("HTTP/2 connections") struct H2ConnectionTests {
    private static let get = "GET /a?b HTTP/1.1\r\nHost: x:1\r\nX-Own: 1\r\n\r\n"

    @Test func `a request is answered, with bodies and trailers both ways`() throws {
        let pair = try H2Pair()
        pair.server.ended = { server, stream in
            server.respond(
                stream,
                "HTTP/1.1 200 OK\r\nServer: s\r\nTransfer-Encoding: chunked\r\n\r\n",
                body: "answer",
                ends: false
            )
            var trailers = HeaderBlock()
            trailers.append(.grpcStatus, value: "0")
            trailers.append(.grpcMessage, value: "fine")
            server.connection.end(stream, trailers: trailers)
        }
        let stream = try #require(
            try pair.client.open(
                "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\nTE: trailers\r\n\r\n",
                body: "question"
            )
        )
        #expect(pair.client.connection.tag(stream) == 7)
        #expect(pair.client.connection.openCount == 1)
        try pair.pump()
        #expect(
            pair.server.log == [
                "1 POST x /p HTTP/2 length(8) http {te=trailers|content-length=8}",
                "1 end {}", "1 closed 0",
            ]
        )
        #expect(pair.server.bodies == [1: "question"])
        #expect(
            pair.client.log == [
                "1 200 HTTP/2 chunked {server=s}", "1 end {grpc-status=0|grpc-message=fine}",
                "1 closed 0",
            ]
        )
        #expect(pair.client.bodies == [1: "answer"])
        #expect(pair.client.connection.openCount == 0)
        #expect(pair.server.connection.openCount == 0)
        #expect(pair.client.connection.tag(stream) == 0)
    }

    @Test func `any number of requests with lengths goes over one connection`() throws {
        let pair = try H2Pair()
        for number in 1...50 {
            let body = String(repeating: "x", count: number)
            try pair.client.open(
                "POST /\(number) HTTP/1.1\r\nHost: x\r\nContent-Length: \(number)\r\n\r\n",
                body: body
            )
            try pair.pump()
            #expect(pair.server.log.contains { $0.contains("/\(number) ") })
        }
    }

    @Test func `what belongs to one connection does not travel`() throws {
        let pair = try H2Pair()
        pair.server.answer = { server, stream, _ in
            server.respond(
                stream,
                "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: a\r\nA: b\r\n"
                    + "Content-Length: 0\r\n\r\n"
            )
        }
        try pair.client.open(
            "GET / HTTP/1.1\r\nHost: x\r\nConnection: a\r\nTE: gzip\r\nUpgrade: h2c\r\n"
                + "Proxy-Connection: b\r\nHTTP2-Settings: c\r\nKeep-Alive: d\r\nE: f\r\n\r\n"
        )
        try pair.pump()
        #expect(pair.server.log.first == "1 GET x / HTTP/2 none http {e=f}")
        #expect(pair.client.log.first == "1 200 HTTP/2 length(0) {a=b|content-length=0}")
    }

    @Test func `interim responses and answers to HEAD are told apart`() throws {
        let pair = try H2Pair()
        pair.server.answer = { server, stream, _ in
            server.respond(stream, "HTTP/1.1 103 X\r\nLink: a\r\n\r\n", ends: false)
            server.respond(stream, "HTTP/1.1 304 OK\r\nContent-Length: 9\r\n\r\n")
        }
        try pair.client.open("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
        try pair.pump()
        #expect(
            pair.client.log == [
                "1 103 HTTP/2 none {link=a}", "1 304 HTTP/2 none {content-length=9}", "1 end {}",
                "1 closed 0",
            ]
        )
    }

    @Test func `a WebSocket looks as over HTTP/1`() throws {
        let pair = try H2Pair()
        #expect(pair.client.connection.peerAllowsWebSocket)
        pair.server.answer = { server, stream, _ in
            server.respond(
                stream,
                "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: k\r\n\r\n",
                body: "hi",
                ends: false
            )
        }
        try pair.client.open(
            "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
                + "Sec-WebSocket-Key: k\r\nSec-WebSocket-Version: 13\r\n\r\n",
            body: "ho",
            ends: false
        )
        try pair.pump()
        let version = "{sec-websocket-version=13}"
        #expect(pair.server.log == ["1 GET x /ws HTTP/2 none http webSocket \(version)"])
        #expect(pair.client.log == ["1 101 HTTP/2 none {}"])
        #expect(pair.server.bodies == [1: "ho"])
        #expect(pair.client.bodies == [1: "hi"])
    }

    @Test func `pieces of a cookie become one`() throws {
        let server = try H2Peer(.server)
        let fields = H2Bytes.head([
            (":method", "GET"), (":scheme", "https"), (":path", "/"), ("host", "X"),
            ("cookie", "a=1"), ("b", "c"), ("cookie", "d=2"), ("cookie", "e=3"),
        ])
        try server.receive(H2Bytes.preface + H2Bytes.frame(1, 5, 1, fields))
        #expect(
            server.log == ["1 GET X / HTTP/2 none https {cookie=a=1; d=2; e=3|b=c}", "1 end {}"]
        )
    }

    @Test func `every cut of the bytes gives the same`() throws {
        let client = try H2Peer(.client)
        try client.open(Self.get)
        try client.open("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n", body: "abc")
        let bytes = client.flushed()
        let log = try ChunkVerifier.verify(bytes, sizes: 20, rounds: 20) { pieces in
            let server = try H2Peer(.server)
            for piece in pieces { try server.receive(piece) }
            return server.log + ["\(server.bodies)"]
        }
        #expect(log.count == 5)
    }

    // MARK: Windows

    @Test func `a body flows as it is consumed and not faster`() throws {
        var settings = H2Settings()
        settings.streamWindow = 10
        let pair = try H2Pair(server: settings)
        pair.server.consumes = false
        let body = String(repeating: "0123456789", count: 5)
        try pair.client.open("POST / HTTP/1.1\r\nHost: x\r\n\r\n", body: body)
        var stream: H2Stream?
        pair.server.answer = { _, found, _ in stream = found }
        try pair.pump()
        let found = try #require(stream)
        #expect(pair.server.bodies[1]?.utf8.count == 10)
        pair.server.connection.consume(found, 4)
        try pair.pump()
        // Half a window is given back at least.
        #expect(pair.server.bodies[1]?.utf8.count == 10)
        pair.server.connection.consume(found, 6)
        try pair.pump()
        #expect(pair.server.bodies[1]?.utf8.count == 20)
        pair.server.consumes = true
        pair.server.connection.consume(found, 100)
        try pair.pump(piece: 7)
        #expect(pair.server.bodies[1] == body)
        #expect(pair.server.log.last == "1 end {}")
    }

    @Test func `the window of the connection holds for all streams, and closed ones give it back`()
        throws
    {
        var settings = H2Settings()
        settings.connectionWindow = 65_535
        settings.streamWindow = 60_000
        let pair = try H2Pair(server: settings)
        pair.server.consumes = false
        var streams: [H2Stream] = []
        pair.server.answer = { _, stream, _ in streams.append(stream) }
        let body = String(repeating: "a", count: 50_000)
        for _ in 0..<2 { try pair.client.open("POST / HTTP/1.1\r\nHost: x\r\n\r\n", body: body) }
        try pair.pump()
        let total = pair.server.bodies.values.reduce(0) { $0 + $1.utf8.count }
        #expect(total == 65_535)
        pair.server.connection.reset(streams[0], .cancel)
        try pair.pump()
        #expect(pair.server.bodies[3]?.utf8.count == 50_000)
    }

    @Test func `a writer is told when a stream is full and when it has room`() throws {
        var settings = H2Settings()
        settings.streamWindow = 1000
        let pair = try H2Pair(client: settings)
        pair.client.consumes = false
        var held: H2Stream?
        pair.server.answer = { server, stream, _ in
            held = stream
            server.respond(stream, "HTTP/1.1 200 OK\r\n\r\n", ends: false)
        }
        try pair.client.open(Self.get)
        try pair.pump()
        let stream = try #require(held)
        let server = pair.server.connection
        #expect(pair.server.write(stream, [UInt8](repeating: 1, count: 65_535)))
        #expect(!pair.server.write(stream, [1]))
        try pair.pump()
        #expect(server.waiting(stream) == 64_536)
        #expect(!pair.server.log.contains("1 drained"))
        pair.client.consumes = true
        let client = pair.client
        // The client has one stream, in the first place.
        client.connection.consume(H2Stream(index: 0, generation: 0), 1000)
        try pair.pump()
        #expect(server.waiting(stream) == 0)
        #expect(pair.server.log.filter { $0 == "1 drained" }.count == 1)
        server.end(stream)
        try pair.pump()
        #expect(pair.client.log.contains("1 end {}"))
    }

    // MARK: Ends

    @Test func `a reset reaches the other side, and the handle is of no use after it`() throws {
        let pair = try H2Pair()
        let stream = try #require(try pair.client.open(Self.get, ends: false))
        try pair.pump()
        pair.client.connection.reset(stream, .cancel)
        pair.client.write(stream, [1])
        pair.client.connection.end(stream)
        pair.client.connection.reset(stream, .calm)
        try pair.pump()
        #expect(pair.server.log.last == "1 closed 8")
        #expect(pair.client.log.isEmpty)
        #expect(pair.client.connection.openCount == 0)
        #expect(pair.server.connection.openCount == 0)
    }

    @Test func `a request that is answered early is not read to its end`() throws {
        let pair = try H2Pair()
        pair.server.answer = { server, stream, _ in
            server.respond(stream, "HTTP/1.1 413 X\r\nContent-Length: 0\r\n\r\n")
        }
        try pair.client.open("POST / HTTP/1.1\r\nHost: x\r\n\r\n", body: "a", ends: false)
        try pair.pump()
        #expect(pair.client.log.last == "1 closed 0")
        #expect(pair.server.connection.openCount == 0)
    }

    @Test func `places of streams are used again`() throws {
        let pair = try H2Pair()
        pair.server.answer = { server, stream, _ in
            server.respond(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", body: "ok")
        }
        for round in 0..<200 {
            try pair.client.open(Self.get)
            try pair.pump()
            #expect(pair.client.bodies[2 * round + 1] == "ok")
        }
        #expect(pair.client.connection.slots.count == 1)
        #expect(pair.server.connection.slots.count == 1)
    }

    @Test func `no more streams are opened than the peer takes`() throws {
        var settings = H2Settings()
        settings.streamsMaximum = 2
        let pair = try H2Pair(server: settings)
        #expect(pair.client.connection.peerStreamsMaximum == 2)
        var streams: [H2Stream] = []
        pair.server.answer = { _, stream, _ in streams.append(stream) }
        #expect(try pair.client.open(Self.get) != nil)
        #expect(try pair.client.open(Self.get) != nil)
        #expect(try pair.client.open(Self.get) == nil)
        try pair.pump()
        pair.server.respond(streams[0], "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        try pair.pump()
        #expect(try pair.client.open(Self.get) != nil)
    }

    @Test func `a shutdown lets open streams end and refuses later ones`() throws {
        let pair = try H2Pair()
        var held: H2Stream?
        pair.server.answer = { _, stream, _ in held = held ?? stream }
        try pair.client.open(Self.get)
        try pair.pump()
        pair.server.connection.announceShutdown()
        // On its way while the announcement is.
        try pair.client.open(Self.get)
        try pair.pump()
        #expect(pair.client.log == ["goaway 0"])
        #expect(!pair.client.connection.canOpen)
        #expect(pair.server.connection.openCount == 2)
        pair.server.connection.goAway()
        try pair.pump()
        let stream = try #require(held)
        pair.server.respond(stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        try pair.pump()
        #expect(pair.client.log.contains("1 200 HTTP/2 length(0) {content-length=0}"))
        #expect(!pair.client.connection.isFinished)
        #expect(pair.server.connection.openCount == 1)
    }

    @Test func `streams after the last one of a goaway are refused`() throws {
        let pair = try H2Pair()
        pair.server.connection.goAway()
        try pair.client.open(Self.get)
        let bytes = pair.server.flushed()
        _ = pair.client.flushed()
        try pair.client.receive(bytes)
        #expect(pair.client.log == ["goaway 0", "1 closed 7"])
    }

    @Test func `a lost transport closes what is open`() throws {
        let pair = try H2Pair()
        try pair.client.open(Self.get)
        try pair.pump()
        pair.client.connection.closeAll(.internalError)
        #expect(pair.client.log == ["1 closed 2"])
        #expect(pair.client.flushed().isEmpty)
        #expect(throws: H2Violation.closed) { try pair.client.receive([0]) }
    }

    @Test func `a ping is answered`() throws {
        let pair = try H2Pair()
        pair.client.connection.ping()
        try pair.pump()
        #expect(pair.client.log == ["pong"])
    }
}
