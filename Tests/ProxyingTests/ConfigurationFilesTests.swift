import Testing

@testable import Proxying

struct ConfigurationFilesTests {
    /// Every file that a value names, found by reflection.
    private static func look(_ value: Any) -> [String] {
        if case .file(let path)? = value as? TextSource { return [path] }
        return Mirror(reflecting: value).children.flatMap { look($0.value) }
    }

    private static func identity(_ name: String) -> CertificateSettings {
        CertificateSettings(chain: .file("/\(name).crt"), privateKey: .file("/\(name).key"))
    }

    private static func client(_ name: String) -> ClientTLSSettings {
        ClientTLSSettings(
            certificate: identity(name),
            trust: TrustSettings(authorities: .file("/\(name)-ca.crt"))
        )
    }

    private static func overrides(_ name: String) -> FilterOverrides {
        var overrides = FilterOverrides(basic: BasicSettings(users: [.file("/\(name)-users")]))
        overrides.apiKey = APIKeySettings(keys: [.file("/\(name)-keys"), .inline("k")])
        return overrides
    }

    private static let configuration: ProxyConfiguration = {
        let token = TokenSettings(
            providers: [
                .init(name: "a", keys: .text(.file("/a.jwks"))),
                .init(name: "b", keys: .text(.inline("{}"))),
            ],
            rules: []
        )
        let route = Route(action: .respond(status: 200, body: ""), filters: overrides("route"))
        let http = HTTPSettings(
            statPrefix: "in",
            routes: RouteTable(hosts: [
                VirtualHost(
                    name: "all",
                    domains: ["*"],
                    routes: [route],
                    filters: overrides("host")
                )
            ]),
            filters: [
                .apiKey(APIKeySettings(keys: [.file("/keys")])),
                .basic(BasicSettings(users: [.file("/users")])), .token(token),
            ]
        )
        let server = ServerTLSSettings(
            certificates: [identity("one"), identity("two")],
            clients: TrustSettings(authorities: .file("/clients.crt"))
        )
        var check = HealthCheckSettings(
            check: .tcp(send: [], expect: []),
            timeout: .seconds(1),
            interval: .seconds(1),
            unhealthyThreshold: 1,
            healthyThreshold: 1
        )
        check.tls = client("check")
        return ProxyConfiguration(
            listeners: [
                ListenerSettings(
                    name: "in",
                    address: HostPort(host: "0.0.0.0", port: 8443),
                    chains: [FilterChain(tls: server, handler: .http(http))]
                )
            ],
            clusters: [
                ClusterSettings(
                    name: "app",
                    endpoints: [Endpoint(address: HostPort(host: "app", port: 80))],
                    tls: client("cluster"),
                    healthChecks: [check]
                )
            ],
            drain: .seconds(1)
        )
    }()

    @Test func `every file that is named is listed`() {
        let files = Self.configuration.files
        #expect(files == Set(Self.look(Self.configuration)))
        #expect(files.count == 18)
    }
}
