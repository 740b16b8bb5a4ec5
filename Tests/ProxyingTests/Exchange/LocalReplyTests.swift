import Basics
import HTTP
import Reactor
import Testing

@testable import Proxying

@Suite struct LocalReplyTests {
    private static func bench(_ rules: [LocalReplyRule]) throws -> ProxyBench {
        let bench = try ProxyBench(
            simpleConfiguration { http, _ in
                http.localReplies = rules
                http.routes.hosts[0].routes.insert(
                    Route(
                        match: RouteMatch(path: .prefix("/said")),
                        action: .respond(status: 403, body: "say \"no\"")
                    ),
                    at: 0
                )
            }
        )
        bench.refuses = true
        return bench
    }

    @Test func `an answer of the proxy's own gets another status, body and fields`() throws {
        let bench = try Self.bench([
            LocalReplyRule(
                statuses: [500, 503],
                status: 502,
                body: "%RESPONSE_CODE% for %REQ(:PATH)%: %RESPONSE_FLAGS%",
                contentType: "text/x-why",
                headers: [HeaderAddition(name: "x-why", value: "%RESPONSE_FLAGS%")]
            )
        ])
        let changed = answer(bench, "GET /a HTTP/1.1")
        #expect(changed.hasPrefix("HTTP/1.1 502 Bad Gateway\r\n"))
        #expect(changed.contains("\r\ncontent-type: text/x-why\r\n"))
        #expect(changed.contains("\r\nx-why: UF\r\n"))
        #expect(changed.hasSuffix("\r\n\r\n502 for /a: UF"))
        #expect(changed.contains("\r\ncontent-length: 14\r\n"))
        let other = answer(bench, "GET /said HTTP/1.1")
        #expect(status(other) == 403 && other.hasSuffix("say \"no\""))
        #expect(bench.value("http.in.downstream_rq_5xx") == 1)
    }

    @Test func `a form takes the body in, escaped in JSON`() throws {
        let json = AccessLogSettings.Format.json([
            .init(key: "code", value: "%RESPONSE_CODE%"),
            .init(key: "why", value: "%LOCAL_REPLY_BODY%"),
        ])
        let bench = try Self.bench([
            LocalReplyRule(statuses: [403], format: json, contentType: "application/json"),
            LocalReplyRule(format: .text("<%LOCAL_REPLY_BODY%>")),
        ])
        let said = answer(bench, "GET /said HTTP/1.1")
        #expect(said.contains("\r\ncontent-type: application/json\r\n"))
        #expect(said.hasSuffix("\r\n\r\n{\"code\":403,\"why\":\"say \\\"no\\\"\"}\n"))
        #expect(answer(bench).contains("\r\n\r\n<upstream connect error"))
        let head = answer(bench, "HEAD /said HTTP/1.1")
        #expect(head.hasSuffix("\r\n\r\n") && head.contains("\r\ncontent-length: 32\r\n"))
    }

    @Test func `the first rule for a status holds, and answers of hosts are left alone`() throws {
        let bench = try Self.bench([
            LocalReplyRule(statuses: [503], status: 500),
            LocalReplyRule(status: 400, body: ""),
        ])
        #expect(status(answer(bench)) == 500)
        let emptied = answer(bench, "GET /said HTTP/1.1")
        #expect(status(emptied) == 400 && !emptied.contains("content-type"))
        bench.refuses = false
        #expect(status(answer(bench)) == 200)
    }

    @Test func `what Envoy's file says is compiled`() throws {
        let text = """
            local_reply_config:
              mappers:
              - filter:
                  status_code_filter:
                    comparison: {op: GE, value: {default_value: 500, runtime_key: x}}
                status_code: 500
                body: {inline_string: "100 %"}
              body_format: {json_format: {why: "%LOCAL_REPLY_BODY%"}}
            """
        let read = try Reading.value(EnvoyText.bootstrap(manager: text), .envoy)
        guard case .http(let http) = read.configuration.listeners[0].chains[0].handler else {
            Issue.record("no HTTP")
            return
        }
        #expect(http.localReplies.count == 2)
        let bench = try Self.bench(http.localReplies)
        let changed = answer(bench)
        #expect(status(changed) == 500)
        #expect(changed.hasSuffix("\r\n\r\n{\"why\":\"100 %\"}\n"))
        #expect(answer(bench, "GET /said HTTP/1.1").hasSuffix("{\"why\":\"say \\\"no\\\"\"}\n"))
    }

    // MARK: Hosts

    @Test(
        arguments: [
            ("a:80", nil, "a"), ("a:80", 80, "a"), ("a:80", 81, nil), ("a", nil, nil),
            ("[::1]:80", nil, "[::1]"), ("[::1]", nil, nil), ("a:", nil, nil), (":80", nil, nil),
            ("80", nil, nil), ("a:65616", 80, nil),
        ] as [(String, UInt16?, String?)]
    )
    func `the port of a host is taken off`(text: String, port: UInt16?, host: String?) {
        let bytes = Array(text.utf8)
        let end = HostTable.hostEnd(bytes.span, before: port)
        #expect(end.map { String(decoding: bytes[..<$0], as: UTF8.self) } == host)
    }

    @Test func `a host without its port is sent on`() throws {
        let bench = try ProxyBench(simpleConfiguration { http, _ in http.hostPort = .strip })
        bench.serve = { $0.send("HTTP/1.1 204 No Content\r\n\r\n") }
        let client = bench.client()
        client.send("GET / HTTP/1.1\r\nHost: a:8080\r\n\r\n")
        bench.settle()
        #expect(bench.hosts[0].text.contains("\r\nhost: a\r\n"))
    }

    // MARK: Connections

    @Test func `a listener takes only so many connections`() throws {
        var configuration = simpleConfiguration()
        configuration.listeners[0].connectionsMaximum = 2
        let bench = try ProxyBench(configuration)
        let first = bench.client()
        let second = bench.client()
        let third = bench.client()
        bench.settle()
        #expect(!first.hasEnded && !second.hasEnded && third.hasEnded)
        #expect(bench.value("listener.in.downstream_cx_overflow") == 1)
        #expect(bench.value("listener.in.downstream_cx_active") == 2)
        first.link?.close()
        bench.settle()
        #expect(bench.value("listener.in.downstream_cx_active") == 1)
        let fourth = bench.client()
        bench.settle()
        #expect(!fourth.hasEnded)
        bench.apply(simpleConfiguration())
        let fifth = bench.client()
        bench.settle()
        #expect(!fifth.hasEnded, "a new configuration has no limit")
        #expect(bench.value("listener.in.downstream_cx_active") == 3)
    }

    @Test func `all listeners together take only so many connections`() throws {
        var configuration = simpleConfiguration()
        configuration.connectionsMaximum = 1
        let bench = try ProxyBench(configuration)
        let first = bench.client()
        let second = bench.client()
        bench.settle()
        #expect(!first.hasEnded && second.hasEnded)
        #expect(bench.value("listener.in.downstream_global_cx_overflow") == 1)
    }

    @Test func `connections come only so fast`() throws {
        var configuration = simpleConfiguration()
        configuration.listeners[0].connectionRate = TokenBucketSettings(
            maximum: 1,
            fillInterval: .seconds(1)
        )
        let bench = try ProxyBench(configuration)
        let first = bench.client()
        let second = bench.client()
        bench.settle()
        #expect(!first.hasEnded && second.hasEnded)
        #expect(bench.value("local_rate_limit.in.rate_limited") == 1)
        bench.pass(.seconds(1))
        let third = bench.client()
        bench.settle()
        #expect(!third.hasEnded)
    }
}
