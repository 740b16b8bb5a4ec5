import Foundation
import TestKit
import Testing

/// The companion's binary as a program under test, with an application behind it.
final class EndToEnd {
    let folder: TemporaryDirectory
    let port: UInt16
    let adminPort: UInt16
    let application: TestProgram
    let applicationPort: UInt16
    private(set) var companion: TestProgram?

    /// Starts an application whose answer to `/` is the text.
    init(_ text: String = "hello") async throws {
        folder = try TemporaryDirectory()
        port = try FreePort.find()
        adminPort = try FreePort.find()
        applicationPort = try FreePort.find()
        try folder.write(text, to: "www/index.html")
        try folder.write(
            """
            daemon off; master_process off; pid \(folder.file("pid")); error_log stderr;
            events { worker_connections 1000; }
            http { access_log off; server { listen 127.0.0.1:\(applicationPort);
                   keepalive_requests 1000000; root \(folder.file("www")); } }
            """,
            to: "nginx.conf"
        )
        application = try TestProgram("nginx", ["-c", folder.file("nginx.conf")])
        let url = "http://127.0.0.1:\(applicationPort)/"
        try await eventually(within: .seconds(20), "the application answers") {
            try await Self.get(url).code == 200
        }
    }

    /// The binary under test: `COMPANION_BINARY`, else the release build.
    static func binary() throws -> String {
        let named = ProcessInfo.processInfo.environment["COMPANION_BINARY"]
        let package = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let path = named ?? package.appending(path: ".build/release/companion").path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw TestProgram.Problem(
                description: "there is no \(path): swift build -c release --product companion"
            )
        }
        return path
    }

    /// Starts the companion and waits until it is ready.
    func start(_ arguments: [String]) async throws {
        let words =
            ["proxy", "--admin", "127.0.0.1:\(adminPort)", "--workers", "2"] + arguments
        let program = try TestProgram(Self.binary(), words)
        companion = program
        try await eventually(within: .seconds(20), "the companion is ready: \(program.errors)") {
            try await self.admin("/readyz").code == 200
        }
    }

    /// Starts the companion in front of the application without a file.
    func startQuickly() async throws {
        try await start(["--quickstart", "127.0.0.1:\(port)=http://127.0.0.1:\(applicationPort)"])
    }

    /// A configuration that adds a header with this text to answers.
    func configuration(_ text: String) -> String {
        """
        static_resources:
          listeners:
          - name: in
            address: {socket_address: {address: 127.0.0.1, port_value: \(port)}}
            filter_chains:
            - filters:
              - name: envoy.filters.network.http_connection_manager
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                  stat_prefix: in
                  http_filters:
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                  route_config:
                    virtual_hosts:
                    - name: all
                      domains: ["*"]
                      response_headers_to_add:
                      - header: {key: x-version, value: "\(text)"}
                      routes:
                      - match: {prefix: /}
                        route: {cluster: app}
          clusters:
          - name: app
            type: STATIC
            load_assignment:
              cluster_name: app
              endpoints:
              - lb_endpoints:
                - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: \(applicationPort)}}}
        """
    }

    /// What curl got.
    struct Answer {
        var code: Int
        var head: String
        var body: String
    }

    /// Asks through the proxy.
    func get(_ path: String = "/") async throws -> Answer {
        try await Self.get("http://127.0.0.1:\(port)\(path)")
    }

    /// Asks the admin pages.
    func admin(_ path: String, post: Bool = false) async throws -> Answer {
        let url = "http://127.0.0.1:\(adminPort)\(path)"
        return try await Self.get(url, post ? ["-X", "POST"] : [])
    }

    static func get(_ url: String, _ options: [String] = []) async throws -> Answer {
        let result = try await TestProgram.run(
            "curl",
            ["-s", "-i", "--max-time", "10"] + options + [url]
        )
        guard result.succeeded else {
            throw TestProgram.Problem(description: "curl \(url): code \(result.code)")
        }
        let text = result.output.replacingOccurrences(of: "\r\n", with: "\n")
        let parts = text.components(separatedBy: "\n\n")
        let words = (parts.first ?? "").split(separator: " ")
        return Answer(
            code: words.count > 1 ? Int(words[1].prefix(3)) ?? 0 : 0,
            head: parts.first ?? "",
            body: parts.dropFirst().joined(separator: "\n\n")
        )
    }

    /// The running companion.
    func running() throws -> TestProgram {
        try #require(companion)
    }
}

extension EndToEnd.Answer {
    /// Whether `retry-after` names the seconds of a wait that began at `start`, less what has passed.
    func waits(_ seconds: Int, since start: ContinuousClock.Instant) -> Bool {
        let passed = Int((ContinuousClock.now - start).components.seconds) + 1
        let named = head.firstMatch(of: /retry-after: ([0-9]+)/).flatMap { Int($0.1) }
        return named.map { (max(1, seconds - passed)...seconds).contains($0) } ?? false
    }
}
