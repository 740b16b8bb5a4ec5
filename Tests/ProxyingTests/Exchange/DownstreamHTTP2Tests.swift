import Basics
import HTTP
import Reactor
import Testing

@testable import Proxying

@Suite struct DownstreamHTTP2Tests {
    private static func answer(_ body: String, status: String = "200 OK") -> String {
        "HTTP/1.1 \(status)\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// A route that answers itself.
    private func direct(
        _ change: (inout HTTPSettings) -> Void = { _ in }
    ) throws -> ProxyBench {
        try ProxyBench(simpleConfiguration { http, _ in change(&http) })
    }

    @Test(arguments: [HTTPSettings.Codec.auto, .http2], [1, 7, Int.max])
    func `a request over HTTP/2 passes to an HTTP/1 host, and its answer back`(
        codec: HTTPSettings.Codec,
        capacity: Int
    ) throws {
        let bench = try ProxyBench(simpleConfiguration { http, _ in http.codec = codec })
        bench.capacity = capacity
        bench.serve = { peer in
            guard peer.text.hasSuffix("\r\n\r\n") else { return }
            peer.forget()
            peer.send(Self.answer("hello"))
        }
        let client = try bench.client2()
        let stream = client.ask(
            "GET",
            "/a?b=c",
            [("accept", "*/*"), ("cookie", "a=1"), ("cookie", "b=2"), ("te", "trailers")]
        )
        bench.settle(20_000) { client.message(stream).code != nil }
        let sent = try #require(bench.hosts.first).all
        #expect(sent.hasPrefix("GET /a?b=c HTTP/1.1\r\nhost: example.com\r\naccept: */*\r\n"))
        #expect(sent.contains("\r\ncookie: a=1; b=2\r\n"))
        #expect(sent.contains("\r\nx-forwarded-proto: http\r\n"))
        #expect(!sent.contains("transfer-encoding"))
        let got = client.message(stream)
        #expect(got.head.hasPrefix("200\n"))
        #expect(got.head.contains("\nserver: companion\n"))
        #expect(got.head.contains("\ncontent-length: 5\n"))
        #expect(!got.head.contains("\nconnection"))
        #expect(got.body == "hello" && got.hasEnded && got.code == 0)
        #expect(bench.value("http.in.downstream_cx_http2_total") == 1)
        #expect(bench.value("http.in.downstream_cx_http1_total") == 0)
        #expect(bench.value("http.in.downstream_cx_total") == 1)
        #expect(bench.value("http.in.downstream_rq_http2_total") == 1)
        #expect(bench.value("http.in.downstream_rq_2xx") == 1)
        #expect(bench.value("http.in.downstream_rq_active") == 0)
        #expect(bench.value("http2.streams_active") == 0)
    }

    @Test func `HTTP/1 is refused where only HTTP/2 is spoken, and the other way round`() throws {
        let bench = try direct { $0.codec = .http2 }
        let old = bench.client()
        old.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        #expect(old.hasEnded && !old.text.contains("HTTP/1.1"))
        #expect(bench.value("http.in.downstream_cx_protocol_error") == 1)
        let other = try direct { $0.codec = .http1 }
        let client = try other.client2()
        client.ask()
        other.settle()
        #expect(client.peer.hasEnded)
        #expect(other.hosts.isEmpty && bench.hosts.isEmpty)
    }

    @Test func `streams of one connection go on beside each other`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        let client = try bench.client2()
        let numbers = (1...20).map { client.ask("GET", "/\($0)") }
        bench.settle()
        #expect(bench.hosts.count == 20)
        for host in bench.hosts.reversed() {
            let path = host.text.split(separator: " ")[1]
            host.forget()
            host.send(Self.answer("answer to \(path)"))
        }
        bench.settle()
        for (index, number) in numbers.enumerated() {
            #expect(client.message(number).body == "answer to /\(index + 1)")
        }
        // The next ones use the places, exchanges and connections again.
        for round in 1...50 {
            let number = client.ask("GET", "/again")
            bench.settle(3)
            let host = bench.hosts.first { $0.text.hasSuffix("\r\n\r\n") }
            host?.forget()
            host?.send(Self.answer("round \(round)"))
            bench.settle(5)
            #expect(client.message(number).body == "round \(round)")
        }
        #expect(bench.hosts.count == 20)
        #expect(bench.value("http.in.downstream_rq_active") == 0)
    }

    @Test(arguments: [1, 100, Int.max])
    func `bodies and trailers pass in both directions`(capacity: Int) throws {
        let bench = try ProxyBench(simpleConfiguration())
        bench.capacity = capacity
        let body = String(repeating: "0123456789", count: 300)
        bench.serve = { peer in
            guard peer.text.hasSuffix("\r\n0\r\nx-sum: 7\r\n\r\n") else { return }
            peer.forget()
            peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            peer.send("bb8\r\n\(body)\r\n0\r\nx-check: ok\r\n\r\n")
        }
        let client = try bench.client2()
        let number = client.ask("POST", "/", body: body, ends: false)
        client.end(number, [("x-sum", "7")])
        bench.settle(200_000) { client.message(number).hasEnded }
        let sent = try #require(bench.hosts.first).all
        #expect(sent.contains("transfer-encoding: chunked"))
        let got = client.message(number)
        #expect(got.status == 200)
        #expect((got.body == body) == true)
        #expect(got.trailers == "x-check: ok\n")
        #expect(bench.value("http2.trailers") == 2)
    }

    @Test func `a stream that is not read holds up no other`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        bench.capacity = 100_000
        let client = try bench.client2()
        client.consumes = false
        let slow = client.ask("GET", "/slow")
        bench.settle()
        let host = try #require(bench.hosts.first)
        host.send("HTTP/1.1 200 OK\r\ncontent-length: 10000000\r\n\r\n")
        let piece = String(repeating: "x", count: 100_000)
        for _ in 0..<100 {
            host.send(piece)
            bench.settle(5)
        }
        let held = client.message(slow).body.utf8.count
        #expect(held == 256 * 1024, "the window of the stream")
        #expect((host.link?.waitingCount ?? 0) > 5_000_000, "the host is slowed down")
        client.consumes = true
        let fast = client.ask("GET", "/fast")
        bench.settle()
        bench.hosts[1].send(Self.answer(String(repeating: "y", count: 50_000)))
        bench.settle()
        #expect(client.message(fast).body.utf8.count == 50_000)
        #expect(client.message(slow).body.utf8.count == held)
        client.consume(slow)
        bench.settle(2000) { client.message(slow).hasEnded }
        #expect(client.message(slow).body.utf8.count == 10_000_000)
    }

    @Test func `a host that takes no body stops its stream alone`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        bench.capacity = 4096
        let client = try bench.client2()
        let slow = client.ask("POST", "/slow", ends: false)
        bench.settle()
        let host = try #require(bench.hosts.first)
        host.link?.pause()
        let piece = String(repeating: "x", count: 50_000)
        for _ in 0..<40 { client.send(slow, piece) }
        bench.settle(2000)
        let waiting = client.streams[slow].map { client.connection.waiting($0) } ?? 0
        #expect(waiting > 1_500_000, "the window of the stream holds the client: \(waiting)")
        let fast = client.ask("POST", "/fast", body: String(repeating: "y", count: 200_000))
        bench.settle(2000)
        #expect(bench.hosts[1].text.utf8.count > 200_000)
        bench.hosts[1].send(Self.answer("done"))
        bench.settle()
        #expect(client.message(fast).body == "done")
        client.send(slow, "", ends: true)
        host.link?.resume()
        bench.settle(20_000) { host.text.hasSuffix("0\r\n\r\n") }
        #expect(host.text.utf8.count > 2_000_000)
    }

    @Test func `a reset frees the host, and leaves the connection to others`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        let client = try bench.client2()
        let number = client.ask()
        bench.settle()
        client.reset(number, .cancel)
        bench.settle()
        #expect(bench.hosts[0].hasEnded)
        #expect(bench.value("http.in.downstream_rq_rx_reset") == 1)
        #expect(bench.value("http2.rx_reset") == 1)
        #expect(bench.value("cluster.app.upstream_rq_active") == 0)
        #expect(bench.value("http.in.downstream_rq_active") == 0)
        bench.serve = { $0.send(Self.answer("next")) }
        let next = client.ask()
        bench.settle()
        #expect(client.message(next).body == "next")
    }

    @Test func `an answer that breaks off resets its stream alone`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        let client = try bench.client2()
        let broken = client.ask("GET", "/broken")
        let good = client.ask("GET", "/good")
        bench.settle()
        bench.hosts[0].send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this")
        bench.settle()
        bench.hosts[0].link?.closeGently()
        bench.settle()
        #expect(client.message(broken).body == "only this")
        #expect(client.message(broken).code == H2ErrorCode.internalError.rawValue)
        #expect(!client.message(broken).hasEnded)
        bench.hosts[1].send(Self.answer("fine"))
        bench.settle()
        #expect(client.message(good).body == "fine")
        #expect(bench.value("http2.tx_reset") == 1)
    }

    @Test func `an early answer ends the request without an error`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        let client = try bench.client2()
        let number = client.ask("POST", "/", body: "some", ends: false)
        bench.settle()
        bench.hosts[0].send("HTTP/1.1 413 Content Too Large\r\ncontent-length: 2\r\n\r\nno")
        bench.settle()
        let got = client.message(number)
        #expect(got.status == 413 && got.body == "no" && got.hasEnded)
        #expect(got.code == 0)
        #expect(bench.value("http.in.downstream_rq_active") == 0)
    }

    @Test(arguments: [("HEAD", "200 OK"), ("GET", "304 Not Modified"), ("GET", "204 No Content")])
    func `an answer without a body ends with its head`(method: String, status: String) throws {
        let bench = try ProxyBench(simpleConfiguration())
        bench.serve = { peer in
            let length = status.hasPrefix("204") ? "" : "content-length: 1000\r\n"
            peer.send("HTTP/1.1 \(status)\r\n\(length)\r\n")
        }
        let client = try bench.client2()
        let number = client.ask(method)
        bench.settle()
        let got = client.message(number)
        #expect("\(got.status)" == status.prefix(3))
        #expect(got.hasEnded && got.body.isEmpty && got.code == 0)
        #expect(got.head.contains("content-length: 1000") == !status.hasPrefix("204"))
    }

    @Test func `a client that asks for it is told to go on`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        let client = try bench.client2()
        let number = client.ask("POST", "/", [("expect", "100-continue")], ends: false)
        bench.settle()
        #expect(client.interims == [100])
        #expect(!bench.hosts[0].text.contains("\r\nexpect:"))
        client.send(number, "body", ends: true)
        bench.settle()
        #expect(bench.hosts[0].text.contains("body"))
        bench.hosts[0].send("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + Self.answer("x"))
        bench.settle()
        #expect(client.interims == [100, 103])
        #expect(client.message(number).body == "x")
    }

    @Test func `the proxy's own answers come over HTTP/2 too`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        bench.refuses = true
        let client = try bench.client2()
        let number = client.ask()
        let head = client.ask("HEAD")
        bench.settle()
        #expect(client.message(number).status == 503)
        #expect(client.message(number).body.hasPrefix("upstream connect error"))
        #expect(client.message(head).status == 503 && client.message(head).hasEnded)
    }

    @Test func `a request without an authority is refused`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        let client = try bench.client2()
        let number = client.ask(authority: "")
        bench.settle()
        #expect(client.message(number).code == H2ErrorCode.protocolError.rawValue)
        #expect(bench.hosts.isEmpty)
    }

    @Test func `a head that is too large is answered with 431`() throws {
        let bench = try direct { $0.headBytesMaximum = 2000 }
        let client = try bench.client2()
        let big = client.ask("GET", "/", [("x-big", String(repeating: "x", count: 3000))])
        bench.settle()
        #expect(client.message(big).status == 431)
        #expect(bench.value("http.in.downstream_rq_too_large") == 1)
        bench.serve = { $0.send(Self.answer("small")) }
        let small = client.ask()
        bench.settle()
        #expect(client.message(small).body == "small")
    }

    @Test func `more streams than allowed are refused`() throws {
        let bench = try direct { $0.streamsMaximum = 2 }
        let client = try bench.client2()
        bench.settle()
        #expect(client.connection.peerStreamsMaximum == 2)
        #expect(client.ask() > 0 && client.ask() > 0)
        #expect(client.ask() == 0, "the client knows")
        bench.settle()
        #expect(bench.hosts.count == 2)
    }

    @Test func `draining says so twice, and ends the connection with its last stream`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        let client = try bench.client2()
        let idle = try bench.client2()
        let busy = client.ask()
        bench.settle()
        bench.proxy.announceEnd()
        bench.settle()
        #expect(client.goAways == [0] && idle.goAways == [0])
        #expect(!idle.peer.hasEnded, "a request may be on its way")
        bench.proxy.drain()
        bench.settle()
        #expect(idle.peer.hasEnded)
        #expect(client.goAways == [0, 0])
        #expect(!client.peer.hasEnded)
        #expect(bench.proxy.connectionCount == 1)
        bench.hosts[0].send(Self.answer("done"))
        bench.settle()
        #expect(client.message(busy).body == "done" && client.message(busy).code == 0)
        #expect(client.peer.hasEnded)
        #expect(bench.proxy.connectionCount == 0)
        #expect(bench.value("http.in.downstream_cx_active") == 0)
        #expect(bench.value("http.in.downstream_cx_http2_active") == 0)
        #expect(bench.value("http2.goaway_sent") == 4)
    }

    @Test func `the last request that a connection may have ends it`() throws {
        let bench = try direct { $0.requestsMaximum = 3 }
        bench.serve = { $0.send(Self.answer("hello")) }
        let client = try bench.client2()
        var numbers: [Int] = []
        for _ in 0..<3 {
            numbers.append(client.ask())
            bench.settle(10)
            bench.hosts.forEach { $0.forget() }
        }
        bench.settle()
        #expect(numbers.allSatisfy { client.message($0).body == "hello" })
        #expect(client.goAways == [0])
        #expect(client.peer.hasEnded)
    }

    @Test func `an idle connection ends after its time, one with a request does not`() throws {
        let bench = try direct { $0.idleTimeout = .seconds(10) }
        let idle = try bench.client2()
        let busy = try bench.client2()
        busy.ask()
        bench.settle()
        for _ in 0..<9 { bench.pass(.seconds(1)) }
        #expect(!idle.peer.hasEnded)
        for _ in 0..<2 { bench.pass(.seconds(1)) }
        #expect(idle.peer.hasEnded && idle.goAways == [0])
        #expect(!busy.peer.hasEnded)
        #expect(bench.value("http.in.downstream_cx_idle_timeout") == 1)
    }

    @Test func `a stream that stands still too long ends alone`() throws {
        let bench = try ProxyBench(
            simpleConfiguration(
                route: ForwardAction(
                    target: .clusters([WeightedCluster(name: "app")]),
                    timeout: nil
                )
            ) { http, _ in http.streamIdleTimeout = .seconds(10) }
        )
        let client = try bench.client2()
        let still = client.ask("GET", "/still")
        bench.settle()
        bench.pass(.seconds(6))
        let fresh = client.ask("GET", "/fresh")
        bench.settle()
        bench.pass(.seconds(5))
        #expect(client.message(still).status == 504)
        bench.hosts[1].send(Self.answer("fresh"))
        bench.settle()
        #expect(client.message(fresh).body == "fresh")
        #expect(!client.peer.hasEnded)
    }

    @Test func `an answer that the client does not take ends after its time`() throws {
        let bench = try direct { $0.streamIdleTimeout = .seconds(10) }
        let client = try bench.client2()
        client.consumes = false
        let number = client.ask()
        bench.settle()
        bench.hosts[0].send(Self.answer(String(repeating: "x", count: 300_000)))
        bench.settle()
        #expect(client.message(number).body.utf8.count == 256 * 1024)
        #expect(bench.value("http.in.downstream_rq_active") == 0, "the exchange is over")
        for _ in 0..<25 { bench.pass(.seconds(1)) }
        #expect(client.message(number).code == H2ErrorCode.cancel.rawValue)
        #expect(bench.value("http2.tx_flush_timeout") == 1)
        #expect(bench.value("http2.streams_active") == 0)
    }

    @Test func `a client that opens and resets streams without end is cut off`() throws {
        let bench = try direct { $0.streamsMaximum = 1000 }
        let client = try bench.client2()
        bench.settle()
        for _ in 0..<600 {
            client.reset(client.ask(), .cancel)
            if client.peer.hasEnded { break }
            bench.settle(2)
        }
        bench.settle()
        #expect(client.goAways == [H2ErrorCode.calm.rawValue])
        #expect(client.peer.hasEnded)
        #expect(bench.value("http.in.downstream_rq_too_many_premature_resets") == 1)
        #expect(bench.value("http.in.downstream_rq_active") == 0)
        #expect(bench.value("cluster.app.upstream_rq_active") == 0)
        #expect(bench.proxy.connectionCount == 0)
    }

    @Test func `a client that goes away frees all its hosts`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        let client = try bench.client2()
        for _ in 0..<5 { client.ask() }
        bench.settle()
        client.peer.link?.close()
        bench.settle()
        #expect(bench.hosts.allSatisfy { $0.hasEnded })
        #expect(bench.value("cluster.app.upstream_rq_active") == 0)
        #expect(bench.value("http.in.downstream_cx_active") == 0)
        #expect(bench.value("http.in.downstream_rq_active") == 0)
        #expect(bench.value("http2.rx_reset") == 0)
    }

    private func webSocket() -> RequestHead {
        var head = RequestHead()
        head.setPath(Array("/chat".utf8).span)
        head.setAuthority(Array("example.com".utf8).span)
        head.upgrade = .webSocket
        return head
    }

    @Test func `WebSockets are taken on streams only where they are allowed`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        let client = try bench.client2()
        bench.settle()
        #expect(!client.connection.peerAllowsWebSocket)
        let number = client.ask(webSocket(), ends: false)
        bench.settle()
        #expect(client.message(number).code == H2ErrorCode.protocolError.rawValue)
        #expect(bench.hosts.isEmpty)
    }

    @Test func `a host that does not know WebSockets is not taken for one`() throws {
        let bench = try direct { $0.upgrades = ["websocket"] }
        bench.serve = { $0.send(Self.answer("a page")) }
        let client = try bench.client2()
        bench.settle()
        let number = client.ask(webSocket(), ends: false)
        bench.settle()
        #expect(client.message(number).status == 502)
        #expect(client.message(number).hasEnded)
    }

    @Test func `a WebSocket on a stream reaches an HTTP/1 host`() throws {
        let bench = try ProxyBench(
            simpleConfiguration { http, _ in http.upgrades = ["websocket"] }
        )
        bench.serve = { peer in
            guard peer.text.hasSuffix("\r\n\r\n") else { return }
            peer.forget()
            peer.send("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n")
            peer.send("connection: upgrade\r\nsec-websocket-accept: x\r\n\r\n")
        }
        let client = try bench.client2()
        bench.settle()
        let number = client.ask(webSocket(), ends: false)
        client.send(number, "early")
        bench.settle()
        let host = try #require(bench.hosts.first)
        #expect(host.all.hasPrefix("GET /chat HTTP/1.1\r\n"))
        #expect(host.all.contains("\r\nupgrade: websocket\r\n"))
        #expect(host.all.contains("\r\nconnection: upgrade\r\n"))
        #expect(host.all.contains("\r\nsec-websocket-key: "))
        #expect(client.message(number).status == 101)
        #expect(host.text == "early")
        host.send("from the host")
        client.send(number, " and late")
        bench.settle()
        #expect(host.text == "early and late")
        #expect(client.message(number).body == "from the host")
        client.end(number)
        bench.settle()
        #expect(host.hasEnded)
        host.link?.finish()
        bench.settle()
        #expect(client.message(number).hasEnded && client.message(number).code == 0)
    }
}
