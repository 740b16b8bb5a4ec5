import Formats

/// Endpoints, checks, limits and ejection.
extension EnvoyReader {
    func endpoints(_ fields: Fields, _ cluster: inout ClusterSettings) {
        if fields.has("hosts") {
            log.error(
                fields.place("hosts"),
                "\"hosts\" is of the v2 API, which Envoy does not read since 1.15",
                "write load_assignment: {cluster_name: \(cluster.name), endpoints: [{lb_endpoints:"
                    + " [{endpoint: {address: {socket_address: {address: HOST, port_value: PORT}}}}]}]}"
            )
            return
        }
        guard let assignment = fields.fields("load_assignment") else {
            if cluster.discovery == .strictDNS || cluster.discovery == .logicalDNS {
                log.error(fields.place, "\"load_assignment\" is missing: the cluster has no hosts")
            }
            return
        }
        defer { assignment.finish() }
        _ = assignment.requiredText("cluster_name")
        assignment.unsupported("named_endpoints")
        if let policy = assignment.fields("policy") {
            policy.unsupported("drop_overloads", "endpoint_stale_after")
            if let percent = policy.integer("overprovisioning_factor", 1...1_000_000) {
                cluster.overprovisioningPercent = percent
            }
            policy.ignored("weighted_priority_health", because: "hosts count one each")
            policy.finish()
        }
        for locality in assignment.list("endpoints").compactMap({ $0.fields() }) {
            let priority = locality.integer("priority", 0...128) ?? 0
            for node in locality.list("lb_endpoints") {
                guard let endpoint = endpoint(node, priority: priority, in: cluster) else {
                    continue
                }
                cluster.endpoints.append(endpoint)
            }
            locality.ignored(
                "load_balancing_weight",
                because: "weights are those of the hosts themselves"
            )
            // Where hosts are has no effect on which is chosen.
            _ = locality.value("locality")
            locality.ignored(
                "proximity",
                "metadata",
                because: "hosts are one set for each priority"
            )
            locality.unsupported("load_balancer_endpoints", "leds_cluster_locality_config")
            locality.finish()
        }
        if cluster.discovery == .logicalDNS, cluster.endpoints.count != 1 {
            log.error(
                assignment.place,
                "a cluster of the type LOGICAL_DNS must have exactly one host",
                "use STRICT_DNS for several"
            )
        }
    }

    private func endpoint(
        _ node: Node,
        priority: Int,
        in cluster: ClusterSettings
    ) -> Endpoint? {
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        fields.unsupported("endpoint_name")
        fields.ignored("metadata", because: "there are no subsets")
        let states = ["UNKNOWN", "HEALTHY", "UNHEALTHY", "DRAINING", "TIMEOUT", "DEGRADED"]
        let state = fields.choice("health_status", states) ?? 0
        let weight = fields.integer("load_balancing_weight", 1...Int(UInt32.max)) ?? 1
        guard let inner = fields.required("endpoint")?.fields() else { return nil }
        defer { inner.finish() }
        guard let node = inner.required("address"), let address = address(node) else { return nil }
        if cluster.discovery == .fixed, !address.isPath,
            AddressText.address(address.host) == nil
        {
            log.error(
                node.place,
                "\"\(address.host)\" is a name, but the cluster's type is STATIC",
                "write type: STRICT_DNS"
            )
        }
        var endpoint = Endpoint(address: address, weight: weight, priority: priority)
        endpoint.isDisabled = [2, 3, 4].contains(state)
        endpoint.hostname = inner.text("hostname")
        if let health = inner.fields("health_check_config") {
            endpoint.healthPort = health.integer("port_value", 0...65535)
                .flatMap { $0 == 0 ? nil : UInt16($0) }
            if let name = health.text("hostname") { endpoint.hostname = endpoint.hostname ?? name }
            health.unsupported("address")
            endpoint.skipsHealthChecks = health.bool("disable_active_health_check") ?? false
            health.finish()
        }
        inner.unsupported("additional_addresses")
        return endpoint
    }

    func circuitBreakers(_ fields: Fields, _ cluster: inout ClusterSettings) {
        var seen: Set<Int> = []
        for node in fields.list("thresholds") {
            guard let threshold = node.fields() else { continue }
            let priority = threshold.choice("priority", ["DEFAULT", "HIGH"]) ?? 0
            if !seen.insert(priority).inserted {
                node.error("two thresholds are for the same priority", "remove one")
            }
            var limits = CircuitLimits()
            if let most = threshold.integer("max_connections") { limits.connections = most }
            if let most = threshold.integer("max_pending_requests") { limits.pending = most }
            if let most = threshold.integer("max_requests") { limits.requests = most }
            if let most = threshold.integer("max_retries") { limits.retries = most }
            if let budget = threshold.fields("retry_budget") {
                var share = RetryBudget()
                if let percent = budget.fields("budget_percent").flatMap(percent) {
                    share.percent = percent
                }
                if let least = budget.integer("min_retry_concurrency") { share.minimum = least }
                budget.finish()
                limits.retryBudget = share
            }
            threshold.ignored(
                "track_remaining",
                "max_connection_pools",
                because: "there is one pool for each host and worker"
            )
            threshold.finish()
            if priority == 1 { cluster.highLimits = limits } else { cluster.limits = limits }
        }
        if let hosts = fields.value("per_host_thresholds")?.elements() {
            for threshold in hosts.compactMap({ $0.fields() }) {
                let most = threshold.integer("max_connections") ?? 0
                _ = threshold.choice("priority", ["DEFAULT", "HIGH"])
                threshold.finish()
                for index in cluster.endpoints.indices {
                    cluster.endpoints[index].connectionsMaximum = most
                }
            }
        }
        fields.finish()
    }

    func outliers(_ fields: Fields) -> OutlierSettings {
        defer { fields.finish() }
        var settings = OutlierSettings()
        let percents = 0...100
        func take(_ key: String, _ range: ClosedRange<Int>, _ set: (Int) -> Void) {
            if let number = fields.integer(key, range) { set(number) }
        }
        let counts = 0...Int(UInt32.max)
        take("consecutive_5xx", counts) { settings.consecutive5xx = $0 }
        take("enforcing_consecutive_5xx", percents) { settings.enforcing5xx = $0 }
        take("consecutive_gateway_failure", counts) { settings.consecutiveGatewayFailures = $0 }
        take("enforcing_consecutive_gateway_failure", percents) {
            settings.enforcingGatewayFailures = $0
        }
        take("max_ejection_percent", percents) { settings.ejectionPercentMaximum = $0 }
        take("enforcing_success_rate", percents) { settings.enforcingSuccessRate = $0 }
        take("success_rate_minimum_hosts", counts) { settings.successRateHosts = $0 }
        take("success_rate_request_volume", counts) { settings.successRateRequests = $0 }
        take("success_rate_stdev_factor", counts) { settings.successRateFactor = $0 }
        func time(_ key: String, _ set: (Duration) -> Void) {
            guard let duration = fields.duration(key) else { return }
            if duration == .zero { log.error(fields.place(key), "it must be more than 0s") }
            set(duration)
        }
        time("interval") { settings.interval = $0 }
        time("base_ejection_time") { settings.baseEjection = $0 }
        time("max_ejection_time") { settings.ejectionMaximum = $0 }
        if settings.ejectionMaximum < settings.baseEjection {
            if fields.has("max_ejection_time") {
                log.error(
                    fields.place("max_ejection_time"),
                    "it is less than base_ejection_time"
                )
            }
            settings.ejectionMaximum = settings.baseEjection
        }
        fields.ignored(
            "split_external_local_origin_errors",
            "consecutive_local_origin_failure",
            "enforcing_consecutive_local_origin_failure",
            "enforcing_local_origin_success_rate",
            because: "failures to connect count as 5xx"
        )
        if let enforcing = fields.integer("enforcing_failure_percentage", percents), enforcing > 0 {
            fields.unsupported("enforcing_failure_percentage", instead: "use consecutive_5xx")
        }
        fields.ignored(
            "failure_percentage_threshold",
            "failure_percentage_minimum_hosts",
            "failure_percentage_request_volume",
            "enforcing_failure_percentage_local_origin",
            because: "hosts are not ejected by their percentage of failures"
        )
        fields.ignored(
            "max_ejection_time_jitter",
            "successful_active_health_check_uneject_host",
            "always_eject_one_host",
            "monitors",
            because: "ejected hosts come back when their time is over"
        )
        return settings
    }

    // MARK: Health checks

    func healthCheck(_ node: Node) -> HealthCheckSettings? {
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        let timeout = fields.required("timeout")?.duration()
        let interval = fields.required("interval")?.duration()
        let unhealthy = fields.required("unhealthy_threshold")?.integer()
        let healthy = fields.required("healthy_threshold")?.integer()
        for key in ["timeout", "interval"] where fields.value(key)?.tree.scalar?.text == "0s" {
            log.error(fields.place(key), "it must be more than 0s")
        }
        let kinds = [
            "http_health_check", "tcp_health_check", "grpc_health_check", "custom_health_check",
        ]
        let check: HealthCheckSettings.Check?
        switch fields.oneOf(kinds, isRequired: true) {
        case "http_health_check":
            check = fields.fields("http_health_check").flatMap(httpCheck)
        case "tcp_health_check":
            check = fields.fields("tcp_health_check").map(tcpCheck)
        case "grpc_health_check":
            check = fields.fields("grpc_health_check").map { grpc in
                defer { grpc.finish() }
                grpc.unsupported("initial_metadata")
                return .grpc(
                    service: grpc.text("service_name") ?? "",
                    authority: grpc.text("authority") ?? ""
                )
            }
        default:
            fields.unsupported("custom_health_check", instead: "use tcp_health_check")
            check = nil
        }
        var settings = HealthCheckSettings(
            check: check ?? .tcp(send: [], expect: []),
            timeout: timeout ?? .seconds(1),
            interval: interval ?? .seconds(5),
            unhealthyThreshold: unhealthy ?? 1,
            healthyThreshold: healthy ?? 1
        )
        // Envoy: a status that is not the expected one counts at once, whatever the threshold.
        if case .http = settings.check { settings.failsAtOnce = true }
        if let time = fields.duration("no_traffic_interval") { settings.noTrafficInterval = time }
        settings.unhealthyInterval = fields.duration("unhealthy_interval")
        if let time = fields.duration("interval_jitter") { settings.jitter = time }
        if let percent = fields.integer("interval_jitter_percent"), percent > 0 {
            settings.jitter += settings.interval * percent / 100
        }
        if let reuses = fields.bool("reuse_connection") { settings.reusesConnection = reuses }
        fields.ignored(
            "initial_jitter",
            "no_traffic_healthy_interval",
            "unhealthy_edge_interval",
            "healthy_edge_interval",
            "event_log_path",
            "event_logger",
            "event_service",
            "always_log_health_check_failures",
            "always_log_health_check_success",
            because: "checks go by interval, no_traffic_interval and unhealthy_interval"
        )
        fields.unsupported("alt_port", instead: "write health_check_config.port_value of endpoints")
        fields.unsupported("tls_options", "transport_socket_match_criteria")
        guard timeout != nil, interval != nil, check != nil else { return nil }
        return settings
    }

    private func httpCheck(_ fields: Fields) -> HealthCheckSettings.Check? {
        defer { fields.finish() }
        guard let path = fields.requiredText("path") else { return nil }
        var check = HealthCheckSettings.HTTPCheck(path: path)
        check.host = fields.text("host").flatMap { $0.isEmpty ? nil : $0 }
        let methods = [
            "METHOD_UNSPECIFIED", "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS",
            "TRACE", "PATCH",
        ]
        if let index = fields.choice("method", methods), index > 0 { check.method = methods[index] }
        let ranges = fields.list("expected_statuses").compactMap(statusRange)
        if !ranges.isEmpty { check.expected = ranges }
        check.headers = fields.list("request_headers_to_add").compactMap(headerAddition)
        check.usesHTTP2 = fields.choice("codec_client_type", ["HTTP1", "HTTP2", "HTTP3"]) == 1
        if fields.bool("use_http2") == true { check.usesHTTP2 = true }
        for node in fields.list("receive") {
            guard let payload = node.fields(), let text = payload.text("text") else { continue }
            check.expectedText = Self.bytes(hex: text).map { String(decoding: $0, as: UTF8.self) }
            payload.finish()
        }
        fields.unsupported("send", "service_name_matcher", "request_headers_to_remove")
        fields.unsupported("retriable_statuses", "response_buffer_size")
        return .http(check)
    }

    private func statusRange(_ node: Node) -> ClosedRange<Int>? {
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        guard let start = fields.required("start")?.integer(100...599),
            let end = fields.required("end")?.integer(101...600)
        else { return nil }
        guard start < end else {
            node.error("the range is empty", "\"end\" is the first status that is not meant")
            return nil
        }
        return start...(end - 1)
    }

    private func tcpCheck(_ fields: Fields) -> HealthCheckSettings.Check {
        defer { fields.finish() }
        func payload(_ node: Node) -> [UInt8] {
            guard let body = node.fields() else { return [] }
            defer { body.finish() }
            if let text = body.text("text") {
                guard let bytes = Self.bytes(hex: text) else {
                    log.error(body.place("text"), "\"\(text)\" is not hexadecimal")
                    return []
                }
                return bytes
            }
            return body.text("binary").flatMap(Base64.decode) ?? []
        }
        fields.unsupported("proxy_protocol_config")
        return .tcp(
            send: fields.value("send").map(payload) ?? [],
            expect: fields.list("receive").map(payload)
        )
    }

    static func bytes(hex text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2), text.allSatisfy(\.isHexDigit) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            let pair = String(decoding: digits[index...(index + 1)], as: UTF8.self)
            guard let byte = UInt8(pair, radix: 16) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}
