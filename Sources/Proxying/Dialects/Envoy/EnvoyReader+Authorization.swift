import Formats

/// Services that are asked whether requests may pass.
extension EnvoyReader {
    func authorization(_ fields: Fields) -> AuthorizationSettings? {
        defer { fields.finish() }
        _ = fields.choice("transport_api_version", ["AUTO", "V2", "V3"])
        fields.unsupported("with_request_body", "filter_enabled", "deny_at_disable")
        fields.unsupported("filter_enabled_metadata")
        fields.ignored(
            "metadata_context_namespaces",
            "typed_metadata_context_namespaces",
            "route_metadata_context_namespaces",
            "route_typed_metadata_context_namespaces",
            "enable_dynamic_metadata_ingestion",
            "filter_metadata",
            "emit_filter_state_stats",
            because: "there is no metadata"
        )
        fields.ignored(
            "clear_route_cache",
            "include_peer_certificate",
            "include_tls_session",
            "bootstrap_metadata_labels_key",
            "charge_cluster_response_stats",
            "decoder_header_mutation_rules",
            "validate_mutations",
            "encode_raw_headers",
            "stat_prefix",
            because: "the route is chosen before the service is asked, about the request alone"
        )
        let kind = fields.oneOf(["http_service", "grpc_service"], isRequired: true)
        if kind == "grpc_service" {
            fields.unsupported("grpc_service", instead: "write http_service")
            return nil
        }
        guard let service = fields.fields("http_service"),
            var settings = authorizationService(service)
        else { return nil }
        if let allowed = fields.fields("allowed_headers") {
            settings.sentFields = (settings.sentFields ?? []) + names(allowed)
        }
        fields.unsupported(
            "disallowed_headers",
            instead: "name those that are sent in allowed_headers"
        )
        settings.passesOnFailure = fields.bool("failure_mode_allow") ?? false
        settings.tellsFailure = fields.bool("failure_mode_allow_header_add") ?? false
        if let status = fields.fields("status_on_error") {
            settings.failureStatus = status.integer("code", 400...599) ?? settings.failureStatus
            status.finish()
        }
        return settings
    }

    private func authorizationService(_ fields: Fields) -> AuthorizationSettings? {
        defer { fields.finish() }
        fields.ignored("retry_policy", because: "the service is asked once")
        guard let uri = fields.required("server_uri")?.fields() else { return nil }
        defer { uri.finish() }
        let timeout = uri.required("timeout")?.duration() ?? .milliseconds(200)
        guard uri.requiredText("uri") != nil, let cluster = uri.requiredText("cluster") else {
            return nil
        }
        refer(to: cluster, from: uri.place("cluster"))
        var forward = ForwardAction(
            target: .clusters([WeightedCluster(name: cluster)]),
            timeout: timeout == .zero ? nil : timeout
        )
        let prefix = fields.text("path_prefix") ?? ""
        if !prefix.isEmpty, !prefix.hasPrefix("/") {
            log.error(fields.place("path_prefix"), "\"\(prefix)\" does not begin with a slash")
        }
        if !prefix.isEmpty { forward.pathRewrite = .prefix(prefix + "/") }
        var route = Route(match: RouteMatch(path: .prefix("/")), action: .forward(forward))
        var settings = AuthorizationSettings(routes: [], sentFields: [])
        if let request = fields.fields("authorization_request") {
            settings.sentFields = request.fields("allowed_headers").map(names) ?? []
            route.headers.requestAdditions = request.list("headers_to_add").compactMap(headerValue)
            request.finish()
        }
        if let response = fields.fields("authorization_response") {
            func list(_ key: String) -> [TextMatch]? { response.fields(key).map(names) }
            settings.passedFields = list("allowed_upstream_headers") ?? []
            settings.appendedFields = list("allowed_upstream_headers_to_append") ?? []
            settings.refusalFields = list("allowed_client_headers")
            settings.answerFields = list("allowed_client_headers_on_success") ?? []
            response.ignored("dynamic_metadata_from_headers", because: "there is no metadata")
            response.finish()
        }
        settings.routes = [route]
        return settings
    }

    /// The patterns of a list of texts, for names of fields.
    private func names(_ fields: Fields) -> [TextMatch] {
        defer { fields.finish() }
        return fields.list("patterns").compactMap { $0.fields().flatMap(textMatch) }
            .map { match in
                // Names are compared in lower case.
                switch match {
                case .exact(let text, _): .exact(text.lowercased())
                case .prefix(let text, _): .prefix(text.lowercased())
                case .suffix(let text, _): .suffix(text.lowercased())
                case .contains(let text, _): .contains(text.lowercased())
                case .regex: match
                }
            }
    }

    private func headerValue(_ node: Node) -> HeaderAddition? {
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        guard let name = fields.requiredText("key") else { return nil }
        guard Self.isFieldName(name) else {
            log.error(fields.place("key"), "\"\(name)\" is no name of a header field")
            return nil
        }
        let value = fields.text("value") ?? ""
        log.checkCommands(value, fields.place("value"))
        return HeaderAddition(name: name, value: value, mode: .overwrite)
    }

    /// What a route says about the service.
    func authorizationPerRoute(_ fields: Fields, _ overrides: inout FilterOverrides) {
        defer { fields.finish() }
        switch fields.oneOf(["disabled", "check_settings"], isRequired: true) {
        case "disabled": overrides.skipsAuthorization = fields.bool("disabled") ?? false
        case "check_settings":
            guard let check = fields.fields("check_settings") else { return }
            _ = check.bool("disable_request_body_buffering")
            check.ignored("context_extensions", because: "the service is asked over HTTP")
            check.unsupported("with_request_body", "grpc_service", "http_service")
            check.finish()
        default: break
        }
    }
}
