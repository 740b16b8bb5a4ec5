import Formats

/// Clusters and how they are reached.
extension EnvoyReader {
    private static let discoveries = [
        "STATIC", "STRICT_DNS", "LOGICAL_DNS", "EDS", "ORIGINAL_DST",
    ]
    private static let policies = [
        "ROUND_ROBIN", "LEAST_REQUEST", "RING_HASH", "RANDOM", "", "MAGLEV", "CLUSTER_PROVIDED",
        "LOAD_BALANCING_POLICY_CONFIG",
    ]
    private static let families = ["AUTO", "V4_ONLY", "V6_ONLY", "V4_PREFERRED", "ALL"]

    func cluster(_ node: Node) -> ClusterSettings? {
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        guard let name = fields.requiredText("name") else { return nil }
        var cluster = ClusterSettings(name: name, endpoints: [])
        cluster.statName = fields.text("alt_stat_name")
        discovery(fields, &cluster)
        endpoints(fields, &cluster)
        balancing(fields, &cluster)
        names(fields, &cluster)
        followsHost = false
        protocols(fields, &cluster)
        if let timeout = fields.duration("connect_timeout") {
            if timeout == .zero {
                log.error(fields.place("connect_timeout"), "it must be more than 0s")
            }
            cluster.connectTimeout = timeout
        }
        if let breakers = fields.fields("circuit_breakers") { circuitBreakers(breakers, &cluster) }
        if let outliers = fields.fields("outlier_detection") {
            cluster.outliers = self.outliers(outliers)
        }
        cluster.healthChecks = fields.list("health_checks").compactMap(healthCheck)
        if fields.has("tls_context") {
            log.error(
                fields.place("tls_context"),
                "\"tls_context\" is of the v2 API, which Envoy does not read since 1.15",
                "write transport_socket: {name: envoy.transport_sockets.tls, typed_config:"
                    + " {\"@type\": type.googleapis.com/\(EnvoyType.clientTLS.rawValue), ...}}"
            )
        }
        if let socket = fields.fields("transport_socket") { clientTLS(socket, &cluster) }
        if followsHost { cluster.tls?.followsHost = true }
        if let wait = fields.bool("wait_for_warm_on_init") { cluster.isWaitedFor = wait }
        if let most = fields.integer("per_connection_buffer_limit_bytes") {
            cluster.bufferMaximum = most
        }
        if fields.bool("close_connections_on_host_health_failure") == true {
            cluster.closesUnhealthy = true
        }
        if let options = fields.fields("upstream_connection_options") {
            cluster.keepalive = options.fields("tcp_keepalive").map(keepalive)
            options.ignored(
                "set_local_interface_name_on_upstream_connections",
                "happy_eyeballs_config",
                because: "the kernel chooses the way"
            )
            options.finish()
        }
        rest(fields)
        return cluster
    }

    private func rest(_ fields: Fields) {
        fields.ignored(
            "metadata",
            "cleanup_interval",
            "track_timeout_budgets",
            "track_cluster_stats",
            "connection_pool_per_downstream_connection",
            "preconnect_policy",
            "prefetch_policy",
            "warm_hosts",
            "ignore_health_on_host_removal",
            "protocol_selection",
            because: "pools and statistics are made by the proxy's own rules"
        )
        fields.unsupported("filters", "upstream_bind_config", "upstream_config")
        fields.unsupported("transport_socket_matches", instead: "make one cluster for each TLS")
        fields.unsupported("lb_subset_config", instead: "make one cluster for each subset")
        fields.unsupported("lrs_server", "lrs_report_endpoint_metrics", "eds_cluster_config")
        fields.unsupported("load_balancing_policy", instead: "use lb_policy")
        fields.unsupported("http_protocol_config", "dns_failure_refresh_rate_jitter")
    }

    private func discovery(_ fields: Fields, _ cluster: inout ClusterSettings) {
        fields.unsupported(
            "cluster_type",
            instead: "use the types STATIC, STRICT_DNS, LOGICAL_DNS or ORIGINAL_DST"
        )
        switch fields.choice("type", Self.discoveries) ?? 0 {
        case 1: cluster.discovery = .strictDNS
        case 2: cluster.discovery = .logicalDNS
        case 3:
            log.unsupported(
                fields.place("type"),
                "EDS is not supported",
                "use STRICT_DNS with the name of a headless service"
            )
        case 4: cluster.discovery = .originalDestination
        default: break
        }
    }

    private func balancing(_ fields: Fields, _ cluster: inout ClusterSettings) {
        let policy = fields.choice("lb_policy", Self.policies) ?? 0
        let ring = fields.fields("ring_hash_lb_config")
        let minimum = ring?.integer("minimum_ring_size", 0...8_388_608) ?? 1024
        let maximum = ring?.integer("maximum_ring_size", 0...8_388_608) ?? 8_388_608
        if let ring {
            if ring.choice("hash_function", ["XX_HASH", "MURMUR_HASH_2"]) == 1 {
                log.unsupported(ring.place("hash_function"), "MURMUR_HASH_2 is not supported")
            }
            if minimum > maximum {
                log.error(ring.place, "minimum_ring_size is more than maximum_ring_size")
            }
            ring.finish()
        }
        let maglev = fields.fields("maglev_lb_config")
        let size = maglev?.integer("table_size", 3...5_000_011) ?? 65537
        maglev?.finish()
        let least = fields.fields("least_request_lb_config")
        let choices = least?.integer("choice_count", 2...1_000_000) ?? 2
        least?.unsupported("active_request_bias", "slow_start_config", "selection_method")
        least?.finish()
        fields.unsupported("round_robin_lb_config", "original_dst_lb_config")
        switch policy {
        case 1: cluster.balancing = .leastRequest(choices: choices)
        case 2: cluster.balancing = .ringHash(minimum: minimum, maximum: maximum)
        case 3: cluster.balancing = .random
        case 5: cluster.balancing = .maglev(size: size)
        case 6:
            if cluster.discovery != .originalDestination {
                log.error(
                    fields.place("lb_policy"),
                    "CLUSTER_PROVIDED is for clusters of the type ORIGINAL_DST"
                )
            }
        case 7:
            log.unsupported(fields.place("lb_policy"), "it is not supported", "name a policy")
        default:
            if cluster.discovery == .originalDestination {
                log.error(
                    fields.place("type"),
                    "a cluster of the type ORIGINAL_DST has no choice of hosts",
                    "write lb_policy: CLUSTER_PROVIDED"
                )
            }
        }
        if let common = fields.fields("common_lb_config") {
            if let panic = common.fields("healthy_panic_threshold").flatMap(percent) {
                cluster.panicPercent = panic
            }
            common.ignored(
                "update_merge_window",
                "ignore_new_hosts_until_first_hc",
                "close_connections_on_host_set_change",
                "locality_weighted_lb_config",
                "zone_aware_lb_config",
                "override_host_status",
                because: "hosts are one set for each priority"
            )
            common.unsupported("consistent_hashing_lb_config")
            common.finish()
        }
    }

    private func names(_ fields: Fields, _ cluster: inout ClusterSettings) {
        let families: [ClusterSettings.Family] = [.auto, .v4, .v6, .v4Preferred, .all]
        if let index = fields.choice("dns_lookup_family", Self.families) {
            cluster.family = families[index]
        }
        if let refresh = fields.duration("dns_refresh_rate") {
            if refresh < .milliseconds(1) {
                log.error(fields.place("dns_refresh_rate"), "it must be at least 0.001s")
            }
            cluster.refresh = refresh
        }
        cluster.respectsTTL = fields.bool("respect_dns_ttl") ?? false
        fields.ignored(
            "dns_failure_refresh_rate",
            "dns_jitter",
            "use_tcp_for_dns_lookups",
            because: "failed questions are asked again after the refresh rate"
        )
        let resolvers = fields.list("dns_resolvers")
        cluster.resolvers = resolvers.compactMap(address)
        if let resolution = fields.fields("dns_resolution_config") {
            cluster.resolvers = resolution.list("resolvers").compactMap(address)
            resolution.ignored("dns_resolver_options", because: "DNS is asked by UDP first")
            resolution.finish()
        }
        if let resolver = fields.fields("typed_dns_resolver_config"),
            let (type, body) = extensionBody(resolver, kind: "DNS resolver")
        {
            cluster.resolvers = body.list("resolvers").compactMap(address)
            body.ignored(
                "dns_resolver_options",
                "use_resolvers_as_fallback",
                "filter_unroutable_families",
                "udp_max_queries",
                "query_timeout_seconds",
                "query_tries",
                "rotate_nameservers",
                "num_retries",
                because: "DNS is asked by UDP first"
            )
            if type == .caresResolver || type == .systemResolver {
                body.finish()
            } else {
                unsupportedType(type, body)
            }
        }
    }

    // MARK: The protocol

    private func protocols(_ fields: Fields, _ cluster: inout ClusterSettings) {
        if let options = fields.fields("common_http_protocol_options") {
            commonOptions(options, &cluster)
        }
        if fields.has("http2_protocol_options") {
            cluster.version = .http2
            if let options = fields.fields("http2_protocol_options") {
                cluster.http2 = http2(options)
            }
        }
        if let options = fields.fields("http_protocol_options") { http1(options) }
        if let most = fields.integer("max_requests_per_connection") {
            cluster.requestsPerConnection = most
        }
        if let options = fields.fields("upstream_http_protocol_options") {
            upstream(options)
        }
        guard let all = fields.fields("typed_extension_protocol_options") else { return }
        for (key, node) in all.entries() {
            guard let (type, body) = typed(node, kind: "protocol option", name: key) else {
                continue
            }
            guard type == .httpOptions else {
                unsupportedType(type, body)
                continue
            }
            httpOptions(body, &cluster)
        }
    }

    private func httpOptions(_ body: Fields, _ cluster: inout ClusterSettings) {
        defer { body.finish() }
        if let options = body.fields("common_http_protocol_options") {
            commonOptions(options, &cluster)
        }
        if let options = body.fields("upstream_http_protocol_options") {
            upstream(options)
        }
        body.unsupported("http_filters", "header_validation_config", "outlier_detection")
        switch body.oneOf(
            ["explicit_http_config", "use_downstream_protocol_config", "auto_config"],
            isRequired: true
        ) {
        case "explicit_http_config":
            guard let explicit = body.fields("explicit_http_config") else { return }
            switch explicit.oneOf(
                ["http_protocol_options", "http2_protocol_options", "http3_protocol_options"],
                isRequired: true
            ) {
            case "http_protocol_options":
                cluster.version = .http1
                explicit.fields("http_protocol_options").map(http1)
            case "http2_protocol_options":
                cluster.version = .http2
                if let options = explicit.fields("http2_protocol_options") {
                    cluster.http2 = http2(options)
                }
            default: explicit.unsupported("http3_protocol_options", instead: "use HTTP/2")
            }
            explicit.finish()
        case "use_downstream_protocol_config":
            cluster.version = .downstream
            if let fields = body.fields("use_downstream_protocol_config") {
                versions(fields, &cluster)
            }
        case "auto_config":
            cluster.version = .auto
            if let fields = body.fields("auto_config") { versions(fields, &cluster) }
        default: break
        }
    }

    private func versions(_ fields: Fields, _ cluster: inout ClusterSettings) {
        fields.fields("http_protocol_options").map(http1)
        if let options = fields.fields("http2_protocol_options") { cluster.http2 = http2(options) }
        fields.unsupported("http3_protocol_options", "alternate_protocols_cache_options")
        fields.finish()
    }

    private func commonOptions(_ fields: Fields, _ cluster: inout ClusterSettings) {
        cluster.idleTimeout = limit(fields, "idle_timeout", else: .seconds(3600))
        if let most = fields.integer("max_requests_per_connection") {
            cluster.requestsPerConnection = most
        }
        fields.ignored(
            "max_headers_count",
            "max_response_headers_kb",
            "headers_with_underscores_action",
            because: "answers have the limits of requests"
        )
        fields.unsupported("max_connection_duration", "max_stream_duration")
        fields.finish()
    }

    private func upstream(_ fields: Fields) {
        followsHost = fields.bool("auto_sni") ?? false
        _ = fields.bool("auto_san_validation")
        fields.unsupported("override_auto_sni_header")
        fields.finish()
    }

    /// Options of HTTP/1 towards hosts.
    func http1(_ fields: Fields) {
        fields.ignored(
            "header_key_format",
            "enable_trailers",
            "accept_http_10",
            "default_host_for_http_10",
            "allow_absolute_url",
            "allow_chunked_length",
            "override_stream_error_on_invalid_http_message",
            "send_fully_qualified_url",
            "use_balsa_parser",
            "allow_custom_methods",
            "ignore_http_11_upgrade",
            because: "HTTP/1 is read and written by RFC 9112, names of fields as they come"
        )
        fields.finish()
    }

    private func keepalive(_ fields: Fields) -> KeepaliveSettings {
        defer { fields.finish() }
        return KeepaliveSettings(
            probes: fields.integer("keepalive_probes"),
            idleSeconds: fields.integer("keepalive_time"),
            intervalSeconds: fields.integer("keepalive_interval")
        )
    }
}
