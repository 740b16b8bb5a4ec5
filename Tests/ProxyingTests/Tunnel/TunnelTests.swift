import Basics
import Reactor
import Security
import TestKit
import Testing

@testable import Proxying

@Suite struct TunnelTests {
    private static func configuration(
        endpoints: Int = 1,
        change: (inout TunnelSettings, inout ClusterSettings) -> Void = { _, _ in }
    ) -> ProxyConfiguration {
        var tunnel = TunnelSettings(
            statPrefix: "db",
            clusters: [WeightedCluster(name: "app")],
            idleTimeout: .seconds(60)
        )
        var cluster = ClusterSettings(
            name: "app",
            endpoints: (1...endpoints).map {
                Endpoint(address: HostPort(host: "10.0.0.\($0)", port: 5432))
            }
        )
        change(&tunnel, &cluster)
        return ProxyConfiguration(
            listeners: [
                ListenerSettings(
                    name: "in",
                    address: HostPort(host: "127.0.0.1", port: 0),
                    chains: [FilterChain(handler: .tcp(tunnel))]
                )
            ],
            clusters: [cluster]
        )
    }

    /// The records of ended connections.
    private final class Log {
        var records: [AccessRecord] = []
        func follow(_ bench: ProxyBench) {
            bench.proxy.listener("in")?.tunnel?.log = { self.records.append($0) }
        }
    }

    @Test(arguments: [1, 7, 1000, Int.max])
    func `bytes pass both ways and both ends are passed on`(capacity: Int) throws {
        let bench = try ProxyBench(Self.configuration())
        let log = Log()
        log.follow(bench)
        bench.capacity = capacity
        let client = bench.client()
        client.send("question")
        bench.settle()
        let host = try #require(bench.hosts.first)
        #expect(host.text == "question")
        #expect(bench.value("cluster.app.upstream_cx_active") == 1)
        host.send("answer")
        bench.settle()
        #expect(client.text == "answer")
        client.link?.finish()
        bench.settle()
        #expect(host.hasEnded && !client.hasEnded)
        host.send(" and more")
        host.link?.finish()
        bench.settle()
        #expect(client.text == "answer and more")
        #expect(client.hasEnded)
        let record = try #require(log.records.first)
        #expect(record.bytesReceived == 8)
        #expect(record.bytesSent == 15)
        #expect(record.flags == [])
        #expect(record.upstreamHost == Array("10.0.0.1:5432".utf8))
        #expect(record.downstreamRemote == Array("192.0.2.7:4711".utf8))
        for (name, value) in [
            ("tcp.db.downstream_cx_total", 1), ("tcp.db.downstream_cx_rx_bytes_total", 8),
            ("tcp.db.downstream_cx_tx_bytes_total", 15), ("cluster.app.upstream_cx_total", 1),
            ("cluster.app.upstream_cx_active", 0), ("cluster.app.upstream_cx_rx_bytes_total", 15),
            ("connection_limit.db.active_connections", 0),
        ] as [(String, Int64)] {
            #expect(bench.value(name) == value, "\(name)")
        }
        #expect(bench.proxy.listener("in")?.tunnel?.count == 0)
    }

    @Test func `a host that is slow slows the client, and gets everything`() throws {
        let bench = try ProxyBench(Self.configuration())
        bench.capacity = 5000
        let client = bench.client()
        bench.settle()
        let host = try #require(bench.hosts.first)
        host.link?.pause()
        let text = String(repeating: "0123456789", count: 50_000)
        client.send(text)
        bench.settle(400)
        // Bounded on the way: what the link keeps, and the memory between them.
        #expect((client.link?.waitingCount ?? 0) > 300_000)
        host.link?.resume()
        client.link?.finish()
        bench.settle(5000) { host.hasEnded }
        #expect(host.text == text)
    }

    @Test func `as many hosts are tried as the settings say`() throws {
        let bench = try ProxyBench(
            Self.configuration(endpoints: 3) { tunnel, _ in tunnel.connectAttempts = 2 }
        )
        let log = Log()
        log.follow(bench)
        bench.refuses = true
        let client = bench.client()
        bench.settle()
        #expect(client.hasEnded)
        #expect(log.records.map(\.flags) == [.upstreamConnectFailure])
        #expect(log.records.map(\.attempts) == [2])
        #expect(bench.value("cluster.app.upstream_cx_connect_fail") == 2)
        #expect(bench.value("cluster.app.upstream_cx_active") == 0)
    }

    @Test func `more connections than the limits allow are closed`() throws {
        let bench = try ProxyBench(
            Self.configuration { tunnel, cluster in
                tunnel.connectionsMaximum = 2
                cluster.limits.connections = 1
            }
        )
        let log = Log()
        log.follow(bench)
        let first = bench.client()
        bench.settle()
        let second = bench.client()
        bench.settle()
        #expect(second.hasEnded)
        #expect(log.records.map(\.flags) == [.upstreamOverflow])
        #expect(bench.value("cluster.app.upstream_cx_overflow") == 1)
        let service = try #require(bench.proxy.listener("in")?.tunnel)
        #expect(service.shared.limit.take())
        let third = bench.client()
        bench.settle()
        #expect(third.hasEnded)
        #expect(bench.value("connection_limit.db.limited_connections") == 1)
        first.link?.close()
        bench.settle()
        bench.hosts.first?.link?.finish()
        bench.settle()
        service.shared.limit.giveBack()
        let fourth = bench.client()
        bench.settle()
        #expect(!fourth.hasEnded)
        #expect(service.shared.limit.count == 1)
    }

    @Test func `nothing either way for too long ends it`() throws {
        let bench = try ProxyBench(Self.configuration())
        let log = Log()
        log.follow(bench)
        let client = bench.client()
        bench.settle()
        for _ in 0..<4 {
            bench.pass(.seconds(50))
            client.send("x")
            bench.settle()
        }
        #expect(!client.hasEnded)
        bench.pass(.seconds(61))
        #expect(client.hasEnded)
        #expect(bench.hosts.first?.hasEnded == true)
        #expect(log.records.map(\.flags) == [.streamIdleTimeout])
        #expect(bench.value("tcp.db.idle_timeout") == 1)
    }

    @Test(arguments: [true, false])
    func `connections to a host that became unhealthy are cut if the settings say so`(
        cuts: Bool
    ) throws {
        let bench = try ProxyBench(
            Self.configuration(endpoints: 2) { _, cluster in cluster.closesUnhealthy = cuts }
        )
        let clients = (0..<4).map { _ in bench.client() }
        bench.settle()
        let cluster = try #require(bench.proxy.cluster("app"))
        let counts = cluster.hosts.published.map { cluster.tunnels.count($0) }
        #expect(counts.reduce(0, +) == 4)
        cluster.hosts.health(of: cluster.hosts.published[0]).flags = .wrongRole
        bench.proxy.refresh("app")
        bench.settle()
        #expect(clients.count(where: \.hasEnded) == (cuts ? counts[0] : 0))
        #expect(cluster.tunnels.count(cluster.hosts.published[1]) == counts[1])
    }

    @Test func `without a healthy host or a cluster the client is closed`() throws {
        let bench = try ProxyBench(
            Self.configuration { _, cluster in
                cluster.endpoints = []
            }
        )
        let log = Log()
        log.follow(bench)
        #expect(bench.client().hasEnded == false)
        bench.settle()
        #expect(log.records.map(\.flags) == [.noHealthyUpstream])
        #expect(bench.value("cluster.app.upstream_cx_none_healthy") == 1)
        let other = try ProxyBench(
            Self.configuration { tunnel, _ in tunnel.clusters = [WeightedCluster(name: "none")] }
        )
        log.follow(other)
        _ = other.client()
        other.settle()
        #expect(log.records.last?.flags == .noCluster)
        #expect(other.value("tcp.db.downstream_cx_no_route") == 1)
    }

    @Test func `the host is told whose connection it is`() throws {
        let bench = try ProxyBench(
            Self.configuration { _, cluster in cluster.proxyProtocol = 1 }
        )
        let client = bench.client()
        client.send("hello")
        bench.settle()
        #expect(bench.hosts.first?.text == "PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\nhello")
        let second = try ProxyBench(
            Self.configuration { _, cluster in cluster.proxyProtocol = 2 }
        )
        _ = second.client()
        second.settle()
        let bytes: [UInt8] = [
            13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10, 0x21, 0x11, 0, 12, 192, 0, 2, 7, 192, 0,
            2, 1, 0x12, 0x67, 0, 80,
        ]
        #expect(second.hosts.first?.received == bytes)
    }

    @Test func `a host may be spoken to over TLS`() async throws {
        let made = try await TestCertificate()
        let identity = TLSIdentity(certificates: made.certificate, privateKey: made.privateKey)
        let trust = TLSTrust(.these(pem: made.certificate), names: [.host("localhost")])
        let bench = try ProxyBench(
            Self.configuration(),
            clientSecurity: TLSClientContext(TLSClientOptions(trust: trust)),
            hostSecurity: TLSServerContext(identity)
        )
        for round in 0..<3 {
            let client = bench.client()
            client.send("question \(round)")
            bench.settle()
            let host = try #require(bench.hosts.last)
            #expect(host.text == "question \(round)")
            #expect(host.link?.security?.isResumed == (round > 0))
            host.send("answer")
            host.link?.finish()
            bench.settle()
            #expect(client.text == "answer")
            #expect(client.hasEnded)
            client.link?.finish()
            bench.settle()
        }
        #expect(bench.value("cluster.app.upstream_cx_active") == 0)
    }

    @Test func `the PROXY header comes before TLS`() async throws {
        let made = try await TestCertificate()
        let identity = TLSIdentity(certificates: made.certificate, privateKey: made.privateKey)
        let bench = try ProxyBench(
            Self.configuration { _, cluster in cluster.proxyProtocol = 1 },
            clientSecurity: TLSClientContext(TLSClientOptions(trust: nil)),
            hostSecurity: TLSServerContext(identity)
        )
        bench.readsPlain = true
        _ = bench.client()
        bench.settle()
        let bytes = try #require(bench.hosts.first).received
        let header = Array("PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\n".utf8)
        #expect(Array(bytes.prefix(header.count)) == header)
        #expect(bytes.dropFirst(header.count).first == 0x16)
    }
}
