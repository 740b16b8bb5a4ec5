import Reactor
import Testing

@testable import Proxying

/// Limits of connections to hosts where a request finds none at the host that it goes to.
@Suite struct ConnectionLimitTests {
    private static func serve(_ peer: Peer) {
        guard peer.text.contains("\r\n\r\n") else { return }
        peer.forget()
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
    }

    @Test(arguments: [0, 1])
    func `requests one after the other are answered, though hosts share one connection's limit`(
        most: Int
    ) throws {
        let bench = try ProxyBench(
            simpleConfiguration(endpoints: 3) { _, cluster in cluster.limits.connections = most }
        )
        bench.serve = Self.serve
        let client = bench.client()
        for number in 1...6 {
            client.forget()
            client.send("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
            bench.settle()
            #expect(client.text.hasPrefix("HTTP/1.1 200"), "\(number): \(client.text)")
        }
        #expect(bench.value("cluster.app.upstream_cx_total") == 3)
        #expect(bench.value("cluster.app.upstream_cx_overflow") == 3 - Int64(most))
        for host in bench.hosts { host.link?.close() }
        bench.settle()
        #expect(bench.value("cluster.app.upstream_cx_active") == 0)
    }

    @Test func `a host with a connection gets no other beyond the limit`() throws {
        let bench = try ProxyBench(
            simpleConfiguration { _, cluster in cluster.limits.connections = 1 }
        )
        let clients = (1...3).map { _ in bench.client() }
        for client in clients { client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
        bench.settle()
        #expect(bench.hosts.count == 1)
        #expect(bench.value("cluster.app.upstream_rq_pending_active") == 2)
        for _ in clients {
            bench.hosts[0].send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            bench.settle()
        }
        #expect(clients.allSatisfy { $0.text.hasPrefix("HTTP/1.1 200") })
        #expect(bench.hosts.count == 1)
    }

    @Test func `over HTTP 2 a host gets its first connection beyond the limit too`() throws {
        let world = try H2World { _, cluster in cluster.limits.connections = 0 }
        let client = try world.bench.client2()
        let number = client.ask()
        world.bench.settle()
        let host = try #require(world.hosts.first)
        host.answer(1, body: "ok")
        world.bench.settle()
        #expect(client.message(number).body == "ok")
    }
}
