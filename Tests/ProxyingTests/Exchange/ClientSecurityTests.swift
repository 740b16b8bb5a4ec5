import Basics
import Formats
import Foundation
import HTTP
import Reactor
import Security
import TestKit
import Testing

@testable import Proxying

/// What logs, fields and hosts learn of a client's connection and its certificate.
@Suite struct ClientSecurityTests {
    /// Both ends of mutual TLS.
    private struct Ends {
        let authority: TestAuthority
        let server: TLSServerContext
        let leaf: TestAuthority.Leaf
        let client: TLSClientContext
        let stranger: TLSClientContext

        init(maximum: TLSChoices.Version = .tls13) async throws {
            authority = try await TestAuthority()
            let own = try await authority.leaf(
                ["DNS:proxy.test", "URI:spiffe://test/proxy"],
                commonName: "proxy"
            )
            leaf = try await authority.leaf(
                ["DNS:a.test", "URI:spiffe://test/a", "URI:spiffe://test/b", "email:a@b.test"],
                commonName: "me"
            )
            server = try TLSServerContext(
                TLSServerOptions(
                    identities: [Self.identity(own)],
                    clients: TLSTrust(.these(pem: authority.certificate))
                )
            )
            let choices = TLSChoices(maximum: maximum)
            client = try TLSClientContext(
                TLSClientOptions(trust: nil, identity: Self.identity(leaf), choices: choices)
            )
            stranger = try TLSClientContext(TLSClientOptions(trust: nil, choices: choices))
        }

        private static func identity(_ leaf: TestAuthority.Leaf) -> TLSIdentity {
            TLSIdentity(certificates: leaf.certificate, privateKey: leaf.privateKey)
        }

        /// What the certificate says.
        var certificate: TLSCertificate {
            get throws {
                try TLSIdentity(certificates: leaf.certificate, privateKey: leaf.privateKey)
                    .check(at: Timestamp(seconds: Int64(Date().timeIntervalSince1970))).certificate
            }
        }
    }

    /// A proxy that answers itself and writes a log.
    private static func logging(
        _ format: String,
        to path: String,
        codec: HTTPSettings.Codec = .auto
    ) throws -> ProxyBench {
        try ProxyBench(
            simpleConfiguration { http, _ in
                http.codec = codec
                http.forwarding = ForwardingSettings(
                    setsForwardedProto: false,
                    setsRequestID: false,
                    writesEnvoyHeaders: false
                )
                http.accessLogs = [
                    AccessLogSettings(sink: .file(path), format: .text(format + "\n"))
                ]
                http.routes.hosts[0].routes = [
                    Route(action: .respond(status: 200, body: "hello", contentType: "text/plain"))
                ]
            }
        )
    }

    private static let heads = "%CONNECTION_ID% %REQUEST_HEADERS_BYTES% %RESPONSE_HEADERS_BYTES%"

    @Test func `connections are numbered and heads are counted over both versions`() throws {
        let folder = try TemporaryDirectory()
        let bench = try Self.logging(Self.heads, to: folder.file("log"))
        for _ in 0..<2 {
            let client = bench.client()
            client.send("GET /a HTTP/1.1\r\nHost: h\r\nX-Y: 12\r\n\r\n")
            bench.settle()
            client.send("GET /ab HTTP/1.1\r\nHost: h\r\n\r\n")
            bench.settle()
        }
        let client = try bench.client2()
        client.ask("GET", "/a", [("x-y", "12")], authority: "h")
        bench.settle()
        bench.proxy.flushLogs()
        // :status, content-type, content-length, server and date.
        let answer = 10 + 22 + 15 + 15 + 33
        // :method, :path, :authority, and over HTTP/2 :scheme.
        let plain = 10 + 7 + 11
        #expect(
            try folder.text(of: "log") == """
                1 \(plain + 5) \(answer)
                1 \(plain + 1) \(answer)
                2 \(plain + 5) \(answer)
                2 \(plain + 1) \(answer)
                3 \(plain + 5 + 11) \(answer)

                """
        )
    }

    @Test(arguments: [HTTPSettings.Codec.http1, .http2], [TLSChoices.Version.tls12, .tls13])
    func `logs tell of the TLS and of the certificate`(
        codec: HTTPSettings.Codec,
        version: TLSChoices.Version
    ) async throws {
        let ends = try await Ends(maximum: version)
        let certificate = try ends.certificate
        let folder = try TemporaryDirectory()
        let facts = [
            ("TLS_VERSION", version == .tls13 ? "TLSv1.3" : "TLSv1.2"),
            (
                "TLS_CIPHER",
                version == .tls13 ? "TLS_AES_256_GCM_SHA384" : "ECDHE-ECDSA-AES256-GCM-SHA384"
            ),
            ("PEER_SUBJECT", "CN=me"), ("PEER_SUBJECT_LINE", "/CN=me"),
            ("PEER_COMMON_NAME", "me"), ("PEER_ISSUER", "CN=Test authority"),
            ("PEER_SERIAL", certificate.serial.lowercased()),
            ("PEER_LARGE_SERIAL", certificate.serial),
            ("PEER_FINGERPRINT_256", certificate.fingerprint),
            ("PEER_FINGERPRINT_1", certificate.oldFingerprint),
            ("PEER_DNS_SAN", "a.test"), ("PEER_URI_SAN", "spiffe://test/a,spiffe://test/b"),
            ("PEER_EMAIL_SAN", "a@b.test"), ("PEER_IP_SAN", "-"), ("LOCAL_SUBJECT", "CN=proxy"),
            ("LOCAL_DNS_SAN", "proxy.test"), ("LOCAL_URI_SAN", "spiffe://test/proxy"),
            ("TLS_VERDICT", "SUCCESS"), ("TLS_HAS_PEER", "1"), ("TLS_VERIFY_CODE", "0"),
            ("TLS_REUSE", "."), ("PEER_CERT_V_END(%s)", "\(certificate.end.seconds)"),
            ("PEER_CERT_V_START", certificate.start.rfc3339.dropLast() + ".000Z"),
        ]
        let format = facts.map { "%DOWNSTREAM_\($0.0)%" } + ["%REQUESTED_SERVER_NAME%"]
        let bench = try Self.logging(
            format.joined(separator: "|"),
            to: folder.file("log"),
            codec: codec
        )
        let peer = try bench.client(ends.client, to: ends.server, name: "some.test")
        if codec == .http2 {
            let client = try H2End(.client, peer)
            peer.opened = { _ in client.pump() }
            bench.settle()
            client.ask()
        } else {
            peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        }
        bench.settle()
        bench.proxy.flushLogs()
        let line = try folder.text(of: "log").split(separator: "\n").map(String.init)
        #expect(line.count == 1)
        let found = (line.first ?? "").components(separatedBy: "|")
        for (fact, text) in zip(facts + [("SNI", "some.test")], found) {
            #expect(text == fact.1, "\(fact.0)")
        }
        #expect(found.count == facts.count + 1)
    }

    @Test func `a client without a certificate has none, and plain text has no TLS`() async throws {
        let ends = try await Ends()
        let folder = try TemporaryDirectory()
        let bench = try Self.logging(
            "%DOWNSTREAM_PEER_SUBJECT% %DOWNSTREAM_TLS_VERDICT% %DOWNSTREAM_TLS_VERSION%",
            to: folder.file("log")
        )
        let stranger = try bench.client(ends.stranger, to: ends.server)
        stranger.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        bench.client().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        bench.proxy.flushLogs()
        #expect(try folder.text(of: "log") == "- NONE TLSv1.3\n- - -\n")
    }

    @Test(arguments: [
        (CertificateForwarding.Mode.sanitize, nil as String?, nil as String?, nil as String?),
        (.forwardOnly, "By=x", nil, nil),
        (.appendForward, "By=x,ELEMENT", nil, nil),
        (.sanitizeSet, "ELEMENT", nil, nil),
        (.alwaysForwardOnly, "By=x", "By=x", "By=x"),
    ])
    func `x-forwarded-client-cert is written, passed on or removed`(
        mode: CertificateForwarding.Mode,
        known: String?,
        stranger: String?,
        plain: String?
    ) async throws {
        let ends = try await Ends()
        let element =
            "By=spiffe://test/proxy;Hash=\(try ends.certificate.fingerprint);Subject=\"CN=me\";"
            + "URI=spiffe://test/a;URI=spiffe://test/b;DNS=a.test"
        let bench = try ProxyBench(
            simpleConfiguration { http, _ in
                http.forwarding.clientCertificates = CertificateForwarding(
                    mode,
                    details: [.subject, .uris, .domains]
                )
            }
        )
        let request =
            "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Client-Cert: By=x\r\n\r\n"
        let clients = try [
            bench.client(ends.client, to: ends.server),
            bench.client(ends.stranger, to: ends.server), bench.client(),
        ]
        for (client, expected) in zip(clients, [known, stranger, plain]) {
            client.send(request)
            bench.settle()
            let sent = try #require(bench.hosts.last).text
            let lines = sent.components(separatedBy: "\r\n").filter {
                $0.lowercased().hasPrefix("x-forwarded-client-cert:")
            }
            let values = lines.map { $0.dropFirst("x-forwarded-client-cert: ".count) }
            let wanted = expected?.replacingOccurrences(of: "ELEMENT", with: element)
            #expect(values.map(String.init) == (wanted.map { [$0] } ?? []))
        }
        #expect(bench.hosts.count == 3)
    }

    private static let principals: [(TextMatch?, [Int])] = [
        (nil, [200, 403, 403]), (.exact("spiffe://test/b"), [200, 403, 403]),
        (.suffix(".test"), [200, 403, 403]), (.exact("CN=me"), [403, 403, 403]),
        (.exact("a@b.test"), [403, 403, 403]),
    ]

    @Test(arguments: principals)
    func `policies ask for names of certificates`(match: TextMatch?, statuses: [Int]) async throws {
        let ends = try await Ends()
        let policy = AccessPolicies.Policy(
            name: "one",
            permissions: [.any],
            principals: [.certificate(match)]
        )
        let bench = try ProxyBench(
            simpleConfiguration { http, _ in
                http.filters = [.policies(AccessPolicies(allows: true, policies: [policy]))]
                http.routes.hosts[0].routes = [Route(action: .respond(status: 200, body: ""))]
            }
        )
        let clients = try [
            bench.client(ends.client, to: ends.server),
            bench.client(ends.stranger, to: ends.server), bench.client(),
        ]
        for (client, expected) in zip(clients, statuses) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            bench.settle()
            #expect(status(client.text) == expected)
        }
    }

    @Test func `certificates are escaped whole`() async throws {
        let ends = try await Ends()
        let bench = try ProxyBench(
            simpleConfiguration { http, _ in
                http.forwarding.clientCertificates = CertificateForwarding(
                    .sanitizeSet,
                    details: [.certificate, .chain]
                )
            }
        )
        let client = try bench.client(ends.client, to: ends.server)
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        bench.settle()
        let sent = try #require(bench.hosts.last).text
        for name in ["Cert", "Chain"] {
            let start = try #require(sent.range(of: "\(name)=\""))
            let value = sent[start.upperBound...].prefix { $0 != "\"" }
            #expect(value.hasPrefix("-----BEGIN%20CERTIFICATE-----%0A"))
            let text = value.removingPercentEncoding ?? ""
            #expect(ends.leaf.certificate.contains(text.trimmingCharacters(in: .newlines)))
        }
    }
}
