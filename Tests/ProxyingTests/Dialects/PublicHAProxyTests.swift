import Formats
import HTTP
import Testing

@testable import Proxying

/// What HAProxy's files that people share use.
@Suite struct PublicHAProxyTests {
    private static func read(
        _ frontend: String,
        _ rest: String = "",
        files: [String: String] = [:]
    ) throws -> ConfigurationReader.Result {
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
        let options = ReadingOptions(readFile: { files[$0].map { Array($0.utf8) } })
        return try Reading.value(text, .haproxy, options: options)
    }

    private static func bench(
        _ frontend: String,
        _ rest: String = "",
        files: [String: String] = [:]
    ) throws -> ProxyBench {
        var configuration = try read(frontend, rest, files: files).configuration
        configuration.listeners[0].name = "in"
        return try ProxyBench(configuration)
    }

    /// What the host gets of a request.
    private static func sent(_ bench: ProxyBench, _ head: String, _ fields: String...) -> String {
        var got = ""
        bench.serve = { peer in
            got = peer.text
            peer.forget()
            peer.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        }
        let client = bench.client()
        client.send(([head] + fields).joined(separator: "\r\n") + "\r\n\r\n")
        bench.settle()
        return got
    }

    @Test(arguments: ["", " table counts"])
    func `a stick table limits the requests of an address`(table: String) throws {
        let own = "    stick-table type ip size 1m expire 30s store gpc0,http_req_rate(10s)"
        let bench = try Self.bench(
            """
            \(table.isEmpty ? own : "")
                http-request track-sc0 src\(table)
                acl abuse sc_http_req_rate(0) gt 3
                http-request deny deny_status 429 if abuse
            """,
            table.isEmpty ? "" : "backend counts\n\(own)"
        )
        #expect((0..<5).map { _ in status(answer(bench)) } == [200, 200, 200, 429, 429])
    }

    @Test func `a rate that nothing counts is an error`() {
        let findings = Reading.findings(
            """
            defaults
                mode http
            frontend in
                bind :80
                http-request deny if { sc_http_req_rate(1) gt 3 }
                http-request track-sc0 base32
                default_backend web
            backend web
                server w 127.0.0.1:1
            """,
            .haproxy
        )
        #expect(
            findings.filter { $0.hasPrefix("error") } == [
                "error file:5:5: http-request: nothing counts requests for this rate; "
                    + "add stick-table ... store http_req_rate(10s), and http-request track-sc1 src",
                "error file:6:5: http-request: counting by \"base32\" is not supported; use src",
            ]
        )
    }

    @Test func `a cookie that the proxy makes keeps a client with its server`() throws {
        let result = try Self.read(
            "",
            """
            backend kept
                cookie SRV insert indirect nocache
                server a 127.0.0.1:1 cookie a
                server b 127.0.0.1:2 cookie b
            frontend two
                bind 127.0.0.1:81
                default_backend kept
            """
        )
        let kept = result.configuration.clusters.first { $0.name == "kept" }
        #expect(kept?.balancing == .ringHash())
        guard case .http(let http) = result.configuration.listeners[1].chains[0].handler,
            case .forward(let action)? = http.routes.hosts[0].routes.first?.action
        else {
            Issue.record("no route")
            return
        }
        #expect(action.hashPolicies == [.cookie(name: "SRV", lifetime: .zero, path: "/")])
        #expect(result.warnings.contains { $0.what.contains("hashed to a server") })
    }

    @Test func `backends come from a file of names`() throws {
        let map = "# names\napi.example api\nWWW.example web\n\nbroken\n"
        let bench = try Self.bench(
            "    use_backend %[req.hdr(host),lower,map(/names,web)]",
            "backend api\n    server s 127.0.0.1:2",
            files: ["/names": map]
        )
        _ = Self.sent(bench, "GET / HTTP/1.1", "Host: API.example")
        #expect(bench.value("cluster.api.upstream_rq_total") == 1)
        _ = Self.sent(bench, "GET / HTTP/1.1", "Host: other.example")
        #expect(bench.value("cluster.web.upstream_rq_total") == 1)
    }

    @Test func `a backend may be named by the host`() throws {
        let bench = try Self.bench(
            "    use_backend %[req.hdr(host),lower]",
            "backend api.example\n    server s 127.0.0.1:2"
        )
        _ = Self.sent(bench, "GET / HTTP/1.1", "Host: api.example")
        #expect(bench.value("cluster.api.example.upstream_rq_total") == 1)
    }

    @Test func `variables, the path and who is asked for are sent on`() throws {
        let bench = try Self.bench(
            """
                option forwarded
                http-request set-var(txn.host) req.hdr(host)
                http-request set-header X-Host %[var(txn.host)]
                http-request set-header X-TLS %[ssl_fc]
                http-request set-path %[path]/
            """
        )
        let sent = Self.sent(bench, "GET /a?b=c HTTP/1.1", "Host: h.example")
        #expect(sent.hasPrefix("GET /a/?b=c "), "\(sent)")
        #expect(sent.contains("X-Host: h.example\r\n") && sent.contains("X-TLS: 0\r\n"))
        #expect(sent.contains("forwarded: proto=http;for=192.0.2.7\r\n"), "\(sent)")
    }

    @Test func `statuses are HAProxy's, and answers of its own may have bodies`() throws {
        let bench = try Self.bench(
            """
                http-error status 503 content-type text/x string "down 100%"
                use_backend down if { path_beg /down }
            """,
            "backend down\n    retries 0\n    server d 127.0.0.1:2"
        )
        bench.refuses = true
        let text = answer(bench, "GET /down HTTP/1.1")
        #expect(status(text) == 503 && text.hasSuffix("\r\n\r\ndown 100%"), "\(text)")
        #expect(text.contains("content-type: text/x\r\n"))
    }

    @Test func `what changes nothing is warned of`() throws {
        let result = try Self.read(
            "    filter compression\n    compression algo gzip",
            """
            backend tls
                option ssl-hello-chk
                server a 127.0.0.1:1 ssl check verify required ca-file /ca verifyhost a.example
            listen other
                bind 127.0.0.1:82 transparent
                server a 127.0.0.1:1
            http-errors mine
                errorfile 404 /none
            cache kept
                total-max-size 4
            """
        )
        let tls = result.configuration.clusters.first { $0.name == "tls" }
        #expect(tls?.healthChecks.map(\.check) == [.tcp(send: [], expect: [])])
        #expect(tls?.tls?.trust?.names == [.exact("a.example", ignoresCase: true)])
        #expect(
            result.warnings.filter { $0.what.contains("no effect") }.map(\.path).sorted() == [
                "cache", "compression", "filter", "http-errors",
            ]
        )
    }
}
