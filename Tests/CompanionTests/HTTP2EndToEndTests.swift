import Foundation
import TestKit
import Testing

/// HTTP/2 with the real program between real clients and hosts.
@Suite("HTTP2EndToEnd", .serialized, .timeLimit(.minutes(5)))
struct HTTP2EndToEndTests {
    private static let python = "/usr/bin/python3"

    /// The companion in front of hosts that speak HTTP/1 (nginx), HTTP/2 (nghttpd) and gRPC (Python).
    private final class World {
        let end: EndToEnd
        let securePort: UInt16
        private let hosts: [TestProgram]
        let body: [UInt8]

        init() async throws {
            end = try await EndToEnd()
            securePort = try FreePort.find()
            let (plain, secure, grpc) = try (FreePort.find(), FreePort.find(), FreePort.find())
            let folder = end.folder
            let made = try await TestCertificate()
            let certificate = try folder.write(made.certificate, to: "certificate.pem")
            let key = try folder.write(made.privateKey, to: "key.pem")
            body = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
            try folder.write(body, to: "www/big")
            let files = ["--address=127.0.0.1", "--htdocs=\(folder.file("www"))"]
            hosts = [
                try TestProgram("nghttpd", files + ["--no-tls", "--echo-upload", "\(plain)"]),
                try TestProgram("nghttpd", files + ["\(secure)", key, certificate]),
                try TestProgram(
                    HTTP2EndToEndTests.python,
                    ["-c", GRPCPrograms.server, "\(grpc)"]
                ),
            ]
            let routes = """
                routes:
                - {path: /old, to: 127.0.0.1:\(end.applicationPort), rewrite: /}
                - {path: /new, to: "h2c://127.0.0.1:\(plain)", rewrite: /}
                - {path: /secure, to: secure, rewrite: /}
                - {path: /test.Service, to: "grpc://127.0.0.1:\(grpc)"}
                - {path: /gone.Service, to: "grpc://127.0.0.1:\(try FreePort.find())"}
                """
            let indented = routes.split(separator: "\n").joined(separator: "\n  ")
            let path = try folder.write(
                """
                services:
                  secure: {http: auto, hosts: ["127.0.0.1:\(secure)"], tls: {insecure: true}}
                listeners:
                - listen: 127.0.0.1:\(end.port)
                  name: plain
                  access_log: {to: "\(folder.file("log"))", format: "%PROTOCOL% %UPSTREAM_PROTOCOL% %REQ(:PATH)% %RESPONSE_CODE% %GRPC_STATUS%\\n"}
                  \(indented)
                - listen: 127.0.0.1:\(securePort)
                  name: secure
                  tls: {certificate: \(certificate), key: \(key)}
                  \(indented)
                """,
                to: "proxy.yaml"
            )
            try await end.start(["-c", path])
            for url in ["\(url)/new/index.html", "\(url)/secure/index.html"] {
                try await eventually(within: .seconds(20), "the host answers") {
                    try await EndToEnd.get(url).code == 200
                }
            }
            try await eventually(within: .seconds(20), "the gRPC server listens") {
                let words = ["-s", "--http2-prior-knowledge", "http://127.0.0.1:\(grpc)/"]
                return try await TestProgram.run("curl", words).succeeded
            }
        }

        var url: String { "http://127.0.0.1:\(end.port)" }
        var secureURL: String { "https://127.0.0.1:\(securePort)" }

        /// The sum of a statistic over all of a name.
        func statistic(_ name: String) async throws -> Int {
            try await end.admin("/stats?filter=\(name)$").body.split(separator: "\n")
                .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
        }
    }

    @Test func `curl gets and sends bodies in every combination of versions`() async throws {
        let world = try await World()
        let clients = [
            (world.url, "--http1.1", "1.1"), (world.url, "--http2-prior-knowledge", "2"),
            (world.secureURL, "--http1.1", "1.1"), (world.secureURL, "--http2", "2"),
        ]
        for (base, option, version) in clients {
            for path in ["old", "new", "secure"] {
                let place = "\(option) \(base)/\(path)"
                let got = try await TestProgram.run(
                    "curl",
                    [
                        "-sk", "--max-time", "20", option, "-o", world.end.folder.file("got"),
                        "-w", "%{http_version} %{http_code}", "\(base)/\(path)/big",
                    ]
                )
                #expect(got.output == "\(version) 200", "\(place)")
                let file = URL(filePath: world.end.folder.file("got"))
                #expect((Array(try Data(contentsOf: file)) == world.body) == true, "\(place)")
            }
            let sent = try await TestProgram.run(
                "curl",
                [
                    "-sk", "--max-time", "20", option, "-o", world.end.folder.file("echo"),
                    "--data-binary", "@\(world.end.folder.file("www/big"))", "\(base)/new/echo",
                ]
            )
            #expect(sent.succeeded)
            let echo = URL(filePath: world.end.folder.file("echo"))
            #expect((Array(try Data(contentsOf: echo)) == world.body) == true, "\(option) \(base)")
        }
        try await eventually(within: .seconds(5), "the log is written") {
            let log = try world.end.folder.text(of: "log")
            return ["HTTP/2 HTTP/2 /", "HTTP/2 HTTP/1.1 /", "HTTP/1.1 HTTP/2 /"].allSatisfy {
                log.contains($0)
            }
        }
        #expect(try await world.statistic("downstream_cx_http2_total") >= 8)
        #expect(try await world.statistic("upstream_cx_http2_total") >= 2)
        #expect(try await world.statistic("downstream_cx_protocol_error") == 0)
    }

    @Test(arguments: ["old", "new", "secure"])
    func `h2load loses nothing, on many streams of many connections`(path: String) async throws {
        let world = try await World()
        for (count, name) in [(5000, "index.html"), (100, "big")] {
            let load = try await TestProgram.run(
                "h2load",
                ["-n", "\(count)", "-c", "5", "-m", "20", "\(world.url)/\(path)/\(name)"]
            )
            #expect(
                load.output.contains("\(count) done, \(count) succeeded, 0 failed, 0 errored"),
                "\(load.output)"
            )
        }
        #expect(try await world.statistic("downstream_rq_active") == 0)
        #expect(try await world.statistic("upstream_rq_active") == 0)
        #expect(try await world.statistic("http2.streams_active") == 0)
    }

    @Test func `gRPC passes: unary, streams in either direction and both, errors, deadlines`()
        async throws
    {
        let world = try await World()
        let port = "\(world.end.port)"
        let calls = try await TestProgram.run(Self.python, ["-c", GRPCPrograms.client, port])
        #expect(
            calls.output == """
                echo hello yes
                3000005
                NOT_FOUND nothing here: 100%
                1000000
                got part 19
                3000000
                DEADLINE_EXCEEDED

                """,
            "\(calls.errors)"
        )
        let more = try await TestProgram.run(Self.python, ["-c", GRPCPrograms.more, port])
        #expect(
            more.output == """
                ann 9 yes True True
                begun
                CANCELLED yes
                begun
                DEADLINE_EXCEEDED yes
                20000005
                5000005
                echo .
                0 OK
                [b'0', b'1', b'2'] RESOURCE_EXHAUSTED 'caf\\xe9 \\u2713\\n'
                UNIMPLEMENTED
                300

                """,
            "\(more.errors)"
        )
        let gone = GRPCPrograms.refused.replacingOccurrences(of: "test.", with: "gone.")
        let refused = try await TestProgram.run(Self.python, ["-c", gone, port])
        #expect(
            refused.output.hasPrefix("UNAVAILABLE upstream connect error"),
            "\(refused.output)\(refused.errors)"
        )
        try await eventually(within: .seconds(5), "the log is written") {
            try world.end.folder.text(of: "log").contains("/test.Service/Fail 200 NotFound")
        }
        try await eventually(within: .seconds(5), "the call that took too long was reset") {
            try await world.statistic("upstream_rq_active") == 0
        }
    }

    @Test func `an end lets a stream finish that is going on`() async throws {
        let world = try await World()
        let program = try world.end.running()
        let drip = try TestProgram(
            Self.python,
            ["-c", GRPCPrograms.drip, "\(world.end.port)"]
        )
        try await eventually(within: .seconds(10), "the stream has begun") {
            drip.output.contains("2\n")
        }
        program.signal(SIGTERM)
        let got = try await drip.wait(within: .seconds(20))
        #expect(got.output.hasSuffix("18\n19\ndone\n"), "\(got.output)\(got.errors)")
        let result = try await program.wait(within: .seconds(10))
        #expect(result.ending == .exited(0))
    }
}
