import Basics
import HTTP
import Reactor
import Security

extension ProxyServer {
    /// Whether health paths are to be answered with failure although nothing is wrong.
    public func setFailing(_ isFailing: Bool) {
        for worker in workers { worker.post { ProxyWorker.of($0)?.isFailing = isFailing } }
    }

    /// The keys of tokens that were fetched, for workers that compile now.
    var fetchedKeys: [TokenSettings.Provider.Keys: KeySet] {
        fetchers.compactMapValues(\.keys)
    }

    /// Fetches the keys that a configuration needs, and no others.
    func fetchKeys(for configuration: ProxyConfiguration) {
        var wanted: [TokenSettings.Provider.Keys: String] = [:]
        for listener in configuration.listeners {
            for case .http(let http) in listener.chains.map(\.handler) {
                for case .token(let settings) in http.filters {
                    for provider in settings.providers {
                        guard case .remote = provider.keys else { continue }
                        wanted[provider.keys] = "http.\(http.statPrefix).jwt_authn"
                    }
                }
            }
        }
        for (source, fetcher) in fetchers where wanted[source] == nil {
            fetcher.stop()
            fetchers[source] = nil
        }
        for (source, prefix) in wanted where fetchers[source] == nil {
            guard case .remote(let url, let cluster, let timeout, let lifetime) = source else {
                continue
            }
            let good = statistics.id("\(prefix).jwks_fetch_success", .counter)
            let bad = statistics.id("\(prefix).jwks_fetch_failed", .counter)
            let fetcher = KeyFetcher(
                url: url,
                lifetime: lifetime,
                journal: journal,
                fetch: { [weak self] () throws(Failure) in
                    guard let self else { throw Failure(.cancelled, "the proxy has ended") }
                    return try await self.fetch(url, through: cluster, timeout: timeout)
                },
                counted: { [weak self] isGood in self?.counts.add(isGood ? good : bad) },
                publish: { [weak self] keys in
                    for worker in self?.workers ?? [] {
                        worker.post { ProxyWorker.of($0)?.setKeys(keys, of: source) }
                    }
                }
            )
            fetchers[source] = fetcher
            fetcher.start()
        }
    }

    func stopFetching() {
        for fetcher in fetchers.values { fetcher.stop() }
        fetchers = [:]
    }

    private func fetch(
        _ url: String,
        through cluster: String,
        timeout: Duration
    ) async throws(Failure) -> [UInt8] {
        let (authority, path) = ClusterClient.parts(of: url)
        let deadline = Loop.main.now + timeout
        let answer = try await ask(
            cluster,
            ClusterClient.Request(method: "GET", authority: authority, path: path),
            deadline: deadline
        )
        guard answer.status == 200 else {
            throw Failure(.unavailable, "\(url) answers with status \(answer.status)")
        }
        return answer.body
    }
}
