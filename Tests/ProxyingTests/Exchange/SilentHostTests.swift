import Formats
import HTTP
import Testing

@testable import Proxying

/// Hosts that take a request and say nothing, in the words of each language.
@Suite struct SilentHostTests {
    private static func bench(_ text: String, _ dialect: Dialect) throws -> ProxyBench {
        var configuration = try Reading.value(text, dialect).configuration
        configuration.listeners[0].name = "in"
        return try ProxyBench(configuration)
    }

    private static func nginx(_ location: String, _ servers: String = "server 127.0.0.1:9;")
        -> String
    {
        """
        http {
            upstream app { \(servers) }
            server {
                listen 80;
                location / { proxy_http_version 1.1; proxy_pass http://app; \(location) }
            }
        }
        """
    }

    private static let haproxy = """
        defaults
            mode http
            timeout connect 1s
            timeout client 50s
            timeout server 3s
        frontend in
            bind 127.0.0.1:80
            default_backend web
        backend web
            server w 127.0.0.1:9
        """

    private static func own(_ route: String) -> String {
        "listen: 127.0.0.1:80\nroutes:\n- {path: /, to: '127.0.0.1:9', \(route)}\n"
    }

    /// A client that has asked.
    private static func ask(_ bench: ProxyBench, _ method: String = "GET") -> Peer {
        let client = bench.client()
        client.send("\(method) / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        return client
    }

    @Test(arguments: [
        (nginx("proxy_read_timeout 3s;"), Dialect.nginx), (haproxy, .haproxy),
        (own("stream_idle_timeout: 3s"), .own),
    ])
    func `a host that is silent for the route's time is a 504 then`(
        _ text: String,
        _ dialect: Dialect
    ) throws {
        let bench = try Self.bench(text, dialect)
        let idle = bench.client()
        bench.pass(.milliseconds(1500))
        let client = Self.ask(bench)
        bench.pass(.milliseconds(2900))
        #expect(client.text.isEmpty, "\(client.text)")
        bench.pass(.milliseconds(200))
        #expect(status(client.text) == 504, "\(client.text)")
        #expect(!idle.hasEnded, "the time is the request's, not the connection's")
    }

    @Test func `a stream of HTTP/2 ends after the route's time`() throws {
        let bench = try Self.bench(Self.own("stream_idle_timeout: 3s"), .own)
        let client = try bench.client2()
        let number = client.ask("GET", "/")
        bench.settle()
        for _ in 0..<4 { bench.pass(.milliseconds(900)) }
        #expect(client.message(number).status == 504)
    }

    @Test func `a host that goes on with its answer has time from each byte`() throws {
        let bench = try Self.bench(Self.nginx("proxy_read_timeout 3s;"), .nginx)
        let client = Self.ask(bench)
        bench.hosts[0].send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n")
        for byte in ["a", "b", "c", "d"] {
            bench.pass(.milliseconds(2500))
            bench.hosts[0].send(byte)
            bench.settle()
        }
        #expect(client.text.hasSuffix("abcd"), "\(client.text)")
    }

    @Test func `nginx asks the next server, and counts the failure`() throws {
        let two = "server 127.0.0.1:9; server 127.0.0.1:10;"
        let bench = try Self.bench(Self.nginx("proxy_read_timeout 3s;", two), .nginx)
        let client = Self.ask(bench)
        bench.pass(.milliseconds(3100))
        bench.pass(.milliseconds(10))
        #expect(bench.hosts.count == 2, "the other server is asked")
        bench.hosts.last?.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        bench.settle()
        #expect(client.text.hasSuffix("ok"), "\(client.text)")
        // What may have been done already is not repeated.
        let post = Self.ask(bench, "POST")
        bench.pass(.milliseconds(3100))
        bench.pass(.milliseconds(10))
        #expect(status(post.text) == 504, "\(post.text)")
    }

    @Test func `the time begins anew with the next try`() throws {
        let two = "server 127.0.0.1:9; server 127.0.0.1:10;"
        let bench = try Self.bench(Self.nginx("proxy_read_timeout 3s;", two), .nginx)
        let client = Self.ask(bench)
        bench.pass(.milliseconds(3100))
        bench.pass(.milliseconds(10))
        bench.pass(.milliseconds(2500))
        #expect(client.text.isEmpty, "\(client.text)")
        bench.pass(.milliseconds(700))
        #expect(status(client.text) == 504, "\(client.text)")
    }
}
