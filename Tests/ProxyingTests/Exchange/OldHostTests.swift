import Basics
import HTTP
import Reactor
import Testing

@testable import Proxying

/// Hosts that are spoken to in HTTP/1.0, as nginx does unless told otherwise.
@Suite struct OldHostTests {
    private static func bench(
        change: (inout HTTPSettings) -> Void = { _ in }
    ) throws -> ProxyBench {
        var action = ForwardAction(target: .clusters([WeightedCluster(name: "app")]))
        action.usesHTTP10 = true
        return try ProxyBench(
            simpleConfiguration(route: action) { http, cluster in
                cluster.idleConnectionsMaximum = 0
                change(&http)
            }
        )
    }

    @Test func `a request is HTTP/1.0 and says that its connection ends`() throws {
        let bench = try Self.bench()
        let client = bench.client()
        client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        let host = try #require(bench.hosts.first)
        #expect(host.text.hasPrefix("GET /a HTTP/1.0\r\nhost: a\r\n"))
        #expect(host.text.contains("\r\nconnection: close\r\n"))
        host.send("HTTP/1.0 200 OK\r\n\r\nuntil the end")
        host.link?.finish()
        bench.settle()
        #expect(client.text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(client.text.contains("\r\ntransfer-encoding: chunked\r\n"))
        #expect(client.text.contains("until the end"))
        client.forget()
        client.send("GET /b HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        #expect(bench.hosts.count == 2, "the client's connection goes on, the host's does not")
        #expect(!client.hasEnded)
    }

    @Test(arguments: [0, 4]) func `a body in chunks is gathered, and its length told`(
        held: Int
    ) throws {
        let bench = try Self.bench()
        let client = bench.client()
        client.send("POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: chunked\r\n\r\n")
        client.send("4\r\nsome\r\n")
        bench.settle()
        #expect(bench.hosts.isEmpty, "nothing is asked before the body is there")
        client.send("5\r\n body\r\n0\r\n\r\n")
        bench.settle()
        let text = try #require(bench.hosts.first).text
        #expect(text.contains("\r\ncontent-length: 9\r\n"))
        #expect(!text.contains("transfer-encoding"))
        #expect(text.hasSuffix("\r\n\r\nsome body"))
        bench.hosts[0].send("HTTP/1.0 204 No Content\r\n\r\n")
        bench.settle()
        #expect(status(client.text) == 204)
    }

    @Test func `a body that is too long to be gathered is refused`() throws {
        let bench = try Self.bench()
        let client = bench.client()
        client.send("POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: chunked\r\n\r\n")
        let piece = String(repeating: "x", count: 0x10000)
        for _ in 0..<17 { client.send("10000\r\n\(piece)\r\n") }
        bench.settle(2000)
        #expect(status(client.text) == 413)
        #expect(bench.hosts.isEmpty)
        #expect(bench.value("http.in.downstream_rq_active") == 0)
    }

    @Test func `a client that leaves while its body is gathered does no harm`() throws {
        let bench = try Self.bench()
        let client = bench.client()
        client.send("POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n")
        bench.settle()
        client.link?.close()
        bench.settle()
        #expect(bench.hosts.isEmpty)
        #expect(bench.value("http.in.downstream_rq_active") == 0)
        #expect(bench.value("cluster.app.upstream_rq_active") == 0)
    }

    // MARK: Wishes of requests

    private static func retrying(_ retry: RetrySettings?) throws -> ProxyBench {
        let bench = try ProxyBench(
            simpleConfiguration(
                route: ForwardAction(
                    target: .clusters([WeightedCluster(name: "app")]),
                    retry: retry
                )
            )
        )
        var count = 0
        bench.serve = { peer in
            peer.forget()
            count += 1
            peer.send(
                "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n"
                    + (count == 1 ? "x-again: yes\r\n" : "") + "\r\n\(count)"
            )
        }
        return bench
    }

    private static func ask(_ bench: ProxyBench, _ fields: String...) -> String {
        let client = bench.client()
        let lines = ["GET / HTTP/1.1", "Host: a"] + fields
        client.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
        bench.settle()
        bench.pass(.seconds(1))
        return client.text
    }

    @Test func `an answer with a field that the route names is tried again`() throws {
        let again = HeaderMatch(name: "x-again", test: .text(.exact("yes")))
        let retry = RetrySettings(conditions: [.headers], headers: [again])
        #expect(try Self.ask(Self.retrying(retry)).hasSuffix("2"))
        let other = HeaderMatch(name: "x-again", test: .text(.exact("no")))
        let none = RetrySettings(conditions: [.headers], headers: [other])
        #expect(try Self.ask(Self.retrying(none)).hasSuffix("1"))
    }

    @Test(arguments: [("10.0.0.9", "2"), ("192.0.2.9", "1")])
    func `a trusted request names such fields itself`(client: String, body: String) throws {
        let text = try Self.ask(
            Self.retrying(nil),
            "x-forwarded-for: \(client)",
            "x-envoy-retry-on: retriable-headers",
            "x-envoy-retriable-header-names: x-other, X-Again"
        )
        #expect(text.hasSuffix(body))
    }

    @Test func `a trusted request says how long its answer may take`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        let client = bench.client()
        client.send(
            "GET / HTTP/1.1\r\nHost: a\r\nx-forwarded-for: 10.0.0.9\r\n"
                + "x-envoy-upstream-rq-timeout-ms: 300\r\n\r\n"
        )
        bench.settle()
        #expect(bench.hosts[0].text.contains("\r\nx-envoy-expected-rq-timeout-ms: 300\r\n"))
        bench.pass(.milliseconds(250))
        #expect(client.text == "")
        bench.pass(.milliseconds(100))
        #expect(status(client.text) == 504)
    }

    @Test(
        arguments: [
            ("", []), ("a", ["a"]), (" a , B,,c ", ["a", "B", "c"]),
            (
                (0..<20).map { "h\($0)" }.joined(separator: ","),
                (0..<16).map { "h\($0)" }
            ),
        ] as [(String, [String])]
    )
    func `a list of names is bounded`(text: String, names: [String]) {
        let found = RetryWishes.names(Array(text.utf8).span)
        #expect(found.map { String(decoding: $0, as: UTF8.self) } == names)
    }
}
