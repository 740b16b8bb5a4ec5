import Formats

/// What a location does with requests.
extension NginxRoutes {
    func content(
        _ directives: [NginxDirective],
        _ scope: NginxScope,
        _ match: RouteMatch,
        _ location: Location,
        rewrite: ForwardAction.PathRewrite?,
        redirects: Bool = false
    ) -> [Route] {
        for directive in directives {
            switch directive.name {
            case "proxy_pass", "grpc_pass":
                let path = rewrite ?? pathRewrite(directives)
                return proxied(directive, scope, match, location, path)
            case "stub_status":
                return [route(match, .stubStatus, scope)]
            default: break
            }
        }
        let unsupported = directives.contains { directive in
            switch NginxWords.all[directive.name] {
            case .unsupported, nil: true
            default: false
            }
        }
        if unsupported || redirects || directives.contains(where: { $0.name == "location" }) {
            return []
        }
        if errorPages.contains(location.text) {
            log.warn(location.directive.place, "it has no effect here: \(NginxWords.files)")
            return []
        }
        if scope.all("root", "alias", "try_files").isEmpty {
            log.warn(
                location.directive.place,
                "the location \"\(location.text)\" has nothing that answers: it is 404",
                "add proxy_pass or return"
            )
            return [route(match, .respond(status: 404, body: ""), scope)]
        }
        if directives.contains(where: { $0.name == "deny" && $0[0] == "all" }) {
            return [route(match, .respond(status: 403, body: ""), scope)]
        }
        log.unsupported(
            location.directive.place,
            "the location \"\(location.text)\" serves files, which this proxy does not",
            "add proxy_pass or return"
        )
        return []
    }

    /// A route with what the scope says about addresses, rates, passwords and fields.
    func route(_ match: RouteMatch, _ action: RouteAction, _ scope: NginxScope) -> Route {
        var route = Route(match: match, action: action)
        route.headers.responseAdditions += expiry(scope)
        for directive in scope.all("add_header") {
            guard let name = directive[0], let value = directive[1], EnvoyReader.isFieldName(name)
            else {
                log.error(directive.place, "the name of a header field and a value are expected")
                continue
            }
            for alternative in alternatives(value) where !alternative.value.isEmpty {
                var addition = HeaderAddition(
                    name: name,
                    value: commands(alternative.value, directive),
                    conditions: alternative.conditions
                )
                addition.isForSuccess = directive[2] != "always"
                route.headers.responseAdditions.append(addition)
            }
        }
        if case .forward = action {
            for directive in scope.all("proxy_hide_header", "grpc_hide_header") {
                guard let name = directive[0] else { continue }
                route.headers.responseRemovals.append(name.lowercased())
            }
        }
        route.filters = overrides(scope)
        if !isPage {
            route.errorPages = pages(scope)
            route.interceptsErrors = scope.isOn("proxy_intercept_errors")
        }
        return route
    }

    func overrides(_ scope: NginxScope) -> FilterOverrides {
        var overrides = FilterOverrides()
        overrides.addresses = reader.addressRules(scope.all("allow", "deny"))
        let most = reader.size(scope.one("client_max_body_size")) ?? 1 << 20
        overrides.bodyMaximum = most == 0 ? Int.max : most
        if let basic = scope.one("auth_basic"), basic[0] != "off" {
            if let file = scope.one("auth_basic_user_file")?[0] {
                overrides.basic = BasicSettings(
                    realm: basic[0] ?? "",
                    users: [.file(reader.resolved(file))]
                )
            } else {
                log.error(basic.place, "nothing says who may come", "add auth_basic_user_file")
            }
        }
        overrides.authorization = authorization(scope)
        overrides.concurrency = counts(scope)
        let limits = scope.all("limit_req")
        if limits.count > 1 {
            log.unsupported(limits[1].place, "only one limit of a location is supported")
        }
        overrides.rateLimit = limits.first.flatMap { limit($0, scope) }
        return overrides
    }

    /// Limits of requests at a time.
    private func counts(_ scope: NginxScope) -> [ConcurrencySettings] {
        let status = reader.number(scope.one("limit_conn_status")) ?? 503
        return scope.all("limit_conn").compactMap { directive in
            guard let name = directive[0], let maximum = directive[1].flatMap({ Int($0) }),
                maximum > 0, maximum <= 65535, directive.arguments.count == 2
            else {
                log.error(
                    directive.place,
                    "a zone and a number are expected",
                    "write limit_conn ZONE 10"
                )
                return nil
            }
            guard let key = reader.countZones[name] else {
                log.error(
                    directive.place,
                    "there is no zone \"\(name)\"",
                    "add limit_conn_zone $binary_remote_addr zone=\(name):10m to http"
                )
                return nil
            }
            return ConcurrencySettings(key: key, maximum: maximum, status: status, zone: name)
        }
    }

    private func limit(_ directive: NginxDirective, _ scope: NginxScope) -> RateLimitSettings? {
        guard let name = directive.value(of: "zone"), let zone = reader.limitZones[name] else {
            log.error(
                directive.place,
                "there is no zone \"\(directive.value(of: "zone") ?? "")\"",
                "add limit_req_zone to http"
            )
            return nil
        }
        guard let text = zone.value(of: "rate"), text.hasSuffix("r/s") || text.hasSuffix("r/m"),
            let count = Int(text.dropLast(3)), count > 0
        else {
            log.error(zone.place, "\"rate=\" is missing or no rate", "write rate=10r/s")
            return nil
        }
        let burst = directive.value(of: "burst").flatMap { Int($0) } ?? 0
        let isImmediate = directive.has("nodelay")
        var settings = RateLimitSettings(statPrefix: name, bucket: nil)
        settings.bucket = RateText.bucket(
            count: count,
            period: text.hasSuffix("r/m") ? .seconds(60) : .seconds(1),
            burst: isImmediate ? burst + 1 : 1
        )
        settings.queueMaximum = isImmediate ? 0 : burst
        if directive.value(of: "delay") != nil {
            log.warn(directive.place, "\"delay=\" has no effect here: all of burst waits")
        }
        settings.status = reader.number(scope.one("limit_req_status")) ?? 503
        settings.zone = name
        if let key = reader.limitKey(zone) { settings.key = key }
        return settings
    }

    // MARK: Proxying

    private func proxied(
        _ directive: NginxDirective,
        _ scope: NginxScope,
        _ match: RouteMatch,
        _ location: Location,
        _ rewrite: ForwardAction.PathRewrite?
    ) -> [Route] {
        guard let text = directive[0] else {
            log.error(directive.place, "a URL is expected")
            return []
        }
        let choices = alternatives(text)
        if choices.count > 1 {
            return choices.flatMap { choice -> [Route] in
                var match = match
                match.headers += choice.conditions
                return proxied(to: choice.value, directive, scope, match, location, rewrite)
            }
        }
        return proxied(to: choices[0].value, directive, scope, match, location, rewrite)
    }

    private func proxied(
        to text: String,
        _ directive: NginxDirective,
        _ scope: NginxScope,
        _ match: RouteMatch,
        _ location: Location,
        _ rewrite: ForwardAction.PathRewrite?
    ) -> [Route] {
        guard let pass = NginxPass.parse(text, directive, self) else { return [] }
        var match = match
        var action = ForwardAction(target: .clusters([]))
        let fields = fields(scope, pass, directive.name == "grpc_pass")
        action.upgrades = fields.upgrades ? ["websocket"] : []
        action.hostRewrite = fields.host
        let version = scope.one("proxy_http_version")?[0] ?? "1.0"
        if let directive = scope.one("proxy_http_version"), !["1.0", "1.1"].contains(version) {
            log.unsupported(directive.place, "\"\(version)\" is not supported", "write 1.1")
        }
        let isGRPC = directive.name == "grpc_pass"
        action.usesHTTP10 = version == "1.0" && !isGRPC
        let keeps = (version == "1.1" && fields.keepsConnection) || isGRPC
        guard
            let upstream = reader.cluster(pass, scope, keepsConnections: keeps, directive, self)
        else { return [] }
        action.target = .clusters([WeightedCluster(name: upstream.name)])
        action.hashPolicies = upstream.hashPolicies
        action.timeout = nil
        let prefix = isGRPC ? "grpc" : "proxy"
        action.idleTimeout = reader.time(scope.one("\(prefix)_read_timeout")) ?? .seconds(60)
        action.idleIsFailure = true
        action.retry = retries(scope, hosts: upstream.hostCount)
        action.mirrors = mirrors(scope)
        if let flag = scope.one("proxy_request_buffering") { _ = reader.flag(flag) }
        // What is asked in the place of a request has no body anyway.
        if !isPage, let flag = scope.one("proxy_pass_request_body"), reader.flag(flag) == false {
            log.unsupported(
                flag.place,
                "\"off\" is not supported",
                "requests are passed on as they came"
            )
        }
        action.pathRewrite = path(pass, location, &match, rewrite, directive)
        var route = route(match, .forward(action), scope)
        route.answers.locations = redirects(scope, directive, pass, location)
        route.answers.cookiePaths = cookies("proxy_cookie_path", scope)
        route.answers.cookieDomains = cookies("proxy_cookie_domain", scope)
        route.headers.requestAdditions += fields.additions
        route.headers.requestRemovals += fields.removals
        return [route]
    }

    /// How the path is changed: the URI of `proxy_pass` goes in the place of the location's.
    private func path(
        _ pass: NginxPass,
        _ location: Location,
        _ match: inout RouteMatch,
        _ rewrite: ForwardAction.PathRewrite?,
        _ directive: NginxDirective
    ) -> ForwardAction.PathRewrite {
        if let rewrite { return rewrite }
        guard let uri = pass.uri else { return .keep }
        if uri == "$request_uri" || uri == "$uri" || uri == "$uri$is_args$args" { return .keep }
        switch location.kind {
        case .named:
            log.error(
                directive.place,
                "a URI has no place in a named location",
                "remove \"\(uri)\""
            )
            return .keep
        case .regex:
            guard uri.contains("$") else {
                if location.directive.block?.contains(where: { $0.name == "if" }) == true
                    || !uri.isEmpty
                {
                    log.error(
                        directive.place,
                        "a URI has no place in a location by regular expression",
                        "remove \"\(uri)\", or use $1"
                    )
                }
                return .keep
            }
            guard let substitution = substitution(uri, directive) else { return .keep }
            return .regex(pattern: Self.whole(location.text), substitution: substitution)
        default:
            guard let fixed = variables.constant(uri) else {
                log.unsupported(directive.place, "variables in the URI are not supported: \(uri)")
                return .keep
            }
            if location.text == "/", case .any = match.path { match.path = .prefix("/") }
            if fixed == location.text { return .keep }
            return .prefix(fixed)
        }
    }

    private func retries(_ scope: NginxScope, hosts: Int) -> RetrySettings {
        var settings = RetrySettings(
            conditions: [],
            retriesMaximum: max(0, hosts - 1),
            backoffBase: .milliseconds(1),
            backoffMaximum: .milliseconds(1),
            avoidsPreviousHosts: true
        )
        let directive = scope.one("proxy_next_upstream")
        for word in directive?.texts ?? ["error", "timeout"] {
            switch word {
            case "error": settings.conditions.formUnion([.connectFailure, .reset, .refusedStream])
            case "timeout": settings.conditions.insert(.timeout)
            case "non_idempotent": settings.conditions.insert(.anyMethod)
            case "invalid_header": settings.conditions.insert(.reset)
            case "off": return RetrySettings(conditions: [], retriesMaximum: 0)
            case let word where word.hasPrefix("http_"):
                guard let status = Int(word.dropFirst(5)), (400...599).contains(status) else {
                    fallthrough
                }
                settings.conditions.insert(.statuses)
                settings.statuses.append(status)
            default:
                if let directive {
                    log.unknown(
                        directive.place,
                        "the condition",
                        word,
                        among: ["error", "timeout", "invalid_header", "http_502", "non_idempotent"]
                    )
                }
            }
        }
        let tries = reader.number(scope.one("proxy_next_upstream_tries")) ?? 0
        if tries > 0 { settings.retriesMaximum = min(settings.retriesMaximum, tries - 1) }
        if let limit = scope.one("proxy_next_upstream_timeout"), reader.time(limit) != .zero {
            log.warn(limit.place, "it has no effect here: tries are counted, not timed")
        }
        return settings
    }

    // MARK: Header fields

    /// What `proxy_set_header` comes to.
    private struct Fields {
        var host = ForwardAction.HostRewrite.keep
        var additions: [HeaderAddition] = []
        var removals: [String] = []
        var upgrades = false
        /// Whether a connection may be used again: `Connection` is not `close`.
        var keepsConnection = false
    }

    private func fields(_ scope: NginxScope, _ pass: NginxPass, _ isGRPC: Bool) -> Fields {
        var fields = Fields()
        fields.host = isGRPC ? .keep : .literal(pass.authority)
        var connection: String? = "close"
        for directive in scope.all(isGRPC ? "grpc_set_header" : "proxy_set_header") {
            guard let name = directive[0], let value = directive[1], directive.arguments.count == 2,
                EnvoyReader.isFieldName(name)
            else {
                log.error(directive.place, "the name of a header field and a value are expected")
                continue
            }
            switch name.lowercased() {
            case "host": fields.host = host(value, pass, directive)
            case "connection": connection = value
            case "upgrade": fields.upgrades = value == "$http_upgrade" || fields.upgrades
            default: set(name, value, directive, &fields)
            }
        }
        if let connection {
            let variable = connection.hasPrefix("$") ? String(connection.dropFirst()) : nil
            let isMapped = variable.flatMap { reader.maps[$0]?[0] } == "$http_upgrade"
            let isUpgrade =
                connection.lowercased() == "upgrade" || isMapped
                || variable == "http_connection"
            fields.keepsConnection =
                connection.isEmpty || isUpgrade
                || connection.lowercased() == "keep-alive"
            fields.upgrades = fields.upgrades && isUpgrade
        }
        return fields
    }

    private func host(
        _ value: String,
        _ pass: NginxPass,
        _ directive: NginxDirective
    ) -> ForwardAction.HostRewrite {
        switch value {
        case "$host": return .withoutPort
        case "$http_host", "$host:$server_port", "$http_host:$server_port",
            "$host:$proxy_port":
            return .keep
        case "$proxy_host": return .literal(pass.authority)
        default: break
        }
        if let fixed = variables.constant(value) { return .literal(fixed) }
        let choices = alternatives(value)
        // What the client sent, by a detour.
        let own: Set = ["${http_host}", "${host}", "$http_host", "$host"]
        if choices.count > 1, choices.allSatisfy({ own.contains($0.value) }) { return .keep }
        if value.hasPrefix("$http_"), !value.dropFirst().contains("$") {
            return .header(String(value.dropFirst(6)).replacing("_", with: "-"))
        }
        log.unsupported(directive.place, "this host is not supported: \(value)", "write $host")
        return .keep
    }

    private func set(
        _ name: String,
        _ value: String,
        _ directive: NginxDirective,
        _ fields: inout Fields
    ) {
        if value.isEmpty {
            fields.removals.append(name.lowercased())
            return
        }
        let itself = "$http_" + name.lowercased().replacing("-", with: "_")
        for choice in alternatives(value) {
            // A field that is passed on as it came.
            if choice.value == itself { continue }
            fields.additions.append(
                HeaderAddition(
                    name: name,
                    value: commands(choice.value, directive),
                    mode: .overwrite,
                    conditions: choice.conditions
                )
            )
        }
    }
}
