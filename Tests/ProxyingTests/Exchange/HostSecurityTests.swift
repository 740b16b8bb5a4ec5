import Basics
import HTTP
import Reactor
import Security
import System
import TestKit
import Testing

@testable import Proxying

/// TLS to the hosts of HTTP, and connections that cannot be made.
@Suite struct HostSecurityTests {
    private static func contexts() async throws -> (
        client: TLSClientContext, host: TLSServerContext
    ) {
        let made = try await TestCertificate()
        let identity = TLSIdentity(certificates: made.certificate, privateKey: made.privateKey)
        let trust = TLSTrust(.these(pem: made.certificate), names: [.host("localhost")])
        return (
            try TLSClientContext(TLSClientOptions(trust: trust, checksServerName: false)),
            try TLSServerContext(identity)
        )
    }

    @Test(arguments: [1, 2])
    func `sessions with a host are resumed, and each host has its own`(
        endpoints: Int
    ) async throws {
        let (client, host) = try await Self.contexts()
        let bench = try ProxyBench(
            simpleConfiguration(endpoints: endpoints),
            clientSecurity: client,
            hostSecurity: host
        )
        bench.serve = {
            $0.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        }
        for _ in 0..<2 * endpoints {
            let client = bench.client()
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            bench.settle()
            #expect(client.text.hasPrefix("HTTP/1.1 200"))
        }
        let resumed = bench.hosts.map { $0.link?.security?.isResumed }
        let wanted = Array(repeating: false, count: endpoints)
        #expect(resumed == wanted + wanted.map { !$0 })
    }

    @Test func `sessions are resumed over HTTP/2 too`() async throws {
        let (client, host) = try await Self.contexts()
        let bench = try ProxyBench(
            simpleConfiguration { _, cluster in
                cluster.version = .http2
                cluster.requestsPerConnection = 1
            },
            clientSecurity: client,
            hostSecurity: host
        )
        var ends: [H2End] = []
        bench.serve = { peer in
            guard let end = try? H2End(.server, peer) else { return }
            end.onHead = { $0.answer($1, 204) }
            ends.append(end)
            peer.react?(peer)
        }
        for round in 0..<3 {
            let client = bench.client()
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            bench.settle()
            #expect(client.text.hasPrefix("HTTP/1.1 204"))
            #expect(bench.hosts.count == round + 1)
            #expect(bench.hosts.last?.link?.security?.isResumed == (round > 0))
        }
    }

    @Test(arguments: [ClusterSettings.Version.http1, .http2], [24, 23, 105, 99])
    func `a want of descriptors or ports is no fault of the host`(
        version: ClusterSettings.Version,
        number: Int32
    ) throws {
        let bench = try ProxyBench(
            simpleConfiguration { _, cluster in cluster.version = version }
        )
        let health = try #require(bench.proxy.cluster("app")).hosts.health(of: 0)
        bench.refusal = SystemError(number, "socket")
        let client = bench.client()
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        #expect(client.text.hasPrefix("HTTP/1.1 503"))
        #expect(client.text.hasSuffix("reset reason: local connection failure"))
        #expect(health.totals.answers == 0)
        #expect(bench.value("cluster.app.upstream_cx_connect_fail") == 1)
        // A refusal of the host's counts, also one that comes at once.
        bench.refusal = SystemError(111, "connect")
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        #expect(client.text.hasSuffix("reset reason: remote connection failure"))
        #expect(health.totals.answers == 1)
        #expect(bench.value("cluster.app.upstream_cx_active") == 0)
        #expect(bench.value("cluster.app.upstream_rq_active") == 0)
        let counts = HostHealth.Counts(requests: 2, errors: 1, connectFailures: 2)
        #expect(health.counts == counts)
    }

    @Test func `a connection that fails at once is tried again as retries say`() throws {
        let retry = RetrySettings(conditions: [.connectFailure], retriesMaximum: 2)
        let bench = try ProxyBench(
            simpleConfiguration(
                route: ForwardAction(
                    target: .clusters([WeightedCluster(name: "app")]),
                    retry: retry
                )
            )
        )
        bench.refusal = SystemError(111, "connect")
        let client = bench.client()
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        for _ in 0..<10 { bench.pass(.milliseconds(100)) }
        #expect(client.text.hasPrefix("HTTP/1.1 503"))
        #expect(bench.value("cluster.app.upstream_rq_retry") == 2)
        #expect(bench.value("cluster.app.upstream_cx_connect_fail") == 3)
    }
}
