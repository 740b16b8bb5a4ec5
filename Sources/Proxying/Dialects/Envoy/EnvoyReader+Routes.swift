import Formats

/// Route tables.
extension EnvoyReader {
    func routeTable(_ fields: Fields) -> RouteTable {
        defer { fields.finish() }
        var table = RouteTable(name: fields.text("name") ?? "", hosts: [])
        table.ignoresPort = fields.bool("ignore_port_in_host_matching") ?? false
        let shared = headerChanges(fields)
        table.hosts = fields.list("virtual_hosts").compactMap { virtualHost($0, shared) }
        checkDomains(fields)
        _ = fields.bool("validate_clusters")
        fields.ignored(
            "most_specific_header_mutations_wins",
            "ignore_path_parameters_in_path_matching",
            "max_direct_response_body_size_bytes",
            "metadata",
            because: "changes are made in the order route, host, table"
        )
        fields.unsupported(
            "vhds",
            "internal_only_headers",
            "request_mirror_policies",
            "cluster_specifier_plugins",
            "typed_per_filter_config"
        )
        return table
    }

    private func checkDomains(_ table: Fields) {
        var seen: Set<String> = []
        var names: Set<String> = []
        for host in table.list("virtual_hosts").compactMap({ $0.fields() }) {
            if let name = host.text("name"), !names.insert(name).inserted {
                log.error(host.place("name"), "two virtual hosts have the name \"\(name)\"")
            }
            for node in host.list("domains") {
                guard let domain = node.tree.scalar?.text.lowercased() else { continue }
                if !seen.insert(domain).inserted {
                    let what =
                        domain == "*"
                        ? "only one virtual host may have the domain \"*\""
                        : "the domain \"\(domain)\" is there twice"
                    node.error(what, "remove one")
                }
            }
        }
    }

    private func virtualHost(_ node: Node, _ shared: HeaderChanges) -> VirtualHost? {
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        let name = fields.requiredText("name") ?? ""
        let domains = fields.list("domains")
        if domains.isEmpty {
            node.error("a virtual host needs domains", "write domains: [\"*\"] for all")
        }
        var host = VirtualHost(name: name, domains: [], routes: [])
        host.domains = domains.compactMap { domain in
            guard let text = domain.text() else { return nil }
            let inner = text.dropFirst().dropLast()
            if text.isEmpty || inner.contains("*")
                || text.hasPrefix("*") && text.hasSuffix("*")
                    && text.utf8.count > 1
            {
                domain.error("\"\(text)\" is no domain", "a \"*\" is at the begin or at the end")
            }
            return text.lowercased()
        }
        host.headers = headerChanges(fields) + shared
        host.retry = fields.fields("retry_policy").flatMap(retry)
        host.filters = overrides(fields)
        if let cors = fields.fields("cors") { host.filters.cors = corsPolicy(cors) }
        host.rateLimits = fields.list("rate_limits").compactMap(rateLimit)
        host.requiresTLS =
            (fields.choice("require_tls", ["NONE", "EXTERNAL_ONLY", "ALL"]) ?? 0) > 0
        let buffer = fields.integer("per_request_buffer_limit_bytes")
        host.routes = fields.list("routes").compactMap { route($0, buffer: buffer) }
        if fields.bool("include_request_attempt_count") == true {
            host.headers.requestAdditions.append(Self.attempts)
        }
        if fields.bool("include_attempt_count_in_response") == true {
            host.headers.responseAdditions.append(Self.attempts)
        }
        fields.ignored("virtual_clusters", "metadata", because: "routes have no statistics")
        fields.unsupported(
            "matcher",
            "retry_policy_typed_config",
            "hedge_policy",
            "request_mirror_policies",
            "include_is_timeout_retry_header",
            "request_body_buffer_limit"
        )
        return host
    }

    private static let attempts = HeaderAddition(
        name: "x-envoy-attempt-count",
        value: "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
        mode: .overwrite
    )

    private func route(_ node: Node, buffer: Int?) -> Route? {
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        let match = fields.required("match")?.fields().map(routeMatch)
        let headers = headerChanges(fields)
        var filters = overrides(fields)
        var limits: [[RateLimitAction]] = []
        let kinds = [
            "route", "redirect", "direct_response", "filter_action", "non_forwarding_action",
        ]
        let action: RouteAction?
        switch fields.oneOf(kinds, isRequired: true) {
        case "route":
            guard let body = fields.fields("route") else { return nil }
            limits = body.list("rate_limits").compactMap(rateLimit)
            if let cors = body.fields("cors") { filters.cors = corsPolicy(cors) }
            action = forward(body, match?.path, buffer).map(RouteAction.forward)
        case "redirect":
            action = fields.fields("redirect").map { .redirect(redirect($0, match?.path)) }
        case "direct_response":
            action = fields.fields("direct_response").flatMap(directResponse)
        default:
            fields.unsupported("filter_action", "non_forwarding_action")
            action = nil
        }
        fields.ignored("metadata", "stat_prefix", because: "routes have no statistics")
        fields.ignored("decorator", "tracing", because: "spans are named after method and path")
        fields.unsupported("per_request_buffer_limit_bytes", "request_body_buffer_limit")
        guard let match, let action else { return nil }
        return Route(
            name: fields.text("name") ?? "",
            match: match,
            action: action,
            headers: headers,
            filters: filters,
            rateLimits: limits
        )
    }

    private func directResponse(_ fields: Fields) -> RouteAction? {
        defer { fields.finish() }
        guard let status = fields.required("status")?.integer(200...599) else { return nil }
        let body = fields.fields("body").flatMap(content) ?? ""
        fields.unsupported("body_format")
        return .respond(status: status, body: body)
    }

    private func redirect(_ fields: Fields, _ path: PathMatch?) -> RedirectAction {
        defer { fields.finish() }
        var action = RedirectAction()
        switch fields.oneOf(["https_redirect", "scheme_redirect"]) {
        case "https_redirect":
            if fields.bool("https_redirect") == true { action.scheme = "https" }
        case "scheme_redirect": action.scheme = fields.text("scheme_redirect")
        default: break
        }
        action.host = fields.text("host_redirect").flatMap { $0.isEmpty ? nil : $0 }
        action.port = fields.integer("port_redirect", 0...65535)
            .flatMap { $0 == 0 ? nil : UInt16($0) }
        switch fields.oneOf(["path_redirect", "prefix_rewrite", "regex_rewrite"]) {
        case "path_redirect": action.path = .whole(fields.text("path_redirect") ?? "")
        case "prefix_rewrite":
            action.path = prefixRewrite(fields.text("prefix_rewrite") ?? "", path)
        case "regex_rewrite":
            if let rewrite = fields.fields("regex_rewrite").flatMap(substitution) {
                action.path = rewrite
            }
        default: break
        }
        let codes = [
            "MOVED_PERMANENTLY", "FOUND", "SEE_OTHER", "TEMPORARY_REDIRECT", "PERMANENT_REDIRECT",
        ]
        action.status = [301, 302, 303, 307, 308][fields.choice("response_code", codes) ?? 0]
        action.stripsQuery = fields.bool("strip_query") ?? false
        return action
    }

    /// What `prefix_rewrite` does: after a match by a regular expression all of the path was matched.
    func prefixRewrite(_ text: String, _ path: PathMatch?) -> ForwardAction.PathRewrite {
        if case .regex = path { return .whole(text) }
        return .prefix(text)
    }

    /// A `RegexMatchAndSubstitute`.
    func substitution(_ fields: Fields) -> ForwardAction.PathRewrite? {
        defer { fields.finish() }
        let pattern = fields.required("pattern")?.fields().flatMap(regex)
        let text = fields.text("substitution") ?? ""
        if text.contains("\n") || text.contains("\r") {
            log.error(fields.place("substitution"), "it holds a line end")
        }
        return pattern.map { .regex(pattern: $0, substitution: text) }
    }

    // MARK: Rate limits

    /// A rule of `rate_limits`: what it shows to the descriptors of the filter.
    func rateLimit(_ node: Node) -> [RateLimitAction]? {
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        fields.ignored("stage", "disable_key", because: "there is one stage")
        fields.unsupported("limit", "hits_addend", "apply_on_stream_done")
        if fields.list("actions").isEmpty { log.error(fields.place, "\"actions\" is missing") }
        return fields.list("actions").compactMap(rateLimitAction)
    }

    private func rateLimitAction(_ node: Node) -> RateLimitAction? {
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        let kinds = [
            "generic_key", "request_headers", "query_parameters", "remote_address",
            "destination_cluster", "header_value_match",
        ]
        fields.unsupported(
            "source_cluster",
            "dynamic_metadata",
            "metadata",
            "extension",
            "masked_remote_address",
            "query_parameter_value_match"
        )
        guard let kind = fields.oneOf(kinds), let body = fields.fields(kind) else { return nil }
        defer { body.finish() }
        let key = body.text("descriptor_key")
        let skips = body.bool("skip_if_absent") ?? false
        switch kind {
        case "generic_key":
            guard let value = body.requiredText("descriptor_value") else { return nil }
            return .text(key: key ?? "generic_key", value: value)
        case "request_headers":
            guard let name = body.requiredText("header_name"), let key else { return nil }
            return .header(name: name.lowercased(), key: key, isSkippedIfAbsent: skips)
        case "query_parameters":
            guard let name = body.requiredText("query_parameter_name"), let key else { return nil }
            return .query(name: name, key: key, isSkippedIfAbsent: skips)
        case "header_value_match":
            guard let value = body.requiredText("descriptor_value") else { return nil }
            return .headersMatch(
                key: key ?? "header_match",
                value: value,
                expects: body.bool("expect_match") ?? true,
                tests: body.list("headers").compactMap(headerMatch)
            )
        case "remote_address": return .remoteAddress
        default: return .destinationCluster
        }
    }
}
