import Basics

/// What the workers share of a listener's filters, and what the control thread read for them.
final class SharedFilters: Sendable {
    /// Where a limit of requests stands: each place has buckets of its own.
    enum RatePlace: Hashable, Sendable {
        /// In the listener's list.
        case filter(Int)
        /// Of a virtual host.
        case host(Int)
        /// Of a route of a virtual host.
        case route(Int, Int)
        /// Of a virtual host, or a route of it, for the filter of a name.
        case named(String, host: Int, route: Int?)
        /// Of all places that name it.
        case zone(String)
    }

    /// Checks a password off the workers' threads, and says whether it is good.
    typealias PasswordRunner =
        @Sendable (BasicGate.Job, @escaping @Sendable (Bool) -> Void) -> Void

    /// The seed of hashes of keys; secret.
    let seed: UInt64
    /// What digests of credentials begin with; secret.
    let pepper: [UInt8]
    /// The texts of files.
    let texts: [TextSource: String]
    let rates: [RatePlace: RateLimitState]
    /// The counts of requests that go on.
    let zones: RequestZones
    /// The keys that were fetched last.
    let keys: [TokenSettings.Provider.Keys: KeySet]
    let checkPassword: PasswordRunner

    init(
        seed: UInt64,
        pepper: [UInt8],
        texts: [TextSource: String] = [:],
        rates: [RatePlace: RateLimitState] = [:],
        zones: RequestZones = RequestZones(),
        keys: [TokenSettings.Provider.Keys: KeySet] = [:],
        checkPassword: @escaping PasswordRunner
    ) {
        self.seed = seed
        self.pepper = pepper
        self.texts = texts
        self.rates = rates
        self.zones = zones
        self.keys = keys
        self.checkPassword = checkPassword
    }

    /// The text of a source.
    func text(_ source: TextSource) -> String {
        if case .inline(let text) = source { return text }
        return texts[source] ?? ""
    }
}

extension HTTPSettings {
    /// Whether a request passes any filter.
    var hasFilters: Bool {
        !filters.isEmpty || bodyMaximum != nil
            || routes.hosts.contains { host in
                !host.filters.isEmpty || host.routes.contains { !$0.filters.isEmpty }
            }
    }

    /// All limits of requests and where they stand.
    var rateLimits: [(place: SharedFilters.RatePlace, settings: RateLimitSettings)] {
        var found: [(place: SharedFilters.RatePlace, settings: RateLimitSettings)] = []
        func add(_ settings: RateLimitSettings?, _ place: SharedFilters.RatePlace) {
            guard let settings, settings.limits else { return }
            found.append((settings.zone.map { .zone($0) } ?? place, settings))
        }
        for (index, filter) in filters.enumerated() {
            if case .rateLimit(let settings) = filter { add(settings, .filter(index)) }
        }
        for (index, host) in routes.hosts.enumerated() {
            add(host.filters.rateLimit, .host(index))
            for (name, limit) in host.filters.rateLimits {
                add(limit, .named(name, host: index, route: nil))
            }
            for (place, route) in host.routes.enumerated() {
                add(route.filters.rateLimit, .route(index, place))
                for (name, limit) in route.filters.rateLimits {
                    add(limit, .named(name, host: index, route: place))
                }
            }
        }
        return found
    }

    /// The files whose texts filters need.
    var filterSources: [TextSource] {
        var sources: [TextSource] = []
        for filter in filters {
            switch filter {
            case .apiKey(let settings): sources += settings.keys
            case .basic(let settings): sources += settings.users
            case .token(let settings):
                for case .text(let source) in settings.providers.map(\.keys) {
                    sources.append(source)
                }
            case .rateLimit, .cors, .addresses, .policies, .bodyLimit, .authorization, .health,
                .fault:
                break
            }
        }
        for host in routes.hosts {
            sources += host.filters.basic?.users ?? []
            sources += host.filters.apiKey?.keys ?? []
            for route in host.routes {
                sources += route.filters.basic?.users ?? []
                sources += route.filters.apiKey?.keys ?? []
            }
        }
        return sources
    }
}

extension RateLimitSettings {
    /// Whether there is a bucket at all.
    var limits: Bool { bucket != nil || !descriptors.isEmpty }
}
