extension EnvoyMistakeTests {
    static let second: [Mistake] = [
        Mistake(
            EnvoyText.bootstrap(
                filters: """
                    - name: envoy.filters.http.router
                      typed_config: { "@type": type.googleapis.com/envoy.config.filter.http.router.v2.Router }
                    """
            ),
            [
                "error file:20:29: MANAGER.http_filters[0].typed_config.@type: \"envoy.config.filter.http.router.v2.Router\" is of the v2 API, which Envoy does not read since 1.19; write type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                filters: """
                    - name: envoy.filters.http.router
                      typed_config: {}
                    """
            ),
            [
                "warning file:19:13: MANAGER.http_filters[0].name: \"envoy.filters.http.router\" has no typed_config; its name is taken as the type (Envoy refuses this since 1.22); add typed_config with \"@type\": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(filters: "- name: envoy.filters.http.router"),
            [
                "warning file:19:13: MANAGER.http_filters[0].name: \"envoy.filters.http.router\" has no typed_config; its name is taken as the type (Envoy refuses this since 1.22); add typed_config with \"@type\": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(filters: "- name: envoy.router"),
            [
                "warning file:19:13: MANAGER.http_filters[0].name: \"envoy.router\" has no typed_config; its name is taken as the type (Envoy refuses this since 1.22); add typed_config with \"@type\": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                filters: """
                    - name: envoy.filters.http.router
                      config: {}
                    """
            ),
            [
                "warning file:20:13: MANAGER.http_filters[0].config: \"config\" is of the old API, which Envoy does not read since 1.15; write typed_config with \"@type\": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                filters: """
                    - name: envoy.filters.http.lua
                      typed_config: { "@type": \(EnvoyText.http).lua.v3.Lua, inline_code: "" }
                    \(EnvoyText.router)
                    """
            ),
            [
                "error file:20:29: MANAGER.http_filters[0].typed_config.@type: the HTTP filter envoy.extensions.filters.http.lua.v3.Lua is not supported; use header changes and rewrites of routes"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                filters: """
                    - name: x
                      typed_config: { "@type": type.googleapis.com/foo.Bar }
                    \(EnvoyText.router)
                    """
            ),
            [
                "error file:20:29: MANAGER.http_filters[0].typed_config.@type: the HTTP filter foo.Bar is not supported"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                filters: """
                    \(EnvoyText.router)
                    - name: envoy.filters.http.cors
                      typed_config: { "@type": \(EnvoyText.http).cors.v3.Cors }
                    """
            ),
            [
                "error file:19:13: MANAGER.http_filters[0]: the router must be the last filter",
                "error file:21:13: MANAGER.http_filters[1]: the last filter must be envoy.filters.http.router; add it at the end",
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                filters: """
                    - name: envoy.filters.http.cors
                      typed_config: { "@type": \(EnvoyText.http).cors.v3.Cors }
                    """
            ),
            [
                "error file:19:13: MANAGER.http_filters[0]: the last filter must be envoy.filters.http.router; add it at the end"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                filters: """
                    - name: envoy.filters.http.local_ratelimit
                      typed_config: { "@type": \(EnvoyText.http).local_ratelimit.v3.LocalRateLimit, stat_prefix: a, token_bucket: { max_tokens: 1, fill_interval: 1s } }
                    \(EnvoyText.router)
                    """
            ),
            [
                "warning file:20:27: MANAGER.http_filters[0].typed_config.filter_enabled: THIS LIMITS NOTHING: filter_enabled is 0 % unless it is set; add filter_enabled: {default_value: {numerator: 100, denominator: HUNDRED}}"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                filters: """
                    - name: envoy.filters.http.local_ratelimit
                      typed_config: { "@type": \(EnvoyText.http).local_ratelimit.v3.LocalRateLimit, stat_prefix: a, token_bucket: { max_tokens: 1, fill_interval: 0.01s } }
                    \(EnvoyText.router)
                    """
            ),
            [
                "error file:20:170: MANAGER.http_filters[0].typed_config.token_bucket.fill_interval: it must be at least 0.05s"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                filters: """
                    - name: j
                      typed_config: { "@type": \(EnvoyText.http).jwt_authn.v3.JwtAuthentication, providers: { a: { local_jwks: { inline_string: "{}" } } }, rules: [ { match: { prefix: / }, requires: { provider_name: b } } ] }
                    \(EnvoyText.router)
                    """
            ),
            [
                "error file:20:224: MANAGER.http_filters[0].typed_config.rules[0].requires.provider_name: there is no provider \"b\""
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(chain: "tls_context: {}"),
            [
                "error file:21:7: listeners[0].filter_chains[0].tls_context: \"tls_context\" is of the v2 API, which Envoy does not read since 1.15; write transport_socket: {name: envoy.transport_sockets.tls, typed_config: {\"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext, ...}}"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                hosts: "hosts: [ { socket_address: { address: a, port_value: 80 } } ]"
            ),
            [
                "error file:24:5: clusters[0].hosts: \"hosts\" is of the v2 API, which Envoy does not read since 1.15; write load_assignment: {cluster_name: app, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: HOST, port_value: PORT}}}}]}]}"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                chain: """
                    transport_socket:
                      name: t
                      typed_config: { "@type": \(EnvoyText.sockets).tls.v3.DownstreamTlsContext, common_tls_context: {} }
                    """
            ),
            [
                "error file:23:138: listeners[0].filter_chains[0].transport_socket.typed_config.common_tls_context: a server's TLS needs a certificate; add tls_certificates or tls_certificate_sds_secret_configs"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                chain: """
                    transport_socket:
                      name: t
                      typed_config: { "@type": \(EnvoyText.sockets).tls.v3.DownstreamTlsContext, common_tls_context: { tls_certificate_sds_secret_configs: [ { name: x } ] } }
                    """
            ),
            [
                "error file:23:138: listeners[0].filter_chains[0].transport_socket.typed_config.common_tls_context: a server's TLS needs a certificate; add tls_certificates or tls_certificate_sds_secret_configs",
                "error file:23:180: listeners[0].filter_chains[0].transport_socket.typed_config.common_tls_context.tls_certificate_sds_secret_configs[0].name: there is no secret \"x\" in secrets",
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                cluster: """
                    type: STRICT_DNS
                    health_checks: [ { timeout: 1s, tcp_health_check: {} } ]
                    """
            ),
            [
                "error file:24:22: clusters[0].health_checks[0]: \"interval\" is missing",
                "error file:24:22: clusters[0].health_checks[0]: \"unhealthy_threshold\" is missing",
                "error file:24:22: clusters[0].health_checks[0]: \"healthy_threshold\" is missing",
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                cluster: """
                    type: STRICT_DNS
                    health_checks: [ { timeout: 1s, interval: 1s, healthy_threshold: 1, unhealthy_threshold: 1, tcp_health_check: { send: { text: xyz } } } ]
                    """
            ),
            [
                "error file:24:125: clusters[0].health_checks[0].tcp_health_check.send.text: \"xyz\" is not hexadecimal"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                cluster: """
                    type: STRICT_DNS
                    outlier_detection: { max_ejection_percent: 101 }
                    """
            ),
            [
                "error file:24:48: clusters[0].outlier_detection.max_ejection_percent: 101 is out of range; it must be 0 to 100"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(
                top:
                    "admin: { address: { socket_address: { address: 127.0.0.1, port_value: 70000 } } }"
            ),
            [
                "error file:30:71: admin.address.socket_address.port_value: 70000 is out of range; it must be 0 to 65535"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(top: "static_resource: {}"),
            [
                "error file:30:1: <document>: the key \"static_resource\" is not known; did you mean \"static_resources\"?"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(top: "dynamic_resources: { ads_config: {} }"),
            [
                "error file:30:1: dynamic_resources: resources from a management server are not supported; write them under static_resources"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(chain: "filter_chain_match: { server_names: [ \"a.*.b\" ] }"),
            [
                "error file:21:45: listeners[0].filter_chains[0].filter_chain_match.server_names[0]: \"a.*.b\": a server name is exact or begins with \"*.\"; write *.example.com"
            ]
        ),
        Mistake(
            EnvoyText.bootstrap(host: "cors: { allow_origin: [\"*\"] }"),
            [
                "error file:15:23: MANAGER.route_config.virtual_hosts[0].cors.allow_origin: \"allow_origin\" is of an old API, which Envoy does not read any more; write allow_origin_string_match: [{exact: ...}]"
            ]
        ),
    ]
}
