import Basics
import Security
import TestKit
import Testing

@Suite struct TLSClientContextTests {
    private func shake(
        _ server: TLSIdentity,
        _ client: TLSClientOptions,
        name: String?
    ) throws -> TLSPair.Ending {
        let pair = TLSPair(
            client: try TLSEngine(client: TLSClientContext(client), serverName: name),
            server: try TLSEngine(server: TLSServerContext(server))
        )
        return pair.shake()
    }

    @Test func `only what the settings trust is trusted`() async throws {
        let authority = try await TestAuthority()
        let other = try await TestAuthority("Other")
        let middle = try await TestAuthority("Middle", signedBy: authority)
        let leaf = try await authority.leaf(["DNS:localhost", "IP:127.0.0.1"])
        let below = try await middle.leaf(["DNS:localhost"])
        let wild = try await authority.leaf(["DNS:*.example.test"])
        let past = try await authority.leaf(["DNS:localhost"], life: .past)
        let future = try await authority.leaf(["DNS:localhost"], life: .future)
        let own = TLSIdentity(leaf)
        var chained = TLSIdentity(below)
        chained.certificates += middle.certificate
        let root = TLSTrust(.these(pem: authority.certificate))
        let strange = TLSTrust(.these(pem: other.certificate))
        let fingerprint = try own.check(at: .now).certificate.fingerprint
        func named(_ host: String) -> TLSTrust {
            var trust = root
            trust.names = [.host(host)]
            return trust
        }
        let table: [(TLSIdentity, TLSTrust?, checks: Bool, name: String?, error: String?)] = [
            (own, nil, true, "elsewhere", nil),
            (own, root, true, "localhost", nil),
            (own, root, true, "127.0.0.1", nil),
            (own, root, true, "127.0.0.2", "ip address mismatch"),
            (own, root, true, "elsewhere", "hostname mismatch"),
            (own, root, false, "elsewhere", nil),
            (own, root, true, nil, nil),
            (own, strange, true, "localhost", "unable to get local issuer certificate"),
            (own, TLSTrust(.system), true, "localhost", "unable to get local issuer certificate"),
            (TLSIdentity(below), root, true, "localhost", "unable to get local issuer certificate"),
            (chained, root, true, "localhost", nil),
            (
                TLSIdentity(below), TLSTrust(.these(pem: middle.certificate)), true, "localhost",
                nil
            ),
            (TLSIdentity(past), root, true, "localhost", "certificate has expired"),
            (TLSIdentity(future), root, true, "localhost", "certificate is not yet valid"),
            (TLSIdentity(wild), root, true, "a.example.test", nil),
            (TLSIdentity(wild), root, true, "b.a.example.test", "hostname mismatch"),
            (TLSIdentity(wild), named("A.example.test."), false, nil, nil),
            (TLSIdentity(wild), named("b.a.example.test"), false, nil, "hostname mismatch"),
            (own, TLSTrust(.anybody, fingerprints: [fingerprint]), false, nil, nil),
            (
                TLSIdentity(wild), TLSTrust(.anybody, fingerprints: [fingerprint]), false, nil,
                "certificate rejected"
            ),
            (own, TLSTrust(strange.authorities, acceptsUntrusted: true), false, nil, nil),
        ]
        for (index, row) in table.enumerated() {
            let options = TLSClientOptions(trust: row.1, checksServerName: row.checks)
            let ending = try shake(row.0, options, name: row.name)
            #expect(ending.client?.lowercased() == row.error, "row \(index)")
        }
    }

    @Test func `a server that speaks no TLS is refused`() throws {
        let client = try TLSEngine(client: TLSClientContext(TLSClientOptions(trust: nil)))
        var input = ByteBuffer()
        var output = ByteBuffer()
        #expect(client.handshake(&input, out: &output) == .waiting)
        input.append("HTTP/1.1 400 Bad Request\r\n\r\n")
        #expect(client.handshake(&input, out: &output) == .failed("wrong version number"))
    }
}
