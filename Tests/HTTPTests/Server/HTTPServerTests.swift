import Basics
import Foundation
import Reactor
import TestKit
import Testing

@testable import HTTP

@Suite("HTTP server and client", .timeLimit(.minutes(1))) struct HTTPServerTests {
    @Test @MainLoop func `requests follow each other on one connection`() async throws {
        try await withLoopback { request, responder in
            let body = try await request.body(limit: 100)
            try await responder.respond(
                200,
                headers: ["X-Path": request.segments.joined(separator: "|")],
                body: Array("\(request.method) \(request.parameter("q") ?? "-") ".utf8) + body
            )
        } test: { loopback in
            let client = try await loopback.connect()
            for round in 0..<3 {
                let response = try await client.request(
                    "POST",
                    "/a/b%20c?q=\(round)",
                    body: Array("body".utf8)
                )
                #expect(response.status == 200)
                #expect(response.headers["x-path"] == "a|b c")
                #expect(response.headers["date"]?.hasSuffix(" GMT") == true)
                let body = try await response.collect(limit: 100)
                #expect(String(decoding: body, as: UTF8.self) == "POST \(round) body")
                #expect(client.isReusable)
            }
            let head = try await client.request("HEAD", "/")
            #expect(head.headers["content-length"] == "7")
            #expect(try await head.collect(limit: 0).isEmpty)
            #expect(loopback.server.statistics.accepted == 1)
            #expect(loopback.server.statistics.requests == 4)
        }
    }

    @Test @MainLoop func `a client that is not let in learns nothing`() async throws {
        var asked: [String] = []
        let server = HTTPServer(
            listener: try StreamListener.listen(host: "127.0.0.1", port: 0),
            admits: { host in
                asked.append(host)
                return asked.count > 1
            },
            handler: { _, responder in try await responder.respond(200, text: "hello") }
        )
        let serving = Task { @MainLoop in await server.run() }
        func talk() async throws -> Int32 {
            let url = "http://127.0.0.1:\(server.port)/"
            return try await TestProgram.run("curl", ["--silent", "-o", "/dev/null", url]).code
        }
        // 52 is an empty answer, 56 a broken connection.
        #expect([52, 56].contains(try await talk()))
        #expect(try await talk() == 0)
        #expect(asked == ["127.0.0.1", "127.0.0.1"] && server.statistics.requests == 1)
        server.stop()
        await serving.value
    }

    @Test @MainLoop func `pipelined requests are answered in order`() async throws {
        try await withLoopback { request, responder in
            try await responder.respond(200, text: request.path)
        } test: { loopback in
            let text = try await loopback.talk(
                "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /2 HTTP/1.1\r\nHost: x\r\n"
                    + "Content-Length: 3\r\n\r\nabcGET /3 HTTP/1.1\r\nHost: x\r\n"
                    + "Connection: close\r\n\r\nGET /4 HTTP/1.1\r\nHost: x\r\n\r\n"
            )
            let bodies = text.components(separatedBy: "\r\n\r\n").dropFirst().map { $0.prefix(2) }
            #expect(bodies == ["/1", "/2", "/3"])
            #expect(text.contains("Connection: close"))
        }
    }

    @Test @MainLoop func `bodies stream both ways piece by piece`() async throws {
        try await withLoopback { request, responder in
            let writer = try await responder.stream(200)
            while let piece = try await request.nextBodyPiece() { try await writer.write(piece) }
        } test: { loopback in
            let client = try await loopback.connect()
            let upload = try await client.upload("PUT", "/echo")
            var sent: [UInt8] = []
            for round in 1...20 {
                let piece = [UInt8](repeating: UInt8(round), count: round * 1000)
                try await upload.write(piece)
                sent += piece
            }
            let response = try await upload.finish()
            #expect(try await response.collect(limit: 1 << 20) == sent)
            #expect(client.isReusable)
        }
    }

    @Test @MainLoop func `a streaming handler learns that the client has left`() async throws {
        let left = Gate()
        try await withLoopback { _, responder in
            let writer = try await responder.stream(200)
            try await writer.write("first")
            await writer.peerClosed()
            #expect(writer.isPeerClosed)
            await #expect(throws: Failure.self) { try await writer.write("more") }
            left.open()
        } test: { loopback in
            let client = try await loopback.connect()
            let response = try await client.request("GET", "/watch")
            #expect(try await response.next() == Array("first".utf8))
            client.close()
            await left.pass()
        }
    }

    @Test @MainLoop func `what a client sends during a stream is kept`() async throws {
        try await withLoopback { request, responder in
            let writer = try await responder.stream(200)
            try await writer.write(request.path)
            if request.path == "/1" { try await Loop.main.sleep(for: .milliseconds(20)) }
        } test: { loopback in
            let text = try await loopback.talk(
                "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.0\r\n\r\n"
            )
            #expect(text.contains("2\r\n/1\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n"))
            #expect(text.hasSuffix("\r\n\r\n/2"))
        }
    }

    @Test @MainLoop func `a failing handler becomes a status`() async throws {
        try await withLoopback { request, _ in
            switch request.path {
            case "/missing": throw Failure(.notFound, "no such thing")
            case "/silent": return
            default: _ = try await request.body(limit: 2)
            }
        } test: { loopback in
            for (path, body, status) in [
                ("/missing", "", 404), ("/silent", "", 500), ("/large", "abc", 413),
            ] {
                let client = try await loopback.connect()
                let response = try await client.request("POST", path, body: Array(body.utf8))
                #expect(response.status == status)
            }
        }
    }

    @Test @MainLoop func `a failure in the middle of a stream is seen by the client`() async throws
    {
        try await withLoopback { _, responder in
            let writer = try await responder.stream(200)
            try await writer.write("half")
            throw Failure(.unavailable, "broken")
        } test: { loopback in
            let client = try await loopback.connect()
            let response = try await client.request("GET", "/")
            await #expect(throws: Failure.self) { try await response.collect(limit: 100) }
        }
    }

    @Test @MainLoop func `the client is invited to send only when the body is read`() async throws {
        try await withLoopback { request, responder in
            if request.path == "/read" { _ = try await request.body(limit: 10) }
            try await responder.respond(204)
        } test: { loopback in
            let head = "HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"
            let stream = try await loopback.raw()
            try await stream.write(Array("PUT /read \(head)Connection: close\r\n\r\n".utf8))
            let interim = try await stream.read(upTo: 100)
            #expect(String(decoding: interim, as: UTF8.self) == "HTTP/1.1 100 Continue\r\n\r\n")
            try await stream.write(Array("ok".utf8))
            #expect(try await loopback.readAll(stream).hasPrefix("HTTP/1.1 204 No Content"))
            let refused = try await loopback.talk("PUT /other \(head)\r\n")
            #expect(refused.hasPrefix("HTTP/1.1 204"))
            #expect(refused.contains("Connection: close"))
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", "400"), ("BAD\r\n\r\n", "400"),
        ("GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", "400"),
        ("GET / HTTP/3.0\r\nHost: x\r\n\r\n", "505"),
        ("GET / HTTP/1.1\r\nHost: x\r\nX: " + String(repeating: "a", count: 70_000), "431"),
    ])
    @MainLoop func `a malformed request is answered and the connection closed`(
        text: String,
        status: String
    ) async throws {
        try await withLoopback { _, responder in
            try await responder.respond(200)
        } test: { loopback in
            let answer = try await loopback.talk(text)
            #expect(answer.hasPrefix("HTTP/1.1 " + status))
            #expect(loopback.server.statistics.malformed == 1)
        }
    }

    @Test @MainLoop func `slow and idle connections are ended`() async throws {
        var limits = HTTPLimits()
        limits.idle = .milliseconds(50)
        limits.reading = .milliseconds(50)
        try await withLoopback(limits: limits) { request, responder in
            _ = try await request.body(limit: 10)
            try await responder.respond(200)
        } test: { loopback in
            let idle = try await loopback.talk("")
            let slow = try await loopback.talk("GET / HT")
            let cut = try await loopback.talk(
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\na"
            )
            #expect(idle == "")
            #expect(slow.hasPrefix("HTTP/1.1 408"))
            #expect(cut.hasPrefix("HTTP/1.1 504"))
        }
    }

    @Test @MainLoop func `connections above the limit are refused`() async throws {
        var limits = HTTPLimits()
        limits.connections = 1
        try await withLoopback(limits: limits) { _, responder in
            try await responder.respond(200)
        } test: { loopback in
            let first = try await loopback.connect()
            _ = try await first.request("GET", "/").collect(limit: 10)
            #expect(try await loopback.talk("").hasPrefix("HTTP/1.1 503"))
            #expect(loopback.server.statistics.refused == 1)
            #expect(loopback.server.statistics.open >= 1)
        }
    }

    @Test @MainLoop func `an orderly stop lets the open request end`() async throws {
        let begun = Gate()
        let loopback = try Loopback { _, responder in
            begun.open()
            try await Loop.main.sleep(for: .milliseconds(30))
            try await responder.respond(200, text: "done")
        }
        let client = try await loopback.connect()
        let idle = try await loopback.raw()
        let answer = Task { @MainLoop in
            try await client.request("GET", "/").collect(limit: 10)
        }
        await begun.pass()
        await loopback.server.stop(within: .seconds(10))
        #expect(try await answer.value == Array("done".utf8))
        #expect(try await idle.read(upTo: 1).isEmpty)
        await loopback.stop()
    }

    @Test @MainLoop func `a stop cancels handlers that do not end`() async throws {
        let begun = Gate()
        let loopback = try Loopback { _, _ in
            begun.open()
            try await Loop.main.sleep(for: .seconds(3600))
        }
        let client = try await loopback.connect()
        let answer = Task { @MainLoop in
            try await client.request("GET", "/").collect(limit: 10)
        }
        await begun.pass()
        await loopback.stop()
        await #expect(throws: Failure.self) { try await answer.value }
    }

    @Test @MainLoop func `a Unix socket tells the user of its client`() async throws {
        let folder = try TemporaryDirectory()
        let listener = try StreamListener.listen(unix: folder.file("socket"))
        let server = HTTPServer(listener: listener) { request, responder in
            try await responder.respond(200, text: "\(request.peerUser.map(String.init) ?? "-")")
        }
        let running = Task { @MainLoop in await server.run() }
        let client = try await HTTPClient.connect(.unix(path: folder.file("socket")))
        let body = try await client.request("GET", "/").collect(limit: 10)
        #expect(UInt32(String(decoding: body, as: UTF8.self)) != nil)
        server.stop()
        await running.value
    }

    @Test func `dates are those of the RFC`() {
        #expect(
            HTTPDate.text(of: Timestamp(seconds: 784_111_777)) == "Sun, 06 Nov 1994 08:49:37 GMT"
        )
        #expect(HTTPDate.text(of: Timestamp(seconds: 0)) == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(
            HTTPDate.text(of: Timestamp(seconds: 951_782_400)) == "Tue, 29 Feb 2000 00:00:00 GMT"
        )
        #expect(HTTPDate.text(of: Timestamp(seconds: -1)) == "Wed, 31 Dec 1969 23:59:59 GMT")
    }
}
