import Basics
import HTTP
import Reactor
import Testing

@testable import Proxying

/// What a request and its interim answers lose on their way.
@Suite struct HopTests {
    @Test(arguments: [
        ("OPTIONS", "5", "4"), ("TRACE", "1", "0"), ("OPTIONS", "x", "x"), ("GET", "0", "0"),
        ("OPTIONS", "99999999999", "99999999999"),
    ])
    func `Max-Forwards counts down for OPTIONS and TRACE`(
        method: String,
        sent: String,
        got: String
    ) throws {
        let bench = try ProxyBench(simpleConfiguration())
        let client = bench.client()
        client.send("\(method) / HTTP/1.1\r\nHost: a\r\nMax-Forwards: \(sent)\r\n\r\n")
        bench.settle()
        let text = try #require(bench.hosts.first).text.lowercased()
        #expect(text.contains("\r\nmax-forwards: \(got)\r\n"), "\(text)")
    }

    @Test(arguments: [("OPTIONS", 200), ("TRACE", 501), ("CONNECT", 501)], [false, true])
    func `what goes no further is answered here`(
        method: (name: String, status: Int),
        isHTTP2: Bool
    ) throws {
        let bench = try ProxyBench(simpleConfiguration())
        let isTunnel = method.name == "CONNECT"
        if isHTTP2 {
            let client = try bench.client2()
            let number = client.ask(
                method.name,
                isTunnel ? "" : "/",
                [("max-forwards", "0")],
                authority: "a.test:80"
            )
            bench.settle()
            #expect(client.message(number).status == method.status)
        } else {
            let client = bench.client()
            let target = isTunnel ? "a.test:80" : "/"
            client.send("\(method.name) \(target) HTTP/1.1\r\nHost: a.test:80\r\n")
            client.send("Max-Forwards: 0\r\n\r\n")
            bench.settle()
            #expect(client.text.hasPrefix("HTTP/1.1 \(method.status) "), "\(client.text)")
        }
        #expect(bench.hosts.isEmpty)
    }

    @Test func `fields of the host's connection do not pass with interim answers`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        let client = bench.client()
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        bench.hosts[0].send(
            "HTTP/1.1 103 Early Hints\r\nconnection: x-mine\r\nx-mine: 1\r\nlink: </a>\r\n\r\n"
                + "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
        )
        bench.settle()
        let start = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n"
        #expect(client.text.hasPrefix(start), "\(client.text)")
    }
}
