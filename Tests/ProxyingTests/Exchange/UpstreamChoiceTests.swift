import Basics
import HTTP
import Reactor
import Security
import TestKit
import Testing

@testable import Proxying

/// Which HTTP is spoken to hosts over TLS.
@Suite struct UpstreamChoiceTests {
    private struct Case {
        var version: ClusterSettings.Version
        /// What the host speaks (ALPN); empty chooses nothing.
        var protocols: [String]
        /// What is spoken.
        var spoken: HTTPVersion
    }

    private static let cases = [
        Case(version: .http2, protocols: ["h2", "http/1.1"], spoken: .http2),
        Case(version: .http2, protocols: [], spoken: .http2),
        Case(version: .auto, protocols: ["h2", "http/1.1"], spoken: .http2),
        Case(version: .auto, protocols: ["http/1.1"], spoken: .http11),
        Case(version: .auto, protocols: [], spoken: .http11),
        Case(version: .http1, protocols: ["h2", "http/1.1"], spoken: .http11),
        Case(version: .downstream, protocols: ["h2", "http/1.1"], spoken: .http11),
    ]

    @Test(arguments: cases.indices)
    func `a host over TLS is spoken to as it chooses`(index: Int) async throws {
        let one = Self.cases[index]
        let made = try await TestCertificate()
        let identity = TLSIdentity(certificates: made.certificate, privateKey: made.privateKey)
        let bench = try ProxyBench(
            simpleConfiguration { _, cluster in cluster.version = one.version },
            clientSecurity: TLSClientContext(TLSClientOptions(trust: nil)),
            hostSecurity: TLSServerContext(
                TLSServerOptions(
                    identities: [identity],
                    choices: TLSChoices(protocols: one.protocols)
                )
            )
        )
        var ends: [H2End] = []
        bench.serve = { peer in
            if peer.text.hasPrefix("PRI * HTTP/2.0"), let end = try? H2End(.server, peer) {
                end.onEnd = { end, number in
                    #expect(end.message(number).head.hasPrefix("GET https "))
                    end.answer(number, body: "over HTTP/2")
                }
                ends.append(end)
                peer.react?(peer)
            } else if peer.text.hasSuffix("\r\n\r\n") {
                peer.forget()
                peer.send("HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nover HTTP/1")
            }
        }
        let expected = one.spoken == .http2 ? "over HTTP/2" : "over HTTP/1"
        for round in 0..<2 {
            let clients = (0..<3).map { _ in bench.client() }
            for client in clients { client.send("GET /\(round) HTTP/1.1\r\nHost: a\r\n\r\n") }
            bench.settle()
            for client in clients {
                #expect(client.text.contains(expected))
            }
        }
        #expect((bench.value("cluster.app.upstream_cx_http2_total") > 0) == (one.spoken == .http2))
        #expect((bench.value("cluster.app.upstream_cx_http1_total") > 0) == (one.spoken == .http11))
        if one.spoken == .http2 { #expect(bench.hosts.count == 1) }
        #expect(bench.value("cluster.app.upstream_rq_active") == 0)
        #expect(bench.value("cluster.app.upstream_rq_pending_active") == 0)
    }
}
