import Basics

/// What a configuration may ask for that the proxy does not do yet: it is refused, never left out.
enum Capabilities {
    /// Throws if something in a configuration would not be done.
    ///
    /// - Throws: `invalid`, naming what, where and what to do.
    static func check(_ configuration: ProxyConfiguration) throws(Failure) {
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
            for case .tcp(let relay) in listener.chains.map(\.handler) {
                for log in relay.accessLogs { _ = try LogLine(log) }
            }
        }
    }

    /// What is done otherwise than a configuration says, without harm.
    static func remarks(on configuration: ProxyConfiguration) -> [String] {
        var isOld = false
        for listener in configuration.listeners {
            for case .http(let http) in listener.chains.map(\.handler) {
                for case .forward(let forward) in http.routes.hosts.flatMap(\.routes).map(\.action)
                {
                    isOld = isOld || forward.usesHTTP10
                }
            }
        }
        return isOld
            ? ["hosts are spoken to in HTTP/1.1, also where the configuration says 1.0"] : []
    }
}
