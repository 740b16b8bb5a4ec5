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
        // Only when handshakes are counted does anybody see that clients are refused.
        let counts = try await world.end.admin("/stats?filter=ssl").body
        let name = "listener.127.0.0.1_\(world.closedPort).ssl."
        for wanted in ["handshake: 2\n", "fail_verify_no_cert: 4\n", "fail_verify_error: 0\n"] {
            #expect(counts.contains(name + wanted), "\(wanted) \(counts)")
        }
        let odd = [
            "-cert", world.folder.file("a.pem"), "-key", world.folder.file("c.key"),
        ]
        let refused = try await world.say(odd, port: world.closedPort)
        #expect(!refused.contains("HTTP/1.1 200"), "\(refused)")
    }

    /// A folder with an identity, its authority's certificate, and responses about it.
    private func stapled() async throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory()
        let authority = try await TestAuthority()
        let leaf = try await authority.leaf(["DNS:a.test"], commonName: "stapled")
        let clock = try await FalseClock()
        try clock.jump(to: -7 * 86_400)
        try folder.write(leaf.certificate + authority.certificate, to: "tls.crt")
        try folder.write(leaf.privateKey, to: "tls.key")
        try folder.write(
            leaf.certificate + authority.certificate + leaf.privateKey,
            to: "site.pem"
        )
        try folder.write(authority.certificate, to: "authority.pem")
        try folder.write(try await authority.response(about: leaf), to: "fresh.ocsp")
        try folder.write(try await authority.response(about: leaf), to: "site.pem.ocsp")
        try folder.write(
            try await authority.response(about: leaf, environment: clock.environment),
            to: "old.ocsp"
        )
        return folder
    }

    /// What `openssl s_client` says of the response that a port staples.
    private func status(_ port: UInt16, _ folder: TemporaryDirectory, _ options: [String] = [])
        async throws -> String
    {
        let words = ["s_client", "-connect", "127.0.0.1:\(port)", "-servername", "a.test"]
        let more = ["-status", "-CAfile", folder.file("authority.pem"), "-verify_return_error"]
        let result = try await TestProgram.run(
            "openssl",
            words + more + options,
            input: "",
            within: .seconds(10)
        )
        return result.output + result.errors
    }

    private static let nginx = """
        ssl_certificate FOLDER/tls.crt; ssl_certificate_key FOLDER/tls.key; ssl_protocols TLSv1.2 TLSv1.3;
        ssl_stapling on; ssl_stapling_file FOLDER/fresh.ocsp;
        """

    @Test func `nginx and HAProxy staple the same files`() async throws {
        let folder = try await stapled()
        let (web, load) = (try FreePort.find(), try FreePort.find())
        try folder.write(
            """
            daemon off; master_process off; pid \(folder.file("pid")); error_log stderr;
            events {} http { access_log off; server { listen 127.0.0.1:\(web) ssl;
            \(Self.nginx.replacing("FOLDER", with: folder.path)) } }
            """,
            to: "nginx.conf"
        )
        try folder.write(
            """
            defaults
                mode http
                timeout client 5s
                timeout connect 5s
                timeout server 5s
            frontend web
                bind 127.0.0.1:\(load) ssl crt \(folder.file("site.pem"))
                http-request return status 200

            """,
            to: "haproxy.cfg"
        )
        let peers = [
            try TestProgram("nginx", ["-c", folder.file("nginx.conf")]),
            try TestProgram("haproxy", ["-db", "-f", folder.file("haproxy.cfg")]),
        ]
        for (port, peer) in zip([web, load], peers) {
            for version in ["-tls1_2", "-tls1_3"] {
                var said = ""
                try await eventually(within: .seconds(10), "it answers: \(peer.errors)") {
                    said = try await status(port, folder, [version])
                    return said.contains("return code: 0")
                }
                #expect(said.contains("Cert Status: good"), "\(peer.errors)\n\(said)")
            }
        }
    }

    @Test(arguments: ["own", "nginx", "HAProxy", "Envoy"])
    func `a response is stapled for those who ask`(dialect: String) async throws {
        let folder = try await stapled()
        let end = try await EndToEnd()
        let application = "127.0.0.1:\(end.applicationPort)"
        let own = """
            listen: 127.0.0.1:\(end.port)
            to: \(application)
            tls: {certificate: FOLDER/tls.crt, key: FOLDER/tls.key, ocsp: FOLDER/fresh.ocsp}
            """
        let nginx = """
            events {} http { server { listen 127.0.0.1:\(end.port) ssl; \(Self.nginx)
            location / { proxy_pass http://\(application); } } }
            """
        let haproxy = """
            frontend web
                mode http
                bind 127.0.0.1:\(end.port) ssl crt FOLDER/site.pem
                default_backend app
            backend app
                mode http
                server s \(application)

            """
        let texts = [
            "own": ("proxy.yaml", own), "nginx": ("nginx.conf", nginx),
            "HAProxy": ("haproxy.cfg", haproxy),
            "Envoy": ("envoy.yaml", envoy(end, staple: "fresh.ocsp", policy: "MUST_STAPLE")),
        ]
        let (name, text) = try #require(texts[dialect])
        let path = try folder.write(text.replacing("FOLDER", with: folder.path), to: name)
        try await end.start(["-c", path])
        for version in ["-tls1_2", "-tls1_3"] {
            let said = try await status(end.port, folder, [version])
            #expect(said.contains("Cert Status: good"), "\(said)")
            #expect(said.contains("return code: 0"), "\(said)")
        }
        let certificates = try await end.admin("/certs").body
        #expect(certificates.contains("ocsp_details"), "\(certificates)")
        let counts = try await end.admin("/stats").body
        for name in ["requests", "responses"] {
            #expect(counts.contains("ssl.ocsp_staple_\(name): 2\n"), "\(counts)")
        }
        #expect(counts.contains("ssl.ocsp_staple_omitted: 0\n"), "\(counts)")
    }

    @Test(arguments: [
        ("LENIENT_STAPLING", true), ("STRICT_STAPLING", false), ("MUST_STAPLE", false),
    ])
    func `an old response is not sent, and Envoy's policies decide what then`(
        policy: String,
        goesOn: Bool
    ) async throws {
        let folder = try await stapled()
        let end = try await EndToEnd()
        let text = envoy(end, staple: "old.ocsp", policy: policy)
        let path = try folder.write(text.replacing("FOLDER", with: folder.path), to: "envoy.yaml")
        try await end.start(["-c", path])
        let said = try await status(end.port, folder)
        #expect(said.contains("OCSP response: no response sent") == goesOn, "\(said)")
        #expect(said.contains("alert internal error") == !goesOn, "\(said)")
        // Who does not ask is served.
        let silent = try await TestProgram.run(
            "curl",
            ["-sk", "-m", "10", "https://127.0.0.1:\(end.port)/"]
        )
        #expect(silent.output == "hello")
        // The next response is followed.
        let fresh = [UInt8](try Data(contentsOf: URL(filePath: folder.file("fresh.ocsp"))))
        try folder.write(fresh, to: "old.ocsp")
        try await eventually(within: .seconds(20), "the new response") {
            try await status(end.port, folder).contains("Cert Status: good")
        }
    }

    private func envoy(_ end: EndToEnd, staple: String, policy: String) -> String {
        let type =
            "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"
        let certificate =
            "{certificate_chain: {filename: FOLDER/tls.crt}, private_key: {filename: FOLDER/tls.key},"
            + " ocsp_staple: {filename: FOLDER/\(staple)}}"
        let socket =
            "{name: envoy.transport_sockets.tls, typed_config: {\"@type\": \(type),"
            + " ocsp_staple_policy: \(policy),"
            + " common_tls_context: {tls_certificates: [\(certificate)]}}}"
        return end.configuration("x").replacing(
            "    - filters:\n",
            with: "    - transport_socket: \(socket)\n      filters:\n"
        )
    }

    @Test func `a client that is refused reads why, though it goes on sending`() async throws {
        let world = try await World()
        let script = """
            import socket, ssl, sys, time
            context = ssl.create_default_context(cafile=sys.argv[2])
            context.minimum_version = ssl.TLSVersion.TLSv1_3
            context.check_hostname = False
            plain = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10)
            secure = context.wrap_socket(plain)
            try:
                for _ in range(5):
                    secure.sendall(b"GET / HTTP/1.1\\r\\nHost: a.test\\r\\n\\r\\n")
                    time.sleep(0.05)
                print("read", secure.recv(100))
            except Exception as error:
                print(repr(error))
            """
        let result = try await TestProgram.run(
            "python3",
            ["-c", script, "\(world.closedPort)", world.folder.file("authority.pem")],
            within: .seconds(20)
        )
        let said = result.output.uppercased()
        #expect(said.contains("CERTIFICATE_REQUIRED"), "\(result.output) \(result.errors)")
    }
}
