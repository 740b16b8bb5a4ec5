import Formats

/// HTTP filters.
extension EnvoyReader {
    func httpFilters(_ manager: Fields) -> [HTTPFilter] {
        let nodes = manager.list("http_filters")
        filterTypes = [:]
        var filters: [HTTPFilter] = []
        guard let last = nodes.last else {
            log.warn(
                manager.place,
                "\"http_filters\" is missing; it is taken to hold the router (Envoy would not answer)",
                "add envoy.filters.http.router"
            )
            return []
        }
        for (index, node) in nodes.enumerated() {
            guard let fields = node.fields() else { continue }
            fields.unsupported("config_discovery")
            _ = fields.bool("is_optional")
            if fields.bool("disabled") == true { fields.unsupported("disabled") }
            let name = fields.text("name") ?? ""
            guard let (type, body) = extensionBody(fields, kind: "HTTP filter") else { continue }
            filterTypes[name] = type
            if type == .router {
                if index != nodes.count - 1 {
                    node.error("the router must be the last filter")
                }
                router(body)
            } else {
                if index == nodes.count - 1 {
                    last.error(
                        "the last filter must be envoy.filters.http.router",
                        "add it at the end"
                    )
                }
                if let filter = httpFilter(type, body, name) { filters.append(filter) }
            }
        }
        return filters
    }

    private func router(_ fields: Fields) {
        fields.ignored(
            "dynamic_stats",
            "start_child_span",
            "upstream_log",
            "upstream_log_options",
            "suppress_grpc_request_failure_code_stats",
            "respect_expected_rq_timeout",
            "strict_check_headers",
            "reject_connect_request_early_data",
            because: "requests are counted and logged once"
        )
        if fields.bool("suppress_envoy_headers") == true {
            log.warn(
                fields.place("suppress_envoy_headers"),
                "it has no effect here: x-envoy-... headers are written"
            )
        }
        fields.unsupported("upstream_http_filters")
        fields.finish()
    }

    private func httpFilter(_ type: EnvoyType, _ body: Fields, _ name: String) -> HTTPFilter? {
        switch type {
        case .rateLimit:
            guard var settings = rateLimitFilter(body) else { return nil }
            settings.filterName = name
            return .rateLimit(settings)
        case .token: return .token(tokens(body))
        case .basic: return basic(body).map(HTTPFilter.basic)
        case .apiKey: return apiKeys(body).map(HTTPFilter.apiKey)
        case .authorization: return authorization(body).map(HTTPFilter.authorization)
        case .cors:
            body.finish()
            return .cors(CORSSettings(origins: []))
        case .rbac:
            let rules = accessRules(body)
            body.unsupported("matcher", "shadow_matcher")
            body.finish()
            switch rules {
            case .addresses(let rules)?: return .addresses(rules)
            case .policies(let policies)?: return .policies(policies)
            case nil: return nil
            }
        case .fault: return fault(body).map(HTTPFilter.fault)
        case .health: return health(body)
        case .buffer:
            let most = body.required("max_request_bytes")?.integer(1...Int(UInt32.max))
            body.finish()
            return most.map(HTTPFilter.bodyLimit)
        case .compressor, .decompressor, .grpcStatistics, .headerToMetadata:
            idle(type, body)
            return nil
        default:
            unsupportedType(type, body)
            return nil
        }
    }

    /// A filter without which requests and answers are the same, but for their size or numbers.
    private func idle(_ type: EnvoyType, _ body: Fields) {
        _ = body.entries()
        let reason =
            switch type {
            case .compressor, .compressorPerRoute: "answers are sent as the application made them"
            case .decompressor: "requests are sent on as they came"
            case .headerToMetadata: "there is no metadata"
            default: "requests are counted all alike"
            }
        log.warn(body.place, "\(type.shortName) has no effect here: \(reason)")
    }

    // MARK: Per route

    func overrides(_ fields: Fields) -> FilterOverrides {
        var overrides = FilterOverrides()
        guard let all = fields.fields("typed_per_filter_config") else { return overrides }
        for (name, node) in all.entries() {
            guard let (type, body) = typed(node, kind: "filter setting", name: name) else {
                continue
            }
            apply(type, body, name, &overrides)
        }
        return overrides
    }

    private func apply(
        _ type: EnvoyType,
        _ body: Fields,
        _ name: String,
        _ overrides: inout FilterOverrides
    ) {
        switch type {
        case .rateLimit:
            let settings = rateLimitFilter(body)
            if filterTypes[name] == .rateLimit {
                overrides.rateLimits[name] = settings
            } else {
                overrides.rateLimit = settings
            }
        case .corsPolicy: overrides.cors = corsPolicy(body)
        case .fault: overrides.fault = fault(body)
        case .apiKeyPerRoute: overrides.apiKey = apiKeysPerRoute(body)
        case .authorizationPerRoute: authorizationPerRoute(body, &overrides)
        case .compressorPerRoute: idle(type, body)
        case .tokenPerRoute:
            switch body.oneOf(["disabled", "requirement_name"], isRequired: true) {
            case "disabled":
                if body.bool("disabled") == true { overrides.token = TokenRequirement.none }
            case "requirement_name":
                guard let name = body.requiredText("requirement_name") else { break }
                overrides.token = requirements[name]
                if requirements[name] == nil {
                    log.error(
                        body.place("requirement_name"),
                        "there is no requirement \"\(name)\" in requirement_map"
                    )
                }
            default: break
            }
            body.finish()
        case .bufferPerRoute:
            switch body.oneOf(["disabled", "buffer"], isRequired: true) {
            case "disabled": if body.bool("disabled") == true { overrides.bodyMaximum = Int.max }
            case "buffer":
                let buffer = body.fields("buffer")
                overrides.bodyMaximum = buffer?.integer("max_request_bytes", 1...Int(UInt32.max))
                buffer?.finish()
            default: break
            }
            body.finish()
        case .rbacPerRoute:
            overrides.addresses = AddressRules(rules: [], allowsOthers: true)
            overrides.policies = AccessPolicies.none
            if let inner = body.fields("rbac") {
                switch accessRules(inner) {
                case .addresses(let rules)?: overrides.addresses = rules
                case .policies(let policies)?: overrides.policies = policies
                case nil: break
                }
                inner.finish()
            }
            body.finish()
        case .filterConfig:
            disable(body, name, &overrides)
        case .basicPerRoute:
            unsupportedType(type, body)
        default:
            unsupportedType(type, body)
        }
    }

    private func disable(_ body: Fields, _ name: String, _ overrides: inout FilterOverrides) {
        defer { body.finish() }
        _ = body.bool("is_optional")
        if let inner = body.value("config"),
            let (type, config) = typed(inner, kind: "filter setting", name: name)
        {
            apply(type, config, name, &overrides)
        }
        guard body.bool("disabled") == true else { return }
        switch filterTypes[name] ?? EnvoyType.names[name] {
        case .token: overrides.token = TokenRequirement.none
        case .rateLimit where filterTypes[name] != nil:
            overrides.rateLimits[name] = RateLimitSettings(bucket: nil)
        case .cors: overrides.cors = CORSSettings(origins: [])
        case .fault: overrides.fault = FaultSettings()
        case .compressor, .decompressor, .grpcStatistics, .headerToMetadata: break
        case .basic: overrides.skipsPasswords = true
        case .apiKey: overrides.skipsKeys = true
        case .authorization: overrides.skipsAuthorization = true
        case .rateLimit: overrides.rateLimit = RateLimitSettings(bucket: nil)
        case .buffer: overrides.bodyMaximum = Int.max
        case .rbac:
            overrides.addresses = AddressRules(rules: [], allowsOthers: true)
            overrides.policies = AccessPolicies.none
        default: log.unsupported(body.place("disabled"), "\"\(name)\" cannot be switched off here")
        }
    }

    // MARK: Filters

    private func rateLimitFilter(_ fields: Fields) -> RateLimitSettings? {
        defer { fields.finish() }
        let prefix = fields.requiredText("stat_prefix") ?? ""
        var settings = RateLimitSettings(statPrefix: prefix, bucket: nil)
        settings.bucket = fields.fields("token_bucket").flatMap(tokenBucket)
        settings.enabled = fields.fields("filter_enabled").map(runtimeFraction) ?? 0
        settings.enforced = fields.fields("filter_enforced").map(runtimeFraction) ?? 0
        if settings.bucket != nil || fields.has("descriptors") {
            if settings.enabled == 0 {
                log.warn(
                    fields.place("filter_enabled"),
                    "THIS LIMITS NOTHING: filter_enabled is 0 % unless it is set",
                    "add filter_enabled: {default_value: {numerator: 100, denominator: HUNDRED}}"
                )
            } else if settings.enforced == 0 {
                log.warn(
                    fields.place("filter_enforced"),
                    "THIS REFUSES NOTHING: filter_enforced is 0 % unless it is set",
                    "add filter_enforced: {default_value: {numerator: 100, denominator: HUNDRED}}"
                )
            }
        }
        if let status = fields.fields("status") {
            let code = status.integer("code", 0...599) ?? 0
            if code >= 400 { settings.status = code }
            status.finish()
        }
        settings.responseHeaders = fields.list("response_headers_to_add")
            .compactMap(headerAddition)
        settings.sendsRateLimitHeaders =
            fields.choice("enable_x_ratelimit_headers", ["OFF", "DRAFT_VERSION_03"]) == 1
        for node in fields.list("descriptors") {
            guard let body = node.fields() else { continue }
            defer { body.finish() }
            let entries = body.list("entries").compactMap {
                entry -> RateLimitSettings.Descriptor.Entry? in
                guard let entry = entry.fields() else { return nil }
                defer { entry.finish() }
                guard let key = entry.requiredText("key") else { return nil }
                return .init(key: key, value: entry.text("value") ?? "")
            }
            guard let bucket = body.required("token_bucket")?.fields().flatMap(tokenBucket) else {
                continue
            }
            settings.descriptors.append(.init(entries: entries, bucket: bucket))
        }
        fields.ignored(
            "stage",
            "vh_rate_limits",
            "always_consume_default_token_bucket",
            "rate_limited_as_resource_exhausted",
            "max_dynamic_descriptors",
            "request_headers_to_add_when_not_enforced",
            because: "there is one stage, and refused requests get the status"
        )
        if fields.bool("local_rate_limit_per_downstream_connection") == true {
            fields.unsupported("local_rate_limit_per_downstream_connection")
        }
        fields.unsupported("local_cluster_rate_limit", "rate_limits")
        return settings
    }

    func corsPolicy(_ fields: Fields) -> CORSSettings {
        defer { fields.finish() }
        var settings = CORSSettings(origins: [])
        settings.origins = fields.list("allow_origin_string_match")
            .compactMap { $0.fields().flatMap(textMatch) }
        old(fields, "allow_origin", "write allow_origin_string_match: [{exact: ...}]")
        old(fields, "allow_origin_regex", "write allow_origin_string_match: [{safe_regex: ...}]")
        old(fields, "enabled", "write filter_enabled")
        settings.methods = fields.text("allow_methods") ?? ""
        settings.headers = fields.text("allow_headers") ?? ""
        settings.exposed = fields.text("expose_headers") ?? ""
        settings.allowsCredentials = fields.bool("allow_credentials") ?? false
        if let text = fields.text("max_age"), !text.isEmpty {
            settings.maxAge = Int(text)
            if settings.maxAge == nil {
                log.error(fields.place("max_age"), "\"\(text)\" is no number of seconds")
            }
        }
        if let enabled = fields.fields("filter_enabled"), runtimeFraction(enabled) == 0 {
            settings.origins = []
        }
        fields.ignored("shadow_enabled", because: "policies are enforced or not")
        fields.ignored(
            "allow_private_network_access",
            "forward_not_matching_preflights",
            because: "preflight requests of other origins are sent on"
        )
        return settings
    }

    private func fault(_ fields: Fields) -> FaultSettings? {
        defer { fields.finish() }
        var settings = FaultSettings()
        if let delay = fields.fields("delay") {
            settings.delay = delay.duration("fixed_delay")
            settings.delayFraction = delay.fields("percentage").map(fraction) ?? 0
            delay.unsupported("header_delay")
            _ = delay.value("type")
            delay.finish()
        }
        if let abort = fields.fields("abort") {
            settings.status = abort.integer("http_status", 200...599)
            settings.statusFraction = abort.fields("percentage").map(fraction) ?? 0
            abort.unsupported("header_abort", "grpc_status")
            abort.finish()
        }
        fields.unsupported("upstream_cluster", "headers", "downstream_nodes")
        fields.unsupported("max_active_faults", "response_rate_limit", "filter_metadata")
        fields.ignored(
            "delay_percent_runtime",
            "abort_percent_runtime",
            "delay_duration_runtime",
            "abort_http_status_runtime",
            "max_active_faults_runtime",
            "response_rate_limit_percent_runtime",
            "abort_grpc_status_runtime",
            "disable_downstream_cluster_stats",
            because: "there are no runtime values"
        )
        return settings
    }

    private func health(_ fields: Fields) -> HTTPFilter? {
        defer { fields.finish() }
        guard let passes = fields.required("pass_through_mode")?.bool() else { return nil }
        if passes {
            log.unsupported(
                fields.place("pass_through_mode"),
                "checks are answered by the proxy",
                "write false"
            )
        }
        fields.ignored("cache_time", because: "checks are answered by the proxy")
        fields.unsupported("cluster_min_healthy_percentages")
        let matches = fields.list("headers").compactMap(headerMatch)
        for match in matches {
            if match.name == ":path", case .text(.exact(let path, _)) = match.test {
                if matches.count > 1 {
                    log.unsupported(fields.place("headers"), "only one test of :path is supported")
                }
                return .health(path: path)
            }
        }
        log.unsupported(
            fields.place("headers"),
            "a test of :path is needed",
            "write headers: [{name: \":path\", string_match: {exact: /healthz}}]"
        )
        return nil
    }
}
