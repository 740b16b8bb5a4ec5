import Foundation
import TestKit
import Testing

@Suite("CompanionEndToEnd: TLS to hosts", .serialized, .timeLimit(.minutes(5)))
struct HostCertificateEndToEndTests {
    private static func make(_ name: String, in folder: TemporaryDirectory) async throws {
        let result = try await TestProgram.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-days", "30", "-subj", "/CN=\(name)", "-keyout",
                folder.file("\(name).key"), "-out", folder.file("\(name).crt"),
            ]
        )
        #expect(result.succeeded, "\(result.errors)")
    }

    /// Puts a certificate to where the configuration looks for it.
    private static func put(_ name: String, in folder: TemporaryDirectory) throws {
        try folder.write(folder.text(of: "\(name).key"), to: "tls/tls.key")
        try folder.write(folder.text(of: "\(name).crt"), to: "tls/tls.crt")
    }

    @Test func `sessions are resumed, and a client's new certificate is shown to hosts`()
        async throws
    {
        let world = try await EndToEnd()
        let folder = world.folder
        for name in ["host", "first", "second"] { try await Self.make(name, in: folder) }
        let port = try FreePort.find()
        try folder.write(
            """
            daemon off; master_process off; pid \(folder.file("tls-pid")); error_log stderr;
            events {}
            http {
              access_log off;
              server {
                listen 127.0.0.1:\(port) ssl;
                ssl_certificate \(folder.file("host.crt"));
                ssl_certificate_key \(folder.file("host.key"));
                ssl_verify_client optional_no_ca;
                ssl_session_cache shared:sessions:1m;
                keepalive_timeout 0;
                location / { return 200 "$ssl_client_s_dn $ssl_session_reused"; }
              }
            }
            """,
            to: "tls.conf"
        )
        let host = try TestProgram("nginx", ["-c", folder.file("tls.conf")])
        try Self.put("first", in: folder)
        let configuration = world.configuration("1").replacingOccurrences(
            of: "port_value: \(world.applicationPort)",
            with: "port_value: \(port)"
        )
        let path = try folder.write(
            configuration + """

                    transport_socket:
                      name: envoy.transport_sockets.tls
                      typed_config:
                        "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
                        common_tls_context:
                          tls_certificates:
                          - certificate_chain: {filename: "\(folder.file("tls/tls.crt"))"}
                            private_key: {filename: "\(folder.file("tls/tls.key"))"}
                """,
            to: "proxy.yaml"
        )
        try await world.start(["-c", path])
        // Each worker has sessions of its own.
        try await eventually(within: .seconds(20), "the session of a request before is resumed") {
            try await world.get().body == "CN=first r"
        }
        try folder.write("garbage", to: "tls/tls.crt")
        try await eventually(within: .seconds(10), "the refusal is told") {
            try world.running().errors.contains("holds no PEM certificate")
        }
        #expect(try world.running().errors.contains("the old one is kept"))
        #expect(try await world.get().body.hasPrefix("CN=first"))
        try Self.put("second", in: folder)
        try await eventually(within: .seconds(10), "the new certificate is shown") {
            try await world.get().body.hasPrefix("CN=second")
        }
        for _ in 0..<4 { #expect(try await world.get().body.hasPrefix("CN=second")) }
        withExtendedLifetime(host) {}
    }
}
