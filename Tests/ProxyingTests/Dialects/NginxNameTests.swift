import Testing

@testable import Proxying

/// Servers of nginx whose names are regular expressions.
@Suite struct NginxNameTests {
    private static func settings(_ servers: String) throws -> HTTPSettings {
        let text = "events {} http { \(servers) }\n"
        let configuration = try Reading.value(text, .nginx).configuration
        guard case .http(let http)? = configuration.listeners.first?.chains.first?.handler else {
            throw CancellationError()
        }
        return http
    }

    private static let servers = """
        server { listen 80 default_server; return 200 default; }
        server { listen 80; server_name ~^www\\d+\\.example\\.(com|org)$; return 200 numbers; }
        server { listen 80; server_name www1.example.com; return 200 exact; }
        server { listen 80; server_name *.example.org; return 200 star; }
        server { listen 80; server_name "~^(?<user>.+)\\.users\\.net$" ~admin; return 200 users; }
        server { listen 80; server_name ~www; return 200 second; }
        """

    @Test(arguments: [
        ("www1.example.com", "exact"), ("www2.example.com", "numbers"),
        ("WWW22.Example.COM:8080", "numbers"), ("www2.example.org", "star"),
        ("joe.users.net", "users"), ("x.admins.net", "users"), ("www.else.net", "second"),
        ("wwwx.example.com", "second"), ("else.net", "default"), ("users.net", "default"),
    ])
    func `an expression is asked after names and stars, the first first`(
        name: String,
        answer: String
    ) throws {
        let hosts = try Self.settings(Self.servers).routes.hosts
        let table = try HostTable(hosts, ignoresPort: true)
        let found = table.host(for: Array(name.utf8).span)
        guard case .respond(_, let body, _)? = hosts[found].routes.first?.action else {
            Issue.record("\(hosts[found])")
            return
        }
        #expect(body == answer)
    }

    @Test func `an expression that is none is an error`() {
        let text = "events {} http { server { listen 80; server_name ~^(a; return 200; } }\n"
        let errors = Reading.findings(text, .nginx).filter { $0.hasPrefix("error file:1:18: ") }
        #expect(errors.count == 1, "\(errors)")
    }

    @Test func `a certificate that no name of the hello can choose is an error`() {
        func text(_ name: String, _ file: String) -> String {
            """
            events {} http {
              server { listen 443 ssl; ssl_certificate /a; ssl_certificate_key /a; return 200; }
              server { listen 443 ssl; server_name \(name); ssl_certificate /\(file);
                       ssl_certificate_key /\(file); return 200; }
            }
            """
        }
        let errors = Reading.findings(text("~^a", "b"), .nginx).filter { $0.hasPrefix("error") }
        #expect(errors.count == 1 && errors[0].contains("file:3:3"), "\(errors)")
        #expect(Reading.findings(text("~^a", "a"), .nginx).allSatisfy { !$0.hasPrefix("error") })
        #expect(Reading.findings(text("b.c", "b"), .nginx).allSatisfy { !$0.hasPrefix("error") })
    }
}
