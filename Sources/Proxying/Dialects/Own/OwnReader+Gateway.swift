import Formats

/// Who may come, and how often, in our own language.
extension OwnReader {
    func overrides(_ fields: Fields) -> FilterOverrides {
        var overrides = FilterOverrides()
        overrides.rateLimit = fields.value("rate_limit").flatMap(rate)
        overrides.cors = fields.value("cors").flatMap(cors)
        overrides.bodyMaximum = size(fields, "body_limit")
        overrides.addresses = addresses(fields)
        if let node = fields.value("auth") {
            if node.tree.scalar?.bool == false {
                overrides.skipsAuthentication = true
                overrides.token = TokenRequirement.none
                overrides.skipsAuthorization = true
            } else {
                node.error(
                    "a route or site can only switch authentication off",
                    "write auth: off, or auth with its settings beside \"listen\""
                )
            }
        }
        return overrides
    }

    /// `allow` and `deny`: with `allow` all others stay out.
    func addresses(_ fields: Fields) -> AddressRules? {
        let denied = ranges(fields, "deny")
        let allowed = ranges(fields, "allow")
        guard !denied.isEmpty || !allowed.isEmpty else { return nil }
        return AddressRules(
            rules: denied.map { .init(range: $0, isAllowed: false) }
                + allowed.map { .init(range: $0, isAllowed: true) },
            allowsOthers: allowed.isEmpty
        )
    }

    func cors(_ node: Node) -> CORSSettings? {
        if node.tree.mapping == nil {
            let nodes = node.tree.sequence != nil ? node.elements() : [node]
            return CORSSettings(
                origins: nodes.compactMap(originMatch),
                methods: Self.methods,
                headers: "*",
                maxAge: 600
            )
        }
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        var settings = CORSSettings(origins: fields.list("origins").compactMap(originMatch))
        if settings.origins.isEmpty { log.error(fields.place, "\"origins\" is missing") }
        let methods = textOrTexts(fields, "methods")
        settings.methods = methods.isEmpty ? Self.methods : methods.joined(separator: ", ")
        let headers = textOrTexts(fields, "headers")
        settings.headers = headers.isEmpty ? "*" : headers.joined(separator: ", ")
        settings.exposed = textOrTexts(fields, "expose").joined(separator: ", ")
        settings.maxAge = fields.duration("max_age").map { Int($0.components.seconds) } ?? 600
        settings.allowsCredentials = fields.bool("credentials") ?? false
        return settings
    }

    private static let methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

    func fault(_ fields: Fields) -> FaultSettings {
        defer { fields.finish() }
        var fault = FaultSettings()
        func share(_ key: String) -> Int {
            Int((fields.number(key) ?? 100) * 10_000)
        }
        fault.delay = fields.duration("delay")
        fault.delayFraction = fault.delay == nil ? 0 : share("delay_percent")
        fault.status = fields.integer("status", 200...599)
        fault.statusFraction = fault.status == nil ? 0 : share("status_percent")
        return fault
    }

    /// All that are named must be shown.
    func authentication(_ node: Node) -> [HTTPFilter] {
        if node.tree.scalar?.bool == false { return [] }
        guard let fields = node.fields() else { return [] }
        defer { fields.finish() }
        var filters: [HTTPFilter] = []
        if let keys = fields.value("api_keys").flatMap(apiKeys) { filters.append(.apiKey(keys)) }
        if let basic = fields.value("basic").flatMap(basic) { filters.append(.basic(basic)) }
        if let service = fields.value("service").flatMap(service) {
            filters.append(.authorization(service))
        }
        if let node = fields.value("jwt") {
            let nodes = node.tree.sequence != nil ? node.elements() : [node]
            let providers = nodes.enumerated()
                .compactMap { index, node in provider(node, "jwt\(index == 0 ? "" : "\(index)")") }
            let needs = providers.map { TokenRequirement.provider($0.name) }
            if let first = needs.first {
                let rule = TokenSettings.Rule(
                    match: RouteMatch(),
                    requirement: needs.count == 1 ? first : .any(needs)
                )
                filters.append(.token(TokenSettings(providers: providers, rules: [rule])))
            }
        }
        if filters.isEmpty, !log.hasErrors {
            log.error(node.place, "it asks for nothing", "add api_keys, basic, jwt or service")
        }
        return filters
    }

    private func apiKeys(_ node: Node) -> APIKeySettings? {
        if node.tree.mapping == nil {
            let nodes = node.tree.sequence != nil ? node.elements() : [node]
            return APIKeySettings(keys: nodes.compactMap { $0.text().map(TextSource.inline) })
        }
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        var settings = APIKeySettings(places: [], keys: [])
        settings.keys = fields.texts("keys").map(TextSource.inline)
        if let file = fields.text("file") { settings.keys.append(.file(file)) }
        if settings.keys.isEmpty {
            log.error(fields.place, "there are no keys", "add keys or file")
        }
        settings.places =
            textOrTexts(fields, "header").map { .header($0.lowercased()) }
            + textOrTexts(fields, "query").map { .query($0) }
            + textOrTexts(fields, "cookie").map { .cookie($0) }
        if settings.places.isEmpty { settings.places = [.header("x-api-key")] }
        settings.nameHeader = fields.text("name_header")
        settings.hidesKey = fields.bool("hide") ?? true
        return settings
    }

    private func basic(_ node: Node) -> BasicSettings? {
        if node.tree.scalar != nil {
            return node.text().map { BasicSettings(users: [.file($0)]) }
        }
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        var settings = BasicSettings(users: [])
        if let realm = fields.text("realm") { settings.realm = realm }
        if let file = fields.text("file") { settings.users.append(.file(file)) }
        let lines = (fields.fields("users")?.entries() ?? [])
            .compactMap { name, node in node.text().map { "\(name):\($0)" } }
        if !lines.isEmpty { settings.users.append(.inline(lines.joined(separator: "\n"))) }
        settings.nameHeader = fields.text("name_header")
        if settings.users.isEmpty {
            log.error(fields.place, "there are no users", "add file or users")
        }
        return settings
    }

    /// A service that is asked with GET for a fixed URL: 2xx lets pass, and what else it answers is the
    /// client's.
    private func service(_ node: Node) -> AuthorizationSettings? {
        let fields = node.tree.mapping == nil ? nil : node.fields()
        defer { fields?.finish() }
        guard let text = fields == nil ? node.text() : fields?.requiredText("url") else {
            return nil
        }
        guard let target = Target(text), target.scheme == .http || target.scheme == .https else {
            node.error("\"\(text)\" is no URL", "write http://HOST:PORT/PATH")
            return nil
        }
        let forward = ForwardAction(
            target: .clusters([WeightedCluster(name: addCluster(target))]),
            hostRewrite: .upstream,
            timeout: fields?.duration("timeout") ?? .seconds(5)
        )
        var route = Route(action: .forward(forward))
        route.headers.requestAdditions = Self.questionFields
        func names(_ key: String) -> [TextMatch] {
            guard let fields else { return [] }
            return textOrTexts(fields, key).map { .exact($0.lowercased()) }
        }
        var settings = AuthorizationSettings(
            routes: [route],
            path: target.path ?? "/",
            verdict: .answer(passes: 200...299)
        )
        if fields?.has("send") == true { settings.sentFields = names("send") }
        settings.passedFields = names("pass")
        settings.answerFields = names("answer")
        settings.passesOnFailure = fields?.bool("fail_open") ?? false
        return settings
    }

    /// What tells the service about the request, as Traefik and others call it.
    private static let questionFields = [
        ("x-forwarded-method", "%REQ(:METHOD)%"),
        ("x-forwarded-host", "%REQ(:AUTHORITY)%"),
        ("x-forwarded-uri", "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%"),
    ].map { HeaderAddition(name: $0.0, value: $0.1, mode: .overwrite) }

    private func provider(_ node: Node, _ name: String) -> TokenSettings.Provider? {
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        let issuer = fields.text("issuer") ?? ""
        let audiences = textOrTexts(fields, "audience")
        var keys: TokenSettings.Provider.Keys?
        switch fields.oneOf(["jwks", "jwks_file", "jwks_inline"], isRequired: true) {
        case "jwks":
            if let node = fields.value("jwks"), let text = node.text() {
                keys = remoteKeys(text, fields.duration("cache") ?? .seconds(300))
                if keys == nil { node.error("\"\(text)\" is no URL", "write https://HOST/PATH") }
            }
        case "jwks_file": keys = fields.requiredText("jwks_file").map { .text(.file($0)) }
        case "jwks_inline": keys = fields.requiredText("jwks_inline").map { .text(.inline($0)) }
        default: break
        }
        guard let keys else { return nil }
        var provider = TokenSettings.Provider(
            name: name,
            issuer: issuer,
            audiences: audiences,
            keys: keys
        )
        provider.forwards = fields.bool("forward") ?? true
        provider.payloadHeader = fields.text("payload_header")
        if let skew = fields.duration("clock_skew") { provider.clockSkew = skew }
        let places: [TokenSettings.Place] =
            textOrTexts(fields, "header").map { .header($0.lowercased(), prefix: "") }
            + textOrTexts(fields, "query").map { .query($0) }
            + textOrTexts(fields, "cookie").map { .cookie($0) }
        if !places.isEmpty { provider.places = places }
        provider.claimHeaders = additions(fields, "claims", .overwrite)
        return provider
    }

    /// Keys behind a URL, through a cluster of its host.
    func remoteKeys(_ url: String, _ lifetime: Duration) -> TokenSettings.Provider.Keys? {
        guard let target = Target(url), target.path != nil,
            target.scheme == .http || target.scheme == .https
        else { return nil }
        return .remote(
            url: url,
            cluster: addCluster(target),
            timeout: .seconds(5),
            lifetime: lifetime
        )
    }
}
