import Formats

/// Who may come: tokens, keys, passwords, addresses.
extension EnvoyReader {
    func tokens(_ fields: Fields) -> TokenSettings {
        defer { fields.finish() }
        var settings = TokenSettings(providers: [], rules: [])
        audienceProviders = [:]
        if let providers = fields.fields("providers") {
            settings.providers = providers.entries().compactMap(provider)
        }
        let names = Set(settings.providers.map(\.name))
        if let map = fields.fields("requirement_map") {
            for (name, node) in map.entries() {
                requirements[name] = node.fields().map { requirement($0, names) }
            }
        }
        for rule in fields.list("rules").compactMap({ $0.fields() }) {
            let match = rule.required("match")?.fields().map(routeMatch)
            var need = TokenRequirement.none
            switch rule.oneOf(["requires", "requirement_name"]) {
            case "requires":
                if let body = rule.fields("requires") { need = requirement(body, names) }
            case "requirement_name":
                let name = rule.requiredText("requirement_name") ?? ""
                if let known = requirements[name] {
                    need = known
                } else {
                    log.error(
                        rule.place("requirement_name"),
                        "there is no requirement \"\(name)\" in requirement_map"
                    )
                }
            default: break
            }
            rule.finish()
            if let match { settings.rules.append(.init(match: match, requirement: need)) }
        }
        if fields.bool("bypass_cors_preflight") == true {
            let preflight = RouteMatch(
                methods: ["OPTIONS"],
                headers: [
                    HeaderMatch(name: "origin", test: .present),
                    HeaderMatch(name: "access-control-request-method", test: .present),
                ]
            )
            settings.rules.insert(.init(match: preflight, requirement: .none), at: 0)
        }
        for (other, (name, audiences)) in audienceProviders.sorted(by: { $0.key < $1.key }) {
            guard var provider = settings.providers.first(where: { $0.name == name }) else {
                continue
            }
            provider.name = other
            provider.audiences = audiences
            settings.providers.append(provider)
        }
        fields.ignored("strip_failure_response", "stat_prefix", because: "refusals say why")
        fields.unsupported("filter_state_rules")
        return settings
    }

    private func provider(_ name: String, _ node: Node) -> TokenSettings.Provider? {
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        var keys: TokenSettings.Provider.Keys?
        switch fields.oneOf(["remote_jwks", "local_jwks"], isRequired: true) {
        case "remote_jwks": keys = fields.fields("remote_jwks").flatMap(remoteKeys)
        case "local_jwks":
            keys = fields.fields("local_jwks").flatMap(source).map { .text($0) }
        default: break
        }
        guard let keys else { return nil }
        var provider = TokenSettings.Provider(name: name, keys: keys)
        provider.issuer = fields.text("issuer") ?? ""
        provider.audiences = fields.texts("audiences")
        provider.forwards = fields.bool("forward") ?? false
        let header = fields.text("forward_payload_header") ?? ""
        provider.payloadHeader = header.isEmpty ? nil : header
        if let seconds = fields.integer("clock_skew_seconds") {
            provider.clockSkew = .seconds(seconds)
        }
        var places: [TokenSettings.Place] = []
        for header in fields.list("from_headers").compactMap({ $0.fields() }) {
            let prefix = header.text("value_prefix") ?? ""
            if let name = header.requiredText("name") {
                places.append(.header(name.lowercased(), prefix: prefix))
            }
            header.finish()
        }
        places += fields.texts("from_params").map { .query($0) }
        places += fields.texts("from_cookies").map { .cookie($0) }
        if !places.isEmpty { provider.places = places }
        for claim in fields.list("claim_to_headers").compactMap({ $0.fields() }) {
            if claim.has("claim_path") {
                let names = claim.list("claim_path").compactMap { segment -> String? in
                    guard let segment = segment.fields() else { return nil }
                    defer { segment.finish() }
                    return segment.requiredText("key")
                }
                if let header = claim.requiredText("header_name") {
                    provider.claimPaths[header] = names
                }
            } else if let header = claim.requiredText("header_name"),
                let name = claim.requiredText("claim_name")
            {
                provider.claimHeaders.append(HeaderAddition(name: header, value: name))
            }
            claim.finish()
        }
        fields.ignored(
            "payload_in_metadata",
            "header_in_metadata",
            "failed_status_in_metadata",
            "normalize_payload_in_metadata",
            "jwt_cache_config",
            "pad_forward_payload_header",
            because: "there is no metadata, and signatures are checked each time"
        )
        fields.unsupported(
            "subjects",
            "require_expiration",
            "max_lifetime",
            "clear_route_cache",
            "set_filter_state"
        )
        return provider
    }

    /// The name of a provider that asks for other audiences; it is made when the settings are read.
    private func audienceProvider(_ name: String, _ audiences: [String]) -> String {
        let other = "\(name)#\(audiences.joined(separator: ","))"
        audienceProviders[other] = (name, audiences)
        return other
    }

    private func remoteKeys(_ fields: Fields) -> TokenSettings.Provider.Keys? {
        defer { fields.finish() }
        fields.ignored(
            "async_fetch",
            "retry_policy",
            because: "keys are fetched before they expire"
        )
        let lifetime = fields.duration("cache_duration") ?? .seconds(600)
        guard let uri = fields.required("http_uri")?.fields() else { return nil }
        defer { uri.finish() }
        let timeout = uri.required("timeout")?.duration() ?? .seconds(5)
        guard let url = uri.requiredText("uri"), let cluster = uri.requiredText("cluster") else {
            return nil
        }
        refer(to: cluster, from: uri.place("cluster"))
        return .remote(url: url, cluster: cluster, timeout: timeout, lifetime: lifetime)
    }

    private func requirement(_ fields: Fields, _ providers: Set<String>) -> TokenRequirement {
        defer { fields.finish() }
        func named(_ fields: Fields) -> TokenRequirement {
            guard let name = fields.requiredText("provider_name") else { return .none }
            if !providers.contains(name) {
                log.error(fields.place("provider_name"), "there is no provider \"\(name)\"")
            }
            return .provider(name)
        }
        func several(_ key: String) -> [TokenRequirement] {
            guard let list = fields.fields(key) else { return [] }
            defer { list.finish() }
            let all = list.list("requirements").compactMap { $0.fields() }
                .map { requirement($0, providers) }
            if all.count < 2 { log.error(list.place, "at least two requirements are expected") }
            return all
        }
        let kinds = [
            "provider_name", "provider_and_audiences", "requires_any", "requires_all",
            "allow_missing", "allow_missing_or_failed", "extract_only_without_validation",
        ]
        switch fields.oneOf(kinds) {
        case "provider_name": return named(fields)
        case "provider_and_audiences":
            guard let body = fields.fields("provider_and_audiences") else { return .none }
            defer { body.finish() }
            let audiences = body.texts("audiences")
            let plain = named(body)
            guard !audiences.isEmpty, case .provider(let name) = plain else { return plain }
            return .provider(audienceProvider(name, audiences))
        case "requires_any": return .any(several("requires_any"))
        case "requires_all": return .all(several("requires_all"))
        case "allow_missing":
            fields.fields("allow_missing")?.finish()
            return .allowMissing
        case "allow_missing_or_failed":
            fields.fields("allow_missing_or_failed")?.finish()
            return .allowMissingOrFailed
        case nil: return .none
        default:
            fields.unsupported("extract_only_without_validation")
            return .none
        }
    }

    func basic(_ fields: Fields) -> BasicSettings? {
        defer { fields.finish() }
        let header = fields.text("forward_username_header") ?? ""
        fields.unsupported("authentication_header", "emit_dynamic_metadata")
        guard let users = fields.required("users")?.fields().flatMap(source) else { return nil }
        return BasicSettings(users: [users], nameHeader: header.isEmpty ? nil : header)
    }

    func apiKeys(_ fields: Fields) -> APIKeySettings? {
        defer { fields.finish() }
        let settings = apiKeyParts(fields)
        if settings.places.isEmpty { log.error(fields.place, "\"key_sources\" is empty") }
        return settings.places.isEmpty ? nil : settings
    }

    /// What a route changes: keys and places that are not there are the filter's.
    func apiKeysPerRoute(_ fields: Fields) -> APIKeySettings {
        defer { fields.finish() }
        // Before 1.41 the parts stood beside the names.
        var settings = apiKeyParts(fields)
        if let parts = fields.fields("override_config") {
            settings = apiKeyParts(parts)
            parts.finish()
        }
        settings.allowedNames = fields.texts("allowed_clients")
        return settings
    }

    private func apiKeyParts(_ fields: Fields) -> APIKeySettings {
        var settings = APIKeySettings(places: [], keys: [], hidesKey: false)
        for credential in fields.list("credentials").compactMap({ $0.fields() }) {
            defer { credential.finish() }
            guard let key = credential.requiredText("key"),
                let client = credential.requiredText("client")
            else { continue }
            settings.keys.append(.inline("\(client):\(key)"))
        }
        for source in fields.list("key_sources").compactMap({ $0.fields() }) {
            defer { source.finish() }
            switch source.oneOf(["header", "query", "cookie"], isRequired: true) {
            case "header":
                source.text("header").map { settings.places.append(.header($0.lowercased())) }
            case "query": source.text("query").map { settings.places.append(.query($0)) }
            default: source.text("cookie").map { settings.places.append(.cookie($0)) }
            }
        }
        if let forwarding = fields.fields("forwarding") {
            settings.nameHeader = forwarding.text("header").flatMap { $0.isEmpty ? nil : $0 }
            settings.hidesKey = forwarding.bool("hide_credentials") ?? false
            forwarding.finish()
        }
        return settings
    }

    // MARK: Addresses

    /// Role-based access where the roles are ranges of addresses.
    func addressRules(_ fields: Fields) -> AddressRules? {
        ignoreShadows(fields)
        guard let rules = fields.fields("rules") else { return nil }
        defer { rules.finish() }
        let action = rules.choice("action", ["ALLOW", "DENY", "LOG"]) ?? 0
        if action == 2 { log.unsupported(rules.place("action"), "LOG is not supported") }
        rules.unsupported("audit_logging_options")
        var ranges: [AddressRules.Rule] = []
        if let policies = rules.fields("policies") {
            for (_, node) in policies.entries() {
                guard let policy = node.fields() else { continue }
                policy.unsupported("condition", "checked_condition", "cel_config")
                for permission in policy.list("permissions").compactMap({ $0.fields() }) {
                    if permission.bool("any") != true {
                        for key in permission.keys where key != "any" {
                            permission.unsupported(
                                key,
                                instead: "only any: true is; put the rule on a route"
                            )
                        }
                    }
                    permission.finish()
                }
                for principal in policy.list("principals") {
                    ranges += principals(principal, allows: action == 0)
                }
                policy.finish()
            }
        }
        return AddressRules(rules: ranges, allowsOthers: action != 0)
    }

    private func principals(_ node: Node, allows: Bool) -> [AddressRules.Rule] {
        guard let fields = node.fields() else { return [] }
        defer { fields.finish() }
        for key in ["remote_ip", "direct_remote_ip", "source_ip"] {
            guard let value = fields.value(key) else { continue }
            return range(value).map { [.init(range: $0, isAllowed: allows)] } ?? []
        }
        if let ids = fields.fields("or_ids") {
            defer { ids.finish() }
            return ids.list("ids").flatMap { principals($0, allows: allows) }
        }
        if fields.bool("any") == true { return [.init(range: nil, isAllowed: allows)] }
        for key in fields.keys {
            fields.unsupported(key, instead: "only addresses are: direct_remote_ip, remote_ip")
        }
        return []
    }
}
