import Basics
import HTTP
import Reactor
import TestKit
import Testing

/// The server under `curl`, which is an independent implementation of the client's side.
@Suite("HTTP server under curl", .timeLimit(.minutes(1))) @MainLoop struct CurlTests {
    private func curl(_ arguments: [String], input: String = "") async throws -> String {
        let result = try await TestProgram.run(
            "curl",
            ["--silent", "--show-error", "--max-time", "30"] + arguments,
            input: input
        )
        #expect(result.succeeded, "\(result.errors)")
        return result.output
    }

    private func echo(_ request: HTTPRequest, _ responder: HTTPResponder) async throws {
        let body = try await request.body(limit: 8 << 20)
        try await responder.respond(200, text: "\(request.method) \(request.path) \(body.count)\n")
    }

    @Test func `requests of every form are answered`() async throws {
        let large = String(repeating: "x", count: 3 << 20)
        let folder = try TemporaryDirectory()
        try folder.write(large, to: "large")
        try await withLoopback(echo) { loopback in
            let url = "http://127.0.0.1:\(loopback.port)"
            #expect(try await curl([url + "/a", url + "/b"]) == "GET /a 0\nGET /b 0\n")
            #expect(loopback.server.statistics.accepted == 1)
            #expect(try await curl(["--http1.0", url + "/"]) == "GET / 0\n")
            #expect(try await curl(["--data", "abc", url + "/"]) == "POST / 3\n")
            let file = "@" + folder.file("large")
            let invited = ["--header", "Expect: 100-continue", "--data-binary", file, url + "/"]
            #expect(try await curl(invited) == "POST / \(large.count)\n")
            let chunked = ["--upload-file", "-", "--header", "Transfer-Encoding: chunked"]
            #expect(try await curl(chunked + [url + "/u"], input: "12345") == "PUT /u 5\n")
            let head = try await curl(["--head", url + "/"])
            #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(head.contains("Content-Length: 9\r\n"))
        }
    }

    @Test func `streams and endings are understood`() async throws {
        try await withLoopback { request, responder in
            let writer = try await responder.stream(200, headers: ["Content-Type": "text/plain"])
            for line in 1...100 { try await writer.write("line \(line)\n") }
            if request.path == "/broken" { throw Failure(.unavailable, "in the middle") }
        } test: { loopback in
            let url = "http://127.0.0.1:\(loopback.port)"
            let lines = try await curl([url + "/fine"]).split(separator: "\n")
            #expect(lines.count == 100 && lines.last == "line 100")
            let old = try await curl(["--http1.0", url + "/fine"]).split(separator: "\n")
            #expect(old.count == 100)
            let broken = try await TestProgram.run("curl", ["--silent", url + "/broken"])
            // 18 is a partial file, 56 a broken connection.
            #expect([18, 56].contains(broken.code))
        }
    }

    @Test func `a Unix socket is served`() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("socket")
        let server = HTTPServer(listener: try StreamListener.listen(unix: path), handler: echo)
        let running = Task { @MainLoop in await server.run() }
        #expect(try await curl(["--unix-socket", path, "http://localhost/x"]) == "GET /x 0\n")
        server.stop()
        await running.value
    }
}
