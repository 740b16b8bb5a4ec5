import Formats

/// The HTTP connection manager.
extension EnvoyReader {
    func http(_ fields: Fields) -> HTTPSettings? {
        defer { fields.finish() }
        let prefix = fields.requiredText("stat_prefix") ?? ""
        requirements = [:]
        // Before the routes, which may name its requirements.
        let filters = httpFilters(fields)
        var settings = HTTPSettings(
            statPrefix: prefix,
            routes: RouteTable(hosts: []),
            filters: filters,
            serverName: "envoy"
        )
        switch fields.oneOf(["route_config", "rds", "scoped_routes"], isRequired: true) {
        case "route_config":
            if let table = fields.fields("route_config") { settings.routes = routeTable(table) }
        default:
            fields.unsupported(
                "rds",
                "scoped_routes",
                instead: "write the routes in route_config"
            )
        }
        let codecs: [HTTPSettings.Codec] = [.auto, .http1, .http2, .http2]
        let codec = fields.choice("codec_type", ["AUTO", "HTTP1", "HTTP2", "HTTP3"]) ?? 0
        if codec == 3 { log.unsupported(fields.place("codec_type"), "HTTP/3 is not supported") }
        settings.codec = codecs[codec]
        settings.accessLogs = fields.list("access_log").compactMap(accessLog)
        timeouts(fields, &settings)
        protocols(fields, &settings)
        forwarding(fields, &settings)
        paths(fields, &settings)
        settings.upgrades = fields.list("upgrade_configs").compactMap(upgrade)
        if let config = fields.fields("local_reply_config") {
            settings.localReplies = localReplies(config)
        }
        settings.tracing = fields.fields("tracing").flatMap(tracing)
        httpRest(fields)
        return settings
    }

    private func timeouts(_ fields: Fields, _ settings: inout HTTPSettings) {
        settings.streamIdleTimeout = limit(
            fields,
            "stream_idle_timeout",
            else: settings.streamIdleTimeout
        )
        settings.requestTimeout = limit(fields, "request_timeout", else: nil)
        settings.requestHeadersTimeout = limit(
            fields,
            "request_headers_timeout",
            else: settings.requestHeadersTimeout
        )
        old(fields, "idle_timeout", "write common_http_protocol_options: {idle_timeout: ...}")
        fields.ignored(
            "drain_timeout",
            "delayed_close_timeout",
            "stream_flush_timeout",
            because: "connections are drained and closed by the program's own rules"
        )
    }

    private func protocols(_ fields: Fields, _ settings: inout HTTPSettings) {
        if let common = fields.fields("common_http_protocol_options") {
            settings.idleTimeout = limit(common, "idle_timeout", else: settings.idleTimeout)
            if let most = common.integer("max_headers_count", 1...Int(UInt32.max)) {
                settings.headFieldsMaximum = most
            }
            if let most = common.integer("max_requests_per_connection") {
                settings.requestsMaximum = most
            }
            common.unsupported("max_connection_duration", "max_stream_duration")
            let rules: [UnderscoreRule] = [.keep, .reject, .drop]
            let action = common.choice(
                "headers_with_underscores_action",
                ["ALLOW", "REJECT_REQUEST", "DROP_HEADER"]
            )
            settings.underscores = rules[action ?? 0]
            common.ignored(
                "max_response_headers_kb",
                because: "answers have the limits of requests"
            )
            common.finish()
        }
        if let options = fields.fields("http_protocol_options") { http1(options) }
        if let options = fields.fields("http2_protocol_options") {
            if options.bool("allow_connect") == true, !fields.has("upgrade_configs") {
                options.ignored("allow_connect", because: "upgrades are named in upgrade_configs")
            }
            options.settle("allow_connect")
            settings.http2 = http2(options)
            if let most = settings.http2.streamsMaximum { settings.streamsMaximum = most }
        }
        fields.unsupported("http3_protocol_options", instead: "use HTTP/2")
        if let kilobytes = fields.integer("max_request_headers_kb", 1...8192) {
            settings.headBytesMaximum = kilobytes * 1024
        }
    }

    private func forwarding(_ fields: Fields, _ settings: inout HTTPSettings) {
        if fields.bool("use_remote_address") == true {
            settings.forwarding.usesRemoteAddress = true
            settings.forwarding.forwardedFor = .append
        }
        if fields.bool("skip_xff_append") == true { settings.forwarding.forwardedFor = .keep }
        settings.forwarding.trustedHops = fields.integer("xff_num_trusted_hops") ?? 0
        if let sets = fields.bool("generate_request_id") {
            settings.forwarding.setsRequestID = sets
        }
        settings.forwarding.keepsExternalRequestID =
            fields.bool("preserve_external_request_id") ?? false
        settings.forwarding.via = fields.text("via").flatMap { $0.isEmpty ? nil : $0 }
        if let name = fields.text("server_name"), !name.isEmpty { settings.serverName = name }
        let modes = ["OVERWRITE", "APPEND_IF_ABSENT", "PASS_THROUGH"]
        switch fields.choice("server_header_transformation", modes) {
        case 1: settings.keepsServer = true
        case 2: settings.serverName = nil
        default: break
        }
        if fields.bool("always_set_request_id_in_response") == true {
            let addition = HeaderAddition(
                name: "x-request-id",
                value: "%REQ(X-REQUEST-ID)%",
                mode: .overwrite
            )
            for index in settings.routes.hosts.indices {
                settings.routes.hosts[index].headers.responseAdditions.append(addition)
            }
        }
        let certificates = [
            "SANITIZE", "FORWARD_ONLY", "APPEND_FORWARD", "SANITIZE_SET", "ALWAYS_FORWARD_ONLY",
        ]
        let rules: [CertificateForwarding.Mode] = [
            .sanitize, .forwardOnly, .appendForward, .sanitizeSet, .alwaysForwardOnly,
        ]
        let mode = fields.choice("forward_client_cert_details", certificates) ?? 0
        settings.forwarding.clientCertificates = CertificateForwarding(
            rules[mode],
            details: details(fields)
        )
        if let id = fields.fields("request_id_extension") {
            if let config = id.value("typed_config"),
                let (type, body) = typed(config, kind: "request id")
            {
                if type == .requestIDs {
                    body.ignored(
                        "pack_trace_reason",
                        "use_request_id_for_trace_sampling",
                        because: "request ids and traces are apart"
                    )
                    body.finish()
                } else {
                    unsupportedType(type, body)
                }
            }
            id.finish()
        }
        fields.ignored(
            "represent_ipv4_remote_address_as_ipv4_mapped_ipv6",
            "internal_address_config",
            because: "addresses are written as they are, and no client is internal"
        )
        fields.ignored(
            "proxy_100_continue",
            "append_x_forwarded_port",
            "append_local_overload",
            "proxy_status_config",
            "add_proxy_protocol_connection_state",
            because: "there is no such header here"
        )
        fields.unsupported("original_ip_detection_extensions", "early_header_mutation_extensions")
        fields.unsupported("scheme_header_transformation")
    }

    /// What is told of a client's certificate.
    private func details(_ fields: Fields) -> Set<CertificateForwarding.Detail> {
        guard let body = fields.fields("set_current_client_cert_details") else { return [] }
        defer { body.finish() }
        let words: [(String, CertificateForwarding.Detail)] = [
            ("cert", .certificate), ("chain", .chain), ("subject", .subject), ("uri", .uris),
            ("dns", .domains),
        ]
        return Set(words.filter { body.bool($0.0) == true }.map(\.1))
    }

    private func paths(_ fields: Fields, _ settings: inout HTTPSettings) {
        settings.normalizesPath = fields.bool("normalize_path") ?? false
        settings.mergesSlashes = fields.bool("merge_slashes") ?? false
        let actions = [
            "IMPLEMENTATION_SPECIFIC_DEFAULT", "KEEP_UNCHANGED", "REJECT_REQUEST",
            "UNESCAPE_AND_REDIRECT", "UNESCAPE_AND_FORWARD",
        ]
        let rules: [EscapedSlashes] = [.keep, .keep, .reject, .redirect, .unescape]
        settings.escapedSlashes =
            rules[
                fields.choice("path_with_escaped_slashes_action", actions) ?? 0
            ]
        fields.unsupported("path_normalization_options")
        switch fields.oneOf(
            ["strip_any_host_port", "strip_matching_host_port", "strip_port_mode"]
        ) {
        case "strip_any_host_port":
            if fields.bool("strip_any_host_port") == true { settings.hostPort = .strip }
        case "strip_matching_host_port":
            if fields.bool("strip_matching_host_port") == true {
                settings.hostPort = .stripMatching
            }
        default: break
        }
        fields.ignored("strip_trailing_host_dot", because: "hosts are compared as they come")
    }

    private func httpRest(_ fields: Fields) {
        fields.ignored(
            "access_log_flush_interval",
            "access_log_options",
            "flush_access_log_on_new_request",
            because: "lines are written when requests end"
        )
        fields.ignored(
            "stream_error_on_invalid_http_message",
            "typed_header_validation_config",
            "http1_safe_max_connection_duration",
            "is_runtime_controllable",
            "append_local_cluster",
            because: "malformed requests are refused, and HTTP/1 connections closed"
        )
        if fields.bool("add_user_agent") == true {
            log.warn(
                fields.place("add_user_agent"),
                "it has no effect here: the client's user-agent is sent on as it is",
                "add a header field to requests"
            )
        }
        old(fields, "filters", "write http_filters")
    }

    // MARK: Answers of its own

    private func localReplies(_ fields: Fields) -> [LocalReplyRule] {
        defer { fields.finish() }
        let shared = fields.fields("body_format").flatMap(bodyFormat)
        var rules: [LocalReplyRule] = []
        for mapper in fields.list("mappers").compactMap({ $0.fields() }) {
            var rule = LocalReplyRule()
            if let filter = mapper.required("filter")?.fields() {
                rule.statuses = statuses(filter)
            }
            rule.status = mapper.integer("status_code", 200...599)
            // A text of Envoy's has no commands of its own.
            rule.body = mapper.fields("body").flatMap(content)?.replacing("%", with: "%%")
            rule.headers = mapper.list("headers_to_add").compactMap(headerAddition)
            let format = mapper.fields("body_format_override").flatMap(bodyFormat) ?? shared
            if let format {
                rule.format = format.form
                rule.contentType = format.type
            }
            mapper.finish()
            rules.append(rule)
        }
        if let shared {
            rules.append(LocalReplyRule(format: shared.form, contentType: shared.type))
        }
        return rules
    }

    private func bodyFormat(
        _ fields: Fields
    ) -> (form: AccessLogSettings.Format, type: String)? {
        guard let format = logFormat(fields, isLine: false) else { return nil }
        let type = format.contentType
        switch format.format {
        case .text: return (format.format, type ?? "text/plain")
        case .json: return (format.format, type ?? "application/json")
        }
    }

    /// The statuses that a filter of access logs lets through, for rules about statuses only.
    private func statuses(_ fields: Fields) -> [Int] {
        defer { fields.finish() }
        guard let comparison = statusComparison(fields) else {
            for key in fields.keys where !["status_code_filter"].contains(key) {
                fields.unsupported(key, instead: "use status_code_filter")
            }
            return []
        }
        let all = 200...599
        return all.filter { comparison.passes($0) }
    }

    // MARK: Tracing

    private func tracing(_ fields: Fields) -> TracingSettings? {
        defer { fields.finish() }
        var sampling = 1.0
        for key in ["random_sampling", "overall_sampling", "client_sampling"] {
            guard let percent = fields.fields(key).flatMap(percent) else { continue }
            if key != "client_sampling" { sampling = min(sampling, percent / 100) }
        }
        fields.ignored(
            "verbose",
            "max_path_tag_length",
            "custom_tags",
            "spawn_upstream_span",
            "operation_name",
            "no_context_propagation",
            because: "spans have the tags of OpenTelemetry's HTTP conventions"
        )
        guard let provider = fields.fields("provider") else {
            log.warn(fields.place, "it has no effect without a provider", "add one")
            return nil
        }
        guard let (type, body) = extensionBody(provider, kind: "tracer") else { return nil }
        guard type == .openTelemetry else {
            unsupportedType(type, body)
            return nil
        }
        defer { body.finish() }
        let service = body.text("service_name") ?? "unknown_service:envoy"
        body.unsupported("grpc_service", instead: "send spans by HTTP: http_service")
        body.ignored("resource_detectors", "sampler", because: "random_sampling decides")
        guard let http = body.fields("http_service") else {
            if !body.has("grpc_service") { log.error(body.place, "\"http_service\" is missing") }
            return nil
        }
        defer { http.finish() }
        http.unsupported("request_headers_to_add")
        guard let uri = http.required("http_uri")?.fields() else { return nil }
        defer { uri.finish() }
        _ = uri.duration("timeout")
        guard let cluster = uri.requiredText("cluster") else { return nil }
        refer(to: cluster, from: uri.place("cluster"))
        let url = uri.requiredText("uri") ?? ""
        let path = url.firstRange(of: "://").map { range in
            url[range.upperBound...].firstIndex(of: "/").map { String(url[$0...]) } ?? "/"
        }
        return TracingSettings(
            cluster: cluster,
            path: path ?? url,
            serviceName: service,
            sampling: sampling
        )
    }
}
