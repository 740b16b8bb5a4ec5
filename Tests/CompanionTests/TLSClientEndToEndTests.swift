import Foundation
import TestKit
import Testing

/// TLS as the `openssl` program speaks it.
@Suite("TLSClientEndToEnd", .serialized, .timeLimit(.minutes(5)))
struct TLSClientEndToEndTests {
    /// The companion with one listener for all, and one that asks for certificates.
    private final class World {
        let end: EndToEnd
        let closedPort: UInt16
        let client: TestAuthority.Leaf
        let folder: TemporaryDirectory

        init() async throws {
            end = try await EndToEnd()
            folder = end.folder
            closedPort = try FreePort.find()
            let authority = try await TestAuthority()
            let leaves = [
                try await authority.leaf(["DNS:a.test"], commonName: "first"),
                try await authority.leaf(["DNS:*.b.test"], commonName: "second", .rsa),
            ]
            client = try await authority.leaf(["DNS:client.test"], commonName: "client")
            for (name, leaf) in zip(["a", "b", "c"], leaves + [client]) {
                try folder.write(leaf.certificate, to: "\(name).pem")
                try folder.write(leaf.privateKey, to: "\(name).key")
            }
            try folder.write(authority.certificate, to: "authority.pem")
            let certificates = ["a", "b"].map {
                "{certificate: \(folder.file("\($0).pem")), key: \(folder.file("\($0).key"))}"
            }.joined(separator: ", ")
            let path = try folder.write(
                """
                listeners:
                - listen: 127.0.0.1:\(end.port)
                  to: 127.0.0.1:\(end.applicationPort)
                  tls: {certificates: [\(certificates)]}
                - listen: 127.0.0.1:\(closedPort)
                  to: 127.0.0.1:\(end.applicationPort)
                  tls:
                    certificates: [\(certificates)]
                    clients: \(folder.file("authority.pem"))
                    require_client: true
                """,
                to: "proxy.yaml"
            )
            try await end.start(["-c", path])
        }

        /// What `openssl s_client` says of a connection on which one request is asked.
        func say(_ options: [String], port: UInt16? = nil, asks: Bool = true) async throws -> String
        {
            let request = "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"
            // Frames of HTTP/2 are no text.
            let result = try await TestProgram.run(
                "sh",
                ["-c", #"openssl s_client "$@" | tr -cd '[:print:]\n'"#, "sh"]
                    + ["-connect", "127.0.0.1:\(port ?? end.port)"]
                    + (asks ? ["-ign_eof"] : []) + options,
                input: asks ? request : "",
                within: .seconds(10)
            )
            return result.output + result.errors
        }
    }

    @Test func `versions, names, protocols, and sessions that go on`() async throws {
        let world = try await World()
        for (option, version) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
            let file = world.folder.file("session" + option)
            let first = try await world.say([option, "-servername", "a.test", "-sess_out", file])
            #expect(first.contains("New, \(version), Cipher is "), "\(first)")
            #expect(first.contains("HTTP/1.1 200 OK") && first.contains("hello"), "\(first)")
            // A ticket is good for any worker, and more than once.
            for _ in 0..<3 {
                let again = try await world.say([option, "-servername", "a.test", "-sess_in", file])
                #expect(again.contains("Reused, \(version), Cipher is "), "\(again)")
                #expect(again.contains("HTTP/1.1 200 OK"), "\(again)")
            }
            let plain = try await world.say([option, "-no_ticket"])
            #expect(plain.contains("HTTP/1.1 200 OK"), "\(plain)")
        }
        for option in ["-tls1", "-tls1_1"] {
            let old = try await world.say([option, "-cipher", "DEFAULT@SECLEVEL=0"], asks: false)
            #expect(old.contains("alert protocol version"), "\(old)")
        }
        let names = [
            (["-servername", "a.test"], "first"), (["-servername", "x.b.test"], "second"),
            (["-servername", "other.test"], "first"), (["-noservername"], "first"),
        ]
        for (options, name) in names {
            let said = try await world.say(options)
            #expect(said.contains("subject=CN = \(name)\n"), "\(options) \(said)")
        }
        let protocols = [
            ("h2,http/1.1", "ALPN protocol: h2"), ("http/1.1,h2", "ALPN protocol: "),
            ("http/1.1", "ALPN protocol: http/1.1"),
        ]
        for (offered, chosen) in protocols {
            let said = try await world.say(["-alpn", offered])
            #expect(said.contains(chosen), "\(said)")
        }
        let status = try await world.say(["-status"])
        #expect(status.contains("OCSP response: no response sent"), "\(status)")
        #expect(status.contains("HTTP/1.1 200 OK"), "\(status)")
    }

    @Test func `a certificate of the client is asked for`() async throws {
        let world = try await World()
        let own = [
            "-cert", world.folder.file("c.pem"), "-key", world.folder.file("c.key"),
        ]
        for version in ["-tls1_2", "-tls1_3"] {
            let missing = try await world.say([version], port: world.closedPort)
            #expect(!missing.contains("HTTP/1.1 200"), "\(missing)")
            #expect(missing.contains("alert"), "\(missing)")
            let shown = try await world.say([version] + own, port: world.closedPort)
            #expect(shown.contains("HTTP/1.1 200 OK"), "\(shown)")
            #expect(shown.contains("Acceptable client certificate CA names"), "\(shown)")
            // A session without a certificate is of no use where one is asked for.
            let file = world.folder.file("open" + version)
            _ = try await world.say([version, "-sess_out", file])
            let again = try await world.say([version, "-sess_in", file], port: world.closedPort)
            #expect(!again.contains("HTTP/1.1 200"), "\(again)")
        }
        let odd = [
            "-cert", world.folder.file("a.pem"), "-key", world.folder.file("c.key"),
        ]
        let refused = try await world.say(odd, port: world.closedPort)
        #expect(!refused.contains("HTTP/1.1 200"), "\(refused)")
    }
}
