import Basics
import Security
import TestKit
import Testing

@Suite("TLS session") struct TLSSessionTests {
    /// Carries bytes between two sessions, cut into pieces, until both have nothing to say.
    private func shake(_ client: TLSSession, _ server: TLSSession, piece: Int) throws {
        for _ in 0..<50 {
            let isClientDone = try client.handshake()
            carry(client, server, piece: piece)
            let isServerDone = try server.handshake()
            carry(server, client, piece: piece)
            if isClientDone && isServerDone { return }
        }
        Issue.record("the handshake does not end")
    }

    private func carry(_ from: TLSSession, _ to: TLSSession, piece: Int) {
        let bytes = from.takeOutgoing()
        for start in stride(from: 0, to: bytes.count, by: piece) {
            to.receive(Array(bytes[start..<min(bytes.count, start + piece)]))
        }
    }

    private func drain(_ session: TLSSession) throws -> [UInt8] {
        var all: [UInt8] = []
        while let bytes = try session.read(upTo: 1000), !bytes.isEmpty { all += bytes }
        return all
    }

    @Test(arguments: [1, 7, 100_000])
    func `bytes pass both ways and the end is seen`(piece: Int) async throws {
        let made = try await TestCertificate()
        let identity = TLSIdentity(certificates: made.certificate, privateKey: made.privateKey)
        let client = try TLSSession(client: .unverified, host: "localhost")
        let server = try TLSSession(server: identity)
        try shake(client, server, piece: piece)
        let message = (0..<40_000).map { UInt8(truncatingIfNeeded: $0) }
        try client.write(message)
        carry(client, server, piece: piece)
        #expect(try drain(server) == message)
        #expect(try server.read() == nil)
        try server.write([1, 2, 3])
        server.close()
        carry(server, client, piece: piece)
        #expect(try client.read() == [1, 2, 3])
        #expect(try client.read() == [])
    }

    @Test func `only the named authority and host are trusted`() async throws {
        let made = try await TestCertificate()
        let other = try await TestCertificate()
        let identity = TLSIdentity(certificates: made.certificate, privateKey: made.privateKey)
        for (authority, host, isFine) in [
            (made, "localhost", true), (made, "127.0.0.1", true), (made, "example.org", false),
            (made, "127.0.0.2", false), (other, "localhost", false),
        ] {
            let options = TLSOptions(verification: .authorities(pem: authority.certificate))
            let client = try TLSSession(client: options, host: host)
            let server = try TLSSession(server: identity)
            if isFine {
                try shake(client, server, piece: 1000)
            } else {
                #expect(throws: Failure.self) { try shake(client, server, piece: 1000) }
            }
        }
    }

    @Test func `a peer that does not speak TLS is an error`() throws {
        let client = try TLSSession(client: .unverified, host: "localhost")
        #expect(try client.handshake() == false)
        client.receive(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
        #expect(throws: Failure.self) { try client.handshake() }
    }

    @Test func `an unusable identity is refused`() async throws {
        let made = try await TestCertificate()
        let other = try await TestCertificate()
        for identity in [
            TLSIdentity(certificates: "", privateKey: made.privateKey),
            TLSIdentity(certificates: made.certificate, privateKey: "nonsense"),
            TLSIdentity(certificates: made.certificate, privateKey: other.privateKey),
        ] {
            #expect(throws: Failure.self) { try TLSSession(server: identity) }
        }
    }
}
