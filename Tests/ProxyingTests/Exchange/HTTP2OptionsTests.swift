import Basics
import HTTP
import Reactor
import Testing

@testable import Proxying

/// What `http2_protocol_options` asks for.
@Suite struct HTTP2OptionsTests {
    private static let options = HTTP2Settings(
        streamsMaximum: 7,
        streamWindow: 70_000,
        connectionWindow: 90_000,
        pings: PingSettings(interval: .seconds(10), timeout: .seconds(2), jitterPercent: 0)
    )

    /// The settings by their number, and what the first window of the connection is.
    private static func greeting(_ bytes: [UInt8]) -> (settings: [Int: Int], window: Int) {
        func number(_ place: Int, _ count: Int) -> Int {
            bytes[place..<place + count].reduce(0) { $0 << 8 | Int($1) }
        }
        var settings: [Int: Int] = [:]
        var window = 65_535
        var place = bytes.starts(with: Array("PRI".utf8)) ? 24 : 0
        while place + 9 <= bytes.count {
            let (length, kind, flags) = (number(place, 3), bytes[place + 3], bytes[place + 4])
            place += 9
            guard place + length <= bytes.count else { break }
            if kind == 4, flags & 1 == 0 {
                for entry in stride(from: place, to: place + length, by: 6) {
                    settings[number(entry, 2)] = number(entry + 2, 4)
                }
            } else if kind == 8 {
                window += number(place, 4)
            }
            place += length
        }
        return (settings, window)
    }

    @Test func `clients are told the windows and the number of streams`() throws {
        let bench = try ProxyBench(
            simpleConfiguration { http, _ in
                http.http2 = Self.options
                http.streamsMaximum = 7
            }
        )
        let client = bench.client()
        client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        client.link?.output.append([0, 0, 0, 4, 0, 0, 0, 0, 0].span)
        client.link?.touch()
        bench.settle()
        let told = Self.greeting(client.received)
        #expect(told.settings[3] == 7 && told.settings[4] == 70_000)
        #expect(told.window == 90_000)
    }

    @Test func `hosts are told the windows, and get no more streams than the cluster says`() throws
    {
        let world = try H2World { _, cluster in cluster.http2 = Self.options }
        let client = try world.bench.client2()
        let first = client.ask()
        world.bench.settle()
        let more = (0..<13).map { _ in client.ask() }
        world.bench.settle()
        #expect(world.hosts.map(\.numbers.count) == [7, 7])
        for host in world.hosts { for number in host.numbers { host.answer(number, body: "ok") } }
        world.bench.settle()
        #expect(([first] + more).allSatisfy { client.message($0).body == "ok" })
        let told = Self.greeting(world.hosts[0].greeting)
        #expect(told.settings[4] == 70_000)
        #expect(told.window == 90_000)
    }

    @Test func `a client that answers no ping is cut off, others stay`() throws {
        let bench = try ProxyBench(simpleConfiguration { http, _ in http.http2 = Self.options })
        let (gone, alive) = (try bench.client2(), try bench.client2())
        gone.ask()
        bench.settle()
        gone.peer.react = nil
        for _ in 0..<11 { bench.pass(.seconds(1)) }
        #expect(!gone.peer.hasEnded)
        for _ in 0..<2 { bench.pass(.seconds(1)) }
        #expect(gone.peer.hasEnded && !alive.peer.hasEnded)
        #expect(bench.value("http2.keepalive_timeout") == 1)
        #expect(bench.value("http.in.downstream_rq_active") == 0)
        for _ in 0..<40 { bench.pass(.seconds(1)) }
        #expect(!alive.peer.hasEnded)
        #expect(bench.value("http2.keepalive_timeout") == 1)
    }

    @Test func `a host that answers no ping is given up, and its requests are answered`() throws {
        let route = ForwardAction(
            target: .clusters([WeightedCluster(name: "app")]),
            timeout: nil
        )
        let world = try H2World(route: route) { _, cluster in cluster.http2 = Self.options }
        let client = try world.bench.client2()
        let number = client.ask()
        world.bench.settle()
        let host = try #require(world.hosts.first)
        for _ in 0..<30 { world.bench.pass(.seconds(1)) }
        #expect(client.message(number).head.isEmpty && !host.peer.hasEnded, "it answers pings")
        host.peer.react = nil
        for _ in 0..<14 { world.bench.pass(.seconds(1)) }
        #expect(client.message(number).status == 503)
        #expect(world.value("cluster.app.http2.keepalive_timeout") == 1)
        #expect(world.value("cluster.app.upstream_cx_active") == 0)
    }
}
