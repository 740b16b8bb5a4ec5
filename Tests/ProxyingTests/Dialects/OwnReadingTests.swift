import Formats
import Proxying
import Testing

@Suite("Our own language") struct OwnReadingTests {
    private func read(_ text: String) throws -> ProxyConfiguration {
        try Reading.value(text, .own).configuration
    }

    private func http(_ text: String) throws -> HTTPSettings {
        let chain = try #require(read(text).listeners.first?.chains.first)
        guard case .http(let settings) = chain.handler else { throw Missing() }
        return settings
    }

    private struct Missing: Error {}

    @Test func `the common case takes fifteen lines`() throws {
        let text = """
            listen: 8080
            health: /healthz
            rate_limit: 100/s
            routes:
              - {path: /api/users, to: users, timeout: 5s}
              - {path: /api/orders, to: order-service:80}
            services:
              users:
                hosts: [user-service:80, 10.0.0.9:8080]
                balance: least_request
                health: /ready
            """
        let configuration = try read(text)
        #expect(configuration.listeners.map(\.address) == [HostPort(host: "0.0.0.0", port: 8080)])
        #expect(configuration.clusters.map(\.name) == ["users", "order-service:80"])
        #expect(configuration.clusters.map(\.discovery) == [.strictDNS, .strictDNS])
        #expect(configuration.clusters[0].balancing == .leastRequest())
        #expect(configuration.clusters[0].healthChecks[0].check == .http(.init(path: "/ready")))
        let settings = try http(text)
        #expect(settings.filters.first == .health(path: "/healthz"))
        let routes = settings.routes.hosts[0].routes
        #expect(
            routes.map(\.match.path) == [
                .separatedPrefix("/api/users"), .separatedPrefix("/api/orders"),
            ]
        )
        guard case .forward(let first) = routes[0].action else { throw Missing() }
        #expect(first.timeout == .seconds(5))
        #expect(first.target == .clusters([WeightedCluster(name: "users")]))
    }

    @Test(arguments: [
        (
            "100/s",
            TokenBucketSettings(maximum: 100, tokensPerFill: 5, fillInterval: .milliseconds(50))
        ),
        ("10/s", TokenBucketSettings(maximum: 10, fillInterval: .milliseconds(100))),
        ("60/m", TokenBucketSettings(maximum: 60, fillInterval: .seconds(1))),
        ("1/h", TokenBucketSettings(maximum: 1, fillInterval: .seconds(3600))),
        (
            "30/s;burst=90",
            TokenBucketSettings(
                maximum: 90,
                tokensPerFill: 2,
                fillInterval: .nanoseconds(66_666_666)
            )
        ),
    ])
    func `rates become buckets that fill evenly`(text: String, bucket: TokenBucketSettings) throws {
        let settings = try http("listen: 1\nto: a:1\nrate_limit: \(text)\n")
        guard case .rateLimit(let limit) = settings.filters.first else { throw Missing() }
        #expect(limit.bucket == bucket)
    }

    @Test(arguments: [
        ("path: /", PathMatch.any),
        ("path: /a", .separatedPrefix("/a")),
        ("path: /a/*", .separatedPrefix("/a")),
        ("path: /a/", .prefix("/a/")),
        ("exact: /a", .exact("/a")),
        ("prefix: /a", .prefix("/a")),
        ("regex: '/v[0-9]+'", .regex("/v[0-9]+")),
    ])
    func `paths are matched`(text: String, path: PathMatch) throws {
        let settings = try http("listen: 1\nroutes: [ { \(text), to: a:1 } ]\n")
        #expect(settings.routes.hosts[0].routes[0].match.path == path)
    }

    @Test(arguments: [
        ("respond: 204", RouteAction.respond(status: 204, body: "")),
        ("respond: hello", .respond(status: 200, body: "hello")),
        (
            "respond: {status: 503, body: '{}', type: application/json}",
            .respond(status: 503, body: "{}", contentType: "application/json")
        ),
        ("redirect: https", .redirect(RedirectAction(scheme: "https"))),
        (
            "redirect: {to: 'https://b/', status: 308}",
            .redirect(
                RedirectAction(location: "https://b/", status: 308)
            )
        ),
        ("close: true", .close),
        ("metrics_page: true", .metrics),
    ])
    func `answers are made here`(text: String, action: RouteAction) throws {
        let settings = try http("listen: 1\nroutes: [ { path: /, \(text) } ]\n")
        #expect(settings.routes.hosts[0].routes[0].action == action)
    }

    @Test func `a service behind TLS is checked by its name`() throws {
        let configuration = try read("listen: 80\nto: https://api.example.com\n")
        #expect(
            configuration.clusters == [
                ClusterSettings(
                    name: "https://api.example.com:443",
                    discovery: .strictDNS,
                    endpoints: [Endpoint(address: HostPort(host: "api.example.com", port: 443))],
                    tls: ClientTLSSettings(
                        serverName: "api.example.com",
                        trust: TrustSettings(names: [.exact("api.example.com", ignoresCase: true)])
                    )
                )
            ]
        )
    }

    @Test func `TLS is taken off and passed on`() throws {
        let configuration = try read(
            """
            listeners:
              - listen: 8443
                tls: {certificate: /c.crt, key: /c.key, clients: /ca.pem, minimum: "1.3"}
                to: 9000
              - listen: 127.0.0.1:5432
                tcp: db:5432
              - listen: 443
                sni: {a.example.com: a:443, "*": b:443}
            """
        )
        #expect(
            configuration.listeners[0].chains[0].tls
                == ServerTLSSettings(
                    certificates: [
                        CertificateSettings(chain: .file("/c.crt"), privateKey: .file("/c.key"))
                    ],
                    parameters: TLSParameters(minimum: .tls13, protocols: ["h2", "http/1.1"]),
                    clients: TrustSettings(authorities: .file("/ca.pem")),
                    requiresClientCertificate: true
                )
        )
        #expect(configuration.listeners[1].address == HostPort(host: "127.0.0.1", port: 5432))
        #expect(
            configuration.listeners[2].chains.map(\.match) == [
                ChainMatch(serverNames: ["a.example.com"], isTLS: true), ChainMatch(),
            ]
        )
        #expect(
            configuration.clusters.map(\.name) == [
                "localhost:9000", "db:5432", "a:443", "b:443",
            ]
        )
    }

    @Test func `who may come is said in one place, and switched off in another`() throws {
        let settings = try http(
            """
            listen: 80
            allow: [10.0.0.0/8]
            cors: https://app.example.com
            auth:
              api_keys: {file: /keys, header: x-key}
              basic: /users
              service: {url: "http://sso:9000/check?a", send: cookie, pass: [x-user], fail_open: true}
              jwt: {issuer: https://idp, audience: api, jwks: "https://idp/keys"}
            routes:
              - {path: /open, to: a:1, auth: off}
              - {path: /, to: a:1}
            """
        )
        #expect(
            settings.filters.map(kind)
                == ["addresses", "cors", "apiKey", "basic", "authorization", "token"]
        )
        var open = FilterOverrides(skipsAuthentication: true, token: TokenRequirement.none)
        open.skipsAuthorization = true
        #expect(settings.routes.hosts[0].routes[0].filters == open)
        guard case .authorization(let service) = settings.filters[4] else { return }
        #expect(service.path == "/check?a" && service.sentFields == [.exact("cookie")])
        #expect(service.passedFields == [.exact("x-user")] && service.passesOnFailure)
    }

    private func kind(_ filter: HTTPFilter) -> String {
        String("\(filter)".prefix { $0 != "(" })
    }

    @Test(arguments: [
        (
            "listen: 80\n",
            [
                "error file:1:1: listen: nothing says where requests go; add \"to\", \"routes\", \"sites\", "
                    + "\"redirect\", \"respond\", \"tcp\" or \"sni\""
            ]
        ),
        (
            "lisen: 80\nto: a:1\n",
            [
                "error file:1:1: <document>: \"listen\" is missing",
                "error file:1:1: <document>: the key \"lisen\" is not known; "
                    + "did you mean \"listen\"?",
            ]
        ),
        (
            "listen: 80\nto: a:1\ntimout: 5s\n",
            [
                "error file:3:1: <document>: the key \"timout\" is not known; did you mean \"timeout\"?"
            ]
        ),
        (
            "listen: 80\nto: usrs\nservices: {users: a:1}\n",
            [
                "error file:2:5: to: there is no service \"usrs\"; did you mean \"users\"?"
            ]
        ),
        (
            "listen: 80\nto: a:1\ntimeout: 5 seconds\n",
            [
                "error file:3:10: timeout: \"5 seconds\" is no duration; write 250ms, 30s, 5m"
            ]
        ),
        (
            "listen: 80\nto: a:1\nrate_limit: 100\n",
            [
                "error file:3:13: rate_limit: \"100\" is no rate; write 100/s, 60/m or 1000/h"
            ]
        ),
        (
            "listen: 99999\nto: a:1\n",
            [
                "error file:1:9: listen: \"99999\" is no port or address to listen on; "
                    + "write 8080 or 127.0.0.1:8080"
            ]
        ),
        (
            "listen: 80\nroutes:\n- {path: /, to: a:1}\n- {path: /b, to: a:1}\n",
            [
                "warning file:4:3: routes[1]: this route is never taken: route 0 takes every request; "
                    + "move it before"
            ]
        ),
        (
            "listen: 80\nto: a:1\nredirect: https\n",
            [
                "error file:3:1: redirect: \"to\" and \"redirect\" exclude each other; remove one",
                "error file:3:1: redirect: \"to\" and \"redirect\" exclude each other; remove one",
            ]
        ),
        (
            "listen: 80\nto: a:1\ntls: {certificate: /a}\n",
            [
                "error file:3:6: tls: \"key\" is missing"
            ]
        ),
    ])
    func `mistakes are told with place and remedy`(text: String, findings: [String]) {
        var unique: [String] = []
        for finding in findings where !unique.contains(finding) { unique.append(finding) }
        #expect(Reading.findings(text, .own) == unique)
    }

    @Test func `whoever is lenient does without what is not known`() throws {
        let options = ReadingOptions(isLenient: true)
        let result = try Reading.value("listen: 80\nto: a:1\nwat: 1\n", .own, options: options)
        #expect(result.warnings.map(\.what) == ["the key \"wat\" is not known"])
    }
}
