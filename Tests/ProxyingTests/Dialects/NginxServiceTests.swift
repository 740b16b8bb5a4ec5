import Testing

@testable import Proxying

/// Servers of nginx's upstreams whose ports DNS tells.
@Suite struct NginxServiceTests {
    private static func text(_ server: String) -> String {
        "events {} http { resolver 10.0.0.10; upstream app { zone app 64k; server \(server); }\n"
            + "server { listen 80; location / { proxy_pass http://app; } } }\n"
    }

    @Test(arguments: [
        ("users.svc service=http resolve", "_http._tcp.users.svc"),
        ("users.svc resolve service=_grpc._tcp", "_grpc._tcp.users.svc"),
        ("users.svc service=a.b resolve", "a.b.users.svc"),
    ])
    func `a service is looked up by its full name`(server: String, name: String) throws {
        let configuration = try Reading.value(Self.text(server), .nginx).configuration
        let endpoint = try #require(configuration.clusters.first?.endpoints.first)
        #expect(endpoint.address == HostPort(host: name, port: 0))
        #expect(endpoint.isService && endpoint.hostname == "users.svc")
    }

    @Test(arguments: [
        ("users.svc service=http", "add resolve"),
        ("users.svc:80 service=http resolve", "leave it out"),
        ("users.svc service= resolve", "service"),
    ])
    func `what cannot be looked up is an error`(server: String, remedy: String) {
        let findings = Reading.findings(Self.text(server), .nginx)
        #expect(findings.contains { $0.hasPrefix("error") && $0.contains(remedy) })
    }
}
