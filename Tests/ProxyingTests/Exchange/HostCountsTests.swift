import Basics
import Testing

@testable import Proxying

/// What `/clusters` shows of a host, counted where it happens.
@Suite struct HostCountsTests {
    @Test func `requests, their ends and connections are counted at their host`() throws {
        let bench = try ProxyBench(
            simpleConfiguration(
                route: ForwardAction(
                    target: .clusters([WeightedCluster(name: "app")]),
                    timeout: .seconds(2)
                )
            )
        )
        let health = try #require(bench.proxy.cluster("app")).hosts.health(of: 0)
        var answers = ["200 OK", "404 Not Found", "500 Internal Server Error"]
        bench.serve = { peer in
            guard peer.text.hasSuffix("\r\n\r\n"), !answers.isEmpty else { return }
            peer.forget()
            peer.send("HTTP/1.1 \(answers.removeFirst())\r\ncontent-length: 0\r\n\r\n")
        }
        let client = bench.client()
        for _ in 0..<3 {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            bench.settle()
        }
        var expected = HostHealth.Counts(
            requests: 3,
            successes: 2,
            errors: 1,
            connections: 1,
            connectionsTotal: 1
        )
        #expect(health.counts == expected)
        // The fourth is not answered.
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        expected.requests = 4
        expected.uses = 1
        #expect(health.counts == expected)
        bench.pass(.seconds(3))
        bench.settle()
        #expect(client.text.contains("HTTP/1.1 504"))
        expected.uses = 0
        expected.errors = 2
        expected.timeouts = 1
        // Its connection is of no use any more.
        expected.connections = 0
        #expect(health.counts == expected)
    }
}
