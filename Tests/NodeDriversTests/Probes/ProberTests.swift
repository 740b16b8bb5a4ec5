import Basics
import Foundation
import HTTP
import PodEngine
import PodModel
import Reactor
import Security
import TestKit
import Testing

@testable import NodeDrivers

/// Every probe against a real peer on the loopback address.
@Suite("Prober", .timeLimit(.minutes(1))) @MainLoop struct ProberTests {
    let prober = Prober()
    let container = Container(name: "app")

    private func noExec(_: [String], _: Duration?, _: Int) async throws -> Prober.ExecResult {
        throw Failure(.internalError, "no command was expected")
    }

    private func get(
        _ port: UInt16,
        _ path: String = "/",
        scheme: URIScheme = .http,
        headers: [HTTPHeader] = []
    ) async -> ProbeOutcome {
        let action = HTTPGetAction(
            path: path,
            port: .int(Int(port)),
            scheme: scheme,
            httpHeaders: headers
        )
        return await prober.run(
            Probe(action: .httpGet(action)),
            container: container,
            podIP: "127.0.0.1",
            exec: noExec
        )
    }

    @Test(arguments: [
        (200, ProbeOutcome.success), (204, .success), (299, .success),
        (399, .warning("Probe terminated redirects, Response body: body")),
        (400, .failure("HTTP probe failed with statuscode: 400")),
        (404, .failure("HTTP probe failed with statuscode: 404")),
        (503, .failure("HTTP probe failed with statuscode: 503")),
    ])
    func `the status decides`(status: Int, outcome: ProbeOutcome) async throws {
        try await withLoopback { _, responder in
            try await responder.respond(status, text: "body")
        } test: { loopback in
            let result = await get(loopback.port)
            #expect(result == outcome)
        }
    }

    @Test func `the request is the kubelet's`() async throws {
        try await withLoopback { request, responder in
            let isFine =
                request.method == "GET" && request.path == "/h"
                && request.headers["user-agent"] == "kube-probe/1.36"
                && request.headers["accept"] == "*/*" && request.headers["host"] == "example.org"
                && request.headers["connection"] == "close" && request.headers["x-a"] == "b"
            try await responder.respond(isFine ? 200 : 400)
        } test: { loopback in
            let headers = [
                HTTPHeader(name: "Host", value: "example.org"), HTTPHeader(name: "X-A", value: "b"),
            ]
            let result = await get(loopback.port, "/h", headers: headers)
            #expect(result == .success)
        }
    }

    @Test func `redirects are followed on the same host only, ten at most`() async throws {
        var hops = 0
        try await withLoopback { request, responder in
            hops += 1
            let location =
                switch request.path {
                case "/once": "/end"
                case "/away": "http://example.org/"
                case "/ftp": "ftp://127.0.0.1/"
                default: "/loop"
                }
            if request.path == "/end" { return try await responder.respond(200) }
            try await responder.respond(302, headers: ["Location": location], body: [65])
        } test: { loopback in
            let url = "http://127.0.0.1:\(loopback.port)"
            let once = await get(loopback.port, "/once")
            #expect(once == .success)
            let away = await get(loopback.port, "/away")
            #expect(away == .warning("Probe terminated redirects, Response body: A"))
            hops = 0
            let loop = await get(loopback.port, "/loop")
            #expect(loop == .failure("Get \"\(url)/loop\": stopped after 10 redirects"))
            #expect(hops == 10)
            guard case .failure = await get(loopback.port, "/ftp") else {
                Issue.record("followed to ftp")
                return
            }
        }
    }

    @Test func `a server that does not answer in time is a failure`() async throws {
        try await withLoopback { _, _ in
            try await Loop.main.sleep(for: .seconds(60))
        } test: { loopback in
            let result = await get(loopback.port)
            let text =
                "Get \"http://127.0.0.1:\(loopback.port)/\": context deadline exceeded "
                + "(Client.Timeout exceeded while awaiting headers)"
            #expect(result == .failure(text))
        }
    }

    @Test func `a body that stalls is an error after three attempts, a long one is cut`()
        async throws
    {
        var requests = 0
        try await withLoopback { request, responder in
            requests += 1
            let writer = try await responder.stream(200)
            if request.path == "/long" {
                while !writer.isPeerClosed {
                    try await writer.write([UInt8](repeating: 97, count: 1000))
                }
            }
            await writer.peerClosed()
        } test: { loopback in
            let long = await get(loopback.port, "/long")
            #expect(long == .success)
            requests = 0
            let stalled = await get(loopback.port, "/stall")
            #expect(
                stalled
                    == .error(
                        "context deadline exceeded (Client.Timeout or context cancellation while "
                            + "reading body)"
                    )
            )
            #expect(requests == 3)
        }
    }

    @Test func `what breaks the connection is told in Go's words`() async throws {
        let closed = try FreePort.find()
        let refused = await get(closed)
        #expect(
            refused
                == .failure(
                    "Get \"http://127.0.0.1:\(closed)/\": dial tcp 127.0.0.1:\(closed): connect: "
                        + "connection refused"
                )
        )
        let silent = try StreamListener.listen(host: "127.0.0.1", port: 0)
        let server = Task { @MainLoop in
            for answer in ["", "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 200 OK\r\nConte"] {
                let stream = try await silent.accept()
                _ = try await stream.read()
                try await stream.write(Array(answer.utf8))
            }
        }
        let url = "Get \"http://127.0.0.1:\(silent.port)/\": "
        let broken = "net/http: HTTP/1.x transport connection broken: malformed HTTP response"
        for text in ["EOF", broken, "unexpected EOF"] {
            let result = await get(silent.port)
            #expect(result == .failure(url + text))
        }
        try await server.value
        silent.close()
    }

    @Test func `certificates are not verified, and plain servers are told apart`() async throws {
        let made = try await TestCertificate()
        let identity = TLSIdentity(certificates: made.certificate, privateKey: made.privateKey)
        try await withLoopback(identity: identity) { _, responder in
            try await responder.respond(200)
        } test: { loopback in
            let secure = await get(loopback.port, scheme: .https)
            #expect(secure == .success)
        }
        try await withLoopback { _, responder in
            try await responder.respond(200)
        } test: { loopback in
            let plain = await get(loopback.port, scheme: .https)
            let text =
                "Get \"https://127.0.0.1:\(loopback.port)/\": "
                + "http: server gave HTTP response to HTTPS client"
            #expect(plain == .failure(text))
        }
    }

    @Test func `a TCP probe connects and no more`() async throws {
        func probe(_ port: UInt16, host: String = "") async -> ProbeOutcome {
            let action = TCPSocketAction(port: .int(Int(port)), host: host)
            return await prober.run(
                Probe(action: .tcpSocket(action)),
                container: container,
                podIP: "127.0.0.1",
                exec: noExec
            )
        }
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        let open = await probe(listener.port)
        #expect(open == .success)
        listener.close()
        let closed = try FreePort.find()
        let refused = await probe(closed)
        #expect(
            refused == .failure("dial tcp 127.0.0.1:\(closed): connect: connection refused")
        )
        let unknown = await probe(80, host: "no-such-host.invalid")
        guard case .failure(let text) = unknown else { Issue.record("\(unknown)"); return }
        #expect(text.hasPrefix("dial tcp"))
    }

    @Test func `an unknown port is an error of the probe`() async {
        let action = HTTPGetAction(path: "/", port: .string("web"))
        let result = await prober.run(
            Probe(action: .httpGet(action)),
            container: container,
            podIP: "127.0.0.1",
            exec: noExec
        )
        #expect(result == .error("strconv.Atoi: parsing \"web\": invalid syntax"))
    }

    @Test func `an exec probe is judged by its exit code`() async {
        var commands: [[String]] = []
        var container = container
        container.env = [
            EnvVar(name: "A", value: "1"),
            EnvVar(
                name: "B",
                value: "",
                valueFrom: .fieldRef(ObjectFieldSelector(fieldPath: "metadata.name"))
            ),
        ]
        let probe = Probe(
            action: .exec(ExecAction(command: ["sh", "$(A)$(B)$(C)"])),
            timeoutSeconds: 90
        )
        func run(_ answer: @escaping () throws -> Prober.ExecResult) async -> ProbeOutcome {
            await prober.run(probe, container: container, podIP: "") { command, timeout, limit in
                commands.append(command)
                #expect(timeout == .seconds(90))
                #expect(limit == 10240)
                return try answer()
            }
        }
        let fine = await run { .init(exitCode: 0, output: [1]) }
        #expect(fine == .success)
        let failed = await run { .init(exitCode: 1, output: Array("no\n".utf8)) }
        #expect(failed == .failure("no\n"))
        let late = await run { throw Failure(.timedOut, "exec") }
        #expect(late == .failure("command timed out: \"sh 1$(C)\" timed out after 1m30s"))
        commands = []
        let broken = await run { throw Failure(.unavailable, "cannot exec") }
        #expect(broken == .error("cannot exec"))
        #expect(commands == Array(repeating: ["sh", "1$(C)"], count: 3))
    }
}
