import Basics
import Formats

/// What is done with requests that are sent on.
extension EnvoyReader {
    func forward(_ fields: Fields, _ path: PathMatch?, _ buffer: Int?) -> ForwardAction? {
        defer { fields.finish() }
        guard let target = target(fields) else { return nil }
        var action = ForwardAction(target: target)
        action.hostRewrite = hostRewrite(fields)
        switch fields.oneOf(["prefix_rewrite", "regex_rewrite", "path_rewrite_policy"]) {
        case "prefix_rewrite":
            let prefix = fields.text("prefix_rewrite") ?? ""
            if !prefix.isEmpty { action.pathRewrite = prefixRewrite(prefix, path) }
        case "regex_rewrite":
            if let rewrite = fields.fields("regex_rewrite").flatMap(substitution) {
                action.pathRewrite = rewrite
            }
        default: fields.unsupported("path_rewrite_policy", instead: "use regex_rewrite")
        }
        action.timeout = limit(fields, "timeout", else: .seconds(15))
        action.idleTimeout = limit(fields, "idle_timeout", else: nil)
        action.retry = fields.fields("retry_policy").flatMap(retry)
        action.hashPolicies = fields.list("hash_policy").compactMap(hashPolicy)
        action.mirrors = fields.list("request_mirror_policies").compactMap(mirror)
        action.isHighPriority = fields.choice("priority", ["DEFAULT", "HIGH"]) == 1
        let statuses = ["SERVICE_UNAVAILABLE", "NOT_FOUND", "INTERNAL_SERVER_ERROR"]
        if let index = fields.choice("cluster_not_found_response_code", statuses) {
            action.missingClusterStatus = [503, 404, 500][index]
        }
        if let buffer { action.bufferMaximum = buffer }
        let upgrades = fields.list("upgrade_configs")
        if !upgrades.isEmpty { action.upgrades = upgrades.compactMap(upgrade) }
        if let stream = fields.fields("max_stream_duration") {
            if let most = limit(stream, "max_stream_duration", else: nil) { action.timeout = most }
            stream.ignored(
                "grpc_timeout_header_max",
                "grpc_timeout_header_offset",
                because: "grpc-timeout is passed on, and the route's timeout holds"
            )
            stream.finish()
        }
        fields.ignored(
            "max_grpc_timeout",
            "grpc_timeout_offset",
            because: "grpc-timeout is passed on, and the route's timeout holds"
        )
        fields.ignored(
            "include_vh_rate_limits",
            because: "rate_limits of the host count for routes without any"
        )
        fields.ignored("early_data_policy", because: "there is no early data")
        old(fields, "request_mirror_policy", "write request_mirror_policies")
        fields.unsupported(
            "metadata_match",
            "retry_policy_typed_config",
            "internal_redirect_policy",
            "internal_redirect_action",
            "max_internal_redirects",
            "hedge_policy",
            "flush_timeout",
            "append_x_forwarded_host"
        )
        return action
    }

    private func target(_ fields: Fields) -> ForwardAction.Target? {
        let kinds = [
            "cluster", "cluster_header", "weighted_clusters", "cluster_specifier_plugin",
            "inline_cluster_specifier_plugin",
        ]
        switch fields.oneOf(kinds, isRequired: true) {
        case "cluster":
            guard let name = fields.requiredText("cluster") else { return nil }
            refer(to: name, from: fields.place("cluster"))
            return .clusters([WeightedCluster(name: name)])
        case "cluster_header":
            return fields.requiredText("cluster_header").map { .header($0.lowercased()) }
        case "weighted_clusters":
            guard let weighted = fields.fields("weighted_clusters") else { return nil }
            return weightedClusters(weighted)
        default:
            fields.unsupported("cluster_specifier_plugin", "inline_cluster_specifier_plugin")
            return nil
        }
    }

    private func weightedClusters(_ fields: Fields) -> ForwardAction.Target? {
        defer { fields.finish() }
        var shares: [WeightedCluster] = []
        for node in fields.list("clusters") {
            guard let share = node.fields() else { continue }
            defer { share.finish() }
            share.unsupported(
                "cluster_header",
                "metadata_match",
                "typed_per_filter_config",
                "host_rewrite_literal"
            )
            let weight = share.required("weight")?.integer() ?? 0
            let headers = headerChanges(share)
            guard let name = share.requiredText("name") else { continue }
            refer(to: name, from: share.place("name"))
            shares.append(WeightedCluster(name: name, weight: weight, headers: headers))
        }
        fields.ignored("runtime_key_prefix", because: "there are no runtime values")
        fields.unsupported("header_name", "random_value_specifier", "use_hash_policy")
        let sum = shares.reduce(0) { $0 + $1.weight }
        if let total = fields.integer("total_weight", 1...Int(UInt32.max)), total != sum {
            log.error(
                fields.place("total_weight"),
                "the weights are \(sum) together, not \(total)",
                "leave total_weight out"
            )
        }
        guard !shares.isEmpty else {
            log.error(fields.place, "\"clusters\" is empty")
            return nil
        }
        if sum == 0 { log.error(fields.place, "the weights are 0 together") }
        return .clusters(shares)
    }

    private func hostRewrite(_ fields: Fields) -> ForwardAction.HostRewrite {
        let kinds = [
            "host_rewrite_literal", "auto_host_rewrite", "host_rewrite_header",
            "host_rewrite_path_regex", "host_rewrite",
        ]
        switch fields.oneOf(kinds) {
        case "host_rewrite_literal":
            return fields.text("host_rewrite_literal").map { .literal($0) } ?? .keep
        case "auto_host_rewrite":
            return fields.bool("auto_host_rewrite") == true ? .upstream : .keep
        case "host_rewrite_header":
            return fields.text("host_rewrite_header").map { .header($0.lowercased()) } ?? .keep
        default:
            fields.unsupported("host_rewrite_path_regex")
            return .keep
        }
    }

    /// An upgrade that is allowed; `nil` if it is switched off.
    func upgrade(_ node: Node) -> String? {
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        fields.unsupported("filters", "connect_config")
        let isEnabled = fields.bool("enabled") ?? true
        guard let type = fields.requiredText("upgrade_type")?.lowercased() else { return nil }
        if type == "connect" || type == "connect-udp" {
            log.unsupported(fields.place("upgrade_type"), "CONNECT is not supported")
        }
        return isEnabled ? type : nil
    }

    private func mirror(_ node: Node) -> MirrorSettings? {
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        fields.unsupported("cluster_header", "disable_shadow_host_suffix_append")
        _ = fields.value("trace_sampled")
        let fraction = fields.fields("runtime_fraction").map(runtimeFraction) ?? 1_000_000
        guard let cluster = fields.requiredText("cluster") else { return nil }
        refer(to: cluster, from: fields.place("cluster"))
        return MirrorSettings(cluster: cluster, fraction: fraction)
    }

    private func hashPolicy(_ node: Node) -> HashPolicy? {
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        let isTerminal = fields.bool("terminal") ?? false
        let kinds = [
            "header", "cookie", "connection_properties", "query_parameter", "filter_state",
        ]
        guard let kind = fields.oneOf(kinds, isRequired: true), kind != "filter_state",
            let body = fields.fields(kind)
        else {
            fields.unsupported("filter_state")
            return nil
        }
        defer { body.finish() }
        switch kind {
        case "header":
            body.unsupported("regex_rewrite")
            return body.requiredText("header_name")
                .map { .header($0.lowercased(), isTerminal: isTerminal) }
        case "cookie":
            body.unsupported("attributes")
            let lifetime = body.duration("ttl")
            let path = body.text("path") ?? ""
            return body.requiredText("name").map {
                .cookie(name: $0, lifetime: lifetime, path: path, isTerminal: isTerminal)
            }
        case "connection_properties":
            return body.bool("source_ip") == true ? .sourceAddress(isTerminal: isTerminal) : nil
        default:
            return body.requiredText("name").map { .query($0, isTerminal: isTerminal) }
        }
    }

    // MARK: Retries

    static let conditions: [String: RetrySettings.Conditions] = [
        "5xx": .serverErrors, "gateway-error": .gatewayErrors, "reset": .reset,
        "reset-before-request": .resetBeforeRequest, "connect-failure": .connectFailure,
        "envoy-ratelimited": .rateLimited, "retriable-4xx": .retriable4xx,
        "refused-stream": .refusedStream, "retriable-status-codes": .statuses,
        "retriable-headers": .headers, "cancelled": .grpcCancelled,
        "deadline-exceeded": .grpcDeadlineExceeded, "internal": .grpcInternal,
        "resource-exhausted": .grpcResourceExhausted, "unavailable": .grpcUnavailable,
    ]

    func retry(_ fields: Fields) -> RetrySettings? {
        defer { fields.finish() }
        var settings = RetrySettings(conditions: [.anyMethod])
        let words = fields.text("retry_on") ?? ""
        for word in words.split(separator: ",").map({ $0.trimmingSpace() }) where !word.isEmpty {
            if let condition = Self.conditions[word] {
                settings.conditions.insert(condition)
            } else if word == "http3-post-connect-failure" || word == "connect-failure-fast" {
                log.warn(fields.place("retry_on"), "\"\(word)\" has no effect here")
            } else {
                log.unknown(
                    fields.place("retry_on"),
                    "the condition",
                    word,
                    among: Self.conditions.keys.sorted()
                )
            }
        }
        settings.retriesMaximum = fields.integer("num_retries") ?? 1
        settings.perTryTimeout = limit(fields, "per_try_timeout", else: nil)
        settings.perTryIdleTimeout = limit(fields, "per_try_idle_timeout", else: nil)
        if let backoff = fields.fields("retry_back_off") {
            defer { backoff.finish() }
            if let base = backoff.required("base_interval")?.duration() {
                if base == .zero {
                    log.error(backoff.place("base_interval"), "it must be more than 0s")
                }
                settings.backoffBase = base
                settings.backoffMaximum = base * 10
            }
            if let most = backoff.duration("max_interval") {
                settings.backoffMaximum = most
                if most < settings.backoffBase {
                    log.error(backoff.place("max_interval"), "it is less than base_interval")
                }
            }
        }
        settings.statuses = fields.list("retriable_status_codes")
            .compactMap { $0.integer(100...599) }
        if !settings.statuses.isEmpty, !settings.conditions.contains(.statuses) {
            log.warn(
                fields.place("retriable_status_codes"),
                "it has no effect without the condition retriable-status-codes",
                "add it to retry_on"
            )
        }
        settings.headers = fields.list("retriable_headers").compactMap(headerMatch)
        settings.hostAttempts =
            fields.integer("host_selection_retry_max_attempts", 1...1000) ?? 1
        for predicate in fields.list("retry_host_predicate").compactMap({ $0.fields() }) {
            guard let (type, body) = extensionBody(predicate, kind: "retry predicate") else {
                continue
            }
            if type == .previousHosts {
                settings.avoidsPreviousHosts = true
                body.finish()
            } else {
                unsupportedType(type, body)
            }
        }
        fields.unsupported("retry_options_predicates", "retry_priority")
        fields.unsupported("rate_limited_retry_back_off", "retriable_request_headers")
        return settings
    }
}
