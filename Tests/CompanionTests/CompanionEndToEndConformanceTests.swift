import Foundation
import TestKit
import Testing

/// The cases of the protocols' texts, tried with other servers first and then with the companion.
@Suite("CompanionEndToEnd: conformance", .serialized, .timeLimit(.minutes(5)))
struct CompanionEndToEndConformanceTests {
    /// Runs a program of `Conformance`; what does not hold is an issue.
    private func run(
        _ name: String,
        _ arguments: [String],
        python: String = "python3"
    ) async throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Conformance")
        let path = folder.appending(path: name + ".py").path
        let result = try await TestProgram.run(
            python,
            ["-B", path] + arguments,
            within: .seconds(60)
        )
        #expect(result.succeeded, "\(result.output)\(result.errors)")
    }

    private func listens(_ port: UInt16) async throws {
        try await eventually(within: .seconds(10), "the server listens") {
            (try? KeptConnection(port: port)) != nil
        }
    }

    /// nginx in front of a host.
    private func nginx(_ world: FaultWorld, isHTTP2: Bool) async throws -> TestProgram {
        let path = try world.folder.write(
            """
            daemon off; master_process off; pid \(world.folder.file("pid")); error_log stderr;
            events { worker_connections 500; }
            http {
              access_log off;
              client_max_body_size 0;
              upstream host { server 127.0.0.1:\(world.hostPort); keepalive 10; }
              client_body_temp_path \(world.folder.file("body"));
              proxy_temp_path \(world.folder.file("temp"));
              server {
                listen 127.0.0.1:\(world.port)\(isHTTP2 ? " http2" : "");
                location / {
                  proxy_pass http://host; proxy_http_version 1.1;
                  proxy_set_header Connection ""; proxy_set_header Host $http_host;
                }
              }
            }
            """,
            to: "nginx.conf"
        )
        let program = try TestProgram("nginx", ["-c", path])
        try await listens(world.port)
        return program
    }

    @Test func `the cases of HTTP/2 and HPACK`() async throws {
        let peer = try FaultWorld()
        try peer.folder.write("hello", to: "www/index.html")
        let words = ["--address=127.0.0.1", "--no-tls", "--htdocs=\(peer.folder.file("www"))"]
        let nghttpd = try TestProgram("nghttpd", words + ["\(peer.port)"])
        try await listens(peer.port)
        try await run("http2", ["nghttpd", "\(peer.port)"])
        let other = try FaultWorld()
        let nginx = try await nginx(other, isHTTP2: true)
        try await run("http2", ["nginx", "\(other.port)", "\(other.hostPort)"])
        let world = try FaultWorld()
        try await world.start(world.configuration())
        try await run("http2", ["companion", "\(world.port)", "\(world.hostPort)"])
        withExtendedLifetime((nghttpd, nginx)) {}
    }

    @Test func `the cases of HTTP/1`() async throws {
        let other = try FaultWorld()
        let nginx = try await nginx(other, isHTTP2: false)
        try await run("http1", ["nginx", "\(other.port)", "\(other.hostPort)"])
        let world = try FaultWorld()
        var knobs = FaultWorld.Knobs()
        knobs.manager = "via: companion"
        try await world.start(world.configuration(knobs))
        try await run("http1", ["companion", "\(world.port)", "\(world.hostPort)"])
        withExtendedLifetime(nginx) {}
    }

    @Test func `WebSockets over HTTP/1 and HTTP/2, with the library of others`() async throws {
        let world = try FaultWorld()
        var knobs = FaultWorld.Knobs()
        knobs.manager = "upgrade_configs: [{upgrade_type: websocket}]"
        try await world.start(world.configuration(knobs))
        let ports = ["\(world.port)", "\(world.hostPort)"]
        try await run("sockets", ports, python: "/usr/bin/python3")
    }
}
