import Basics

/// What a configuration may ask for that the proxy does not do: it is refused, never left out.
enum Capabilities {
    /// Throws if something in a configuration would not be done.
    ///
    /// - Throws: `invalid`, naming what, where and what to do.
    static func check(_ configuration: ProxyConfiguration) throws(Failure) {
        var asked: Set<String> = []
        var places: Set<String> = []
        for listener in configuration.listeners {
            guard places.insert(listener.place).inserted else {
                throw Failure(
                    .invalid,
                    "listener \"\(listener.name)\" cannot be served",
                    cause: "another one listens on \(listener.address) too",
                    remedy: "put the routes of both in one, or give it another address"
                )
            }
            for handler in listener.chains.map(\.handler) {
                switch handler {
                case .tcp(let relay):
                    for log in relay.accessLogs { _ = try LogLine(log) }
                case .http(let http): asked.formUnion(clusters(of: http))
                }
            }
        }
        for cluster in configuration.clusters {
            let place = "cluster \"\(cluster.name)\""
            if let keepalive = cluster.keepalive, !keepalive.isPossible {
                throw refusal(
                    place,
                    "its TCP keep-alive is beyond what the kernel takes",
                    "use 1 to 127 probes and 1 to 32767 seconds"
                )
            }
            if cluster.discovery == .originalDestination {
                throw refusal(
                    place,
                    "connections are not sent on to where they were redirected from",
                    "name its hosts"
                )
            }
            if cluster.proxyProtocol != nil, asked.contains(cluster.name),
                cluster.version == .http2 || cluster.version == .downstream
            {
                throw refusal(
                    place,
                    "the PROXY header names one client, and requests of many share a connection "
                        + "of HTTP/2",
                    "speak HTTP/1.1 to its hosts, or leave the header out"
                )
            }
        }
    }

    /// The clusters that HTTP requests are sent to.
    private static func clusters(of http: HTTPSettings) -> [String] {
        let routes = http.routes.hosts.flatMap(\.routes)
        let pages = routes.flatMap(\.errorPages).flatMap(\.routes)
        let questions = http.authorizations.flatMap(\.routes)
        return (routes + pages + questions).flatMap { route -> [String] in
            guard case .forward(let forward) = route.action,
                case .clusters(let shares) = forward.target
            else { return [] }
            return shares.map(\.name) + forward.mirrors.map(\.cluster)
        }
    }

    private static func refusal(_ what: String, _ why: String, _ remedy: String) -> Failure {
        Failure(.invalid, "\(what) cannot be served", cause: why, remedy: remedy)
    }
}
