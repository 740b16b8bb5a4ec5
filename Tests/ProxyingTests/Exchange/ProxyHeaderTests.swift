import Basics
import Foundation
import HTTP
import Reactor
import Security
import TestKit
import Testing

@testable import Proxying

/// The header of the PROXY protocol before requests.
@Suite struct ProxyHeaderTests {
    private static let line = "PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\n"

    private static func bench(
        _ change: (inout ClusterSettings) -> Void = { _ in }
    ) throws -> ProxyBench {
        let bench = try ProxyBench(
            simpleConfiguration { _, cluster in
                cluster.proxyProtocol = 1
                change(&cluster)
            }
        )
        bench.serve = { peer in
            guard peer.text.hasSuffix("\r\n\r\n") else { return }
            peer.forget()
            peer.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        }
        return bench
    }

    private static func ask(_ client: Peer, _ bench: ProxyBench, _ path: String) {
        client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
    }

    @Test func `each client has connections of its own, with its header once`() throws {
        let bench = try Self.bench()
        let clients = [bench.client(), bench.client()]
        for round in 1...3 {
            for (index, client) in clients.enumerated() {
                Self.ask(client, bench, "/\(index)/\(round)")
            }
        }
        #expect(bench.hosts.count == 2)
        for (index, host) in bench.hosts.enumerated() {
            #expect(host.all.hasPrefix(Self.line + "GET /\(index)/1 HTTP/1.1\r\n"))
            #expect(host.all.components(separatedBy: "PROXY ").count == 2)
            #expect(host.all.contains("GET /\(index)/3 "))
        }
        #expect(bench.value("http.in.downstream_rq_2xx") == 6)
    }

    @Test func `a client that ends takes its connections along`() throws {
        let bench = try Self.bench()
        let client = bench.client()
        Self.ask(client, bench, "/")
        #expect(bench.value("cluster.app.upstream_cx_active") == 1)
        client.link?.close()
        bench.settle()
        #expect(bench.hosts[0].hasEnded)
        #expect(bench.value("cluster.app.upstream_cx_active") == 0)
        // Also one whose connection to the host is being made.
        let next = bench.client()
        next.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        next.link?.finish()
        bench.settle()
        #expect(bench.value("cluster.app.upstream_cx_active") == 0)
        #expect(bench.value("cluster.app.upstream_rq_active") == 0)
    }

    @Test func `streams of one client do not wait for each other`() throws {
        let bench = try Self.bench()
        bench.serve = nil
        let client = try bench.client2()
        for number in 1...3 { client.ask("GET", "/\(number)") }
        bench.settle()
        #expect(bench.hosts.count == 3)
        for host in bench.hosts {
            #expect(host.text.hasPrefix(Self.line + "GET /"))
            host.forget()
            host.send("HTTP/1.1 204 No Content\r\n\r\n")
        }
        bench.settle()
        #expect(client.numbers.map { client.message($0).status } == [204, 204, 204])
        client.ask("GET", "/4")
        bench.settle()
        #expect(bench.hosts.count == 3, "a free one of its own is used")
    }

    @Test func `a host that refuses fails the client that asked, and no other`() throws {
        let bench = try Self.bench { $0.limits.connections = 1 }
        let first = bench.client()
        first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        // The only connection that is allowed is another client's.
        let second = bench.client()
        Self.ask(second, bench, "/")
        #expect(second.text.hasPrefix("HTTP/1.1 503"))
        #expect(second.text.hasSuffix("reset reason: overflow"))
        #expect(first.text.hasPrefix("HTTP/1.1 200"))
        bench.refuses = true
        let third = bench.client()
        first.link?.close()
        bench.settle()
        Self.ask(third, bench, "/")
        #expect(third.text.hasSuffix("reset reason: remote connection failure"))
        #expect(bench.value("cluster.app.upstream_cx_active") == 0)
        #expect(bench.value("cluster.app.upstream_rq_pending_active") == 0)
    }

    @Test func `the header comes before TLS`() async throws {
        let made = try await TestCertificate()
        let identity = TLSIdentity(certificates: made.certificate, privateKey: made.privateKey)
        let bench = try ProxyBench(
            simpleConfiguration { _, cluster in cluster.proxyProtocol = 1 },
            clientSecurity: TLSClientContext(TLSClientOptions(trust: nil)),
            hostSecurity: TLSServerContext(identity)
        )
        bench.readsPlain = true
        Self.ask(bench.client(), bench, "/")
        let bytes = try #require(bench.hosts.first).received
        let header = Array(Self.line.utf8)
        #expect(Array(bytes.prefix(header.count)) == header)
        #expect(bytes.dropFirst(header.count).first == 0x16)
    }
}
