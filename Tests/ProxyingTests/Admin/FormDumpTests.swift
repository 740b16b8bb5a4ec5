import Formats
import Testing

@testable import Proxying

@Suite("FormDump") struct FormDumpTests {
    private static let configuration = ProxyConfiguration(
        listeners: [
            ListenerSettings(
                name: "in",
                address: HostPort(host: "0.0.0.0", port: 8443),
                chains: [
                    FilterChain(
                        tls: ServerTLSSettings(certificates: [
                            CertificateSettings(
                                chain: .file("/c/tls.crt"),
                                privateKey: .inline("very secret")
                            )
                        ]),
                        handler: .tcp(
                            TunnelSettings(clusters: [WeightedCluster(name: "db")])
                        )
                    )
                ]
            )
        ],
        clusters: [
            ClusterSettings(
                name: "db",
                endpoints: [Endpoint(address: HostPort(host: "db", port: 5432))],
                tls: ClientTLSSettings(
                    trust: TrustSettings(authorities: .file("/c/ca.crt"))
                )
            )
        ],
        drain: .milliseconds(1500)
    )

    @Test func `structures become objects, cases names, durations texts`() {
        let json = FormDump.json(Self.configuration)
        let listener = json["listeners"]?[0]
        #expect(listener?["address"]?.string == "0.0.0.0:8443")
        let tunnel = listener?["chains"]?[0]?["handler"]?["tcp"]
        #expect(tunnel?["clusters"]?[0]?["name"]?.string == "db")
        #expect(json["clusters"]?[0]?["discovery"]?.string == "fixed")
        #expect(json["drain"]?.string == "1.5s")
    }

    @Test func `texts given in place are left out`() {
        let text = FormDump.json(Self.configuration).text()
        #expect(!text.contains("secret"))
        #expect(text.contains("11 bytes"))
    }

    @Test func `the password of a database check is left out`() {
        let check = HealthCheckSettings.Check.postgres(
            user: "probe",
            role: .primary,
            password: "very secret"
        )
        let json = FormDump.json([check, .postgres(user: "probe", role: .any)])
        #expect(!json.text().contains("secret"))
        #expect(json[0]?["postgres"]?["user"]?.string == "probe")
        #expect(json[0]?["postgres"]?["password"]?.string == "given")
        #expect(json[1]?["postgres"]?["password"] == nil)
    }
}
