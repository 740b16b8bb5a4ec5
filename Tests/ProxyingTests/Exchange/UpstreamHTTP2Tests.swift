import Basics
import HTTP
import Reactor
import Testing

@testable import Proxying

@Suite struct UpstreamHTTP2Tests {
    private static let grpc = [("content-type", "application/grpc"), ("te", "trailers")]

    @Test(arguments: [1, 7, Int.max])
    func `a request over HTTP/1 passes to an HTTP/2 host, and its answer back`(
        capacity: Int
    ) throws {
        let world = try H2World()
        world.bench.capacity = capacity
        world.onEnd = { host, number in
            host.answer(number, 200, [("x-host", "yes")], body: "hello", ends: false)
            host.end(number, [("x-check", "ok")])
        }
        let client = world.bench.client()
        client.send("POST /a?b=c HTTP/1.1\r\nHost: example.com\r\nConnection: x-mine\r\n")
        client.send("X-Mine: 1\r\nX-Kept: 2\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.send("4\r\nbody\r\n0\r\nx-sum: 7\r\n\r\n")
        world.bench.settle(20_000) { client.text.hasSuffix("x-check: ok\r\n\r\n") }
        let host = try #require(world.hosts.first)
        let got = host.message(1)
        #expect(got.head.hasPrefix("POST http example.com /a?b=c\n"))
        #expect(got.head.contains("\nx-forwarded-proto: http\n"))
        #expect(got.head.contains("\nx-kept: 2\n"))
        for name in ["x-mine", "connection", "transfer-encoding", "host"] {
            #expect(!got.head.lowercased().contains("\n\(name):"), "\(name)")
        }
        #expect(got.body == "body" && got.trailers == "x-sum: 7\n" && got.code == 0)
        #expect(client.text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(client.text.contains("\r\ntransfer-encoding: chunked\r\n"))
        let start = capacity == 1 ? "o\r\n" : "5\r\nhello\r\n"
        #expect(client.text.hasSuffix(start + "0\r\nx-check: ok\r\n\r\n"))
        #expect(world.value("cluster.app.upstream_cx_http2_total") == 1)
        #expect(world.value("cluster.app.upstream_cx_http1_total") == 0)
        #expect(world.value("cluster.app.upstream_rq_2xx") == 1)
        #expect(world.value("cluster.app.upstream_rq_active") == 0)
        #expect(world.value("cluster.app.http2.streams_active") == 0)
        #expect(world.value("cluster.app.http2.trailers") == 1)
    }

    @Test(arguments: [1, 100, Int.max])
    func `a request over HTTP/2 passes to an HTTP/2 host, with trailers both ways`(
        capacity: Int
    ) throws {
        let world = try H2World()
        world.bench.capacity = capacity
        let body = String(repeating: "0123456789", count: 200)
        world.onEnd = { host, number in
            host.answer(number, 200, body: host.message(number).body, ends: false)
            host.end(number, [("grpc-status", "0"), ("grpc-message", "fine")])
        }
        let client = try world.bench.client2()
        let number = client.ask("POST", "/svc/Call", Self.grpc, body: body, ends: false)
        client.end(number, [("x-sum", "7")])
        world.bench.settle(100_000) { client.message(number).hasEnded }
        let request = try #require(world.requests.first)
        #expect(request.head.contains("\nte: trailers\n"))
        #expect(request.trailers == "x-sum: 7\n")
        #expect((request.body == body) == true)
        #expect((client.message(number).body == body) == true)
        #expect(client.message(number).trailers == "grpc-status: 0\ngrpc-message: fine\n")
        #expect(client.message(number).code == 0)
        #expect(world.value("http.in.downstream_rq_active") == 0)
    }

    @Test func `messages go both ways before either side has ended`() throws {
        let world = try H2World()
        world.onHead = { host, number in host.answer(number, 200, ends: false) }
        let client = try world.bench.client2()
        let number = client.ask("POST", "/svc/Chat", Self.grpc, ends: false)
        world.bench.settle()
        let host = try #require(world.hosts.first)
        for round in 1...5 {
            client.send(number, "ping \(round) ")
            world.bench.settle(20)
            #expect(host.message(1).body.hasSuffix("ping \(round) "))
            host.send(1, "pong \(round) ")
            world.bench.settle(20)
            #expect(client.message(number).body.hasSuffix("pong \(round) "))
        }
        client.end(number)
        world.bench.settle(20)
        #expect(host.message(1).hasEnded)
        host.end(1, [("grpc-status", "0")])
        world.bench.settle()
        #expect(client.message(number).trailers == "grpc-status: 0\n")
        #expect(world.value("cluster.app.upstream_rq_active") == 0)
    }

    @Test func `an answer of trailers only ends with its head, for either client`() throws {
        let world = try H2World()
        world.onEnd = { host, number in
            host.answer(number, 200, [("grpc-status", "5"), ("grpc-message", "no")])
        }
        let client = try world.bench.client2()
        let number = client.ask("POST", "/svc/Call", Self.grpc, body: "x")
        let old = world.bench.client()
        old.send("POST /svc/Call HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
        world.bench.settle()
        let got = client.message(number)
        #expect(got.head.contains("\ngrpc-status: 5\n"))
        #expect(got.hasEnded && got.body == "" && got.trailers == "" && got.code == 0)
        #expect(!got.head.contains("content-length"))
        #expect(old.text.contains("\r\ngrpc-status: 5\r\n"))
        #expect(old.text.contains("\r\ncontent-length: 0\r\n"))
        #expect(old.text.hasSuffix("\r\n\r\n"))
    }

    @Test func `requests share a connection up to what the host takes, then another is made`()
        throws
    {
        let world = try H2World()
        world.settings.streamsMaximum = 10
        let client = try world.bench.client2()
        let first = client.ask()
        world.bench.settle()
        let more = (0..<24).map { _ in client.ask() }
        world.bench.settle()
        #expect(world.hosts.count == 3)
        #expect(world.hosts.map(\.numbers.count) == [10, 10, 5])
        #expect(world.value("cluster.app.upstream_cx_active") == 3)
        for host in world.hosts { for number in host.numbers { host.answer(number, body: "ok") } }
        world.bench.settle()
        #expect(([first] + more).allSatisfy { client.message($0).body == "ok" })
        #expect(world.value("cluster.app.upstream_rq_pending_active") == 0)
        #expect(world.value("cluster.app.upstream_rq_active") == 0)
    }

    @Test func `room that becomes free goes to requests that wait`() throws {
        let world = try H2World { _, cluster in cluster.limits.connections = 1 }
        world.settings.streamsMaximum = 2
        let client = try world.bench.client2()
        let first = client.ask()
        world.bench.settle()
        let rest = (0..<4).map { _ in client.ask() }
        world.bench.settle()
        let host = try #require(world.hosts.first)
        #expect(world.hosts.count == 1 && host.numbers.count == 2)
        #expect(world.value("cluster.app.upstream_rq_pending_active") == 3)
        world.onHead = nil
        for number in stride(from: 1, through: 9, by: 2) {
            host.answer(number, body: "answer \(number)")
            world.bench.settle()
        }
        #expect(([first] + rest).allSatisfy { client.message($0).body.hasPrefix("answer ") })
    }

    @Test func `a limit of requests that wait is kept`() throws {
        let world = try H2World { _, cluster in
            cluster.limits.connections = 1
            cluster.limits.pending = 1
        }
        world.settings.streamsMaximum = 1
        let client = try world.bench.client2()
        client.ask()
        world.bench.settle()
        let waiting = client.ask()
        let refused = client.ask()
        world.bench.settle()
        #expect(client.message(refused).status == 503)
        #expect(client.message(refused).body.hasSuffix("reset reason: overflow"))
        #expect(client.message(waiting).head.isEmpty)
        #expect(world.value("cluster.app.upstream_rq_pending_overflow") == 1)
    }

    @Test func `a stream whose client does not read holds up no other of the host`() throws {
        let world = try H2World()
        let client = try world.bench.client2()
        client.consumes = false
        let slow = client.ask("GET", "/slow")
        world.bench.settle()
        let host = try #require(world.hosts.first)
        host.answer(1, body: "", ends: false)
        let piece = String(repeating: "x", count: 100_000)
        for _ in 0..<30 { host.send(1, piece) }
        world.bench.settle(1000)
        #expect(client.message(slow).body.utf8.count == 256 * 1024)
        let waits = host.streams[1].map { host.connection.waiting($0) } ?? 0
        #expect(waits > 2_000_000, "the host's window is shut: \(waits)")
        client.consumes = true
        let fast = client.ask("GET", "/fast")
        world.bench.settle()
        host.answer(3, body: String(repeating: "y", count: 200_000))
        world.bench.settle(1000)
        #expect(client.message(fast).body.utf8.count == 200_000)
        host.send(1, "", ends: true)
        client.consume(slow)
        world.bench.settle(5000) { client.message(slow).hasEnded }
        #expect(client.message(slow).body.utf8.count == 3_000_000)
    }

    @Test func `a host that does not read one request takes the others`() throws {
        let world = try H2World()
        let client = try world.bench.client2()
        let slow = client.ask("POST", "/slow", ends: false)
        world.bench.settle()
        let host = try #require(world.hosts.first)
        host.consumes = false
        let piece = String(repeating: "x", count: 100_000)
        for _ in 0..<30 { client.send(slow, piece) }
        world.bench.settle(1000)
        #expect(host.message(1).body.utf8.count == 256 * 1024)
        let waits = client.streams[slow].map { client.connection.waiting($0) } ?? 0
        #expect(waits > 2_000_000, "the client's window is shut: \(waits)")
        host.consumes = true
        let fast = client.ask("POST", "/fast", body: String(repeating: "y", count: 200_000))
        world.bench.settle(1000)
        #expect(host.message(3).body.utf8.count == 200_000 && host.message(3).hasEnded)
        host.answer(3, body: "done")
        client.send(slow, "", ends: true)
        host.consume(1)
        world.bench.settle(5000) { host.message(1).hasEnded }
        #expect(host.message(1).body.utf8.count == 3_000_000)
        #expect(client.message(fast).body == "done")
    }

    @Test func `a host that goes away finishes its streams, and new ones go elsewhere`() throws {
        let world = try H2World()
        let client = try world.bench.client2()
        let busy = client.ask()
        world.bench.settle()
        let host = try #require(world.hosts.first)
        host.connection.announceShutdown()
        host.pump()
        world.bench.settle()
        host.connection.goAway()
        host.pump()
        world.bench.settle()
        let next = client.ask()
        world.bench.settle()
        #expect(world.hosts.count == 2)
        world.hosts[1].answer(1, body: "from the new one")
        host.answer(1, body: "from the old one")
        world.bench.settle()
        #expect(client.message(busy).body == "from the old one")
        #expect(client.message(next).body == "from the new one")
        #expect(host.peer.hasEnded, "the connection ends with its last stream")
        #expect(world.value("cluster.app.upstream_cx_close_notify") == 2)
        #expect(world.value("cluster.app.upstream_cx_active") == 1)
    }

    @Test(arguments: ["GET", "POST"])
    func `what a host that goes away did not look at is sent again`(method: String) throws {
        let world = try H2World()
        let client = try world.bench.client2()
        let first = client.ask()
        world.bench.settle()
        let host = try #require(world.hosts.first)
        // The host says that the first stream was its last one while the next is on its way.
        host.connection.goAway()
        let second = client.ask(method)
        world.bench.settle(4)
        host.pump()
        world.bench.settle()
        #expect(world.hosts.count == 2)
        #expect(world.hosts[1].message(1).head.hasPrefix("\(method) "))
        world.hosts[1].answer(1, body: "again")
        host.answer(1, body: "first")
        world.bench.settle()
        #expect(client.message(first).body == "first")
        #expect(client.message(second).body == "again")
        #expect(world.value("http.in.downstream_rq_2xx") == 2)
    }

    @Test func `a refused stream is tried again where the route says so`() throws {
        let retry = RetrySettings(conditions: [.refusedStream], retriesMaximum: 1)
        let world = try H2World(
            route: ForwardAction(
                target: .clusters([WeightedCluster(name: "app")]),
                retry: retry
            )
        )
        var count = 0
        world.onEnd = { host, number in
            count += 1
            if count == 1 || count > 2 {
                host.reset(number, .refused)
            } else {
                host.answer(number, body: "taken")
            }
        }
        let client = try world.bench.client2()
        let taken = client.ask("POST", "/", body: "x")
        world.bench.settle()
        for _ in 0..<10 { world.bench.pass(.milliseconds(50)) }
        #expect(client.message(taken).body == "taken")
        #expect(count == 2)
        let refused = client.ask()
        world.bench.settle()
        for _ in 0..<10 { world.bench.pass(.milliseconds(50)) }
        #expect(count == 4)
        #expect(client.message(refused).status == 503)
        #expect(world.value("cluster.app.http2.stream_refused_errors") == 3)
        #expect(world.value("cluster.app.upstream_cx_total") == 1)
    }

    @Test func `a reset of the host fails one request alone`() throws {
        let world = try H2World()
        let client = try world.bench.client2()
        let before = client.ask()
        let within = client.ask()
        let good = client.ask()
        world.bench.settle()
        let host = try #require(world.hosts.first)
        host.answer(3, body: "some", ends: false)
        world.bench.settle()
        host.reset(1, .internalError)
        host.reset(3, .internalError)
        world.bench.settle()
        #expect(client.message(before).status == 503)
        #expect(client.message(before).body.hasSuffix("reset reason: remote reset"))
        #expect(client.message(within).status == 200)
        #expect(client.message(within).code == H2ErrorCode.internalError.rawValue)
        host.answer(5, body: "good")
        world.bench.settle()
        #expect(client.message(good).body == "good")
        #expect(world.value("cluster.app.upstream_rq_rx_reset") == 2)
        #expect(world.value("cluster.app.upstream_rq_active") == 0)
        #expect(world.value("cluster.app.http2.streams_active") == 0)
    }

    @Test func `a client that goes away resets its stream alone`() throws {
        let world = try H2World()
        let client = try world.bench.client2()
        let gone = client.ask()
        let good = client.ask()
        world.bench.settle()
        client.reset(gone, .cancel)
        world.bench.settle()
        let host = try #require(world.hosts.first)
        #expect(host.message(1).code == H2ErrorCode.cancel.rawValue)
        host.answer(3, body: "good")
        world.bench.settle()
        #expect(client.message(good).body == "good")
        #expect(world.value("cluster.app.upstream_rq_tx_reset") == 1)
        #expect(world.value("cluster.app.upstream_cx_active") == 1)
    }

    @Test func `a host that cuts the connection fails all requests, once`() throws {
        let world = try H2World()
        let client = try world.bench.client2()
        let numbers = (0..<5).map { _ in client.ask("POST", "/", body: "x") }
        world.bench.settle()
        world.hosts[0].peer.link?.close()
        world.bench.settle()
        for number in numbers {
            #expect(client.message(number).status == 503)
            #expect(client.message(number).body.hasSuffix("connection termination"))
        }
        #expect(world.value("cluster.app.upstream_rq_active") == 0)
        #expect(world.value("cluster.app.upstream_cx_active") == 0)
    }

    @Test func `a host that breaks the protocol is answered with 502`() throws {
        let world = try H2World()
        let client = try world.bench.client2()
        let number = client.ask("POST", "/", body: "x")
        world.bench.settle()
        world.hosts[0].peer.send(String(repeating: "nonsense", count: 10))
        world.bench.settle()
        #expect(client.message(number).status == 502)
        #expect(world.value("cluster.app.upstream_cx_active") == 0)
    }

    @Test func `a host that refuses connections is answered with 503`() throws {
        let world = try H2World()
        world.bench.refuses = true
        let client = try world.bench.client2()
        let number = client.ask()
        world.bench.settle()
        #expect(client.message(number).status == 503)
        #expect(world.value("cluster.app.upstream_rq_pending_active") == 0)
    }

    @Test func `an idle connection ends after its time, and requests have their number`() throws {
        let world = try H2World { _, cluster in
            cluster.idleTimeout = .seconds(10)
            cluster.requestsPerConnection = 2
        }
        world.onEnd = { host, number in host.answer(number, body: "ok") }
        let client = try world.bench.client2()
        for _ in 0..<3 {
            let number = client.ask()
            world.bench.settle()
            #expect(client.message(number).body == "ok")
        }
        #expect(world.hosts.map(\.numbers.count) == [2, 1])
        #expect(world.hosts[0].peer.hasEnded && !world.hosts[1].peer.hasEnded)
        for _ in 0..<22 { world.bench.pass(.seconds(1)) }
        #expect(world.hosts[1].peer.hasEnded)
        #expect(world.value("cluster.app.upstream_cx_active") == 0)
    }

    @Test func `a host that leaves the configuration keeps its streams`() throws {
        let world = try H2World()
        let client = try world.bench.client2()
        let busy = client.ask()
        world.bench.settle()
        world.bench.apply(
            simpleConfiguration { _, cluster in
                cluster.version = .http2
                cluster.connectTimeout = .seconds(1)
            }
        )
        world.bench.settle()
        let next = client.ask()
        world.bench.settle()
        #expect(world.hosts.count == 2)
        world.hosts[0].answer(1, body: "old")
        world.hosts[1].answer(1, body: "new")
        world.bench.settle()
        #expect(client.message(busy).body == "old" && client.message(next).body == "new")
        #expect(world.hosts[0].peer.hasEnded && !world.hosts[1].peer.hasEnded)
    }

    @Test func `hosts are spoken to as the client speaks, where the cluster says so`() throws {
        let world = try H2World { _, cluster in cluster.version = .downstream }
        world.onEnd = { host, number in host.answer(number, body: "second") }
        let client = try world.bench.client2()
        let number = client.ask()
        world.bench.settle()
        #expect(client.message(number).body == "second")
        world.bench.serve = { $0.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nfirst") }
        let old = world.bench.client()
        old.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        world.bench.settle()
        #expect(old.text.hasSuffix("first"))
        #expect(world.value("cluster.app.upstream_cx_http2_total") == 1)
        #expect(world.value("cluster.app.upstream_cx_http1_total") == 1)
    }

    @Test(arguments: [true, false])
    func `a WebSocket of HTTP/1 reaches an HTTP/2 host that takes them`(takes: Bool) throws {
        let world = try H2World { http, _ in http.upgrades = ["websocket"] }
        world.settings.allowsWebSocket = takes
        world.onHead = { host, number in host.answer(number, 101, ends: false) }
        let client = world.bench.client()
        client.send("GET /chat HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n")
        client.send("Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n")
        client.send("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        world.bench.settle()
        guard takes else {
            #expect(client.text.hasPrefix("HTTP/1.1 503 "))
            return
        }
        #expect(client.text.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
        #expect(client.text.contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
        #expect(client.text.contains("\r\nconnection: upgrade\r\n"))
        #expect(client.text.contains("\r\nupgrade: websocket\r\n"))
        let host = try #require(world.hosts.first)
        #expect(!host.message(1).head.contains("sec-websocket-key"))
        client.send("ping")
        world.bench.settle()
        #expect(host.message(1).body == "ping")
        host.send(1, "pong", ends: true)
        world.bench.settle()
        #expect(client.text.hasSuffix("pong"))
        #expect(client.hasEnded)
    }

    @Test(arguments: [(503, "14"), (404, "12")])
    func `the proxy's own answers to gRPC are gRPC's`(
        status: Int,
        code: String
    ) throws {
        let world = try H2World { http, _ in
            if status == 404 { http.routes.hosts[0].domains = ["elsewhere"] }
        }
        world.bench.refuses = true
        let client = try world.bench.client2()
        let number = client.ask("POST", "/svc/Call", Self.grpc, body: "x")
        let other = client.ask("POST", "/svc/Call", [("content-type", "application/grpcx")])
        let old = world.bench.client()
        old.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc+proto\r\n")
        old.send("Content-Length: 0\r\n\r\n")
        world.bench.settle()
        let got = client.message(number)
        #expect(got.status == 200 && got.hasEnded && got.body == "" && got.code == 0)
        #expect(got.head.contains("\ncontent-type: application/grpc\n"))
        #expect(got.head.contains("\ngrpc-status: \(code)\n"))
        #expect(!got.head.contains("content-length"))
        #expect(got.head.contains("\ngrpc-message: upstream connect error") == (status == 503))
        #expect(client.message(other).status == status)
        #expect(old.text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(old.text.contains("\r\ngrpc-status: \(code)\r\n"))
        #expect(old.text.hasSuffix("\r\n\r\n"))
    }
}
