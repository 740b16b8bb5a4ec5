import Basics
import Testing

@testable import Proxying

/// The end of a proxy while handshakes of TLS are going on.
@Suite(.serialized) struct DrainTests {
    @Test(arguments: [0, 1, 100])
    func `a handshake that is under way at the end is finished, and its request answered`(
        begun: Int
    ) async throws {
        let bench = try await ListenerBench()
        let client = try bench.client()
        if begun > 0 { client.send(atMost: begun) }
        #expect(bench.turn { bench.proxy.connectionCount == 1 })
        bench.turn(times: 20)
        bench.proxy.announceEnd()
        if begun > 0 { bench.proxy.drain() }
        #expect(bench.proxy.connectionCount == 1, "it counts among those that are waited for")
        client.send()
        #expect(
            bench.turn {
                client.receive(); return client.isEstablished
            }
        )
        client.ask()
        #expect(
            bench.turn {
                client.receive(); return client.hasEnded
            }
        )
        #expect(client.text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(client.text.contains("\r\nconnection: close\r\n"))
        #expect(client.text.hasSuffix("hello"))
        #expect(bench.turn { bench.proxy.connectionCount == 0 })
    }

    @Test func `a client that has not even begun its handshake holds no end up`() async throws {
        let bench = try await ListenerBench()
        let client = try bench.client()
        #expect(bench.turn { bench.proxy.connectionCount == 1 })
        bench.proxy.announceEnd()
        bench.turn()
        #expect(bench.proxy.connectionCount == 1, "its hello may be on its way")
        bench.proxy.drain()
        #expect(bench.proxy.connectionCount == 0)
        #expect(
            bench.turn {
                client.receive(); return client.hasEnded
            }
        )
    }

    @Test func `a handshake that does not go on ends with its time`() async throws {
        let bench = try await ListenerBench()
        let client = try bench.client()
        client.send(atMost: 10)
        #expect(bench.turn { bench.proxy.connectionCount == 1 })
        bench.turn(times: 20)
        bench.proxy.drain()
        bench.now = bench.now + (bench.settings.detectionTimeout - .milliseconds(100))
        bench.turn()
        #expect(bench.proxy.connectionCount == 1)
        bench.now = bench.now + .seconds(1)
        #expect(bench.turn { bench.proxy.connectionCount == 0 })
        #expect(
            bench.turn {
                client.receive(); return client.hasEnded
            }
        )
    }
}
