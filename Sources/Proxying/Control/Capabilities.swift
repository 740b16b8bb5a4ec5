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
}
