import Basics
import Reactor
import Testing

@testable import Proxying

/// Limits of requests at a time.
@Suite struct ConcurrencyTests {
    /// nginx with two zones, in front of hosts that answer when they are told.
    private static func bench(_ location: String, zones: String = "") throws -> ProxyBench {
        let text = """
            events {}
            http {
              limit_conn_zone $binary_remote_addr zone=one:10m;
              limit_conn_zone $server_name zone=all:10m;
              limit_conn_zone $http_x_key zone=key:10m;
              \(zones)
              server {
                listen 127.0.0.1:80;
                location / { \(location) proxy_pass http://10.0.0.1:80; }
                location /free { proxy_pass http://10.0.0.1:80; }
              }
            }
            """
        var configuration = try Reading.value(text, .nginx).configuration
        configuration.listeners[0].name = "in"
        return try ProxyBench(configuration)
    }

    private static func ask(_ bench: ProxyBench, _ path: String = "/", _ fields: String = "")
        -> Peer
    {
        let client = bench.client()
        client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
        bench.settle()
        return client
    }

    private static func answer(_ host: Peer, _ bench: ProxyBench) {
        host.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        host.link?.finish()
        bench.settle()
    }

    @Test func `so many requests go on at a time, and no more`() throws {
        let bench = try Self.bench("limit_conn one 2;")
        let first = Self.ask(bench)
        let second = Self.ask(bench)
        let third = Self.ask(bench)
        #expect(first.text.isEmpty && second.text.isEmpty && status(third.text) == 503)
        #expect(bench.hosts.count == 2)
        #expect(Self.ask(bench, "/free").text.isEmpty, "another location is not limited")
        Self.answer(bench.hosts[0], bench)
        #expect(status(first.text) == 200)
        let fourth = Self.ask(bench)
        #expect(fourth.text.isEmpty, "a place is free")
        #expect(status(Self.ask(bench).text) == 503)
        second.link?.close()
        bench.settle()
        #expect(Self.ask(bench).text.isEmpty, "who leaves gives the place back")
        #expect(bench.value("http.127.0.0.1:80.concurrency_limit.denied") == 2)
    }

    @Test func `keys have counts of their own, and who has none is not counted`() throws {
        let bench = try Self.bench("limit_conn key 1; limit_conn_status 429;")
        #expect(Self.ask(bench, "/", "X-Key: a\r\n").text.isEmpty)
        #expect(Self.ask(bench, "/", "X-Key: b\r\n").text.isEmpty)
        #expect(status(Self.ask(bench, "/", "X-Key: a\r\n").text) == 429)
        for _ in 0..<3 { #expect(Self.ask(bench).text.isEmpty) }
    }

    @Test func `several limits hold together, and a refused request keeps no place`() throws {
        let bench = try Self.bench("limit_conn key 2; limit_conn all 1;")
        #expect(Self.ask(bench, "/", "X-Key: a\r\n").text.isEmpty)
        for _ in 0..<5 { #expect(status(Self.ask(bench, "/", "X-Key: a\r\n").text) == 503) }
        Self.answer(bench.hosts[0], bench)
        #expect(Self.ask(bench, "/", "X-Key: a\r\n").text.isEmpty)
    }

    @Test func `places are counted over workers, and forgotten when they are free`() {
        let counts = RequestCounts()
        #expect(counts.take(1, below: 2) && counts.take(1, below: 2) && counts.take(2, below: 1))
        #expect(!counts.take(1, below: 2) && !counts.take(2, below: 1) && counts.count == 2)
        counts.giveBack(1)
        #expect(counts.take(1, below: 2))
        for key: UInt64 in [1, 1, 2] { counts.giveBack(key) }
        #expect(counts.count == 0)
        counts.giveBack(3)
        #expect(counts.count == 0 && !counts.take(1, below: 0))
    }

    @Test(arguments: [
        ("limit_conn two 1;", "", "there is no zone \"two\""),
        ("limit_conn one;", "", "a zone and a number are expected"),
        ("limit_conn one many;", "", "a zone and a number are expected"),
        ("limit_conn one 0;", "", "a zone and a number are expected"),
        ("", "limit_conn_zone $a$b zone=x:1m;", "is not supported"),
        ("", "limit_conn_zone $binary_remote_addr;", "\"zone=\" is missing"),
        ("limit_rate 1k;", "", "limit_rate"),
    ])
    func `mistakes are told`(_ location: String, _ zones: String, _ expected: String) {
        let text = """
            events {}
            http {
              limit_conn_zone $binary_remote_addr zone=one:10m;
              \(zones)
              server { listen 80; location / { \(location)\n limit_conn x 1; proxy_pass http://10.0.0.1:80; } }
            }
            """
        let findings = Reading.findings(text, .nginx)
        #expect(findings.contains { $0.hasPrefix("error") && $0.contains(expected) }, "\(findings)")
    }
}
