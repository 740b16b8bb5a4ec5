import Basics
import Reactor

/// The counts of listeners' connections, which outlive a configuration.
@MainLoop final class ListenerStore {
    private struct Entry {
        var own = ConnectionLimit(maximum: 0)
        var bucket = SharedTokenBucket()
        var rate: TokenBucketSettings?
    }

    private let all = ConnectionLimit(maximum: 0)
    private var entries: [String: Entry] = [:]

    /// The limits of each listener; `nil` for one without.
    func share(
        _ configuration: ProxyConfiguration,
        _ statistics: Statistics
    ) -> [ListenerLimits?] {
        var next: [String: Entry] = [:]
        let limits = configuration.listeners.map { listener -> ListenerLimits? in
            var entry = entries[listener.name] ?? Entry()
            if entry.rate != listener.connectionRate { entry.bucket = SharedTokenBucket() }
            entry.rate = listener.connectionRate
            next[listener.name] = entry
            // Connections are counted from the start on where a limit of all holds.
            guard
                listener.connectionsMaximum > 0 || listener.connectionRate != nil
                    || configuration.connectionsMaximum > 0
            else { return nil }
            return ListenerLimits(
                listener,
                allMaximum: configuration.connectionsMaximum,
                own: entry.own,
                all: all,
                bucket: entry.bucket,
                statistics
            )
        }
        entries = next
        return limits
    }
}
