import Basics
import Foundation
import Security
import TestKit
import Testing

extension TestAuthority.Leaf: TLSPEM {}
extension TestCertificate: TLSPEM {}

@Suite struct TLSServerContextTests {
    private func pair(
        _ server: TLSServerContext,
        _ client: TLSClientOptions,
        name: String? = "localhost",
        cache: TLSSessionCache? = nil
    ) throws -> TLSPair {
        TLSPair(
            client: try TLSEngine(
                client: TLSClientContext(client),
                serverName: name,
                cache: cache
            ),
            server: try TLSEngine(server: server)
        )
    }

    private let anybody = TLSClientOptions(trust: nil)

    @Test func `the identity that fits the server name is shown`() async throws {
        let authority = try await TestAuthority()
        let first = try await authority.leaf(["DNS:first.test"])
        let exact = try await authority.leaf(["DNS:a.example.test", "DNS:b.example.test"])
        let wild = try await authority.leaf(["DNS:*.example.test"])
        let context = try TLSServerContext(
            TLSServerOptions(
                identities: [first, exact, wild].map { TLSIdentity($0) }
            )
        )
        let table: [(name: String?, shown: [String])] = [
            (nil, ["first.test"]),
            ("first.test", ["first.test"]),
            ("elsewhere.test", ["first.test"]),
            ("a.example.test", ["a.example.test", "b.example.test"]),
            ("B.Example.TEST", ["a.example.test", "b.example.test"]),
            ("c.example.test", ["*.example.test"]),
            ("d.c.example.test", ["first.test"]),
            ("example.test", ["first.test"]),
        ]
        for (name, shown) in table {
            let pair = try pair(context, anybody, name: name)
            #expect(pair.shake().isFine)
            #expect(pair.client.peer?.names == shown, "\(name ?? "none")")
            #expect(pair.server.serverName == name)
        }
    }

    @Test func `of two kinds of keys the client's algorithms choose`() async throws {
        let authority = try await TestAuthority()
        let rsa = try await authority.leaf(["DNS:localhost"], commonName: "rsa", .rsa)
        let ecdsa = try await authority.leaf(["DNS:localhost"], commonName: "ecdsa", .ecdsa)
        let context = try TLSServerContext(
            TLSServerOptions(identities: [TLSIdentity(rsa), TLSIdentity(ecdsa)])
        )
        for (cipher, subject) in [
            ("ECDHE-RSA-AES128-GCM-SHA256", "CN=rsa"),
            ("ECDHE-ECDSA-AES128-GCM-SHA256", "CN=ecdsa"),
        ] {
            let choices = TLSChoices(maximum: .tls12, ciphers: cipher)
            let pair = try pair(context, TLSClientOptions(trust: nil, choices: choices))
            #expect(pair.shake().isFine)
            #expect(pair.client.peer?.subject == subject)
            #expect(pair.client.cipher == cipher)
        }
    }

    @Test(arguments: [
        (TLSChoices.Version.tls12, TLSChoices.Version.tls13, "TLSv1.3" as String?),
        (.tls12, .tls12, "TLSv1.2"),
        (.tls10, .tls10, nil),
    ])
    func `only the allowed versions are spoken`(
        minimum: TLSChoices.Version,
        maximum: TLSChoices.Version,
        spoken: String?
    ) async throws {
        let context = try TLSServerContext(TLSIdentity(try await TestCertificate()))
        let choices = TLSChoices(minimum: minimum, maximum: maximum)
        let pair = try pair(context, TLSClientOptions(trust: nil, choices: choices))
        let ending = pair.shake()
        #expect(ending.isFine == (spoken != nil))
        if let spoken {
            #expect(pair.server.version == spoken)
            #expect(pair.echo("hello"))
        } else {
            #expect(ending.server == "unsupported protocol")
        }
    }

    @Test func `a server without a common cipher refuses`() async throws {
        let identity = TLSIdentity(try await TestCertificate())
        let context = try TLSServerContext(
            TLSServerOptions(
                identities: [identity],
                choices: TLSChoices(maximum: .tls12, ciphers: "ECDHE-ECDSA-AES256-GCM-SHA384")
            )
        )
        let choices = TLSChoices(ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256")
        let ending = try pair(context, TLSClientOptions(trust: nil, choices: choices)).shake()
        #expect(ending.server == "no shared cipher")
    }

    @Test(arguments: [
        (["h2", "http/1.1"], ["http/1.1", "h2"], "h2" as String?),
        (["h2", "http/1.1"], ["http/1.1"], "http/1.1"),
        (["h2"], ["http/1.1"], nil),
        ([], ["h2"], nil),
        (["h2"], [], nil),
    ])
    func `the server's first protocol that the client has is chosen`(
        own: [String],
        offered: [String],
        chosen: String?
    ) async throws {
        let context = try TLSServerContext(
            TLSServerOptions(
                identities: [TLSIdentity(try await TestCertificate())],
                choices: TLSChoices(protocols: own)
            )
        )
        let choices = TLSChoices(protocols: offered)
        let pair = try pair(context, TLSClientOptions(trust: nil, choices: choices))
        #expect(pair.shake().isFine)
        #expect(pair.server.chosenProtocol == chosen)
        #expect(pair.client.chosenProtocol == chosen)
    }

    @Test(arguments: [TLSChoices.Version.tls12, .tls13])
    func `sessions are resumed under the keys that are still known`(
        version: TLSChoices.Version
    ) async throws {
        let identity = TLSIdentity(try await TestCertificate())
        let keys = TLSTicketKeys(keepsMaximum: 2)
        func context(_ seconds: Int = 300) throws -> TLSServerContext {
            try TLSServerContext(
                TLSServerOptions(identities: [identity], sessionSeconds: seconds, tickets: keys)
            )
        }
        let client = try TLSClientContext(
            TLSClientOptions(trust: nil, choices: TLSChoices(maximum: version))
        )
        let cache = TLSSessionCache()
        func connect(_ server: TLSServerContext, _ name: String = "localhost") throws -> Bool {
            let pair = TLSPair(
                client: try TLSEngine(client: client, serverName: name, cache: cache),
                server: try TLSEngine(server: server)
            )
            #expect(pair.shake().isFine)
            #expect(pair.echo("x"))
            #expect(pair.client.isResumed == pair.server.isResumed)
            return pair.server.isResumed
        }
        let server = try context()
        #expect(try !connect(server))
        #expect(try connect(server))
        // Another context with the same keys, as after a reload.
        #expect(try connect(context()))
        keys.rotate()
        #expect(try connect(server))
        keys.rotate()
        keys.rotate()
        #expect(try !connect(server))
        // Other names have sessions of their own.
        #expect(try !connect(server, "other.test"))
        #expect(cache.count == 2)
        let never = try context(0)
        #expect(try !connect(never))
    }

    @Test func `keys change with the time, and those of the period before still open`()
        async throws
    {
        let keys = TLSTicketKeys(keepsMaximum: 2)
        let period = Duration.seconds(12 * 3600)
        let start = Instant(nanoseconds: 5_000_000_000)
        #expect(keys.rotate(at: start, every: period) == start + period)
        let server = try TLSServerContext(
            TLSServerOptions(identities: [TLSIdentity(try await TestCertificate())], tickets: keys)
        )
        let client = try TLSClientContext(TLSClientOptions(trust: nil))
        let cache = TLSSessionCache()
        func connect(_ cache: TLSSessionCache) throws -> Bool {
            let pair = TLSPair(
                client: try TLSEngine(client: client, serverName: "localhost", cache: cache),
                server: try TLSEngine(server: server)
            )
            #expect(pair.shake().isFine && pair.echo("x"))
            return pair.server.isResumed
        }
        // Sessions that nobody renews meanwhile.
        let (second, third) = (TLSSessionCache(), TLSSessionCache())
        for cache in [cache, second, third] { #expect(try !connect(cache)) }
        let almost = start + (period - Duration.nanoseconds(1))
        #expect(keys.rotate(at: almost, every: period) == start + period)
        #expect(try connect(cache))
        #expect(keys.rotate(at: start + period, every: period) == start + period * 2)
        #expect(try connect(second))
        #expect(keys.rotate(at: start + period * 2, every: period) == start + period * 3)
        #expect(try !connect(third))
        // Renewed under the key before the last.
        #expect(try connect(second))
        // Whoever sleeps for long wakes up without old keys.
        let late = start + period * 40
        #expect(keys.rotate(at: late, every: period) == late + period)
        #expect(try !connect(second))
    }

    @Test func `the cache of sessions is bounded`() async throws {
        let server = try TLSServerContext(TLSIdentity(try await TestCertificate()))
        let cache = TLSSessionCache(maximum: 3)
        let client = try TLSClientContext(anybody)
        for index in 0..<10 {
            let pair = TLSPair(
                client: try TLSEngine(
                    client: client,
                    serverName: "host-\(index).test",
                    cache: cache
                ),
                server: try TLSEngine(server: server)
            )
            #expect(pair.shake().isFine)
        }
        #expect(cache.count == 3)
    }

    @Test func `clients are asked for certificates as the settings say`() async throws {
        let authority = try await TestAuthority()
        let other = try await TestAuthority("Other")
        let own = TLSIdentity(try await authority.leaf(["DNS:localhost"]))
        let good = try await authority.leaf(["URI:spiffe://test/good"], commonName: "good")
        let bad = try await authority.leaf(["URI:spiffe://test/bad"], commonName: "bad")
        let foreign = try await other.leaf(["URI:spiffe://test/good"])
        let past = try await authority.leaf(["URI:spiffe://test/good"], life: .past)
        let fingerprint = try TLSIdentity(good).check(at: .now).certificate.fingerprint
        let trust = TLSTrust(.these(pem: authority.certificate))
        var named = trust
        named.names = [TLSNameTest(label: "good") { $0.hasSuffix("/good") }]
        var pinned = trust
        pinned.fingerprints = [fingerprint]
        var lenient = trust
        lenient.acceptsUntrusted = true
        let table:
            [(
                trust: TLSTrust, isRequired: Bool, leaf: TestAuthority.Leaf?, isFine: Bool,
                isTrusted: Bool
            )] = [
                (trust, true, good, true, true),
                (trust, true, nil, false, false),
                (trust, false, nil, true, true),
                (trust, false, foreign, false, false),
                (trust, true, past, false, false),
                (named, true, good, true, true),
                (named, true, bad, false, false),
                (pinned, true, good, true, true),
                (pinned, true, bad, false, false),
                (lenient, true, foreign, true, false),
                (TLSTrust(.anybody), true, foreign, true, true),
            ]
        for version in [TLSChoices.Version.tls12, .tls13] {
            for (index, row) in table.enumerated() {
                let context = try TLSServerContext(
                    TLSServerOptions(
                        identities: [own],
                        clients: row.trust,
                        requiresCertificate: row.isRequired
                    )
                )
                let client = TLSClientOptions(
                    trust: nil,
                    identity: row.leaf.map { TLSIdentity($0) },
                    choices: TLSChoices(maximum: version)
                )
                let pair = try pair(context, client)
                let ending = pair.shake()
                #expect(ending.isFine == row.isFine, "row \(index): \(ending)")
                guard row.isFine else { continue }
                #expect((pair.server.distrust == nil) == row.isTrusted, "row \(index)")
                #expect((pair.server.peer != nil) == (row.leaf != nil))
            }
        }
    }

    @Test func `a session is not resumed where clients are asked for more`() async throws {
        let authority = try await TestAuthority()
        let own = TLSIdentity(try await authority.leaf(["DNS:localhost"]))
        let keys = TLSTicketKeys()
        let open = try TLSServerContext(TLSServerOptions(identities: [own], tickets: keys))
        let closed = try TLSServerContext(
            TLSServerOptions(
                identities: [own],
                clients: TLSTrust(.these(pem: authority.certificate)),
                requiresCertificate: true,
                tickets: keys
            )
        )
        for version in [TLSChoices.Version.tls12, .tls13] {
            let cache = TLSSessionCache()
            let client = try TLSClientContext(
                TLSClientOptions(trust: nil, choices: TLSChoices(maximum: version))
            )
            for (server, isFine) in [(open, true), (closed, false)] {
                let pair = TLSPair(
                    client: try TLSEngine(client: client, serverName: "localhost", cache: cache),
                    server: try TLSEngine(server: server)
                )
                #expect(pair.shake().isFine == isFine)
                #expect(!pair.server.isResumed)
            }
        }
    }

    @Test(arguments: [
        Array("GET / HTTP/1.1\r\n\r\n".utf8), [UInt8](repeating: 0, count: 100),
        [0x16, 3, 1, 0, 4, 1, 0, 0, 0], [0x16, 3, 1, 0, 4, 2, 0, 0, 0], [0x80, 0x2e, 1, 3, 1],
        [UInt8](repeating: 0xff, count: 20_000),
    ])
    func `garbage is refused with an alert or in silence, never taken`(
        bytes: [UInt8]
    ) async throws {
        let server = try TLSServerContext(TLSIdentity(try await TestCertificate()))
        let pair = try pair(server, anybody)
        pair.inject(toServer: bytes)
        #expect(pair.shake().server != nil)
    }

    @Test func `unusable options are refused in one sentence`() async throws {
        let authority = try await TestAuthority()
        let good = TLSIdentity(try await authority.leaf(["DNS:localhost"]))
        let table: [(options: TLSServerOptions, text: String)] = [
            (TLSServerOptions(identities: []), "cannot serve TLS: there is no certificate"),
            (
                TLSServerOptions(identities: [good], choices: TLSChoices(ciphers: "NONSENSE")),
                "cannot use the TLS ciphers \"NONSENSE\": OpenSSL knows none of them"
            ),
            (
                TLSServerOptions(identities: [good], choices: TLSChoices(curves: "P-1")),
                "cannot use the TLS curves \"P-1\": OpenSSL knows none of them"
            ),
            (
                TLSServerOptions(
                    identities: [good],
                    choices: TLSChoices(minimum: .tls13, maximum: .tls12)
                ),
                "cannot use these versions of TLS: the oldest is newer than the newest"
            ),
            (
                TLSServerOptions(identities: [good], clients: TLSTrust(.these(pem: "none"))),
                "cannot use the certificate authorities: the text holds no PEM certificate"
            ),
        ]
        for (options, text) in table {
            let failure = #expect(throws: Failure.self) { try TLSServerContext(options) }
            #expect(failure?.description.hasPrefix(text) == true, "\(failure?.description ?? "")")
        }
    }
}

extension Timestamp {
    /// A time within the certificates' day.
    static var now: Self { Self(seconds: Int64(Date().timeIntervalSince1970)) }
}
