public import Basics

/// An API gateway that is told everything by its environment.
///
/// `GATEWAY_UPSTREAM` (`host:port` or a URL), `GATEWAY_LISTEN` (a port), `GATEWAY_API_KEYS` or
/// `GATEWAY_API_KEYS_FILE` (`KEY` or `NAME:KEY`, separated by commas or lines), `GATEWAY_JWT_ISSUER`,
/// `GATEWAY_JWT_JWKS` (a URL, a file or the JSON itself), `GATEWAY_JWT_AUDIENCE`, and `GATEWAY_RATE`
/// (`100/s;burst=200;key=ip`).
public enum GatewayEnvironment {
    /// Paths that are sent on without keys or tokens, because probes have none.
    public static let probePaths = ["/health", "/healthz", "/livez", "/ready", "/readyz"]

    /// The gateway that an environment describes; `nil` if it describes none.
    ///
    /// - Parameters:
    ///   - environment: The variables.
    ///   - ports: The ports that the container declares; the first one is listened on.
    /// - Returns: The configuration and what was decided.
    /// - Throws: which variable is wrong.
    public static func configuration(
        _ environment: [String: String],
        ports: [UInt16] = []
    ) throws(Failure) -> DerivedConfiguration? {
        func value(_ names: String...) -> (name: String, text: String)? {
            for name in names {
                if let text = environment[name], !text.isEmpty { return (name, text) }
            }
            return nil
        }
        let known = environment.keys.contains { $0.hasPrefix("GATEWAY_") }
        guard known else { return nil }
        var clusters = ClusterBook()
        var sentences: [String] = []
        let address = try listen(value("GATEWAY_LISTEN", "GATEWAY_PORT"), ports)
        let upstream = try self.upstream(value("GATEWAY_UPSTREAM"), environment, &sentences)
        let cluster = clusters.add(upstream)
        sentences.insert("the gateway listens on \(address) and sends to \(cluster)", at: 0)
        if upstream.address.host == "localhost" || upstream.address.host == "127.0.0.1",
            upstream.address.port == address.port
        {
            sentences.append(
                "the upstream has the gateway's own port \(address.port): only one of them can listen"
                    + " there; set GATEWAY_LISTEN or GATEWAY_UPSTREAM"
            )
        }
        var filters: [HTTPFilter] = []
        if let keys = keys(value("GATEWAY_API_KEYS"), value("GATEWAY_API_KEYS_FILE")) {
            filters.append(.apiKey(keys))
            sentences.append("requests need an API key in x-api-key or authorization: Bearer")
        }
        if let jwks = value("GATEWAY_JWT_JWKS", "GATEWAY_JWKS") {
            let provider = try provider(
                jwks,
                issuer: value("GATEWAY_JWT_ISSUER")?.text ?? "",
                audience: value("GATEWAY_JWT_AUDIENCE")?.text ?? "",
                &clusters
            )
            let rule = TokenSettings.Rule(match: RouteMatch(), requirement: .provider("jwt"))
            filters.append(.token(TokenSettings(providers: [provider], rules: [rule])))
            sentences.append("requests need a JSON web token")
        } else if let issuer = value("GATEWAY_JWT_ISSUER") {
            throw Failure(
                .invalid,
                "\(issuer.name) is set, but nothing says where the issuer's keys are",
                remedy: "set GATEWAY_JWT_JWKS to a URL, a file or the keys"
            )
        }
        if filters.isEmpty {
            sentences.append(
                "NOBODY IS ASKED WHO HE IS: neither GATEWAY_API_KEYS nor GATEWAY_JWT_JWKS is set"
            )
        }
        if let rate = value("GATEWAY_RATE") {
            switch RateText.parse(rate.text) {
            case .success(let limit):
                filters.append(.rateLimit(limit))
                sentences.append("the rate is limited to \(rate.text)")
            case .failure(let mistake):
                throw Failure(.invalid, "\(rate.name): \(mistake.what)", remedy: mistake.remedy)
            }
        }
        var action = ForwardAction(target: .clusters([WeightedCluster(name: cluster)]))
        action.timeout = .seconds(60)
        if upstream.isTLS { action.hostRewrite = .literal(upstream.address.host) }
        let open = FilterOverrides(skipsAuthentication: true, token: TokenRequirement.none)
        let routes =
            probePaths.map {
                Route(match: RouteMatch(path: .exact($0)), action: .forward(action), filters: open)
            } + [Route(action: .forward(action))]
        var http = QuickStart.http("gateway", routes)
        http.filters = filters
        let configuration = ProxyConfiguration(
            listeners: [QuickStart.listener(address, handler: .http(http))],
            clusters: clusters.all
        )
        return DerivedConfiguration(configuration, sentences: sentences)
    }

    private static func listen(
        _ variable: (name: String, text: String)?,
        _ ports: [UInt16]
    ) throws(Failure) -> HostPort {
        guard let variable else { return HostPort(host: "0.0.0.0", port: ports.first ?? 8080) }
        guard let address = AddressText.hostPort(variable.text, host: "0.0.0.0") else {
            throw Failure(
                .invalid,
                "\(variable.name): \"\(variable.text)\" is no port or address",
                remedy: "write 8080"
            )
        }
        return address
    }

    private static func upstream(
        _ variable: (name: String, text: String)?,
        _ environment: [String: String],
        _ sentences: inout [String]
    ) throws(Failure) -> Target {
        let text = variable?.text ?? "localhost:\(environment["PORT"] ?? "8080")"
        if variable == nil {
            sentences.append(
                "GATEWAY_UPSTREAM is not set, so the application is taken to be at \(text)"
            )
        }
        guard let target = Target(text, defaultPort: 80), target.scheme != .tcp,
            target.scheme != .tls
        else {
            throw Failure(
                .invalid,
                "\(variable?.name ?? "PORT"): \"\(text)\" leads nowhere",
                remedy: "write app:8080 or https://api.example.com"
            )
        }
        return target
    }

    private static func keys(
        _ inline: (name: String, text: String)?,
        _ file: (name: String, text: String)?
    ) -> APIKeySettings? {
        var sources: [TextSource] = []
        if let inline {
            let lines = inline.text.split { $0 == "," || $0.isNewline }
                .map { $0.trimmingSpace() }.filter { !$0.isEmpty }
            sources.append(.inline(lines.joined(separator: "\n")))
        }
        if let file { sources.append(.file(file.text)) }
        guard !sources.isEmpty else { return nil }
        return APIKeySettings(
            places: [.header("x-api-key"), .header("authorization")],
            keys: sources,
            nameHeader: "x-consumer-name"
        )
    }

    private static func provider(
        _ jwks: (name: String, text: String),
        issuer: String,
        audience: String,
        _ clusters: inout ClusterBook
    ) throws(Failure) -> TokenSettings.Provider {
        let keys: TokenSettings.Provider.Keys
        if jwks.text.hasPrefix("{") {
            keys = .text(.inline(jwks.text))
        } else if jwks.text.hasPrefix("/") {
            keys = .text(.file(jwks.text))
        } else if let target = Target(jwks.text), target.path != nil,
            target.scheme == .https || target.scheme == .http
        {
            keys = .remote(
                url: jwks.text,
                cluster: clusters.add(target),
                timeout: .seconds(5),
                lifetime: .seconds(300)
            )
        } else {
            throw Failure(
                .invalid,
                "\(jwks.name): \"\(jwks.text)\" is neither a URL nor a file nor JSON",
                remedy: "write https://HOST/PATH, /path/to/jwks.json or the keys themselves"
            )
        }
        return TokenSettings.Provider(
            name: "jwt",
            issuer: issuer,
            audiences: audience.isEmpty ? [] : audience.split(separator: ",").map(String.init),
            keys: keys,
            forwards: true
        )
    }
}
