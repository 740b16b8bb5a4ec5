import Formats
import Proxying
import Testing

/// What each language says of stapled OCSP responses.
@Suite struct StapleReadingTests {
    private func tls(
        _ text: String,
        _ dialect: Dialect,
        files: [String: [UInt8]] = [:]
    ) throws -> (tls: ServerTLSSettings, warnings: [String]) {
        let options = ReadingOptions(
            readFile: { files[$0] },
            listDirectory: { directory in
                files.keys.filter { $0.hasPrefix(directory + "/") }
                    .map { String($0.dropFirst(directory.utf8.count + 1)) }
            }
        )
        let result = try Reading.value(text, dialect, options: options)
        let chains = result.configuration.listeners.flatMap(\.chains)
        return (try #require(chains.compactMap(\.tls).first), result.warnings.map { "\($0)" })
    }

    private static let nginx: [(String, TextSource?, [String])] = [
        (
            "ssl_stapling on; ssl_stapling_file /a.der; ssl_stapling_verify off;", .file("/a.der"),
            []
        ),
        ("ssl_stapling_file /a.der;", nil, []),
        ("ssl_stapling off; ssl_stapling_file /a.der;", nil, []),
        (
            "ssl_stapling on;", nil,
            [
                "file:1:31: ssl_stapling: nothing is stapled: responses are not fetched; "
                    + "fetch one with openssl ocsp -respout, and add ssl_stapling_file"
            ]
        ),
    ]

    @Test(arguments: nginx)
    func `nginx staples a file that is named and switched on`(
        directives: String,
        staple: TextSource?,
        warnings: [String]
    ) throws {
        let (tls, said) = try tls(
            """
            http { server { listen 1 ssl; \(directives)
            ssl_certificate /a.crt; ssl_certificate_key /a.key; return 200; } }
            """,
            .nginx
        )
        #expect(tls.certificates.map(\.staple) == [staple])
        #expect(said.filter { !$0.contains("always") } == warnings)
    }

    @Test func `HAProxy staples what lies beside the certificate`() throws {
        let pem = Array("x".utf8)
        let files = [
            "/certs/a.pem": pem, "/certs/a.pem.ocsp": pem, "/certs/a.pem.issuer": pem,
            "/certs/b.pem": pem, "/certs/b.pem.key": pem,
        ]
        let (tls, _) = try tls(
            """
            frontend web
                mode http
                bind :443 ssl crt /certs
                http-request return status 200

            """,
            .haproxy,
            files: files
        )
        #expect(
            tls.certificates == [
                CertificateSettings(
                    chain: .file("/certs/a.pem"),
                    privateKey: .file("/certs/a.pem"),
                    staple: .file("/certs/a.pem.ocsp")
                ),
                CertificateSettings(
                    chain: .file("/certs/b.pem"),
                    privateKey: .file("/certs/b.pem.key")
                ),
            ]
        )
    }

    private func envoy(_ policy: String, _ staple: String) -> String {
        EnvoyText.bootstrap(
            chain: """
                transport_socket:
                  name: envoy.transport_sockets.tls
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
                    \(policy)
                    common_tls_context:
                      tls_certificates:
                      - certificate_chain: { filename: /a.crt }
                        private_key: { filename: /a.key }
                        \(staple)
                """
        )
    }

    @Test func `Envoy staples files and bytes, after one of three policies`() throws {
        let table: [(String, String, StaplePolicy, TextSource?)] = [
            ("", "", .lenient, nil),
            (
                "ocsp_staple_policy: STRICT_STAPLING", "ocsp_staple: { filename: /a.der }", .strict,
                .file("/a.der")
            ),
            (
                "ocsp_staple_policy: MUST_STAPLE", "ocsp_staple: { inline_bytes: MAMKAQM= }",
                .required, .inline("MAMKAQM=")
            ),
            ("ocsp_staple_policy: LENIENT_STAPLING", "", .lenient, nil),
        ]
        for (policy, staple, expected, source) in table {
            let (tls, _) = try tls(envoy(policy, staple), .envoy)
            #expect(tls.staples == expected)
            #expect(tls.certificates.map(\.staple) == [source])
        }
        for (policy, staple, cause) in [
            ("ocsp_staple_policy: MUST_STAPLE", "", "a certificate has no OCSP response"),
            ("", "ocsp_staple: { inline_string: x }", "an OCSP response is no text but DER"),
            ("", "ocsp_staple: { inline_bytes: '?' }", "it is not base64"),
            ("ocsp_staple_policy: NEVER", "", "LENIENT_STAPLING"),
        ] {
            let found = Reading.findings(envoy(policy, staple), .envoy)
            #expect(found.contains { $0.hasPrefix("error") && $0.contains(cause) }, "\(found)")
        }
    }

    @Test func `the own language has one key for it, with each certificate of a server`() throws {
        let one = "listen: 1\nto: a:1\ntls: {certificate: /a, key: /b, ocsp: /c}\n"
        #expect(try tls(one, .own).tls.certificates[0].staple == .file("/c"))
        let two =
            "listen: 1\nto: a:1\ntls: {certificates: [{certificate: /a, key: /b, ocsp: /c},"
            + " {certificate: /d, key: /e}]}\n"
        #expect(try tls(two, .own).tls.certificates.map(\.staple) == [.file("/c"), nil])
        let client =
            "listen: 1\nto: a\nservices: {a: {hosts: [b:1], tls: {certificate: /a, key: /b, ocsp: /c}}}\n"
        #expect(Reading.findings(client, .own).contains { $0.contains("ocsp") })
    }
}
