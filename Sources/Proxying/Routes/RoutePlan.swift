internal import Basics
internal import HTTP

/// What is done with the requests of a route, compiled.
final class RoutePlan {
    /// What is done.
    enum Action {
        case forward(ForwardPlan)
        case redirect(RedirectPlan)
        case respond(status: Int, body: [UInt8], contentType: [UInt8])
        case reroute(PathRewriter)
        case close
        case stubStatus
        case metrics
    }

    /// The route's name, for access logs.
    let name: [UInt8]
    /// The virtual host's name.
    let hostName: [UInt8]
    let action: Action
    /// Changes of the route, then of the host.
    let requestEdits: HeaderEdits
    let responseEdits: HeaderEdits
    /// Filter settings that differ; those of the route go before those of the host.
    let filters: FilterOverrides
    /// Changes of addresses and cookies in answers of hosts; `nil` is none.
    let answers: AnswerEdits?
    /// What answers in the place of certain statuses; `nil` is nothing.
    let pages: ErrorPages?
    /// What is shown to the descriptors of rate limits.
    let rateActions: RateActions
    /// How much of the path was matched; `nil` is all of it.
    let matchedLength: Int?

    init(
        _ route: Route,
        of host: VirtualHost,
        matchedLength: Int?,
        clusters: [String],
        hostname: String
    ) throws(Failure) {
        name = Array(route.name.utf8)
        hostName = Array(host.name.utf8)
        self.matchedLength = matchedLength
        switch route.action {
        case .forward(let forward):
            action = .forward(
                try ForwardPlan(
                    forward,
                    of: host,
                    route: route,
                    clusters: clusters,
                    hostname: hostname
                )
            )
        case .redirect(let redirect):
            action = .redirect(try RedirectPlan(redirect, hostname: hostname))
        case .respond(let status, let body, let contentType):
            action = .respond(
                status: status,
                body: Array(body.utf8),
                contentType: Array(contentType.utf8)
            )
        case .reroute(let rewrite): action = .reroute(try PathRewriter(rewrite))
        case .close: action = .close
        case .stubStatus: action = .stubStatus
        case .metrics: action = .metrics
        }
        var request = HeaderEdits()
        var response = HeaderEdits()
        for changes in [route.headers, host.headers] {
            try request.append(
                removals: changes.requestRemovals,
                additions: changes.requestAdditions,
                hostname: hostname
            )
            try response.append(
                removals: changes.responseRemovals,
                additions: changes.responseAdditions,
                hostname: hostname
            )
        }
        requestEdits = request
        responseEdits = response
        filters = route.filters.merged(over: host.filters)
        answers = try AnswerEdits(route.answers, hostname: hostname)
        pages = try ErrorPages(route, of: host, clusters: clusters, hostname: hostname)
        rateActions = try RateActions(route: route.rateLimits, host: host.rateLimits)
    }
}

extension FilterOverrides {
    /// These, and where they say nothing the others.
    func merged(over other: Self) -> Self {
        var merged = Self(
            rateLimit: rateLimit ?? other.rateLimit,
            cors: cors ?? other.cors,
            bodyMaximum: bodyMaximum ?? other.bodyMaximum,
            addresses: addresses ?? other.addresses,
            basic: basic ?? (skipsPasswords ? nil : other.basic),
            token: token ?? other.token
        )
        merged.rateLimits = other.rateLimits.merging(rateLimits) { _, own in own }
        merged.apiKey = apiKey ?? other.apiKey
        merged.fault = fault ?? other.fault
        merged.skipsKeys = skipsKeys || other.skipsKeys
        merged.skipsPasswords = skipsPasswords || other.skipsPasswords && basic == nil
        merged.concurrency = concurrency.isEmpty ? other.concurrency : concurrency
        merged.policies = policies ?? other.policies
        merged.authorization =
            authorization ?? (skipsAuthorization ? nil : other.authorization)
        merged.skipsAuthorization =
            skipsAuthorization || other.skipsAuthorization && authorization == nil
        return merged
    }
}
