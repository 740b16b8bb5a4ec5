internal import Proxying

/// How much a proxy may hold so that it stays within the memory that its container is given.
struct MemoryBudget: Equatable {
    /// The limit in bytes; `nil` is none.
    var limit: Int?
    /// The most connections of clients; 0 is no limit.
    var connections: Int
    /// The most bytes that wait on one connection in one direction.
    var buffer: Int

    /// What the program takes without a connection, all roles' code and tables included.
    private static let base = 16 << 20
    /// What a busy connection takes on both sides with TLS, buffers not counted.
    private static let connection = 96 << 10

    /// The budget of a limit in bytes; `nil` is none.
    ///
    /// A quarter is left for bursts and for what others in the container take. The rest, less the program's own, is
    /// shared among so many works of the process.
    init(limit: Int?, parts: Int = 1) {
        self.limit = limit
        guard let limit else {
            connections = 0
            buffer = 1 << 20
            return
        }
        let usable = max(0, limit / 4 * 3 - Self.base) / max(1, parts)
        connections = min(max(usable / Self.connection, 64), 1_000_000)
        // A few peers that do not read must not take everything.
        buffer = min(max(usable / 256, 32 << 10), 1 << 20)
    }

    /// Narrows a configuration down to the budget.
    func apply(to configuration: inout ProxyConfiguration) {
        guard limit != nil else { return }
        let own = configuration.connectionsMaximum
        configuration.connectionsMaximum = own == 0 ? connections : min(own, connections)
        for index in configuration.listeners.indices {
            configuration.listeners[index].bufferMaximum =
                min(configuration.listeners[index].bufferMaximum, buffer)
        }
        for index in configuration.clusters.indices {
            configuration.clusters[index].bufferMaximum =
                min(configuration.clusters[index].bufferMaximum, buffer)
        }
    }

    /// The sentence for the log.
    var description: String {
        guard let limit else { return "no memory limit is set on this container" }
        return "the process may take \(limit >> 20) MiB: at most \(connections) connections, and"
            + " \(buffer >> 10) KiB waiting on each"
    }
}
