import Basics
import Formats
import Reactor
import Testing

@testable import Proxying

/// Envoy's role-based access control.
@Suite struct PolicyTests {
    /// A filter of rules, read as a bootstrap's.
    private static func bench(_ rules: String) throws -> ProxyBench {
        let filter = """
            - name: envoy.filters.http.rbac
              typed_config:
                "@type": \(EnvoyText.http).rbac.v3.RBAC
                \(rules.replacingLineStarts(with: "    "))
            """
        let text = EnvoyText.bootstrap(filters: filter + "\n" + EnvoyText.router)
        let read = try Reading.value(text, .envoy).configuration
        guard case .http(let settings)? = read.listeners.first?.chains.first?.handler else {
            throw Failure(.internalError, "the bootstrap has no manager")
        }
        return try ProxyBench(simpleConfiguration { http, _ in http.filters = settings.filters })
    }

    private static func status(_ bench: ProxyBench, _ head: String, _ fields: String...) -> Int {
        bench.serve = { peer in
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            peer.forget()
        }
        let client = bench.client()
        client.send(([head, "Host: a"] + fields).joined(separator: "\r\n") + "\r\n\r\n")
        bench.settle()
        return ProxyingTests.status(client.text)
    }

    private static func rules(_ action: String, _ permission: String, _ principal: String) -> String
    {
        """
        rules:
          action: \(action)
          policies:
            one:
              permissions: [ \(permission) ]
              principals: [ \(principal) ]
        """
    }

    @Test(arguments: [
        ("url_path: { path: { prefix: /a } }", "GET /a?b HTTP/1.1", true),
        ("url_path: { path: { exact: /a } }", "GET /a?b HTTP/1.1", true),
        ("url_path: { path: { exact: /a } }", "GET /ab HTTP/1.1", false),
        ("header: { name: ':method', string_match: { exact: GET } }", "GET / HTTP/1.1", true),
        ("header: { name: ':method', string_match: { exact: GET } }", "PUT / HTTP/1.1", false),
        ("header: { name: x-key, present_match: true }", "GET / HTTP/1.1", true),
        ("header: { name: x-none, present_match: true }", "GET / HTTP/1.1", false),
        ("not_rule: { header: { name: x-none, present_match: true } }", "GET / HTTP/1.1", true),
        (
            "and_rules: { rules: [ { any: true }, { url_path: { path: { prefix: /b } } } ] }",
            "GET /a HTTP/1.1", false
        ),
        (
            "or_rules: { rules: [ { url_path: { path: { prefix: /b } } }, { any: true } ] }",
            "GET /a HTTP/1.1", true
        ),
        ("destination_port: 1", "GET / HTTP/1.1", false),
        ("destination_port_range: { start: 0, end: 65536 }", "GET / HTTP/1.1", true),
        ("requested_server_name: { exact: a.test }", "GET / HTTP/1.1", false),
        ("any: false", "GET / HTTP/1.1", false),
    ])
    func `what is done decides`(_ permission: String, _ head: String, _ holds: Bool) throws {
        for action in ["ALLOW", "DENY"] {
            let rules = Self.rules(
                action,
                "{ \(permission) }",
                "{ not_id: { header: { name: x-none, present_match: true } } }"
            )
            let bench = try Self.bench(rules)
            let passes = holds == (action == "ALLOW")
            #expect(Self.status(bench, head, "X-Key: 1") == (passes ? 200 : 403), "\(action)")
            #expect(bench.value("http.in.rbac.\(passes ? "allowed" : "denied")") == 1)
        }
    }

    @Test(arguments: [
        ("header: { name: x-user, string_match: { exact: ann } }", true),
        (
            "and_ids: { ids: [ { any: true }, { header: { name: x-user, string_match: { exact: bob } } } ] }",
            false
        ),
        (
            "or_ids: { ids: [ { authenticated: {} }, { header: { name: x-user, present_match: true } } ] }",
            true
        ),
        ("authenticated: {}", false), ("not_id: { authenticated: {} }", true),
        ("authenticated: { principal_name: { exact: ann } }", false),
        ("url_path: { path: { prefix: / } }", true),
        ("direct_remote_ip: { address_prefix: 198.51.100.0, prefix_len: 24 }", false),
    ])
    func `who does it decides`(_ principal: String, _ holds: Bool) throws {
        let permission = "{ header: { name: x-user, present_match: true } }"
        let bench = try Self.bench(Self.rules("ALLOW", permission, "{ \(principal) }"))
        #expect(Self.status(bench, "GET / HTTP/1.1", "X-User: ann") == (holds ? 200 : 403))
        #expect(Self.status(bench, "GET / HTTP/1.1") == 403)
    }

    @Test func `one policy is enough, and none refuses nothing that is denied`() throws {
        let rules = """
            rules:
              policies:
                read:
                  permissions: [ { header: { name: ":method", string_match: { exact: GET } } } ]
                  principals: [ { any: true } ]
                write:
                  permissions: [ { any: true } ]
                  principals: [ { header: { name: x-admin, present_match: true } } ]
            """
        let bench = try Self.bench(rules)
        #expect(Self.status(bench, "GET / HTTP/1.1") == 200)
        #expect(Self.status(bench, "PUT / HTTP/1.1", "Content-Length: 0") == 403)
        #expect(Self.status(bench, "PUT / HTTP/1.1", "Content-Length: 0", "X-Admin: 1") == 200)
        let nobody = try Self.bench("rules: { action: ALLOW, policies: {} }")
        #expect(Self.status(nobody, "GET / HTTP/1.1") == 403)
        let all = try Self.bench("rules: { action: DENY, policies: {} }")
        #expect(Self.status(all, "GET / HTTP/1.1") == 200)
    }

    @Test(arguments: [
        ("{ metadata: {} }", "{ any: true }", "metadata"),
        ("{ url_path: {} }", "{ any: true }", "\"path\" is missing"),
        ("{ destination_port_range: { start: 5, end: 5 } }", "{ any: true }", "it holds no port"),
        ("{ and_rules: { rules: [] } }", "{ any: true }", "\"rules\" is empty"),
        ("{ url_path: { path: { prefix: / } } }", "{ filter_state: {} }", "filter_state"),
        ("{ pass: true }", "{ any: true }", "pass"),
    ])
    func `what cannot be asked is told`(
        _ permission: String,
        _ principal: String,
        _ expected: String
    ) {
        let rules = Self.rules("ALLOW", permission, principal).replacingLineStarts(with: "    ")
        let filter = """
            - name: envoy.filters.http.rbac
              typed_config:
                "@type": \(EnvoyText.http).rbac.v3.RBAC
                \(rules)
            """
        let text = EnvoyText.bootstrap(filters: filter + "\n" + EnvoyText.router)
        let findings = Reading.findings(text, .envoy)
        #expect(findings.contains { $0.hasPrefix("error") && $0.contains(expected) }, "\(findings)")
    }
}
