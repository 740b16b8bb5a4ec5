import Formats
import HTTP
import Testing

@testable import Proxying

/// What bootstraps that people share use.
@Suite struct PublicEnvoyTests {
    private static let types = "type.googleapis.com/envoy.extensions.filters"

    private static func filter(_ name: String, _ type: String, _ rest: String = "") -> String {
        "- name: \(name)\n  typed_config: {\"@type\": \(types).\(type)\(rest)}\n"
    }

    private static func limit(_ tokens: Int) -> String {
        """
        , stat_prefix: x, token_bucket: {max_tokens: \(tokens), fill_interval: 60s},
         filter_enabled: {default_value: {numerator: 100}},
         filter_enforced: {default_value: {numerator: 100}}
        """
    }

    private static func text(
        filters: String = "",
        route: String = "",
        manager: String = "",
        listener: String = "",
        top: String = ""
    ) -> String {
        func indented(_ text: String, _ count: Int) -> String {
            text.split(separator: "\n")
                .map { String(repeating: " ", count: count) + $0 }
                .joined(separator: "\n")
        }
        return """
            \(top)
            static_resources:
              listeners:
              - name: in
                address: {socket_address: {address: 127.0.0.1, port_value: 80}}
            \(indented(listener, 4))
                filter_chains:
                - filters:
                  - name: hcm
                    typed_config:
                      "@type": \(types).network.http_connection_manager.v3.HttpConnectionManager
                      stat_prefix: in
            \(indented(manager, 10))
                      route_config:
                        virtual_hosts:
                        - name: all
                          domains: ["*"]
                          routes:
                          - match: {prefix: /open}
                            direct_response: {status: 200, body: {inline_string: open}}
            \(indented(route, 16))
                          - match: {prefix: /}
                            direct_response: {status: 200, body: {inline_string: fine}}
                      http_filters:
            \(indented(filters, 10))
                      - name: envoy.filters.http.router
                        typed_config: {"@type": \(types).http.router.v3.Router}
            """
    }

    private static func bench(_ text: String) throws -> ProxyBench {
        try ProxyBench(Reading.value(text, .envoy).configuration)
    }

    @Test func `settings of a route are for the filter of their name`() throws {
        let kind = "http.local_ratelimit.v3.LocalRateLimit"
        let bench = try Self.bench(
            Self.text(
                filters: Self.filter("first", kind, Self.limit(5).replacing("\n", with: ""))
                    + Self.filter("second", kind, Self.limit(2).replacing("\n", with: "")),
                route: """
                    typed_per_filter_config:
                      second:
                        "@type": \(Self.types).\(kind)
                        stat_prefix: x
                        token_bucket: {max_tokens: 3, fill_interval: 60s}
                        filter_enabled: {default_value: {numerator: 100}}
                        filter_enforced: {default_value: {numerator: 100}}
                    """
            )
        )
        let open = (0..<5).map { _ in status(answer(bench, "GET /open HTTP/1.1")) }
        #expect(open == [200, 200, 200, 429, 429])
        // The first limit is spent by all of these, the second only by its own.
        #expect(status(answer(bench)) == 429)
    }

    @Test func `a filter is switched off by its own name`() throws {
        let bench = try Self.bench(
            Self.text(
                filters: Self.filter(
                    "keys",
                    "http.api_key_auth.v3.ApiKeyAuth",
                    ", credentials: [{key: k, client: c}], key_sources: [{header: x-key}]"
                ),
                route: """
                    typed_per_filter_config:
                      keys: {"@type": type.googleapis.com/envoy.config.route.v3.FilterConfig, disabled: true}
                    """
            )
        )
        #expect(status(answer(bench)) == 401)
        #expect(status(answer(bench, "GET /open HTTP/1.1")) == 200)
        #expect(status(answer(bench, "GET / HTTP/1.1", "x-key: k")) == 200)
    }

    @Test func `a route names other places of keys, and who may pass`() throws {
        let bench = try Self.bench(
            Self.text(
                filters: Self.filter(
                    "keys",
                    "http.api_key_auth.v3.ApiKeyAuth",
                    ", credentials: [{key: k, client: c}, {key: l, client: d}], key_sources: [{header: x-key}]"
                ),
                route: """
                    typed_per_filter_config:
                      keys:
                        "@type": \(Self.types).http.api_key_auth.v3.ApiKeyAuthPerRoute
                        override_config: {key_sources: [{query: key}]}
                        allowed_clients: [d]
                    """
            )
        )
        #expect(status(answer(bench, "GET /open?key=l HTTP/1.1")) == 200)
        let other = answer(bench, "GET /open?key=k HTTP/1.1")
        #expect(status(other) == 403 && other.hasSuffix("Client is forbidden."))
        #expect(status(answer(bench, "GET /open HTTP/1.1", "x-key: l")) == 401)
        #expect(status(answer(bench, "GET / HTTP/1.1", "x-key: k")) == 200)
    }

    @Test(arguments: [
        ("ALLOW", 200, true), ("REJECT_REQUEST", 400, false), ("DROP_HEADER", 200, false),
    ])
    func `fields with an underscore`(action: String, code: Int, isKept: Bool) throws {
        let bench = try Self.bench(
            Self.text(
                route: """
                    response_headers_to_add: [{header: {key: x-got, value: "%REQ(a_b)%"}}]
                    """,
                manager: """
                    common_http_protocol_options: {headers_with_underscores_action: \(action)}
                    """
            )
        )
        let text = answer(bench, "GET /open HTTP/1.1", "a_b: 1", "c-d: 2")
        #expect(status(text) == code)
        #expect(text.contains("x-got: 1") == isKept)
    }

    @Test func `runtime values limit the connections of a listener`() throws {
        let configuration = try Reading.value(
            Self.text(
                top: """
                    layered_runtime:
                      layers:
                      - name: a
                        static_layer:
                          envoy: {resource_limits: {listener: {in: {connection_limit: 7}}}}
                          overload: {global_downstream_max_connections: 9}
                    """
            ),
            .envoy
        ).configuration
        #expect(configuration.listeners.map(\.connectionsMaximum) == [7])
        #expect(configuration.connectionsMaximum == 9)
    }

    @Test func `additional addresses are listeners of their own`() throws {
        let configuration = try Reading.value(
            Self.text(
                listener: """
                    additional_addresses:
                    - address: {socket_address: {address: "::1", port_value: 80}}
                    """
            ),
            .envoy
        ).configuration
        #expect(configuration.listeners.map(\.name) == ["in", "in_[::1]:80"])
        #expect(configuration.listeners[0].chains == configuration.listeners[1].chains)
    }

    @Test func `filters that only count or compress are warned of`() throws {
        let result = try Reading.value(
            Self.text(
                filters: Self.filter("a", "http.compressor.v3.Compressor", ", x: {y: 1}")
                    + Self.filter("b", "http.grpc_stats.v3.FilterConfig")
            ),
            .envoy
        )
        #expect(
            result.warnings.map(\.what) == [
                "Compressor has no effect here: answers are sent as the application made them",
                "FilterConfig has no effect here: requests are counted all alike",
            ]
        )
    }

    @Test func `a log wants what its filter wants, and its objects may be nested`() throws {
        let result = try Reading.value(
            Self.text(
                manager: """
                    access_log:
                    - name: a
                      filter:
                        or_filter:
                          filters:
                          - status_code_filter: {comparison: {op: GE, value: {default_value: 500, runtime_key: x}}}
                          - and_filter:
                              filters:
                              - duration_filter: {comparison: {op: GE, value: {default_value: 9, runtime_key: x}}}
                              - not_health_check_filter: {}
                      typed_config:
                        "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog
                        log_format: {json_format: {a: {b: "%PROTOCOL%", c: {}}, d: "%RESPONSE_CODE%"}}
                    """
            ),
            .envoy
        )
        guard case .http(let http) = result.configuration.listeners[0].chains[0].handler else {
            Issue.record("no HTTP")
            return
        }
        #expect(
            http.accessLogs.map(\.filter) == [
                .any([.status(.atLeast, 500), .all([.duration(.atLeast, 9), .notHealthCheck])])
            ]
        )
        let line = try LogLine(http.accessLogs[0])
        var record = AccessRecord()
        record.end = 10_000_000
        #expect(line.isWanted(status: 200, record))
        record.details = "health_check_ok"
        #expect(!line.isWanted(status: 200, record) && line.isWanted(status: 503, record))
    }

    @Test func `what counts the bytes of a database is left out`() throws {
        let text = """
            static_resources:
              listeners:
              - address: {socket_address: {address: 127.0.0.1, port_value: 1}}
                filter_chains:
                - filters:
                  - name: a
                    typed_config:
                      "@type": \(Self.types).network.postgres_proxy.v3alpha.PostgresProxy
                      stat_prefix: a
                  - name: b
                    typed_config:
                      "@type": \(Self.types).network.tcp_proxy.v3.TcpProxy
                      stat_prefix: b
                      cluster: c
              clusters:
              - name: c
                load_assignment:
                  cluster_name: c
                  endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 2}}}}]}]
            """
        let result = try Reading.value(text, .envoy)
        #expect(
            result.warnings.map(\.what) == [
                "PostgresProxy has no effect here: bytes are relayed and not looked at"
            ]
        )
        let wrong = Reading.findings(
            text.replacing("stat_prefix: a", with: "terminate_ssl: true"),
            .envoy
        )
        #expect(wrong.contains { $0.contains("terminate_ssl: it is not supported") }, "\(wrong)")
    }

    @Test func `a duration may be a message`() throws {
        let configuration = try Reading.value(
            Self.text(manager: "stream_idle_timeout: {seconds: 7, nanos: 500000000}"),
            .envoy
        ).configuration
        guard case .http(let http) = configuration.listeners[0].chains[0].handler else {
            Issue.record("no HTTP")
            return
        }
        #expect(http.streamIdleTimeout == .milliseconds(7500))
    }

    @Test func `the server of a host stays where it names itself`() throws {
        let bench = try Self.bench(
            Self.text(manager: "server_header_transformation: APPEND_IF_ABSENT")
        )
        #expect(answer(bench).contains("\r\nserver: envoy\r\n"))
        guard
            case .http(let http) = try Reading.value(
                Self.text(manager: "server_header_transformation: APPEND_IF_ABSENT"),
                .envoy
            ).configuration.listeners[0].chains[0].handler
        else {
            Issue.record("no HTTP")
            return
        }
        let other = try ProxyBench(
            simpleConfiguration { settings, _ in
                settings.serverName = "envoy"
                settings.keepsServer = http.keepsServer
            }
        )
        other.serve = { peer in
            peer.forget()
            peer.send("HTTP/1.1 200 OK\r\nserver: mine\r\ncontent-length: 0\r\n\r\n")
        }
        let client = other.client()
        client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        other.settle()
        #expect(client.text.contains("\r\nserver: mine\r\n"), "\(client.text)")
    }

    @Test func `claims are found by their way, and audiences asked for by a rule`() throws {
        let keys = #"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#
        let filter = Self.filter(
            "tokens",
            "http.jwt_authn.v3.JwtAuthentication",
            ", providers: {p: {issuer: me, audiences: [a], local_jwks: {inline_string: '\(keys)'},"
                + " claim_to_headers: [{header_name: x-role,"
                + " claim_path: [{key: a.b}, {key: role}]}]}},"
                + " rules: [{match: {prefix: /open},"
                + " requires: {provider_and_audiences: {provider_name: p, audiences: [b]}}},"
                + " {match: {prefix: /}, requires: {provider_name: p}}]"
        )
        let result = try Reading.value(Self.text(filters: filter), .envoy)
        guard case .http(let http) = result.configuration.listeners[0].chains[0].handler,
            case .token(let tokens)? = http.filters.first
        else {
            Issue.record("no tokens")
            return
        }
        #expect(tokens.providers.map(\.audiences) == [["a"], ["b"]])
        #expect(
            tokens.providers.map(\.claimPaths)
                == Array(repeating: ["x-role": ["a.b", "role"]], count: 2)
        )
        #expect(tokens.rules.map(\.requirement) == [.provider("p#b"), .provider("p")])
    }
}
