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

    private func http(_ text: String, _ dialect: Dialect) throws -> HTTPSettings {
        let read = try Reading.value(text, dialect).configuration
        for case .http(let http) in read.listeners.flatMap(\.chains).map(\.handler) { return http }
        throw Missing()
    }

    private struct Missing: Error {}
}
