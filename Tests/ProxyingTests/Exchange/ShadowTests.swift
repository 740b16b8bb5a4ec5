import Basics
import HTTP
import Reactor
import Testing

@testable import Proxying

@Suite struct ShadowTests {
    private static func bench(
        fraction: Int = 1_000_000,
        buffer: Int = 64 * 1024,
        rewrite: ForwardAction.PathRewrite = .keep
    ) throws -> ProxyBench {
        var action = ForwardAction(
            target: .clusters([WeightedCluster(name: "app")]),
            pathRewrite: rewrite,
            retry: RetrySettings(conditions: [.serverErrors, .anyMethod]),
            mirrors: [MirrorSettings(cluster: "copy", fraction: fraction)],
            bufferMaximum: buffer
        )
        action.timeout = .seconds(5)
        var configuration = simpleConfiguration(route: action)
        var copy = configuration.clusters[0]
        copy.name = "copy"
        copy.endpoints[0].address.host = "10.0.1.1"
        configuration.clusters.append(copy)
        return try ProxyBench(configuration)
    }

    /// The copy and the original, by what they were told.
    private static func pair(_ bench: ProxyBench) throws -> (copy: Peer, original: Peer) {
        try #require(bench.hosts.count == 2)
        let isFirst = bench.hosts[0].all.contains("-shadow")
        return isFirst ? (bench.hosts[0], bench.hosts[1]) : (bench.hosts[1], bench.hosts[0])
    }

    @Test(arguments: ["a", "a:8080"])
    func `a copy goes to another cluster, and its answer nowhere`(host: String) throws {
        let bench = try Self.bench()
        let client = bench.client()
        client.send("POST /x HTTP/1.1\r\nHost: \(host)\r\ncontent-length: 4\r\n\r\nbo")
        bench.settle()
        client.send("dy")
        bench.settle()
        let (copy, original) = try Self.pair(bench)
        for peer in [copy, original] {
            #expect(peer.all.hasPrefix("POST /x HTTP/1.1\r\n"))
            #expect(peer.all.hasSuffix("\r\n\r\nbody"))
        }
        #expect(copy.all.contains("host: a-shadow\(host.dropFirst())\r\n"))
        #expect(original.all.contains("host: \(host)\r\n"))
        copy.send("HTTP/1.1 500 Internal Server Error\r\ncontent-length: 4\r\n\r\nnope")
        bench.settle()
        #expect(client.text == "")
        original.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        bench.settle()
        #expect(status(client.text) == 200 && client.text.hasSuffix("ok"))
        #expect(bench.proxy.mirrors.isEmpty)
        #expect(bench.value("cluster.copy.upstream_rq_5xx") == 1)
        #expect(bench.value("cluster.copy.upstream_rq_active") == 0)
        #expect(bench.value("http.in.downstream_rq_total") == 1)
        #expect(bench.value("http.in.downstream_rq_5xx") == 0)
    }

    @Test func `a copy that nobody answers neither delays nor outlives its time`() throws {
        let bench = try Self.bench(rewrite: .prefix("/new"))
        let client = bench.client()
        client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        let (copy, original) = try Self.pair(bench)
        #expect(copy.all.split(separator: "\r\n")[0] == original.all.split(separator: "\r\n")[0])
        original.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        bench.settle()
        #expect(status(client.text) == 200)
        #expect(bench.proxy.mirrors.count == 1)
        bench.pass(.seconds(6))
        #expect(bench.proxy.mirrors.isEmpty)
        #expect(copy.hasEnded)
        #expect(bench.value("cluster.copy.upstream_rq_timeout") == 1)
        #expect(bench.value("cluster.copy.upstream_rq_retry") == 0)
    }

    @Test func `a copy whose request ends early is given up`() throws {
        let bench = try Self.bench()
        let client = bench.client()
        client.send("POST / HTTP/1.1\r\nHost: a\r\ncontent-length: 10\r\n\r\nhalf")
        bench.settle()
        #expect(bench.proxy.mirrors.count == 1)
        client.link?.close()
        bench.settle()
        #expect(bench.proxy.mirrors.isEmpty)
        #expect(bench.hosts.allSatisfy { $0.hasEnded })
        #expect(bench.value("cluster.copy.upstream_rq_active") == 0)
        #expect(bench.value("cluster.app.upstream_rq_active") == 0)
    }

    @Test func `a copy that cannot keep up with the body is given up`() throws {
        let bench = try Self.bench(buffer: 8 * 1024)
        bench.capacity = 4096
        let client = bench.client()
        bench.settle()
        let size = 400_000
        client.send("POST / HTTP/1.1\r\nHost: a\r\ncontent-length: \(size)\r\n\r\n")
        bench.settle()
        let (copy, original) = try Self.pair(bench)
        copy.link?.pause()
        client.send(String(repeating: "x", count: size))
        bench.settle(20_000) { original.received.count >= size }
        #expect(original.all.utf8.count > size)
        #expect(bench.proxy.mirrors.isEmpty)
        #expect(bench.value("cluster.copy.upstream_rq_shadow_dropped") == 1)
        original.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        bench.settle()
        #expect(status(client.text) == 200)
    }

    @Test func `only so many requests are copied`() throws {
        let bench = try Self.bench(fraction: 500_000)
        for _ in 0..<200 { #expect(status(answer(bench)) == 200) }
        let copies = bench.value("cluster.copy.upstream_rq_total")
        #expect((60...140).contains(copies))
    }
}
