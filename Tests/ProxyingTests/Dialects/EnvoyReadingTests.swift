import Proxying
import Testing

@Suite("Envoy's language") struct EnvoyReadingTests {
    private func read(_ text: String) throws -> ProxyConfiguration {
        try Reading.value(text, .envoy).configuration
    }

    private func http(_ configuration: ProxyConfiguration) throws -> HTTPSettings {
        let chain = try #require(configuration.listeners.first?.chains.first)
        guard case .http(let settings) = chain.handler else { throw Missing() }
        return settings
    }

    private struct Missing: Error {}

    @Test func `a small bootstrap has Envoy's defaults`() throws {
        let configuration = try read(EnvoyText.bootstrap())
        #expect(
            configuration.clusters == [
                ClusterSettings(
                    name: "app",
                    discovery: .strictDNS,
                    endpoints: [Endpoint(address: HostPort(host: "app.local", port: 80))]
                )
            ]
        )
        let settings = try http(configuration)
        #expect(settings.serverName == "envoy")
        #expect(settings.forwarding.forwardedFor == .keep)
        #expect(settings.idleTimeout == .seconds(3600))
        #expect(
            settings.routes.hosts == [
                VirtualHost(
                    name: "all",
                    domains: ["*"],
                    routes: [
                        Route(
                            match: RouteMatch(path: .prefix("/api")),
                            action: .forward(
                                ForwardAction(target: .clusters([WeightedCluster(name: "app")]))
                            )
                        )
                    ]
                )
            ]
        )
    }

    @Test(arguments: [
        ("prefix: /", PathMatch.any),
        ("prefix: /a", .prefix("/a")),
        ("path: /a", .exact("/a")),
        ("path_separated_prefix: /a", .separatedPrefix("/a")),
        ("pathSeparatedPrefix: /a", .separatedPrefix("/a")),
        ("safe_regex: { regex: '/v[0-9]+/.*' }", .regex("/v[0-9]+/.*")),
        ("safe_regex: { google_re2: {}, regex: '/a' }", .regex("/a")),
    ])
    func `paths are matched`(text: String, path: PathMatch) throws {
        let routes = "- { match: { \(text) }, route: { cluster: app } }"
        let settings = try http(read(EnvoyText.bootstrap(routes: routes)))
        #expect(settings.routes.hosts[0].routes[0].match.path == path)
    }

    @Test(arguments: [
        ("{ name: X-A }", HeaderMatch(name: "x-a", test: .present)),
        ("{ name: x-a, exact_match: b }", HeaderMatch(name: "x-a", test: .text(.exact("b")))),
        (
            "{ name: x-a, string_match: { prefix: b, ignore_case: true } }",
            HeaderMatch(name: "x-a", test: .text(.prefix("b", ignoresCase: true)))
        ),
        (
            "{ name: ':method', string_match: { exact: GET }, invert_match: true }",
            HeaderMatch(name: ":method", test: .text(.exact("GET")), isInverted: true)
        ),
        (
            "{ name: num, range_match: { start: 1, end: 10 } }",
            HeaderMatch(name: "num", test: .range(lower: 1, upper: 10))
        ),
        (
            "{ name: num, present_match: false }",
            HeaderMatch(name: "num", test: .present, isInverted: true)
        ),
    ])
    func `header fields are matched`(text: String, match: HeaderMatch) throws {
        let routes = "- { match: { prefix: /, headers: [ \(text) ] }, route: { cluster: app } }"
        let settings = try http(read(EnvoyText.bootstrap(routes: routes)))
        #expect(settings.routes.hosts[0].routes[0].match.headers == [match])
    }

    @Test(arguments: [
        (
            "redirect: { https_redirect: true }",
            RouteAction.redirect(RedirectAction(scheme: "https"))
        ),
        (
            "redirect: { host_redirect: b, path_redirect: /x, response_code: FOUND, strip_query: true }",
            .redirect(
                RedirectAction(host: "b", path: .whole("/x"), stripsQuery: true, status: 302)
            )
        ),
        (
            "direct_response: { status: 403, body: { inline_string: nope } }",
            .respond(status: 403, body: "nope")
        ),
        (
            """
            route: { cluster: app, timeout: 0s, prefix_rewrite: /b, host_rewrite_literal: h, \
            retry_policy: { retry_on: '5xx,connect-failure', num_retries: 3, \
            per_try_timeout: 0.5s, retry_back_off: { base_interval: 0.1s } } }
            """,
            .forward(
                ForwardAction(
                    target: .clusters([WeightedCluster(name: "app")]),
                    hostRewrite: .literal("h"),
                    pathRewrite: .prefix("/b"),
                    timeout: nil,
                    retry: RetrySettings(
                        conditions: [.serverErrors, .connectFailure, .anyMethod],
                        retriesMaximum: 3,
                        perTryTimeout: .milliseconds(500),
                        backoffBase: .milliseconds(100),
                        backoffMaximum: .seconds(1),
                        hostAttempts: 1
                    )
                )
            )
        ),
        (
            """
            route: { weighted_clusters: { clusters: [ { name: app, weight: 90 }, \
            { name: app, weight: 10 } ] }, autoHostRewrite: true, \
            hash_policy: [ { header: { header_name: X-User }, terminal: true } ] }
            """,
            .forward(
                ForwardAction(
                    target: .clusters([
                        WeightedCluster(name: "app", weight: 90),
                        WeightedCluster(name: "app", weight: 10),
                    ]),
                    hostRewrite: .upstream,
                    hashPolicies: [.header("x-user", isTerminal: true)]
                )
            )
        ),
    ])
    func `actions are read`(text: String, action: RouteAction) throws {
        let routes = "- { match: { prefix: /a }, \(text) }"
        let settings = try http(read(EnvoyText.bootstrap(routes: routes)))
        #expect(settings.routes.hosts[0].routes[0].action == action)
    }

    @Test(arguments: ["type: LOGICAL_DNS", "type: logical_dns", "type: 2", "'type': LOGICAL_DNS"])
    func `enumerations are names in any case, or numbers`(text: String) throws {
        let cluster = try #require(read(EnvoyText.bootstrap(cluster: text)).clusters.first)
        #expect(cluster.discovery == .logicalDNS)
    }

    @Test func `a cluster is read with all its guards`() throws {
        let text = """
            type: STRICT_DNS
            connect_timeout: 0.25s
            lb_policy: LEAST_REQUEST
            dns_lookup_family: V4_ONLY
            dns_refresh_rate: 30s
            respect_dns_ttl: true
            typed_extension_protocol_options:
              envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                explicit_http_config: { http2_protocol_options: {} }
            circuit_breakers:
              thresholds:
              - { max_connections: 10, max_pending_requests: 20, max_requests: 30, max_retries: 4 }
              - priority: HIGH
                retry_budget: { budget_percent: { value: 25.0 }, min_retry_concurrency: 2 }
            outlier_detection: { consecutive_5xx: 3, interval: 5s, base_ejection_time: 60s }
            health_checks:
            - timeout: 1s
              interval: 5s
              unhealthy_threshold: 2
              healthy_threshold: 3
              http_health_check: { path: /ok, expected_statuses: [ { start: 200, end: 205 } ] }
            transport_socket:
              name: envoy.transport_sockets.tls
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
                sni: app.example.com
                common_tls_context:
                  validation_context: { trusted_ca: { filename: /ca.pem } }
            """
        let cluster = try #require(read(EnvoyText.bootstrap(cluster: text)).clusters.first)
        #expect(
            cluster
                == ClusterSettings(
                    name: "app",
                    discovery: .strictDNS,
                    endpoints: [Endpoint(address: HostPort(host: "app.local", port: 80))],
                    balancing: .leastRequest(),
                    connectTimeout: .milliseconds(250),
                    tls: ClientTLSSettings(
                        serverName: "app.example.com",
                        trust: TrustSettings(authorities: .file("/ca.pem"))
                    ),
                    version: .http2,
                    limits: CircuitLimits(connections: 10, pending: 20, requests: 30, retries: 4),
                    highLimits: CircuitLimits(retryBudget: RetryBudget(percent: 25, minimum: 2)),
                    outliers: OutlierSettings(
                        consecutive5xx: 3,
                        interval: .seconds(5),
                        baseEjection: .seconds(60)
                    ),
                    healthChecks: [
                        HealthCheckSettings(
                            check: .http(.init(path: "/ok", expected: [200...204])),
                            timeout: .seconds(1),
                            interval: .seconds(5),
                            unhealthyThreshold: 2,
                            healthyThreshold: 3,
                            failsAtOnce: true
                        )
                    ],
                    family: .v4,
                    refresh: .seconds(30),
                    respectsTTL: true
                )
        )
    }

    @Test func `TLS of a listener may come from a static secret or a file`() throws {
        let chain = """
            transport_socket:
              name: envoy.transport_sockets.tls
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
                require_client_certificate: true
                common_tls_context:
                  alpn_protocols: [ "h2,http/1.1" ]
                  tls_params: { tls_minimum_protocol_version: TLSv1_3 }
                  tls_certificate_sds_secret_configs:
                  - name: own
                  - name: filed
                    sds_config: { path_config_source: { path: /sds.yaml } }
                  validation_context: { trusted_ca: { filename: /ca.pem } }
            """
        let top = """
              secrets:
              - name: own
                tls_certificate:
                  certificate_chain: { filename: /a.crt }
                  private_key: { filename: /a.key }
            """
        let file = """
            resources:
            - "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
              name: filed
              tls_certificate:
                certificate_chain: { filename: /b.crt }
                private_key: { inline_string: key }
            """
        let options = ReadingOptions(readFile: { $0 == "/sds.yaml" ? Array(file.utf8) : nil })
        let configuration = try Reading.value(
            EnvoyText.bootstrap(chain: chain, top: top),
            .envoy,
            options: options
        ).configuration
        #expect(
            configuration.listeners[0].chains[0].tls
                == ServerTLSSettings(
                    certificates: [
                        CertificateSettings(chain: .file("/a.crt"), privateKey: .file("/a.key")),
                        CertificateSettings(chain: .file("/b.crt"), privateKey: .inline("key")),
                    ],
                    parameters: TLSParameters(minimum: .tls13, protocols: ["h2", "http/1.1"]),
                    clients: TrustSettings(authorities: .file("/ca.pem")),
                    requiresClientCertificate: true
                )
        )
    }

    @Test(arguments: [
        (
            """
            name: envoy.filters.http.local_ratelimit
            typed_config:
              "@type": \(EnvoyText.http).local_ratelimit.v3.LocalRateLimit
              stat_prefix: limit
              token_bucket: { max_tokens: 10, tokens_per_fill: 5, fill_interval: 1s }
              filter_enabled: { default_value: { numerator: 100 } }
              filter_enforced: { default_value: { numerator: 50 } }
            """,
            HTTPFilter.rateLimit(
                RateLimitSettings(
                    statPrefix: "limit",
                    bucket: TokenBucketSettings(
                        maximum: 10,
                        tokensPerFill: 5,
                        fillInterval: .seconds(1)
                    ),
                    enforced: 500_000
                )
            )
        ),
        (
            """
            name: envoy.filters.http.buffer
            typed_config:
              "@type": \(EnvoyText.http).buffer.v3.Buffer
              max_request_bytes: 1000
            """,
            .bodyLimit(1000)
        ),
        (
            """
            name: envoy.filters.http.health_check
            typed_config:
              "@type": \(EnvoyText.http).health_check.v3.HealthCheck
              pass_through_mode: false
              headers: [ { name: ':path', string_match: { exact: /healthz } } ]
            """,
            .health(path: "/healthz")
        ),
        (
            """
            name: envoy.filters.http.rbac
            typed_config:
              "@type": \(EnvoyText.http).rbac.v3.RBAC
              rules:
                action: ALLOW
                policies:
                  inside:
                    permissions: [ { any: true } ]
                    principals:
                    - direct_remote_ip: { address_prefix: 10.0.0.0, prefix_len: 8 }
            """,
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
        ),
        (
            """
            name: envoy.filters.http.basic_auth
            typed_config:
              "@type": \(EnvoyText.http).basic_auth.v3.BasicAuth
              users: { filename: /users }
            """,
            .basic(BasicSettings(users: [.file("/users")]))
        ),
        (
            """
            name: envoy.filters.http.jwt_authn
            typed_config:
              "@type": \(EnvoyText.http).jwt_authn.v3.JwtAuthentication
              providers:
                idp:
                  issuer: https://idp
                  audiences: [ api ]
                  forward: true
                  local_jwks: { filename: /keys.json }
              rules:
              - match: { prefix: /public }
              - match: { prefix: / }
                requires: { provider_name: idp }
            """,
            .token(
                TokenSettings(
                    providers: [
                        .init(
                            name: "idp",
                            issuer: "https://idp",
                            audiences: ["api"],
                            keys: .text(.file("/keys.json")),
                            forwards: true
                        )
                    ],
                    rules: [
                        .init(match: RouteMatch(path: .prefix("/public")), requirement: .none),
                        .init(match: RouteMatch(), requirement: .provider("idp")),
                    ]
                )
            )
        ),
        (
            """
            name: envoy.filters.http.fault
            typed_config:
              "@type": \(EnvoyText.http).fault.v3.HTTPFault
              delay: { fixed_delay: 2s, percentage: { numerator: 1, denominator: TEN_THOUSAND } }
              abort: { http_status: 503, percentage: { numerator: 10 } }
            """,
            .fault(
                FaultSettings(
                    delay: .seconds(2),
                    delayFraction: 100,
                    status: 503,
                    statusFraction: 100_000
                )
            )
        ),
    ])
    func `filters are read`(text: String, filter: HTTPFilter) throws {
        let item = "- " + text.replacingLineStarts(with: "  ")
        let filters = item + "\n" + EnvoyText.router
        let settings = try http(read(EnvoyText.bootstrap(filters: filters)))
        var expected = filter
        if case .rateLimit(var limit) = filter {
            limit.filterName = "envoy.filters.http.local_ratelimit"
            expected = .rateLimit(limit)
        }
        #expect(settings.filters == [expected])
    }

    @Test func `a bootstrap in JSON with camel case is the same`() throws {
        let text = """
            {"staticResources": {"clusters": [{"name": "app", "type": "STRICT_DNS",
             "connectTimeout": "1s", "loadAssignment": {"clusterName": "app", "endpoints":
             [{"lbEndpoints": [{"endpoint": {"address": {"socketAddress":
             {"address": "app.local", "portValue": 80}}}}]}]}}]}}
            """
        #expect(
            try read(text).clusters == [
                ClusterSettings(
                    name: "app",
                    discovery: .strictDNS,
                    endpoints: [Endpoint(address: HostPort(host: "app.local", port: 80))],
                    connectTimeout: .seconds(1)
                )
            ]
        )
    }

    @Test func `a relay of bytes goes to clusters by weight`() throws {
        let text = """
            static_resources:
              listeners:
              - name: db
                address: { socket_address: { address: 127.0.0.1, port_value: 5432 } }
                filter_chains:
                - filters:
                  - name: envoy.filters.network.tcp_proxy
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                      stat_prefix: db
                      idle_timeout: 0s
                      max_connect_attempts: 2
                      weighted_clusters:
                        clusters: [ { name: a, weight: 3 }, { name: b, weight: 1 } ]
              clusters: [ { name: a, type: STATIC }, { name: b, type: STATIC } ]
            """
        #expect(
            try read(text).listeners[0].chains[0].handler
                == .tcp(
                    TunnelSettings(
                        statPrefix: "db",
                        clusters: [
                            WeightedCluster(name: "a", weight: 3), WeightedCluster(name: "b"),
                        ],
                        idleTimeout: nil,
                        connectAttempts: 2
                    )
                )
        )
    }

    @Test func `the most exact chain comes first`() throws {
        let router = #"""
            { name: r, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: p, cluster: a } }
            """#
        let text = """
            static_resources:
              listeners:
              - address: { socket_address: { address: 0.0.0.0, port_value: 443 } }
                default_filter_chain: { filters: [ \(router) ] }
                filter_chains:
                - { filters: [ \(router) ] }
                - { filter_chain_match: { server_names: [ "*.b.c" ] }, filters: [ \(router) ] }
                - { filter_chain_match: { server_names: [ A.b.c ] }, filters: [ \(router) ] }
              clusters: [ { name: a } ]
            """
        let chains = try read(text).listeners[0].chains
        #expect(chains.map(\.match.serverNames) == [["a.b.c"], ["*.b.c"], [], []])
    }
}

extension String {
    /// The text with something in front of every line but the first.
    func replacingLineStarts(with indent: String) -> String {
        split(separator: "\n").joined(separator: "\n" + indent)
    }
}
