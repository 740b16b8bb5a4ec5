import Basics
import Reactor
import Security
import System
import TestKit
import Testing

@testable import HTTP
@testable import Proxying

@Suite("Health checks", .timeLimit(.minutes(1))) struct CheckTests {
    @MainLoop private static func target(
        _ port: UInt16,
        security: TLSClientContext? = nil,
        serverName: String? = nil
    ) throws -> CheckTarget {
        CheckTarget(
            address: try #require(SocketAddress(number: "127.0.0.1", port: port)),
            hostname: "cluster",
            security: security,
            serverName: serverName
        )
    }

    @MainLoop private static func run(
        _ check: any HealthCheck,
        within limit: Duration = .seconds(20)
    ) async -> CheckOutcome {
        await check.run(deadline: Loop.main.now + limit)
    }

    /// A server that reads something and answers with given pieces.
    @MainLoop private static func serve(
        _ pieces: [String],
        reads: Bool = true,
        closes: Bool = true
    ) throws -> (listener: StreamListener, task: Task<Void, Never>) {
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        let task = Task { @MainLoop in
            var open: [ByteStream] = []
            while let stream = try? await listener.accept() {
                if reads { _ = try? await stream.read() }
                for piece in pieces {
                    try? await stream.write(Array(piece.utf8))
                    await Loop.main.turn()
                }
                if closes { stream.close() } else { open.append(stream) }
            }
        }
        return (listener, task)
    }

    // MARK: TCP

    @Test(arguments: [
        ("+PONG\r\n", ["+PONG"], true), ("abcdef", ["b", "de"], true), ("abc", ["c", "a"], false),
        ("", [""], true), ("aXbXc", ["a", "b", "c"], true), ("ab", ["abc"], false),
        ("aa", ["a", "a", "a"], false),
    ])
    func `expected bytes follow one another`(
        _ received: String,
        _ expect: [String],
        _ matches: Bool
    ) {
        #expect(TCPCheck.matches(Array(received.utf8), expect.map { Array($0.utf8) }) == matches)
    }

    @Test @MainLoop func `a connection is enough when nothing is expected`() async throws {
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        let target = try Self.target(listener.port)
        let check = TCPCheck(target, send: [], expect: [])
        #expect(await Self.run(check) == .success)
        listener.close()
        let outcome = await Self.run(check)
        #expect(outcome.result == .unreachable)
        #expect(outcome.note.contains("127.0.0.1:\(target.address.port)"))
    }

    @Test @MainLoop func `bytes are sent and others expected, in pieces too`() async throws {
        let (listener, task) = try Self.serve(["+PO", "NG\r", "\n"])
        defer { task.cancel() }
        let target = try Self.target(listener.port)
        let ping = Array("PING\r\n".utf8)
        #expect(
            await Self.run(TCPCheck(target, send: ping, expect: [Array("+PONG".utf8)])) == .success
        )
        let wrong = await Self.run(TCPCheck(target, send: ping, expect: [Array("-ERR".utf8)]))
        #expect(wrong.result == .refused)
    }

    @Test @MainLoop func `a server that says nothing runs out of time`() async throws {
        let (listener, task) = try Self.serve([], closes: false)
        defer { task.cancel() }
        let check = TCPCheck(try Self.target(listener.port), send: [1], expect: [[2]])
        let outcome = await Self.run(check, within: .milliseconds(200))
        #expect(outcome.result == .unreachable)
        #expect(outcome.isTimeout)
    }

    // MARK: HTTP

    @Test(arguments: [
        (200, "", [:], HealthMachine.Result.success), (503, "", [:], .refused),
        (204, "", [:], .refused), (200, "all is well", [:], .success),
        (200, "", ["x-envoy-degraded": "1"], .degraded),
    ])
    func `an answer is judged by its status`(
        _ status: Int,
        _ body: String,
        _ fields: [String: String],
        _ result: HealthMachine.Result
    ) {
        var headers: HTTPHeaders = [:]
        for (name, value) in fields { headers[name] = value }
        let check = HealthCheckSettings.HTTPCheck(
            path: "/",
            expectedText: body.isEmpty ? nil : "is well"
        )
        #expect(HTTPAnswer.judge(status, headers, Array(body.utf8), check).result == result)
    }

    @Test func `a text that is missing in the body is a failure`() {
        let check = HealthCheckSettings.HTTPCheck(path: "/", expectedText: "ready")
        #expect(HTTPAnswer.judge(200, [:], Array("not yet".utf8), check).result == .refused)
    }

    @Test @MainLoop func `a request is made, and the connection kept`() async throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        var heads: [String] = []
        var connections = 0
        let task = Task { @MainLoop in
            while let stream = try? await listener.accept() {
                connections += 1
                // Two requests on each connection, then it is closed without a word.
                for _ in 0..<2 {
                    guard let bytes = try? await stream.read(), !bytes.isEmpty else { break }
                    heads.append(String(decoding: bytes, as: UTF8.self))
                    try? await stream.write(Array(answer.utf8))
                }
                stream.close()
            }
        }
        defer { task.cancel() }
        let settings = HealthCheckSettings.HTTPCheck(
            path: "/healthz",
            headers: [HeaderAddition(name: "X-Check", value: "yes")]
        )
        let check = HTTPCheck(try Self.target(listener.port), settings, keeps: true)
        for _ in 0..<5 { #expect(await Self.run(check) == .success) }
        #expect(connections == 3)
        #expect(heads.count == 5)
        #expect(heads[0].hasPrefix("GET /healthz HTTP/1.1\r\n"))
        #expect(heads[0].contains("Host: cluster\r\n"))
        #expect(heads[0].lowercased().contains("x-check: yes\r\n"))
        check.close()
        let single = HTTPCheck(try Self.target(listener.port), settings, keeps: false)
        for _ in 0..<2 { #expect(await Self.run(single) == .success) }
        #expect(connections == 5)
    }

    @Test @MainLoop func `what is not HTTP is a failure`() async throws {
        let (listener, task) = try Self.serve(["SSH-2.0-OpenSSH\r\n\r\n"])
        defer { task.cancel() }
        let check = HTTPCheck(try Self.target(listener.port), .init(path: "/"), keeps: true)
        #expect(await Self.run(check).result == .unreachable)
    }

    @Test @MainLoop func `Python's server is asked`() async throws {
        let folder = try TemporaryDirectory()
        try folder.write("fine", to: "index.html")
        let port = try FreePort.find()
        let server = try TestProgram(
            "python3",
            ["-m", "http.server", "--bind", "127.0.0.1", "\(port)", "--directory", folder.path]
        )
        defer { withExtendedLifetime(server) {} }
        let check = HTTPCheck(
            try Self.target(port),
            .init(path: "/index.html", expectedText: "fine"),
            keeps: true
        )
        try await eventually(within: .seconds(20), "the server answers") {
            await Self.run(check) == .success
        }
        let missing = HTTPCheck(try Self.target(port), .init(path: "/missing"), keeps: true)
        let outcome = await Self.run(missing)
        #expect(outcome == .refused("status 404"))
    }

    @Test(.enabled(if: Files.exists("/usr/sbin/nginx"), "nginx is not installed"))
    @MainLoop func `nginx is asked over TLS, and over HTTP/2`() async throws {
        let folder = try TemporaryDirectory()
        let identity = try await TestCertificate()
        try folder.write(identity.certificate, to: "tls.crt")
        try folder.write(identity.privateKey, to: "tls.key")
        let port = try FreePort.find()
        try folder.write(
            """
            daemon off; pid \(folder.path)/pid; error_log stderr; worker_processes 1;
            events {}
            http {
              access_log off;
              client_body_temp_path \(folder.path)/a; proxy_temp_path \(folder.path)/b;
              fastcgi_temp_path \(folder.path)/c; uwsgi_temp_path \(folder.path)/d;
              scgi_temp_path \(folder.path)/e;
              server {
                listen 127.0.0.1:\(port) ssl http2;
                ssl_certificate \(folder.path)/tls.crt;
                ssl_certificate_key \(folder.path)/tls.key;
                location = /ok { return 200 "$server_protocol"; }
                location / { return 503; }
              }
            }
            """,
            to: "nginx.conf"
        )
        let server = try TestProgram("/usr/sbin/nginx", ["-c", folder.file("nginx.conf")])
        defer { withExtendedLifetime(server) {} }
        let one = try TLSClientContext(TLSOptions(verification: .none))
        let target = try Self.target(port, security: one)
        let first = HTTPCheck(target, .init(path: "/ok", expectedText: "HTTP/1.1"), keeps: true)
        try await eventually(within: .seconds(20), "nginx answers") {
            await Self.run(first) == .success
        }
        #expect(await Self.run(first) == .success)
        let two = try TLSClientContext(TLSOptions(verification: .none, protocols: ["h2"]))
        let other = try Self.target(port, security: two)
        let second = HTTP2Check(other, .init(path: "/ok", expectedText: "HTTP/2.0"))
        #expect(await Self.run(second) == .success)
        #expect(await Self.run(HTTP2Check(other, .init(path: "/no"))) == .refused("status 503"))
        // An authority that did not sign the certificate.
        let strict = try TLSClientContext(TLSOptions(verification: .system))
        let refused = HTTPCheck(
            try Self.target(port, security: strict, serverName: "localhost"),
            .init(path: "/ok"),
            keeps: true
        )
        let outcome = await Self.run(refused)
        #expect(outcome.result == .unreachable)
        #expect(outcome.note.contains("TLS handshake failed"))
    }

    // MARK: gRPC

    @Test(arguments: [
        ("0", 1, HealthMachine.Result.success, ""), ("0", 2, .refused, "it is NOT_SERVING"),
        ("0", 0, .refused, "it is UNKNOWN"), ("5", 0, .refused, "gRPC status 5"),
        ("", 0, .refused, "it does not speak gRPC: HTTP status 200"),
    ])
    func `gRPC's answer is judged`(
        _ status: String,
        _ serving: UInt8,
        _ result: HealthMachine.Result,
        _ note: String
    ) {
        var headers: HTTPHeaders = [:]
        if !status.isEmpty { headers["grpc-status"] = status }
        let body: [UInt8] = serving == 0 ? [0, 0, 0, 0, 0] : [0, 0, 0, 0, 2, 8, serving]
        let response = HTTP2Client.Response(status: 200, headers: headers, body: body)
        #expect(GRPCCheck.judge(response) == CheckOutcome(result: result, note: note))
    }

    private static let grpcServer = """
        import grpc, sys
        from concurrent import futures
        def check(request, context):
            return bytes([8, 2 if b"sick" in request else 1])
        handler = grpc.method_handlers_generic_handler("grpc.health.v1.Health",
            {"Check": grpc.unary_unary_rpc_method_handler(check)})
        server = grpc.server(futures.ThreadPoolExecutor(2))
        server.add_generic_rpc_handlers((handler,))
        server.add_insecure_port("127.0.0.1:" + sys.argv[1])
        server.start()
        server.wait_for_termination()
        """

    @Test(.enabled(if: Files.exists("/usr/lib/python3/dist-packages/grpc"), "no grpcio"))
    @MainLoop func `a gRPC server is asked`() async throws {
        let port = try FreePort.find()
        let program = try TestProgram("/usr/bin/python3", ["-c", Self.grpcServer, "\(port)"])
        defer { withExtendedLifetime(program) {} }
        let target = try Self.target(port)
        let check = GRPCCheck(target, service: "", authority: "")
        try await eventually(within: .seconds(20), "the server answers") {
            await Self.run(check) == .success
        }
        let sick = await Self.run(GRPCCheck(target, service: "sick", authority: "x"))
        #expect(sick == .refused("it is NOT_SERVING"))
    }
}
