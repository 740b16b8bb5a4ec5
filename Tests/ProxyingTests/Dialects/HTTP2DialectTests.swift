import Testing

@testable import Proxying

/// Where the languages say which HTTP is spoken.
@Suite struct HTTP2DialectTests {
    @Test(arguments: [
        ("bind :80", HTTPSettings.Codec.auto), ("bind :80 proto h2", .http2),
        ("bind :80 proto h1", .http1),
    ])
    func `HAProxy says it at the bind`(bind: String, codec: HTTPSettings.Codec) throws {
        let text = """
            defaults
                mode http
            frontend web
                \(bind)
                default_backend app
            backend app
                server s 127.0.0.1:8080
            """
        #expect(try http(text, .haproxy).codec == codec)
    }

    @Test(arguments: [
        ("", ClusterSettings.Version.http1), ("proto h2", .http2),
        ("ssl verify none alpn h2", .http2), ("ssl verify none alpn h2,http/1.1", .auto),
        ("ssl verify none alpn http/1.1,http/1.0", .http1),
    ])
    func `HAProxy says it at the server`(words: String, version: ClusterSettings.Version) throws {
        let text = """
            defaults
                mode http
            frontend web
                bind :80
                default_backend app
            backend app
                server s 127.0.0.1:8080 \(words)
            """
        let read = try Reading.value(text, .haproxy).configuration
        #expect(read.clusters.map(\.version) == [version])
    }

    @Test(arguments: [
        ("listen 80;", HTTPSettings.Codec.http1), ("listen 80 http2;", .auto),
        ("listen 80; http2 on;", .auto),
    ])
    func `nginx says it at the server`(lines: String, codec: HTTPSettings.Codec) throws {
        let text = """
            events {}
            http { server { \(lines) location / { grpc_pass grpc://127.0.0.1:50051; } } }
            """
        #expect(try http(text, .nginx).codec == codec)
        let read = try Reading.value(text, .nginx).configuration
        #expect(read.clusters.map(\.version) == [.http2])
    }

    @Test func `Envoy's options of HTTP/2 are read for clients and for hosts`() throws {
        let options = """
            http2_protocol_options: { max_concurrent_streams: 7, \
            initial_stream_window_size: 70000, initial_connection_window_size: 90000, \
            connection_keepalive: { interval: 30s, timeout: 5s, interval_jitter: { value: 20 }, \
            connection_idle_interval: 10s } }
            """
        let wanted = HTTP2Settings(
            streamsMaximum: 7,
            streamWindow: 70_000,
            connectionWindow: 90_000,
            pings: PingSettings(
                interval: .seconds(30),
                timeout: .seconds(5),
                jitterPercent: 20,
                idleInterval: .seconds(10)
            )
        )
        let clusters = [
            "type: STRICT_DNS\n" + options,
            """
            type: STRICT_DNS
            typed_extension_protocol_options:
              envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                explicit_http_config: { \(options) }
            """,
        ]
        for cluster in clusters {
            let text = EnvoyText.bootstrap(manager: options, cluster: cluster)
            let read = try Reading.value(text, .envoy)
            #expect(read.warnings.map { "\($0)" }.filter { $0.contains("http2") }.isEmpty)
            #expect(read.configuration.clusters.map(\.http2) == [wanted])
            #expect(read.configuration.clusters.map(\.version) == [.http2])
            let http = try http(text, .envoy)
            #expect(http.http2 == wanted && http.streamsMaximum == 7)
        }
    }

    @Test(arguments: [
        ("initial_stream_window_size: 1000", "initial_stream_window_size"),
        ("connection_keepalive: { interval: 1s }", "timeout"),
        ("connection_keepalive: { interval: 0s, timeout: 1s }", "interval"),
        (
            "connection_keepalive: { timeout: 1s, interval_jitter: { value: 120 } }",
            "interval_jitter"
        ),
    ])
    func `mistakes in Envoy's options of HTTP/2 are found`(option: String, place: String) {
        let text = EnvoyText.bootstrap(manager: "http2_protocol_options: { \(option) }")
        let findings = Reading.findings(text, .envoy).filter { $0.hasPrefix("error") }
        #expect(findings.count == 1 && findings[0].contains(place), "\(findings)")
    }

    private func http(_ text: String, _ dialect: Dialect) throws -> HTTPSettings {
        let read = try Reading.value(text, dialect).configuration
        for case .http(let http) in read.listeners.flatMap(\.chains).map(\.handler) { return http }
        throw Missing()
    }

    private struct Missing: Error {}
}
