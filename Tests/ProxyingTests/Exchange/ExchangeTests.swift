import Basics
import Foundation
import HTTP
import Reactor
import Testing

@testable import Proxying

@Suite struct ExchangeTests {
    private static func answer(_ body: String, status: String = "200 OK") -> String {
        "HTTP/1.1 \(status)\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// The body of a chunked message.
    private static func unchunked(_ message: String) -> String {
        guard let head = message.range(of: "\r\n\r\n") else { return "" }
        var rest = message[head.upperBound...]
        var body = ""
        while let line = rest.range(of: "\r\n"),
            let size = Int(rest[..<line.lowerBound], radix: 16), size > 0
        {
            let data = rest[line.upperBound...].prefix(size)
            body += data
            rest = rest[data.endIndex...].dropFirst()
        }
        return body
    }

    @Test func `a request passes to the host, and its answer back`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        bench.serve = { $0.send(Self.answer("hello")) }
        let client = bench.client()
        client.send("GET /a?b=c HTTP/1.1\r\nHost: example.com\r\nAccept: */*\r\n\r\n")
        bench.settle()
        let sent = try #require(bench.hosts.first?.text)
        #expect(sent.hasPrefix("GET /a?b=c HTTP/1.1\r\nhost: example.com\r\nAccept: */*\r\n"))
        #expect(sent.contains("\r\nx-forwarded-proto: http\r\n"))
        #expect(sent.contains("\r\nx-request-id: "))
        #expect(client.text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(client.text.contains("\r\nserver: companion\r\n"))
        #expect(client.text.contains("\r\ndate: Tue, 14 Nov 2023 22:13:20 GMT\r\n"))
        #expect(client.text.hasSuffix("\r\n\r\nhello"))
        #expect(bench.value("cluster.app.upstream_rq_2xx") == 1)
        #expect(bench.value("http.in.downstream_rq_2xx") == 1)
        #expect(bench.value("http.in.downstream_rq_active") == 0)
        #expect(bench.value("cluster.app.upstream_rq_active") == 0)
    }

    @Test(arguments: [1, 3, 1000, Int.max])
    func `requests on one connection come one after another, however they are cut`(
        capacity: Int
    ) throws {
        let bench = try ProxyBench(simpleConfiguration())
        bench.capacity = capacity
        var count = 0
        bench.serve = { peer in
            while let end = peer.text.range(of: "\r\n\r\n") {
                let head = peer.text[..<end.lowerBound]
                peer.received.removeFirst(head.utf8.count + 4)
                count += 1
                peer.send(Self.answer("answer \(count)"))
            }
        }
        let client = bench.client()
        client.send(
            (1...5).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
        )
        bench.settle(20_000) { client.text.hasSuffix("answer 5") }
        #expect(bench.hosts.count == 1, "one connection to the host serves them all")
        for number in 1...5 { #expect(client.text.contains("\r\n\r\nanswer \(number)")) }
        #expect(bench.value("http.in.downstream_rq_2xx") == 5)
    }

    @Test(arguments: [1, 7, Int.max])
    func `bodies pass in both directions`(capacity: Int) throws {
        let bench = try ProxyBench(simpleConfiguration())
        bench.capacity = capacity
        let body = String(repeating: "0123456789", count: 500)
        bench.serve = { peer in
            if peer.text.hasSuffix("\r\n0\r\n\r\n") {
                peer.forget()
                peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
                peer.send("1388\r\n\(body)\r\n0\r\n\r\n")
            }
        }
        let client = bench.client()
        client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.send("1388\r\n\(body)\r\n0\r\n\r\n")
        bench.settle(200_000) { client.received.suffix(7).elementsEqual("\r\n0\r\n\r\n".utf8) }
        let received = try #require(bench.hosts.first).all
        #expect((Self.unchunked(received) == body) == true)
        #expect((Self.unchunked(client.text) == body) == true)
        #expect(bench.value("cluster.app.upstream_rq_2xx") == 1)
    }

    @Test func `a host that refuses is answered with 503 and UF`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        bench.refuses = true
        let client = bench.client()
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        #expect(client.text.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
        #expect(bench.value("http.in.downstream_rq_5xx") == 1)
        #expect(bench.value("cluster.app.upstream_rq_active") == 0)
    }

    @Test func `a slow host is answered with 504 after the route's timeout`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        let client = bench.client()
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        bench.pass(.milliseconds(14_900))
        #expect(client.text == "")
        bench.pass(.milliseconds(200))
        #expect(client.text.hasPrefix("HTTP/1.1 504 Gateway Timeout\r\n"))
        #expect(client.text.hasSuffix("upstream request timeout"))
        #expect(bench.value("cluster.app.upstream_rq_timeout") == 1)
        #expect(bench.hosts[0].hasEnded)
    }

    @Test func `a connection that the host will close is not used again`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        bench.serve = {
            $0.send("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
        }
        let client = bench.client()
        for number in 1...3 {
            client.send("POST /\(number) HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            bench.settle()
            #expect(bench.hosts.count == number)
        }
        #expect(bench.value("http.in.downstream_rq_2xx") == 3)
        #expect(bench.value("cluster.app.upstream_cx_active") == 0)
        #expect(!client.text.contains("connection: close") && !client.hasEnded)
    }

    @Test func `connections that are unused for too long are closed`() throws {
        let bench = try ProxyBench(
            simpleConfiguration { _, cluster in cluster.idleTimeout = .seconds(10) }
        )
        let clients = [bench.client(), bench.client()]
        for client in clients { client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
        bench.settle()
        for host in bench.hosts { host.send(Self.answer("one")) }
        bench.settle()
        #expect(bench.hosts.count == 2)
        bench.pass(.milliseconds(9_900))
        bench.hosts[1].react = { $0.send(Self.answer("two")) }
        clients[0].send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        #expect(clients[0].text.hasSuffix("two"))
        bench.pass(.milliseconds(200))
        #expect(bench.hosts.map(\.hasEnded) == [true, false])
        bench.pass(.milliseconds(9_700))
        #expect(bench.value("cluster.app.upstream_cx_active") == 1)
        bench.pass(.milliseconds(200))
        #expect(bench.hosts.map(\.hasEnded) == [true, true])
        #expect(bench.value("cluster.app.upstream_cx_idle_timeout") == 2)
        #expect(bench.value("cluster.app.upstream_cx_active") == 0)
    }

    @Test func `a kept connection that ends as it is used again is tried anew`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        bench.serve = { $0.send(Self.answer("one")) }
        let client = bench.client()
        client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        bench.hosts[0].react = { $0.link?.close() }
        client.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        #expect(bench.hosts.count == 2)
        #expect(bench.value("http.in.downstream_rq_2xx") == 2)
    }

    @Test func `failed tries are repeated as often as the route says`() throws {
        let retry = RetrySettings(conditions: [.serverErrors, .anyMethod], retriesMaximum: 2)
        let bench = try ProxyBench(
            simpleConfiguration(
                route: ForwardAction(
                    target: .clusters([WeightedCluster(name: "app")]),
                    retry: retry
                ),
                endpoints: 2
            )
        )
        var count = 0
        bench.serve = { peer in
            count += 1
            peer.received = []
            peer.send(Self.answer("no", status: "503 Service Unavailable"))
        }
        let client = bench.client()
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")
        bench.settle()
        for _ in 0..<20 { bench.pass(.milliseconds(50)) }
        #expect(count == 3)
        #expect(client.text.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
        #expect(bench.value("cluster.app.upstream_rq_retry") == 2)
        #expect(bench.value("cluster.app.upstream_rq_retry_limit_exceeded") == 1)
    }

    @Test func `what is more than the cluster's limit is refused with UO`() throws {
        let bench = try ProxyBench(
            simpleConfiguration { _, cluster in cluster.limits.requests = 1 }
        )
        let first = bench.client()
        let second = bench.client()
        first.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        second.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        #expect(second.text.hasPrefix("HTTP/1.1 503 "))
        #expect(second.text.hasSuffix("reset reason: overflow"))
        bench.hosts[0].send(Self.answer("late"))
        bench.settle()
        #expect(first.text.hasSuffix("late"))
        second.send("GET /3 HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        bench.hosts[0].send(Self.answer("again"))
        bench.settle()
        #expect(second.text.hasSuffix("again"))
    }

    @Test func `an answer that breaks off is not passed as whole`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        bench.serve = { peer in
            peer.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this")
            peer.link?.closeGently()
        }
        let client = bench.client()
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        #expect(client.text.hasSuffix("only this"))
        #expect(client.hasEnded)
    }

    @Test func `a client that goes away frees the host`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        let client = bench.client()
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        client.link?.close()
        bench.settle()
        #expect(bench.hosts[0].hasEnded)
        #expect(bench.value("cluster.app.upstream_rq_active") == 0)
        #expect(bench.value("http.in.downstream_cx_active") == 0)
        #expect(bench.value("http.in.downstream_rq_active") == 0)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", "400"),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "400"
        ),
        ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", "505"),
    ])
    func `what is no request is refused, and the connection ends`(
        bytes: String,
        status: String
    ) throws {
        let bench = try ProxyBench(simpleConfiguration())
        let client = bench.client()
        client.send(bytes)
        bench.settle()
        #expect(client.text.hasPrefix("HTTP/1.1 \(status) "))
        #expect(client.text.contains("\r\nconnection: close\r\n"))
        #expect(client.hasEnded)
        #expect(bench.hosts.isEmpty)
    }

    @Test func `an idle connection ends after its time, one with a request does not`() throws {
        let bench = try ProxyBench(
            simpleConfiguration { http, _ in http.idleTimeout = .seconds(10) }
        )
        let idle = bench.client()
        bench.settle()
        for _ in 0..<9 { bench.pass(.seconds(1)) }
        #expect(!idle.hasEnded)
        for _ in 0..<12 { bench.pass(.seconds(1)) }
        #expect(idle.hasEnded)
        #expect(bench.value("http.in.downstream_cx_idle_timeout") == 1)
    }

    @Test func `draining ends connections with their request`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        let busy = bench.client()
        let idle = bench.client()
        busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        bench.proxy.drain()
        bench.settle()
        #expect(idle.hasEnded)
        #expect(!busy.hasEnded)
        bench.hosts[0].send(Self.answer("done"))
        bench.settle()
        #expect(busy.text.contains("\r\nconnection: close\r\n"))
        #expect(busy.text.hasSuffix("done"))
        #expect(busy.hasEnded)
        #expect(bench.proxy.connectionCount == 0)
    }

    @Test func `an upgrade makes the connection a pipe`() throws {
        let bench = try ProxyBench(
            simpleConfiguration { http, _ in http.upgrades = ["websocket"] }
        )
        bench.serve = { peer in
            if peer.text.hasSuffix("\r\n\r\n") {
                peer.received = []
                peer.send("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n")
                peer.send("connection: upgrade\r\n\r\n")
            }
        }
        let client = bench.client()
        client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n")
        client.send("Upgrade: websocket\r\n\r\n")
        bench.settle()
        #expect(client.text.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
        #expect(client.text.contains("\r\nconnection: upgrade\r\n"))
        client.send("ping")
        bench.settle()
        #expect(bench.hosts[0].text == "ping")
        bench.hosts[0].send("pong")
        bench.settle()
        #expect(client.text.hasSuffix("pong"))
        bench.hosts[0].link?.finish()
        bench.settle()
        #expect(client.hasEnded)
    }

    @Test(arguments: ["websocket", "other", "h2c, other", "OTHER", ""])
    func `only upgrades that are named reach the host`(asked: String) throws {
        let bench = try ProxyBench(simpleConfiguration { http, _ in http.upgrades = ["other"] })
        let client = bench.client()
        client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n")
        client.send("Upgrade: \(asked)\r\n\r\n")
        bench.settle()
        let head = bench.hosts[0].text.lowercased()
        let isNamed = asked.lowercased() == "other"
        #expect(head.contains("upgrade: other") == isNamed)
        #expect(head.contains("connection: upgrade") == isNamed)
        #expect(!head.contains("h2c"))
        // What follows a change that nobody asked for is nobody's answer.
        bench.hosts[0].send("HTTP/1.1 101 Switching Protocols\r\nupgrade: other\r\n\r\n")
        bench.hosts[0].send("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison")
        bench.settle()
        #expect(client.text.hasPrefix(isNamed ? "HTTP/1.1 101 " : "HTTP/1.1 502 "))
        #expect(client.text.contains("poison") == isNamed)
    }

    @Test func `a request that waits for a connection outlives its cluster`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        let client = bench.client()
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle { bench.value("cluster.app.upstream_rq_pending_active") == 1 }
        #expect(bench.value("cluster.app.upstream_rq_pending_active") == 1)
        bench.apply(
            simpleConfiguration { _, cluster in cluster.connectTimeout = .seconds(1) }
        )
        bench.settle()
        try #require(bench.hosts.first).send(Self.answer("late"))
        bench.settle()
        #expect(client.text.hasSuffix("late"))
        #expect(bench.value("cluster.app.upstream_rq_pending_active") == 0)
    }

    @Test func `a new configuration leaves requests alone`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        let client = bench.client()
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        bench.apply(
            simpleConfiguration { _, cluster in cluster.connectTimeout = .seconds(1) }
        )
        bench.settle()
        bench.hosts[0].send(Self.answer("from before"))
        bench.settle()
        #expect(client.text.hasSuffix("from before"))
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        #expect(bench.hosts.count == 2)
        #expect(bench.hosts[0].hasEnded)
    }
}
