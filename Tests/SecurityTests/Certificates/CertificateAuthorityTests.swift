import Basics
import Testing

@testable import Security

@Suite("A certificate authority of its own") struct CertificateAuthorityTests {
    static let now = Timestamp(seconds: 1_790_000_000)

    private func authority(_ life: Duration = .seconds(1000)) throws -> CertificateAuthority {
        try CertificateAuthority(named: "test", life: life, at: Self.now)
    }

    @Test func `what it signs says who it is for, and holds as long as it was asked for`() throws {
        let leaf = try authority().issue(
            CertificateRequest(
                commonName: "jane",
                organizations: ["dev", "system:masters"],
                hosts: ["localhost", "127.0.0.1", "::1"],
                use: .client,
                life: .seconds(100)
            ),
            at: Self.now
        )
        let facts = try CertificateAuthority.facts(leaf.certificate)
        #expect(facts.commonName == "jane")
        #expect(facts.organizations == ["dev", "system:masters"])
        #expect(facts.issuer == "CN=test")
        #expect(facts.domains == ["localhost"])
        #expect(facts.addresses == ["127.0.0.1", "::1"])
        #expect(facts.start == Self.now + .seconds(-60))
        #expect(facts.end == Self.now + .seconds(100))
    }

    @Test func `nothing outlives its authority`() throws {
        let authority = try authority(.seconds(50))
        let request = CertificateRequest(commonName: "x", use: .server, life: .seconds(100))
        let leaf = try authority.issue(request, at: Self.now)
        #expect(try CertificateAuthority.facts(leaf.certificate).end == authority.end)
    }

    @Test func `it is the same after it was read again`() throws {
        let first = try authority()
        let second = try CertificateAuthority(
            certificate: first.certificate,
            privateKey: first.key.pem
        )
        let request = CertificateRequest(commonName: "x", use: .server, life: .seconds(10))
        let leaf = try second.issue(request, at: Self.now)
        let chain = leaf.certificate + first.certificate
        let identity = TLSIdentity(certificates: chain, privateKey: leaf.privateKey)
        #expect(try identity.check(at: Self.now).warnings.isEmpty)
        let other = try authority()
        #expect(throws: Failure.self) {
            try CertificateAuthority(certificate: first.certificate, privateKey: other.key.pem)
        }
    }

    @Test(arguments: [
        ("", []), (String(repeating: "x", count: 65), []), ("a\nb", []), ("x", ["a b"]),
        ("x", ["localhost,IP:1.2.3.4"]), ("x", ["-a.b"]), ("x", [""]),
    ])
    func `names that cannot be written are refused`(name: String, hosts: [String]) throws {
        let authority = try authority()
        let request = CertificateRequest(
            commonName: name,
            hosts: hosts,
            use: .server,
            life: .seconds(10)
        )
        #expect(throws: Failure.self) { try authority.issue(request, at: Self.now) }
    }

    @Test func `a server and a client that it made trust each other`() throws {
        let authority = try authority()
        func identity(_ use: CertificateRequest.Use) throws -> TLSIdentity {
            let request = CertificateRequest(
                commonName: "me",
                hosts: ["localhost"],
                use: use,
                life: .seconds(100)
            )
            // The handshake looks at the machine's own clock.
            let leaf = try authority.issue(request, at: Self.now)
            return TLSIdentity(certificates: leaf.certificate, privateKey: leaf.privateKey)
        }
        for showsCertificate in [true, false] {
            var own = try identity(.server)
            own.clientAuthorities = authority.certificate
            own.requiresClientCertificate = false
            let server = try TLSSession(server: own)
            var options = TLSOptions(verification: .none)
            if showsCertificate { options.identity = try identity(.client) }
            let client = try TLSSession(client: options, host: "localhost")
            var failure: (any Error)?
            for _ in 0..<8 where failure == nil {
                do {
                    _ = try client.handshake()
                    server.receive(client.takeOutgoing())
                    _ = try server.handshake()
                    client.receive(server.takeOutgoing())
                } catch { failure = error }
            }
            if showsCertificate {
                // It is not valid yet, or not any more, by the machine's clock.
                #expect(failure != nil || server.peer?.commonName == "me")
            } else {
                #expect(server.isEstablished && server.peer == nil)
            }
        }
    }
}

@Suite("Keys that sign") struct SigningKeyTests {
    @Test func `signatures are of two numbers, and only their own key verifies them`() throws {
        let key = try SigningKey()
        let other = try SigningKey()
        let message = Array("a message".utf8)
        // Numbers with leading zeros are rare: many signatures meet some.
        for _ in 0..<300 {
            let signature = key.sign(message)
            #expect(signature.count == 64)
            #expect(key.verifyingKey.verifies(signature, of: message, by: .es256))
        }
        let signature = key.sign(message)
        #expect(!other.verifyingKey.verifies(signature, of: message, by: .es256))
        #expect(!key.verifyingKey.verifies(signature, of: message + [0], by: .es256))
    }

    @Test func `a key is the same after it was written`() throws {
        let key = try SigningKey()
        let again = try SigningKey(pem: key.pem)
        #expect(again.coordinates.x == key.coordinates.x)
        #expect(key.verifyingKey.verifies(again.sign([1]), of: [1], by: .es256))
        #expect(throws: Failure.self) { try SigningKey(pem: "no key") }
    }
}
