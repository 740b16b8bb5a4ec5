import Basics
import Formats
import Foundation
import Security
import Synchronization
import TestKit
import Testing

@testable import Proxying

@Suite struct CertificateStoreTests {
    /// Files in memory.
    private final class Disk: Sendable {
        let files = Mutex<[String: [UInt8]]>([:])
        var store: CertificateStore {
            CertificateStore { path throws(Failure) in
                guard let bytes = self.files.withLock({ $0[path] }) else {
                    throw Failure(.notFound, "cannot read \(path)")
                }
                return bytes
            }
        }
        func put(_ leaf: TestAuthority.Leaf) {
            files.withLock {
                $0["/c/tls.crt"] = Array(leaf.certificate.utf8)
                $0["/c/tls.key"] = Array(leaf.privateKey.utf8)
            }
        }
    }

    private static let now = Timestamp(seconds: Int64(Date().timeIntervalSince1970))
    private static let settings = ServerTLSSettings(certificates: [
        CertificateSettings(chain: .file("/c/tls.crt"), privateKey: .file("/c/tls.key"))
    ])

    /// Both sides of a new connection, after as much of a handshake as there will be.
    private func connect(
        _ client: TLSClientContext,
        _ server: TLSServerContext
    ) throws -> (client: TLSEngine, server: TLSEngine) {
        let client = try TLSEngine(client: client)
        let server = try TLSEngine(server: server)
        var toServer = ByteBuffer()
        var toClient = ByteBuffer()
        for _ in 0..<5 {
            _ = client.handshake(&toClient, out: &toServer)
            _ = server.handshake(&toServer, out: &toClient)
        }
        return (client, server)
    }

    /// The subject that a new connection is shown.
    private func shown(_ server: TLSServerContext) throws -> String? {
        let anybody = try TLSClientContext(TLSClientOptions(trust: nil))
        return try connect(anybody, server).client.peer?.subject
    }

    @Test func `new files are used, and bad ones leave the old`() async throws {
        let authority = try await TestAuthority()
        let first = try await authority.leaf(["DNS:a.test"], commonName: "first")
        let second = try await authority.leaf(["DNS:a.test"], commonName: "second")
        let past = try await authority.leaf(["DNS:a.test"], commonName: "past", life: .past)
        let disk = Disk()
        disk.put(first)
        var store = disk.store
        var warnings: [String] = []
        let made = try store.server(Self.settings, at: Self.now, warnings: &warnings)
        #expect(try shown(made) == "CN=first")
        #expect(store.directories == ["/c"])
        #expect(store.refresh(at: Self.now).servers.isEmpty)

        disk.files.withLock { $0["/c/tls.crt"] = Array("garbage".utf8) }
        let bad = store.refresh(at: Self.now)
        #expect(bad.servers.isEmpty)
        #expect(
            bad.failures.map(\.description) == [
                "cannot use the TLS certificate /c/tls.crt: it holds no PEM certificate"
            ]
        )
        // Told once; the old one goes on.
        #expect(store.refresh(at: Self.now).failures.isEmpty)
        #expect(try store.server(Self.settings, at: Self.now, warnings: &warnings) === made)

        disk.files.withLock { $0["/c/tls.crt"] = nil }
        #expect(store.refresh(at: Self.now).failures.count == 1)
        // Half of a swap: the new certificate with the old key.
        disk.files.withLock { $0["/c/tls.crt"] = Array(second.certificate.utf8) }
        #expect(store.refresh(at: Self.now).failures.count == 1)
        disk.put(second)
        let good = store.refresh(at: Self.now)
        #expect(good.failures.isEmpty)
        #expect(try shown(#require(good.servers[Self.settings])) == "CN=second")

        disk.put(past)
        let late = store.refresh(at: Self.now)
        #expect(late.warnings == ["/c/tls.crt has expired on 2021-01-01"])
        #expect(late.servers.count == 1)
        #expect(warnings.isEmpty)
    }

    @Test func `a client's new certificate is shown, and garbage keeps the old`() async throws {
        let authority = try await TestAuthority()
        let first = try await authority.leaf(["DNS:a.test"], commonName: "first")
        let second = try await authority.leaf(["DNS:a.test"], commonName: "second")
        let disk = Disk()
        disk.put(first)
        var store = disk.store
        var warnings: [String] = []
        let settings = ClientTLSSettings(certificate: Self.settings.certificates[0], trust: nil)
        let made = try store.client(settings, at: Self.now, warnings: &warnings)
        let server = try TLSServerContext(
            TLSServerOptions(
                identities: [
                    TLSIdentity(certificates: first.certificate, privateKey: first.privateKey)
                ],
                clients: TLSTrust(.these(pem: authority.certificate))
            )
        )
        /// The subject of the certificate that a server is shown.
        func told(_ client: TLSClientContext) throws -> String? {
            try connect(client, server).server.peer?.subject
        }
        #expect(try told(made) == "CN=first")
        disk.files.withLock { $0["/c/tls.key"] = Array("garbage".utf8) }
        let bad = store.refresh(at: Self.now)
        #expect(bad.clients.isEmpty && bad.failures.count == 1)
        #expect(bad.failures.first?.description.contains("/c/tls.key") == true)
        #expect(store.refusedCount == 1)
        #expect(store.refresh(at: Self.now).failures.isEmpty, "it is told once")
        #expect(try told(store.client(settings, at: Self.now, warnings: &warnings)) == "CN=first")
        disk.put(second)
        let good = store.refresh(at: Self.now)
        #expect(good.failures.isEmpty && store.refusedCount == 0)
        #expect(try told(#require(good.clients[settings])) == "CN=second")
        #expect(try told(store.client(settings, at: Self.now, warnings: &warnings)) == "CN=second")
    }

    @Test func `what is configured no more is forgotten`() async throws {
        let authority = try await TestAuthority()
        let disk = Disk()
        disk.put(try await authority.leaf(["DNS:a.test"]))
        var store = disk.store
        var warnings: [String] = []
        _ = try store.server(Self.settings, at: Self.now, warnings: &warnings)
        store.beginUse()
        _ = try store.server(Self.settings, at: Self.now, warnings: &warnings)
        store.forgetUnused()
        #expect(!store.directories.isEmpty)
        store.beginUse()
        store.forgetUnused()
        #expect(store.directories.isEmpty)
    }

    @Test(arguments: [
        (TextMatch.exact("a.test"), "a.test", true), (.exact("a.test"), "*.test", true),
        (.exact("a.b.test"), "*.test", false), (.exact("spiffe://x/Y"), "spiffe://x/y", false),
        (.prefix("spiffe://x/"), "spiffe://x/y", true), (.suffix(".test"), "a.test", true),
        (.suffix(".TEST", ignoresCase: true), "a.test", true), (.suffix(".TEST"), "a.test", false),
        (.contains("b.t"), "a.b.test", true), (.contains("x"), "a", false),
        (.regex("a+\\.test"), "aaa.test", true), (.regex("a+"), "aaa.test", false),
    ])
    func `names of certificates are tested as the settings say`(
        match: TextMatch,
        name: String,
        fits: Bool
    ) throws {
        #expect(try match.certificateTest().accepts(name) == fits)
    }

    @Test func `a new staple is sent, and garbage leaves the old`() async throws {
        let authority = try await TestAuthority()
        let leaf = try await authority.leaf(["DNS:a.test"])
        // What was made a moment ago begins then.
        let now = Timestamp(seconds: Int64(Date().timeIntervalSince1970) + 1)
        let disk = Disk()
        disk.put(leaf)
        var store = disk.store
        var settings = Self.settings
        settings.certificates[0].staple = .file("/staples/a.ocsp")
        var warnings: [String] = []
        #expect(throws: Failure.self) {
            try store.server(settings, at: now, warnings: &warnings)
        }
        disk.files.withLock { $0["/staples/a.ocsp"] = [] }
        let empty = try store.server(settings, at: now, warnings: &warnings)
        #expect(warnings == ["/staples/a.ocsp is empty: no OCSP response is stapled"])
        #expect(store.directories == ["/c", "/staples"])
        let response = try await authority.response(about: leaf)
        disk.files.withLock { $0["/staples/a.ocsp"] = response }
        let full = store.refresh(at: now)
        #expect(full.warnings == [] && full.failures.isEmpty)
        let made = try #require(full.servers[settings])
        #expect(made !== empty)
        disk.files.withLock { $0["/staples/a.ocsp"] = Array("garbage".utf8) }
        let bad = store.refresh(at: now)
        #expect(
            bad.failures.map(\.description) == [
                "cannot use the OCSP response /staples/a.ocsp: it is no OCSP response in DER form"
            ]
        )
        #expect(try store.server(settings, at: now, warnings: &warnings) === made)
        settings.certificates[0].staple = .inline(Base64.encode(response))
        _ = try store.server(settings, at: now, warnings: &warnings)
        settings.certificates[0].staple = .inline("?")
        #expect(throws: Failure.self) {
            try store.server(settings, at: now, warnings: &warnings)
        }
    }

    @Test func `client settings are honoured`() async throws {
        let authority = try await TestAuthority()
        let disk = Disk()
        disk.put(try await authority.leaf(["DNS:a.test"], commonName: "me"))
        disk.files.withLock { $0["/ca"] = Array(authority.certificate.utf8) }
        var store = disk.store
        var warnings: [String] = []
        let server = try store.server(
            ServerTLSSettings(
                certificates: Self.settings.certificates,
                clients: TrustSettings(authorities: .file("/ca")),
                requiresClientCertificate: true
            ),
            at: Self.now,
            warnings: &warnings
        )
        for (name, isFine) in [("a.test", true), ("b.test", false)] {
            let client = try store.client(
                ClientTLSSettings(
                    certificate: Self.settings.certificates[0],
                    trust: TrustSettings(authorities: .file("/ca"), names: [.exact(name)])
                ),
                at: Self.now,
                warnings: &warnings
            )
            let other = try connect(client, server).server
            #expect(other.isEstablished == isFine)
            if isFine { #expect(other.peer?.subject == "CN=me") }
        }
    }
}
