import Formats
import HTTP
import Testing

@testable import Proxying

/// What nginx itself was seen to do with the same file and the same requests.
@Suite struct PeerNginxTests {
    private static func bench(_ server: String) throws -> ProxyBench {
        var configuration = try Reading.value(
            "http { server { listen 80; \(server) } }",
            .nginx
        ).configuration
        configuration.listeners[0].name = "in"
        return try ProxyBench(configuration)
    }

    /// What the host gets of a request, and what the client gets.
    private static func ask(_ bench: ProxyBench, _ head: String, _ fields: String...) -> (
        host: String, client: String
    ) {
        var got = ""
        bench.serve = { peer in
            got = peer.text
            peer.forget()
            peer.send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhost")
        }
        let client = bench.client()
        client.send(([head, "Host: a"] + fields).joined(separator: "\r\n") + "\r\n\r\n")
        bench.settle()
        return (got, client.text)
    }

    private static let pass = "proxy_pass http://127.0.0.1:9;"

    // The bench's clients come from 192.0.2.7.
    @Test(arguments: [
        ([], "192.0.2.7"), (["X-Forwarded-For: 1.1.1.1"], "1.1.1.1, 192.0.2.7"),
        (
            ["X-Forwarded-For: 1.1.1.1", "x-forwarded-for: 2.2.2.2, 3.3.3.3"],
            "1.1.1.1, 2.2.2.2, 3.3.3.3, 192.0.2.7"
        ),
    ])
    func `the chain of addresses is one line`(_ fields: [String], _ expected: String) throws {
        let set = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
        let bench = try Self.bench("location / { \(set) \(Self.pass) }")
        var got = ""
        bench.serve = { peer in got = peer.text }
        let client = bench.client()
        client.send(
            (["GET / HTTP/1.1", "Host: a"] + fields).joined(separator: "\r\n") + "\r\n\r\n"
        )
        bench.settle()
        let lines = got.split(separator: "\r\n").filter {
            $0.lowercased().hasPrefix("x-forwarded-for:")
        }
        #expect(lines == ["X-Forwarded-For: \(expected)"], "\(got)")
    }

    @Test func `the chain of addresses stands in other fields and texts`() throws {
        let set = "proxy_set_header X-Way \"by $proxy_add_x_forwarded_for\";"
        let bench = try Self.bench("location / { \(set) \(Self.pass) }")
        let got = Self.ask(bench, "GET / HTTP/1.1", "X-Forwarded-For: 1.1.1.1").host
        #expect(got.contains("X-Way: by 1.1.1.1, 192.0.2.7\r\n"), "\(got)")
        #expect(got.lowercased().contains("x-forwarded-for: 1.1.1.1\r\n"), "\(got)")
    }

    @Test(arguments: [
        "/..", "/../a", "/a/../../b", "/a/%2e%2e/%2E%2e/b", "/a/..//../b", "/a%00", "/a/%00/..",
    ])
    func `a path that leads above the root or holds a null is refused`(_ path: String) throws {
        let bench = try Self.bench("location / { \(Self.pass) }")
        let (host, client) = Self.ask(bench, "GET \(path) HTTP/1.1")
        #expect(status(client) == 400, "\(client)")
        #expect(host.isEmpty)
    }

    @Test(arguments: ["/a/..", "/a/../b", "/a/b/../../c", "/...", "/a?/../..", "/a?x=%00", "/..a"])
    func `a path that stays below the root passes`(_ path: String) throws {
        let bench = try Self.bench("location / { \(Self.pass) }")
        #expect(Self.ask(bench, "GET \(path) HTTP/1.1").host.hasPrefix("GET \(path) "))
    }

    @Test(arguments: [
        ("/?q=1", "", true), ("/?q=0", "", false), ("/?q=", "", false), ("/?q=00", "", true),
        ("/", "X-Q: 1", true), ("/", "X-Q: 0", false), ("/", "Cookie: q=1", true),
        ("/", "Cookie: q=0", false), ("/", "Cookie: a=b; q=0; c=d", false),
        ("/", "Cookie: a=b; q=01", true),
    ])
    func `neither an empty text nor 0 holds`(_ path: String, _ field: String, _ holds: Bool) throws
    {
        let conditions = ["$arg_q", "$http_x_q", "$cookie_q"].map { "if (\($0)) { return 418; }" }
        let bench = try Self.bench(
            "location / { \(conditions.joined(separator: " ")) \(Self.pass) }"
        )
        let fields = field.isEmpty ? "X-None: 1" : field
        let client = Self.ask(bench, "GET \(path) HTTP/1.1", fields).client
        #expect(status(client) == (holds ? 418 : 200), "\(client)")
    }

    private static let rewriting = """
        rewrite ^/gone/(.*)$ /old/$1 last;
        location /old/ { rewrite ^/old/(.*)$ /new/$1 last; }
        location /new/ { proxy_set_header X-Uri "$request_uri $uri"; \(pass) }
        location /part/ { rewrite ^/part/a/(.*) /new/part/$1; proxy_pass http://127.0.0.1:9/rest/; }
        location /round/ { rewrite ^ /round/again last; }
        location /if/ { if ($http_x_m) { rewrite ^/if/(.*)$ /new/$1 last; } \(pass) }
        location / { return 418; }
        """

    @Test(arguments: [
        ("/old/x?y=1", "/new/x?y=1"), ("/gone/x", "/new/x"), ("/part/a/b", "/new/part/b"),
        ("/part/b", "/rest/b"), ("/old/", "/new/"), ("/old/../old/z", "/new/z"),
    ])
    func `a location is looked for anew after a rewrite`(_ path: String, _ new: String) throws {
        let got = Self.ask(try Self.bench(Self.rewriting), "GET \(path) HTTP/1.1").host
        #expect(got.hasPrefix("GET \(new) "), "\(got)")
    }

    @Test func `a rewrite keeps what was asked for, holds where its condition does, and ends`()
        throws
    {
        let bench = try Self.bench(Self.rewriting)
        let got = Self.ask(bench, "GET /if/a HTTP/1.1", "X-M: 1").host
        #expect(got.hasPrefix("GET /new/a "), "\(got)")
        #expect(got.contains("X-Uri: /if/a /new/a\r\n"), "\(got)")
        #expect(!got.lowercased().contains("x-envoy"), "\(got)")
        #expect(Self.ask(bench, "GET /if/a HTTP/1.1").host.hasPrefix("GET /if/a "))
        #expect(status(Self.ask(bench, "GET /round/x HTTP/1.1").client) == 500)
        #expect(status(Self.ask(bench, "GET /x HTTP/1.1").client) == 418)
    }

    @Test func `a server's rewrite that would meet its own path again is refused`() {
        let text =
            "http { server { listen 80; rewrite ^/(.*)$ /app/$1 last; location / { \(Self.pass) } } }"
        let findings = Reading.findings(text, .nginx)
        #expect(findings.contains { $0.contains("would be rewritten again") }, "\(findings)")
    }

    @Test func `an answer of its own is given before anybody is asked who he is`() throws {
        let bench = try Self.bench(
            """
            deny all;
            location = /healthz { return 200 "fine"; }
            location = /old { rewrite ^ /new permanent; }
            location / { \(Self.pass) }
            """
        )
        #expect(status(Self.ask(bench, "GET /healthz HTTP/1.1").client) == 200)
        #expect(status(Self.ask(bench, "GET /old HTTP/1.1").client) == 301)
        #expect(status(Self.ask(bench, "GET / HTTP/1.1").client) == 403)
    }

    @Test func `an answer of its own needs no password and is not limited`() throws {
        let text = """
            http {
                limit_req_zone $binary_remote_addr zone=z:1m rate=1r/s;
                server {
                    listen 80;
                    auth_basic "in";
                    auth_basic_user_file users;
                    limit_req zone=z;
                    location = /healthz { return 200 "fine"; }
                    location / { \(Self.pass) }
                }
            }
            """
        let configuration = try Reading.value(text, .nginx).configuration
        guard case .http(let http) = configuration.listeners[0].chains[0].handler else {
            Issue.record("no HTTP")
            return
        }
        let filters = http.routes.hosts[0].routes.map(\.filters)
        #expect(filters.map { $0.basic == nil } == [true, false])
        #expect(filters.map(\.skipsAuthentication) == [true, false])
        #expect(filters.map { $0.rateLimit == nil } == [true, false])
    }

    @Test(arguments: [
        ("proxy_pass_request_headers off;", "proxy_pass_request_headers: \"off\" is not supported"),
        ("proxy_pass_request_body off;", "proxy_pass_request_body: \"off\" is not supported"),
        ("proxy_method POST;", "proxy_method: it is not supported"),
    ])
    func `what would change a request is not left out`(_ words: String, _ expected: String) {
        let text = "http { server { listen 80; location / { \(words) \(Self.pass) } } }"
        let findings = Reading.findings(text, .nginx)
        #expect(findings.contains { $0.hasPrefix("error") && $0.contains(expected) }, "\(findings)")
        #expect(
            Reading.findings(
                "http { server { listen 80; location / { proxy_pass_request_body on; "
                    + "\(Self.pass) } } }",
                .nginx
            ).isEmpty
        )
    }

    @Test func `a server that refuses handshakes does not answer with its neighbour's certificate`()
    {
        let text = "http { server { listen 443 ssl; ssl_reject_handshake on; } }"
        let findings = Reading.findings(text, .nginx)
        #expect(
            findings.contains { $0.contains("ssl_reject_handshake: \"on\" is not supported") },
            "\(findings)"
        )
    }
}
