import Basics
import Reactor
import Security
import System

/// What filters need that outlives a configuration: secrets, and the buckets of limits of requests.
@MainLoop final class FilterStore {
    private struct Key: Hashable {
        var listener: String
        var chain: Int
        var place: SharedFilters.RatePlace
    }

    private let seed = Random.number()
    private let pepper = Random.bytes(16)
    private var rates: [Key: (settings: RateLimitSettings, state: RateLimitState)] = [:]
    private let zones = RequestZones()
    /// The largest file that is read.
    private static let fileMaximum = 4 << 20

    /// Makes what the workers share of the filters of each listener's chains.
    ///
    /// Limits whose settings are the same keep their buckets. Everything is compiled once for trial.
    /// - Throws: `Failure` for a file that cannot be read, and for what cannot be compiled.
    func share(
        _ configuration: ProxyConfiguration,
        _ keys: [TokenSettings.Provider.Keys: KeySet],
        _ statistics: Statistics
    ) throws(Failure) -> [[SharedFilters?]] {
        var next: [Key: (settings: RateLimitSettings, state: RateLimitState)] = [:]
        var all: [[SharedFilters?]] = []
        for listener in configuration.listeners {
            var chains: [SharedFilters?] = []
            for (index, chain) in listener.chains.enumerated() {
                guard case .http(let http) = chain.handler, http.hasFilters else {
                    chains.append(nil)
                    continue
                }
                var own: [SharedFilters.RatePlace: RateLimitState] = [:]
                for (place, settings) in http.rateLimits {
                    let isZone = settings.zone != nil
                    let key = Key(
                        listener: isZone ? "" : listener.name,
                        chain: isZone ? 0 : index,
                        place: place
                    )
                    own[place] = state(key, settings, &next)
                }
                let shared = SharedFilters(
                    seed: seed,
                    pepper: pepper,
                    texts: try Self.texts(http.filterSources),
                    rates: own,
                    zones: zones,
                    keys: keys,
                    checkPassword: Self.checkPassword
                )
                _ = try FilterSet(
                    http,
                    shared,
                    clusters: configuration.clusters.map(\.name),
                    Statistics()
                )
                chains.append(shared)
            }
            all.append(chains)
        }
        rates = next
        return all
    }

    private func state(
        _ key: Key,
        _ settings: RateLimitSettings,
        _ next: inout [Key: (settings: RateLimitSettings, state: RateLimitState)]
    ) -> RateLimitState {
        // A zone's places may allow different bursts of the same buckets.
        if let known = next[key], settings.zone != nil { return known.state }
        let isSame = rates[key].map { $0.settings == settings || settings.zone != nil } ?? false
        let state = isSame ? rates[key]?.state : nil
        let kept = state ?? RateLimitState(settings)
        next[key] = (settings, kept)
        return kept
    }

    private static func texts(_ sources: [TextSource]) throws(Failure) -> [TextSource: String] {
        var texts: [TextSource: String] = [:]
        for source in Set(sources) {
            guard case .file(let path) = source else { continue }
            do throws(SystemError) {
                let bytes = try Files.read(path, limit: fileMaximum)
                texts[source] = String(decoding: bytes, as: UTF8.self)
            } catch {
                throw Failure("cannot read \(path)", error)
            }
        }
        return texts
    }

    /// Slow by intention, so it is done by the threads for work that blocks.
    private static let checkPassword: SharedFilters.PasswordRunner = { job, done in
        Task { @MainLoop in
            let isGood = try? await Loop.main.offload { job.run() }
            done(isGood ?? false)
        }
    }
}
