import Basics
import TestKit
import Testing

@testable import Security

@Suite struct TLSIdentityTests {
    @Test func `a good identity tells what it is`() async throws {
        let authority = try await TestAuthority()
        let leaf = try await authority.leaf(
            ["DNS:Example.test", "DNS:*.example.test", "IP:10.1.2.3", "IP:2001:db8::7", "URI:a:b"],
            commonName: "shop"
        )
        var identity = TLSIdentity(leaf, path: "/certs/tls")
        identity.certificates += authority.certificate
        let report = try identity.check(at: .now)
        #expect(report.warnings == [])
        #expect(report.certificate.subject == "CN=shop")
        #expect(report.certificate.issuer == "CN=Test authority")
        #expect(
            report.certificate.names
                == ["Example.test", "*.example.test", "10.1.2.3", "2001:db8::7", "a:b"]
        )
        #expect(report.certificate.hosts == ["Example.test", "*.example.test"])
        #expect(report.certificate.fingerprint.utf8.count == 64)
        #expect(report.certificate.start <= .now && report.certificate.end > .now)
    }

    @Test func `what still works is warned about`() async throws {
        let authority = try await TestAuthority()
        let other = try await TestAuthority("Other")
        let past = try await authority.leaf(["DNS:a.test"], life: .past)
        let future = try await authority.leaf(["DNS:a.test"], life: .future)
        var chain = TLSIdentity(try await authority.leaf(["DNS:a.test"]), path: "/c")
        chain.certificates += other.certificate
        for (identity, warning) in [
            (TLSIdentity(past, path: "/c"), "/c.crt has expired on 2021-01-01"),
            (TLSIdentity(future, path: "/c"), "/c.crt is not valid before 2100-01-01"),
            (chain, "/c.crt (certificate 2) did not sign the one before it"),
        ] {
            #expect(try identity.check(at: .now).warnings == [warning])
        }
    }

    @Test func `what cannot work is refused with the path`() async throws {
        let authority = try await TestAuthority()
        let leaf = try await authority.leaf(["DNS:a.test"])
        let other = try await authority.leaf(["DNS:b.test"])
        func identity(_ certificates: String, _ key: String) -> TLSIdentity {
            TLSIdentity(
                certificates: certificates,
                privateKey: key,
                certificatesPath: "/c.crt",
                privateKeyPath: "/c.key"
            )
        }
        let broken = leaf.certificate.replacing("MII", with: "MIJ")
        let table: [(TLSIdentity, String)] = [
            (
                identity("", leaf.privateKey),
                "cannot use the TLS certificate /c.crt: it holds no PEM certificate"
            ),
            (
                identity(leaf.certificate, "garbage"),
                "cannot use the TLS private key /c.key: the text holds no PEM key"
            ),
            (
                identity(leaf.certificate, other.privateKey),
                "cannot use the TLS private key /c.key: it does not belong to the certificate "
                    + "/c.crt"
            ),
            (
                identity(authority.certificate + leaf.certificate, leaf.privateKey),
                "cannot use the TLS certificate /c.crt: the own certificate is number 2; "
                    + "put it first"
            ),
            (
                identity(leaf.certificate, "-----BEGIN ENCRYPTED PRIVATE KEY-----"),
                "cannot use the TLS private key /c.key: it is encrypted; decrypt it: "
                    + "openssl pkey -in key.pem -out plain.pem"
            ),
            (
                identity(broken, leaf.privateKey),
                "cannot use the TLS certificate /c.crt: cannot read certificate 1 of the text"
            ),
        ]
        for (identity, text) in table {
            let failure = #expect(throws: Failure.self) { try identity.check(at: .now) }
            #expect(failure?.description.hasPrefix(text) == true, "\(failure?.description ?? "")")
        }
    }

    /// Made with `openssl pkcs8 -topk8 -v2 aes-128-cbc`, for nothing else.
    private static let encrypted = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjnGdKqn2yeiwICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEEE/Q1js/8Nj4uOoo2x+leWsEgZB7
        QK5R7uU2325zhLAjRYDs1cX8lrecFS5knUtjVUMGZHbATzlMW0idAHcM9FyIMWIv
        K+j9QACgiyV7qk8EN75Gka7mekyo+x8BiZk1pJNoM/eLUBPCvjwJY2ZHyeMShXiV
        OwGHyYPoAvc2L4xc8CzjYNjroGqWm4kCJg74gmu9IC1J93XVF2Tb/U/FTdt2l/0=
        -----END ENCRYPTED PRIVATE KEY-----
        """

    @Test func `an encrypted key is read with its password`() throws {
        _ = try PEM.privateKey(Self.encrypted, password: "swordfish")
        for password in [nil, "wrong", ""] as [String?] {
            #expect(throws: Failure.self) {
                _ = try PEM.privateKey(Self.encrypted, password: password)
            }
        }
    }
}
