import Formats
import HTTP
import Testing

@testable import Proxying

/// What HAProxy itself was seen to do with the same file and the same requests.
@Suite struct PeerHAProxyTests {
    private static func bench(_ frontend: String, _ rest: String = "") throws -> ProxyBench {
        let text = """
            defaults
                mode http
                timeout connect 1s
                timeout client 9s
                timeout server 9s
            frontend in
                bind 127.0.0.1:80
                \(frontend)
                default_backend web
            backend web
                server w 127.0.0.1:1
            \(rest)
            """
        var configuration = try Reading.value(text, .haproxy).configuration
        configuration.listeners[0].name = "in"
        return try ProxyBench(configuration)
    }

    private static func ask(_ bench: ProxyBench, _ head: String) -> (host: String, client: String) {
        var got = ""
        bench.serve = { peer in
            got = peer.text
            peer.forget()
            peer.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        }
        let client = bench.client()
        client.send(head + " HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        return (got, client.text)
    }

    @Test func `the path of a request has no query`() throws {
        let bench = try Self.bench(
            "http-request set-header X-P %[path]\n    http-request set-header X-Q %[query]\n"
                + "    http-request set-header X-U %[url]"
        )
        let got = Self.ask(bench, "GET /a/b?c=d").host
        #expect(got.contains("X-P: /a/b\r\n"), "\(got)")
        #expect(got.contains("X-Q: c=d\r\n"), "\(got)")
        #expect(got.contains("X-U: /a/b?c=d\r\n"), "\(got)")
    }

    @Test(arguments: [
        ("/sp/x?q=1", "/v1/sp/x?q=1"), ("/rp/a/b?x=1", "/v1/out/a/b?x=1"),
        ("/ru/a", "/v1/uu/a"), ("/other?x", "/v1/other?x"), ("/x/rp/a", "/v1/out/a"),
    ])
    func `changes of a path follow each other`(_ path: String, _ expected: String) throws {
        let bench = try Self.bench(
            """
            http-request replace-path /rp/(.*) /out/\\1
                http-request replace-uri ^/ru/(.*) /uu/\\1
                http-request set-path /v1%[path]
            """
        )
        #expect(Self.ask(bench, "GET \(path)").host.hasPrefix("GET \(expected) "))
    }

    @Test func `a replacement stands for the whole path`() throws {
        let rule = "http-request replace-path ^/api /v1"
        let found = Self.ask(try Self.bench(rule), "GET /api/users?x=1").host
        #expect(found.hasPrefix("GET /v1?x=1 "), "\(found)")
        let other = Self.ask(try Self.bench(rule), "GET /web").host
        #expect(other.hasPrefix("GET /web "), "\(other)")
    }

    @Test func `a request without a path is not given one`() throws {
        let bench = try Self.bench("http-request replace-path (.*) /foo\\1")
        #expect(Self.ask(bench, "OPTIONS *").host.hasPrefix("OPTIONS * "))
    }

    @Test func `values in a body are not sent as they are written`() {
        let text = """
            frontend in
                mode http
                bind 127.0.0.1:80
                http-request return status 200 content-type text/plain lf-string "%[src]"
            """
        let findings = Reading.findings(text, .haproxy)
        #expect(
            findings.contains { $0.contains("values in an answer's body are not supported") },
            "\(findings)"
        )
    }

    @Test func `a backend without servers answers 503, and does not leave it to the next`() throws {
        let bench = try Self.bench("use_backend none if { path_beg /none }", "backend none")
        let (host, client) = Self.ask(bench, "GET /none/x")
        #expect(host.isEmpty, "\(host)")
        #expect(status(client) == 503, "\(client)")
        #expect(status(Self.ask(bench, "GET /other").client) == 200)
    }
}
