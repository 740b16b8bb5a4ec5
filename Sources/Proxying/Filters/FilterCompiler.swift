import Basics
import HTTP

/// Makes the chains of filters of one listener for one worker; what routes have in common is made once.
struct FilterCompiler {
    private let settings: HTTPSettings
    private let shared: SharedFilters
    private let statistics: Statistics
    private let prefix: String
    private let clusters: [String]
    private var passwords: [BasicSettings: FilterSteps.Step] = [:]
    private var keys: [APIKeySettings: APIKeyGate] = [:]
    private var services: [AuthorizationSettings: FilterSteps.Step] = [:]
    private var gates: [TokenSettings: TokenGate] = [:]
    /// The gates of tokens, and where the keys of their providers come from.
    private(set) var tokens: [(gate: TokenGate, keys: [TokenSettings.Provider.Keys])] = []

    init(
        _ settings: HTTPSettings,
        _ shared: SharedFilters,
        clusters: [String],
        _ statistics: Statistics
    ) {
        self.clusters = clusters
        self.settings = settings
        self.shared = shared
        self.statistics = statistics
        prefix = "http.\(settings.statPrefix)"
    }

    /// The chain of a route with changed settings; `nil` if nothing is asked of its requests.
    ///
    /// `host` and `route` say where changed limits of requests stand, `named` which of those with a name
    /// are the route's own. What is changed but not listed is enforced too: addresses and origins first,
    /// the others last.
    mutating func chain(
        _ changes: FilterOverrides,
        host: Int,
        route: Int?,
        named: (names: [String], route: Int)? = nil
    ) throws(Failure) -> FilterSteps? {
        var steps: [FilterSteps.Step?] = []
        var rest = changes
        // A limit of bodies that a host or route names holds instead of all others.
        let bodyMaximum = changes.bodyMaximum ?? settings.bodyMaximum
        let place = route.map { SharedFilters.RatePlace.route(host, $0) } ?? .host(host)
        for (index, filter) in settings.filters.enumerated() {
            switch filter {
            case .rateLimit(let own):
                if let changed = changes.rateLimits[own.filterName] {
                    let isOwn = named?.names.contains(own.filterName) ?? false
                    let owner = isOwn ? named?.route : nil
                    steps.append(
                        try limit(changed, .named(own.filterName, host: host, route: owner))
                    )
                } else if let changed = rest.rateLimit {
                    steps.append(try limit(changed, place))
                    rest.rateLimit = nil
                } else if changes.rateLimit?.limits ?? true {
                    // Only the first of several is changed, but all are switched off.
                    steps.append(try limit(own, .filter(index)))
                }
            case .apiKey(let own):
                let settings = changes.apiKey.map { own.changed(by: $0) } ?? own
                steps.append(try askKeys(settings, isSkipped: changes.skipsKeys))
            case .basic(let own):
                if changes.basic == nil, changes.skipsPasswords {
                    steps.append(Self.strip([own.nameHeader].compactMap { $0 }))
                } else {
                    steps.append(try askPasswords(changes.basic ?? own))
                }
                rest.basic = nil
            case .token(let own): steps.append(try askTokens(own, changes.token))
            case .cors(let own):
                steps.append(try origins(changes.cors ?? own))
                rest.cors = nil
            case .addresses(let own):
                steps.append(addresses(changes.addresses ?? own))
                rest.addresses = nil
            case .policies(let own):
                steps.append(try policies(changes.policies ?? own))
                rest.policies = nil
            case .bodyLimit(let own):
                steps.append(Self.body(changes.bodyMaximum ?? min(own, bodyMaximum ?? own)))
                rest.bodyMaximum = nil
            case .authorization(let own):
                let isSkipped = changes.authorization == nil && changes.skipsAuthorization
                if !isSkipped { steps.append(try ask(changes.authorization ?? own)) }
                rest.authorization = nil
            case .health(let path): steps.append(.health(path: Array(path.utf8)))
            case .fault(let own): steps += faults(changes.fault ?? own)
            }
        }
        let isListed = settings.filters.contains { if case .bodyLimit = $0 { true } else { false } }
        var first: [FilterSteps.Step?] = changes.concurrency.map(count)
        if let rules = rest.addresses { first.append(addresses(rules)) }
        if let rules = rest.policies { first.append(try policies(rules)) }
        if let rules = rest.cors { first.append(try origins(rules)) }
        if let basic = rest.basic { steps.append(try askPasswords(basic)) }
        if let rate = rest.rateLimit { steps.append(try limit(rate, place)) }
        if let service = rest.authorization { steps.append(try ask(service)) }
        if let bodyMaximum, !isListed { steps.append(Self.body(bodyMaximum)) }
        let all = (first + steps).compactMap { $0 }
        return all.isEmpty ? nil : FilterSteps(all)
    }

    // MARK: Steps

    private func limit(
        _ settings: RateLimitSettings,
        _ place: SharedFilters.RatePlace
    ) throws(Failure) -> FilterSteps.Step? {
        guard settings.limits else { return nil }
        guard let state = shared.rates[settings.zone.map { .zone($0) } ?? place] else {
            throw Failure(.internalError, "a limit of requests has no buckets")
        }
        let edits = try HeaderEdits(removals: [], additions: settings.responseHeaders)
        let limiter = try RateLimiter(settings, state: state, seed: shared.seed)
        return .rateLimit(
            FilterSteps.RateStep(
                limiter,
                RateStatistics(settings.statPrefix, statistics),
                edits
            )
        )
    }

    private mutating func askKeys(
        _ settings: APIKeySettings,
        isSkipped: Bool
    ) throws(Failure) -> FilterSteps.Step? {
        if isSkipped { return Self.strip([settings.nameHeader].compactMap { $0 }) }
        let gate: APIKeyGate
        if let known = keys[settings] {
            gate = known
        } else {
            gate = try APIKeyGate(settings, texts: settings.keys.map(shared.text))
            keys[settings] = gate
        }
        return .apiKey(
            gate,
            GateStatistics("\(prefix).api_key_auth", statistics, refused: "unauthorized")
        )
    }

    private mutating func ask(
        _ settings: AuthorizationSettings
    ) throws(Failure) -> FilterSteps.Step {
        if let known = services[settings] { return known }
        let step = FilterSteps.Step.authorization(
            try AuthorizationGate(settings, clusters: clusters),
            AuthorizationStatistics(prefix, statistics)
        )
        services[settings] = step
        return step
    }

    private mutating func askPasswords(
        _ settings: BasicSettings
    ) throws(Failure) -> FilterSteps.Step {
        if let known = passwords[settings] { return known }
        let gate = try BasicGate(
            settings,
            texts: settings.users.map(shared.text),
            seed: shared.seed,
            pepper: shared.pepper
        )
        let step = FilterSteps.Step.basic(
            FilterSteps.BasicStep(
                gate,
                shared.checkPassword,
                GateStatistics("\(prefix).basic_auth", statistics)
            )
        )
        passwords[settings] = step
        return step
    }

    private mutating func askTokens(
        _ settings: TokenSettings,
        _ requirement: TokenRequirement?
    ) throws(Failure) -> FilterSteps.Step {
        let gate: TokenGate
        if let known = gates[settings] {
            gate = known
        } else {
            var sets: [KeySet?] = []
            for provider in settings.providers {
                if case .text(let source) = provider.keys {
                    sets.append(try KeySet(Array(shared.text(source).utf8)))
                } else {
                    sets.append(shared.keys[provider.keys])
                }
            }
            gate = try TokenGate(settings, keys: sets, seed: shared.seed)
            gates[settings] = gate
            tokens.append((gate, settings.providers.map(\.keys)))
        }
        var prepared: Int?
        if let requirement { prepared = try gate.prepare(requirement) }
        return .token(
            gate,
            requirement: prepared,
            GateStatistics("\(prefix).jwt_authn", statistics)
        )
    }

    private func origins(_ settings: CORSSettings) throws(Failure) -> FilterSteps.Step? {
        settings.origins.isEmpty ? nil : .cors(try CORSGate(settings))
    }

    private func addresses(_ rules: AddressRules) -> FilterSteps.Step? {
        if rules.rules.isEmpty && rules.allowsOthers { return nil }
        return .addresses(AddressGate(rules), GateStatistics("\(prefix).rbac", statistics))
    }

    private func count(_ settings: ConcurrencySettings) -> FilterSteps.Step? {
        .concurrency(
            ConcurrencyGate(settings, shared.zones.counts(settings.zone), seed: shared.seed),
            GateStatistics("\(prefix).concurrency_limit", statistics)
        )
    }

    private func policies(_ settings: AccessPolicies) throws(Failure) -> FilterSteps.Step? {
        if settings == .none { return nil }
        return .policies(
            try PolicyGate(settings),
            GateStatistics("\(prefix).rbac", statistics)
        )
    }

    private static func body(_ most: Int) -> FilterSteps.Step? {
        most == .max ? nil : .bodyLimit(most)
    }

    private func faults(_ settings: FaultSettings) -> [FilterSteps.Step] {
        let counts = FaultStatistics(self.settings.statPrefix, statistics)
        var steps: [FilterSteps.Step] = []
        if settings.delay != nil, settings.delayFraction > 0 {
            steps.append(.delay(settings, counts))
        }
        if settings.status != nil, settings.statusFraction > 0 {
            steps.append(.abort(settings, counts))
        }
        return steps
    }

    private static func strip(_ names: [String]) -> FilterSteps.Step? {
        names.isEmpty ? nil : .strip(names.map { Array($0.utf8) })
    }
}

extension APIKeySettings {
    /// These with what a route says in its own words.
    fileprivate func changed(by route: Self) -> Self {
        var changed = self
        if !route.keys.isEmpty { changed.keys = route.keys }
        if !route.places.isEmpty { changed.places = route.places }
        if let name = route.nameHeader {
            changed.nameHeader = name
            changed.hidesKey = route.hidesKey
        }
        changed.allowedNames = route.allowedNames
        return changed
    }
}
