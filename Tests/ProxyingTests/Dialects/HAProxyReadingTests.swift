import Proxying
import Testing

@Suite("HAProxy's language") struct HAProxyReadingTests {
    private struct Missing: Error {}

    private static let defaults = """
        defaults
            mode http
            timeout connect 5s
            timeout client 30s
            timeout server 40s

        """

    private func read(
        _ text: String,
        environment: [String: String] = [:]
    ) throws -> ProxyConfiguration {
        let options = ReadingOptions(environment: environment)
        return try Reading.value(Self.defaults + text, .haproxy, options: options).configuration
    }

    private func http(_ configuration: ProxyConfiguration, _ index: Int = 0) throws -> HTTPSettings
    {
        let chain = try #require(configuration.listeners[index].chains.first)
        guard case .http(let settings) = chain.handler else { throw Missing() }
        return settings
    }

    /// The routes of a frontend with the backends `a`, `b` and `c`.
    private func routes(_ lines: String) throws -> [Route] {
        let text = """
            frontend f
                bind :80
            \(lines)
                default_backend c
            backend a
                server s 10.0.0.1:80
            backend b
                server s 10.0.0.2:80
            backend c
                server s 10.0.0.3:80
            """
        return try http(read(text)).routes.hosts[0].routes
    }

    private func cluster(_ route: Route) -> String {
        switch route.action {
        case .forward(let action):
            if case .clusters(let shares) = action.target { shares[0].name } else { "" }
        case .respond(let status, _, _): "\(status)"
        default: "\(route.action)"
        }
    }

    @Test func `a database ambassador is relays with checks`() throws {
        let configuration = try read(
            """
            listen primary
                mode tcp
                bind 127.0.0.1:5432
                option httpchk OPTIONS /primary
                http-check expect status 200
                default-server inter 3s fall 3 rise 2 on-marked-down shutdown-sessions
                server pg1 "${PGHOST}:5432" check port 8008 maxconn 100
                server pg2 10.0.0.2:5432 check port 8008 backup
            listen ready
                mode tcp
                bind :5433
                balance leastconn
                option pgsql-check user probe
                timeout check 2s
                server pg2 10.0.0.2:5432 check inter 1s
            """,
            environment: ["PGHOST": "db.example"]
        )
        let cluster = configuration.clusters[0]
        #expect(
            cluster.endpoints == [
                Endpoint(
                    address: HostPort(host: "db.example", port: 5432),
                    connectionsMaximum: 100,
                    healthPort: 8008
                ),
                Endpoint(
                    address: HostPort(host: "10.0.0.2", port: 5432),
                    priority: 1,
                    healthPort: 8008
                ),
            ]
        )
        #expect(cluster.discovery == .strictDNS)
        #expect(cluster.closesUnhealthy)
        let check = try #require(cluster.healthChecks.first)
        #expect(check.check == .http(.init(method: "OPTIONS", path: "/primary")))
        #expect(check.interval == .seconds(3))
        #expect(check.unhealthyThreshold == 3)
        #expect(check.startsHealthy)
        let second = configuration.clusters[1]
        #expect(second.balancing == .leastConnections)
        #expect(second.healthChecks[0].check == .postgres(user: "probe", role: .any))
        #expect(second.healthChecks[0].timeout == .seconds(2))
        guard case .tcp(let tunnel) = configuration.listeners[0].chains[0].handler else {
            throw Missing()
        }
        #expect(tunnel.idleTimeout == .seconds(30))
        #expect(tunnel.connectAttempts == 4)
    }

    @Test(arguments: ["server a", "server-template a 3"])
    func `the servers of a service are looked up`(words: String) throws {
        let configuration = try read(
            """
            resolvers dns
                nameserver one 10.0.0.10:53
            listen a
                mode tcp
                bind :1
                \(words) _http._tcp.users.svc resolvers dns check

            """
        )
        let cluster = configuration.clusters[0]
        #expect(
            cluster.endpoints == [
                Endpoint(
                    address: HostPort(host: "_http._tcp.users.svc", port: 0),
                    hostname: "users.svc",
                    isService: true
                )
            ]
        )
        #expect(cluster.discovery == .strictDNS)
        #expect(cluster.resolvers == [HostPort(host: "10.0.0.10", port: 53)])
    }

    @Test(arguments: [
        ("", true), ("init-addr last,libc,none", true), ("init-addr libc,none", true),
        ("init-addr none", false), ("init-addr last,none", false),
    ])
    func `names are looked up before the start unless that is forbidden`(
        words: String,
        waits: Bool
    ) throws {
        let configuration = try read(
            """
            listen a
                mode tcp
                bind :1
                server a db.example:2 \(words)

            """
        )
        #expect(configuration.clusters[0].isWaitedFor == waits)
    }

    @Test(arguments: [
        ("path_beg /api", RouteMatch(path: .prefix("/api"))),
        ("path /x", RouteMatch(path: .exact("/x"))),
        ("path_reg ^/v[0-9]", RouteMatch(path: .regex("^/v[0-9]", anywhere: true))),
        ("path_end .js .css", RouteMatch(path: .regex("[^?]*(?:\\.js|\\.css)"))),
        ("method GET POST", RouteMatch(methods: ["GET", "POST"])),
        (
            "hdr(host) -i a.example",
            RouteMatch(headers: [
                HeaderMatch(name: ":authority", test: .text(.exact("a.example", ignoresCase: true)))
            ])
        ),
        (
            "hdr_beg(host) a. b.",
            RouteMatch(headers: [
                HeaderMatch(name: ":authority", test: .text(.regex("(?:a\\.|b\\.).*")))
            ])
        ),
        (
            "req.hdr(X-A) -m found",
            RouteMatch(headers: [HeaderMatch(name: "x-a", test: .present)])
        ),
        (
            "src 10.0.0.0/8",
            RouteMatch(sources: [AddressRange(address: [10, 0, 0, 0], prefixLength: 8)])
        ),
        ("url_param(a) b", RouteMatch(query: [QueryMatch(name: "a", test: .exact("b"))])),
    ])
    func `conditions are matches`(text: String, match: RouteMatch) throws {
        let found = try routes("    use_backend a if { \(text) }")
        #expect(found[0].match == match)
        #expect(cluster(found[0]) == "a")
        let named = try routes("    acl x \(text)\n    use_backend a if x")
        #expect(named[0].match == match)
    }

    @Test(arguments: [
        // Names side by side hold together; lines of one name and `or` are alternatives.
        ("use_backend a if x y", 1), ("use_backend a if x or y", 2), ("use_backend a if z", 2),
        ("use_backend a if !z", 1), ("use_backend a unless x y", 2),
        ("use_backend a if { ssl_fc }", 0), ("use_backend a unless { ssl_fc }", 1),
        ("use_backend a if FALSE", 0), ("use_backend a if METH_POST x or y !x", 2),
    ])
    func `conditions are joined`(line: String, count: Int) throws {
        let found = try routes(
            """
                acl x path_beg /x
                acl y hdr(a) b
                acl z path_beg /z1
                acl z hdr(z) z2
                \(line)
            """
        )
        #expect(found.filter { cluster($0) == "a" }.count == count)
        #expect(found.suffix(2).map(cluster) == ["c", "503"])
    }

    @Test(arguments: [
        ("deny if { path /a }", RouteAction.respond(status: 403, body: "")),
        ("deny deny_status 429 if { path /a }", .respond(status: 429, body: "")),
        (
            "return status 200 content-type text/html string \"hi there\" if { path /a }",
            .respond(status: 200, body: "hi there", contentType: "text/html")
        ),
        (
            "redirect scheme https code 301 if !{ ssl_fc }",
            .redirect(RedirectAction(scheme: "https", status: 301))
        ),
        (
            "redirect location https://b%[req.hdr(x)]/ if { path /a }",
            .redirect(RedirectAction(location: "https://b%REQ(X)%/", status: 302))
        ),
        ("use-service prometheus-exporter if { path /a }", .metrics),
        ("silent-drop if { path /a }", .close),
    ])
    func `rules answer`(rule: String, action: RouteAction) throws {
        #expect(try routes("    http-request \(rule)")[0].action == action)
    }

    @Test func `rules change requests, where their condition holds`() throws {
        let found = try routes(
            """
                option forwardfor
                http-request set-header X-Proto https if { ssl_fc }
                http-request set-header X-A %[src]-%[req.hdr(b)] if { path_beg /a }
                http-request del-header X-Bad
                http-request replace-path /old/(.*) /new/\\\\1
                use_backend a if { path_beg /a }
            """
        )
        #expect(found.map(cluster) == ["a", "a", "c", "c", "503"])
        #expect(found[0].headers.requestAdditions.map(\.name) == ["X-A", "X-Forwarded-For"])
        #expect(
            found[0].headers.requestAdditions[0].value
                == "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%-%REQ(B)%"
        )
        #expect(found[3].headers.requestAdditions.map(\.name) == ["X-Forwarded-For"])
        #expect(found[3].headers.requestRemovals == ["x-bad"])
        guard case .forward(let action) = found[3].action else { throw Missing() }
        let pattern = "^(?s:.*?)(?:/old/(.*))(?s:.*)$"
        #expect(action.pathRewrite == .regex(pattern: pattern, substitution: "/new/\\1"))
        #expect(action.idleTimeout == .seconds(40))
    }

    @Test func `a backend's passwords protect what reaches it`() throws {
        let configuration = try read(
            """
            userlist people
                user anna insecure-password pw
                user bert password $5$salt$hash
            frontend f
                bind :80
                use_backend a if { path_beg /a }
                default_backend b
            backend a
                http-request auth realm Here unless { http_auth(people) }
                server s 10.0.0.1:80
            backend b
                server s 10.0.0.2:80
            """
        )
        let settings = try http(configuration)
        let basic = BasicSettings(
            realm: "Here",
            users: [.inline("anna:{PLAIN}pw\nbert:$5$salt$hash")]
        )
        #expect(settings.filters == [.basic(basic)])
        let found = settings.routes.hosts[0].routes
        #expect(found.map(\.filters.basic) == [basic, nil, nil])
        #expect(found.map(\.filters.skipsAuthentication) == [false, true, true])
    }

    @Test func `addresses keep others out`() throws {
        let text = """
            listen f
                bind :80
                http-request deny if !{ src 10.0.0.0/8 }
                server s 10.0.0.1:80
            """
        #expect(
            try http(read(text)).filters == [
                .addresses(
                    AddressRules(
                        rules: [
                            .init(
                                range: AddressRange(address: [10, 0, 0, 0], prefixLength: 8),
                                isAllowed: true
                            )
                        ],
                        allowsOthers: false
                    )
                )
            ]
        )
    }

    @Test func `TLS is taken off, passed through, and put on`() throws {
        let configuration = try read(
            """
            global
                ssl-default-bind-options ssl-min-ver TLSv1.3
                crt-base /certs
            frontend web
                bind *:443 ssl crt site.pem alpn h2,http/1.1
                bind :80
                default_backend far
            backend far
                server s api.example:443 ssl verify required ca-file /ca.pem sni str(api.example)
                server t 10.0.0.1:443 ssl verify none send-proxy-v2
            frontend names
                mode tcp
                bind :8443
                tcp-request inspect-delay 5s
                tcp-request content accept if { req_ssl_hello_type 1 }
                use_backend one if { req.ssl_sni -i A.example }
                use_backend two if { req_ssl_sni -m end .b.example }
                default_backend two
            backend one
                mode tcp
                server s 10.0.0.3:443
            backend two
                mode tcp
                server s 10.0.0.4:443
            """
        )
        #expect(configuration.listeners.map(\.address.port) == [443, 80, 8443])
        let pair = CertificateSettings(
            chain: .file("/certs/site.pem"),
            privateKey: .file("/certs/site.pem")
        )
        #expect(
            configuration.listeners[0].chains[0].tls
                == ServerTLSSettings(
                    certificates: [pair],
                    parameters: TLSParameters(minimum: .tls13, protocols: ["h2", "http/1.1"])
                )
        )
        #expect(configuration.listeners[1].chains[0].tls == nil)
        let far = try #require(configuration.cluster(named: "far"))
        #expect(far.tls?.serverName == "api.example")
        #expect(far.tls?.trust?.authorities == .file("/ca.pem"))
        #expect(configuration.listeners[2].detectionTimeout == .seconds(5))
        #expect(
            configuration.listeners[2].chains.map(\.match) == [
                ChainMatch(serverNames: ["a.example"], isTLS: true),
                ChainMatch(serverNames: ["*.b.example"], isTLS: true), ChainMatch(),
            ]
        )
    }

    @Test(arguments: [
        ("5000", Duration.seconds(5)), ("5s", .seconds(5)), ("2m", .seconds(120)),
        ("100us", .microseconds(100)),
    ])
    func `times without a unit are milliseconds`(text: String, duration: Duration) throws {
        let configuration = try read(
            "listen f\n    bind :80\n    timeout connect \(text)\n    server s 10.0.0.1:80\n"
        )
        #expect(configuration.clusters[0].connectTimeout == duration)
    }
}
