import Basics
import HTTP

/// The filters of an HTTP listener, compiled for one worker.
final class FilterSet {
    /// What requests pass that no route takes; `nil` is nothing.
    let base: FilterSteps?
    /// What the requests of each route pass, in the order of the matcher's plans.
    let chains: [FilterSteps?]
    private let tokens: [(gate: TokenGate, keys: [TokenSettings.Provider.Keys])]

    /// Compiles filters and what hosts and routes change about them.
    ///
    /// - Throws: `invalid` for what cannot be compiled, or if filters are there but not what they share.
    init(
        _ settings: HTTPSettings,
        _ shared: SharedFilters?,
        clusters: [String],
        _ statistics: Statistics
    ) throws(Failure) {
        guard settings.hasFilters else {
            base = nil
            chains = settings.routes.hosts.flatMap { $0.routes.map { _ in nil } }
            tokens = []
            return
        }
        guard let shared else { throw Failure(.internalError, "the filters have nothing to share") }
        var compiler = FilterCompiler(settings, shared, clusters: clusters, statistics)
        let base = try compiler.chain(FilterOverrides(), host: -1, route: nil)
        var chains: [FilterSteps?] = []
        for (place, host) in settings.routes.hosts.enumerated() {
            for (index, route) in host.routes.enumerated() {
                if case .reroute = route.action {
                    // What is asked of the request is said by the route that it finds.
                    chains.append(nil)
                    continue
                }
                let overrides = route.filters.merged(over: host.filters)
                if overrides.isEmpty {
                    chains.append(base)
                } else {
                    let own = route.filters.rateLimit != nil
                    chains.append(
                        try compiler.chain(
                            overrides,
                            host: place,
                            route: own ? index : nil,
                            named: (Array(route.filters.rateLimits.keys), index)
                        )
                    )
                }
            }
        }
        self.base = base
        self.chains = chains
        tokens = compiler.tokens
    }

    /// Takes keys of tokens that were fetched.
    func setKeys(_ keys: KeySet, of source: TokenSettings.Provider.Keys) {
        for (gate, sources) in tokens {
            for (index, known) in sources.enumerated() where known == source {
                gate.setKeys(keys, of: index)
            }
        }
    }
}
