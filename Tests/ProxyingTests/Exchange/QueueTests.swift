import Basics
import Glibc
import HTTP
import Reactor
import System
import Testing

@testable import Proxying

/// Requests and connections that wait for a host, and connections that wait for a place.
@Suite struct QueueTests {
    private static func bench(_ limit: Duration?, most: Int = 1) throws -> ProxyBench {
        try ProxyBench(
            simpleConfiguration { http, cluster in
                cluster.endpoints[0].connectionsMaximum = most
                cluster.queueTimeout = limit
                http.streamIdleTimeout = nil
            }
        )
    }

    /// A client that has asked; the host answers only when told.
    private static func ask(_ bench: ProxyBench, _ path: String) -> Peer {
        let client = bench.client()
        client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        return client
    }

    private static func say(_ peer: Peer?) {
        peer?.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
    }

    @Test func `requests wait for a host in their order`() throws {
        let bench = try Self.bench(.seconds(1))
        let clients = ["/1", "/2", "/3"].map { Self.ask(bench, $0) }
        #expect(bench.hosts.count == 1 && clients.allSatisfy { $0.text.isEmpty })
        Self.say(bench.hosts.first)
        bench.settle()
        bench.pass(.milliseconds(10))
        #expect(status(clients[0].text) == 200)
        #expect(clients[1].text.isEmpty && clients[2].text.isEmpty)
        #expect(bench.hosts[0].all.contains("GET /2 "), "\(bench.hosts[0].all)")
        Self.say(bench.hosts.first)
        bench.settle()
        bench.pass(.milliseconds(10))
        #expect(status(clients[1].text) == 200)
        #expect(bench.hosts[0].all.contains("GET /3 "))
        // The third has waited too long for anything but its answer by now.
        bench.pass(.seconds(2))
        #expect(clients[2].text.isEmpty)
        Self.say(bench.hosts.first)
        bench.settle()
        #expect(status(clients[2].text) == 200)
    }

    @Test func `who waits too long is refused, and who goes away is forgotten`() throws {
        let bench = try Self.bench(.seconds(1))
        let first = Self.ask(bench, "/1")
        let second = Self.ask(bench, "/2")
        let third = Self.ask(bench, "/3")
        third.link?.close()
        bench.pass(.milliseconds(900))
        #expect(second.text.isEmpty)
        bench.pass(.milliseconds(200))
        #expect(status(second.text) == 503, "\(second.text)")
        #expect(bench.hosts[0].all.contains("/1") && !bench.hosts[0].all.contains("/2"))
        Self.say(bench.hosts.first)
        bench.settle()
        #expect(status(first.text) == 200)
        bench.pass(.seconds(1))
        #expect(!bench.hosts[0].all.contains("/3"))
        #expect(bench.value("cluster.app.upstream_rq_active") == 0)
    }

    @Test func `without queues a request is refused at once`() throws {
        let bench = try Self.bench(nil)
        _ = Self.ask(bench, "/1")
        #expect(status(Self.ask(bench, "/2").text) == 503)
    }

    @Test func `a relay waits for a host too`() throws {
        var configuration = simpleConfiguration { _, cluster in
            cluster.endpoints[0].connectionsMaximum = 1
            cluster.queueTimeout = .seconds(1)
        }
        let settings = TunnelSettings(clusters: [WeightedCluster(name: "app")])
        configuration.listeners[0].chains = [FilterChain(handler: .tcp(settings))]
        let bench = try ProxyBench(configuration)
        let first = bench.client()
        let second = bench.client()
        let third = bench.client()
        bench.settle()
        #expect(bench.hosts.count == 1)
        first.link?.close()
        bench.hosts[0].link?.close()
        bench.settle()
        bench.pass(.milliseconds(10))
        #expect(bench.hosts.count == 2)
        second.send("two")
        bench.settle()
        #expect(bench.hosts.last?.text == "two")
        bench.pass(.seconds(2))
        #expect(third.hasEnded || third.failure != nil)
        #expect(bench.hosts.count == 2)
    }

    /// A proxy with a real socket that answers everything itself.
    private final class Door {
        let worker: Worker
        let proxy: ProxyWorker
        let address: SocketAddress
        private let own = ConnectionLimit(maximum: 0)
        private let all = ConnectionLimit(maximum: 0)

        init(most: Int, queues: Bool) throws {
            worker = try Worker(index: 0)
            let statistics = Statistics()
            proxy = ProxyWorker(worker, statistics)
            worker.tenant = proxy
            let loopback = try #require(SocketAddress(number: "127.0.0.1", port: 0))
            let socket = try Sockets.listen(loopback)
            address = try Sockets.localAddress(socket.number)
            var configuration = simpleConfiguration { http, _ in
                http.routes.hosts[0].routes = [Route(action: .respond(status: 200, body: "ok"))]
            }
            configuration.listeners[0].connectionsMaximum = most
            configuration.listeners[0].queuesConnections = queues
            let listener = configuration.listeners[0]
            proxy.apply(
                WorkerPlan(
                    clusters: [],
                    members: [:],
                    listeners: [
                        WorkerPlan.Listener(
                            settings: listener,
                            socket: socket.release(),
                            statistics: [HTTPStatistics("in", statistics)],
                            security: [nil],
                            tunnels: [nil],
                            limits: ListenerLimits(
                                listener,
                                allMaximum: 0,
                                own: own,
                                all: all,
                                bucket: SharedTokenBucket(),
                                statistics
                            )
                        )
                    ]
                )
            )
        }

        /// Asks, and waits for an answer or an end so many turns.
        func ask(_ socket: Int32, turns: Int) -> String {
            let request = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
            var room = [UInt8](repeating: 0, count: 4096)
            _ = SocketIO.send(socket, request.span)
            for _ in 0..<turns {
                worker.turn(waiting: false)
                let count = room.withUnsafeMutableBytes { SocketIO.receive(socket, into: $0) }
                if count == 0 { return "end" }
                if count > 0 { return String(decoding: room[..<count], as: UTF8.self) }
            }
            return ""
        }
    }

    @Test(arguments: [true, false])
    func `a connection over the limit waits for its place, or is closed`(queues: Bool) throws {
        let door = try Door(most: 1, queues: queues)
        let first = try Sockets.connect(door.address).0
        #expect(door.ask(first, turns: 100_000).hasPrefix("HTTP/1.1 200 OK"))
        let second = try Sockets.connect(door.address).0
        let early = door.ask(second, turns: 2_000)
        if queues {
            #expect(early.isEmpty)
            close(first)
            #expect(door.ask(second, turns: 1_000_000).hasPrefix("HTTP/1.1 200 OK"))
        } else {
            #expect(!early.hasPrefix("HTTP"))
            close(first)
        }
        close(second)
        door.proxy.drain()
    }
}
