import Foundation
import TestKit
import Testing

/// The companion's binary between programs that misbehave (`Faults/*.py`).
final class FaultWorld {
    let folder: TemporaryDirectory
    let port: UInt16
    let hostPort: UInt16
    let adminPort: UInt16
    private(set) var companion: TestProgram?

    /// Finds ports; nothing is started yet.
    init() throws {
        folder = try TemporaryDirectory()
        port = try FreePort.find()
        hostPort = try FreePort.find()
        adminPort = try FreePort.find()
    }

    /// What a configuration says that is not the same in all.
    struct Knobs {
        var listener = "in"
        var port: UInt16?
        var manager = ""
        var route = ""
        var host = ""
        var cluster = "type: STATIC"
        var address = "127.0.0.1"
        var transport = ""
    }

    /// Envoy's configuration with one route to one host.
    func configuration(_ knobs: Knobs = Knobs()) -> String {
        """
        static_resources:
          listeners:
          - name: \(knobs.listener)
            address: {socket_address: {address: 127.0.0.1, port_value: \(knobs.port ?? port)}}
            filter_chains:
            - filters:
              - name: envoy.filters.network.http_connection_manager
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                  stat_prefix: in
                  \(knobs.manager)
                  http_filters:
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                  route_config:
                    virtual_hosts:
                    - name: all
                      domains: ["*"]
                      \(knobs.host)
                      routes:
                      - match: {prefix: /}
                        route: {cluster: app\(knobs.route)}
              \(knobs.transport)
          clusters:
          - name: app
            connect_timeout: 1s
            \(knobs.cluster)
            load_assignment:
              cluster_name: app
              endpoints:
              - lb_endpoints:
                - endpoint: {address: {socket_address: {address: \(knobs.address), port_value: \(hostPort)}}}
        """
    }

    /// Starts the companion with a configuration; `prefix` is a program that starts it.
    func start(_ text: String, prefix: [String] = [], more: [String] = []) async throws {
        let path = try folder.write(text, to: "conf/envoy.yaml")
        let words =
            prefix + [
                try EndToEnd.binary(), "proxy", "--admin", "127.0.0.1:\(adminPort)", "--workers",
                "2", "-c", path,
            ] + more
        let program = try TestProgram(words[0], Array(words.dropFirst()))
        companion = program
        try await eventually(within: .seconds(20), "the companion is ready: \(program.errors)") {
            try await self.admin("/healthz").code == 200
        }
    }

    /// Replaces the configuration.
    func replace(_ text: String) throws {
        let fresh = try folder.write(text, to: "conf/.new")
        #expect(rename(fresh, folder.file("conf/envoy.yaml")) == 0)
    }

    /// Asks the admin pages.
    func admin(_ path: String) async throws -> EndToEnd.Answer {
        try await EndToEnd.get("http://127.0.0.1:\(adminPort)\(path)")
    }

    /// The number of a metric without labels.
    func metric(_ name: String) async throws -> Int? {
        try await admin("/metrics").body.split(separator: "\n")
            .first { $0.hasPrefix(name + " ") }.flatMap { Int($0.dropFirst(name.count + 1)) }
    }

    /// The running companion.
    func running() throws -> TestProgram {
        try #require(companion)
    }

    /// Starts a program of `Faults`.
    func play(_ name: String, _ arguments: [String]) throws -> TestProgram {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Faults")
        return try TestProgram(
            "python3",
            ["-B", folder.appending(path: name + ".py").path] + arguments
        )
    }

    /// Runs a program of `Faults` to its end; what does not hold is an issue.
    func run(_ name: String, _ arguments: [String]) async throws {
        try await finish(try play(name, arguments))
    }

    /// Waits for a program of `Faults`; what does not hold is an issue.
    @discardableResult
    func finish(_ program: TestProgram) async throws -> String {
        let result = try await program.wait(within: .seconds(60))
        #expect(result.succeeded, "\(result.output)\(result.errors)")
        #expect(companion?.poll() == nil, "the companion has ended: \(companion?.errors ?? "")")
        return result.output
    }

    /// Starts nginx as the host, which answers `/` with a text.
    func startHost(_ text: String = "hello") async throws -> TestProgram {
        try folder.write(text, to: "www/index.html")
        try folder.write(
            """
            daemon off; master_process off; pid \(folder.file("pid")); error_log stderr;
            events { worker_connections 4096; }
            http { access_log off; server { listen 127.0.0.1:\(hostPort) backlog=4096;
                   keepalive_requests 1000000; root \(folder.file("www")); } }
            """,
            to: "nginx.conf"
        )
        let program = try TestProgram("nginx", ["-c", folder.file("nginx.conf")])
        try await eventually(within: .seconds(20), "the host answers") {
            try await EndToEnd.get("http://127.0.0.1:\(self.hostPort)/").code == 200
        }
        return program
    }
}
