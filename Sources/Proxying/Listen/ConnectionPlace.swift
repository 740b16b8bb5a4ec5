import Basics

/// The place of a connection among those of its listener; it is free again when its owner is gone.
final class ConnectionPlace {
    private let limits: ListenerLimits?
    private let statistics: ListenerStatistics
    private let slab: StatisticsSlab

    /// Takes a place; `nil` if there is none, which is counted.
    static func take(
        _ limits: ListenerLimits?,
        _ statistics: ListenerStatistics,
        _ slab: StatisticsSlab,
        at now: Instant
    ) -> ConnectionPlace? {
        guard let limits, let refusal = limits.take(at: now) else {
            return ConnectionPlace(limits, statistics, slab)
        }
        switch refusal {
        case .tooFast: slab.add(limits.limited)
        case .tooMany: slab.add(statistics.overflow)
        case .tooManyOfAll: slab.add(statistics.globalOverflow)
        }
        return nil
    }

    private init(
        _ limits: ListenerLimits?,
        _ statistics: ListenerStatistics,
        _ slab: StatisticsSlab
    ) {
        self.limits = limits
        self.statistics = statistics
        self.slab = slab
        slab.add(statistics.connections)
        slab.add(statistics.activeConnections)
    }

    deinit {
        limits?.giveBack()
        slab.add(statistics.activeConnections, -1)
        slab.add(statistics.destroyedConnections)
    }
}
