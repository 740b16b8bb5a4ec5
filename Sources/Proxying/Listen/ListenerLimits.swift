import Basics

/// How many connections a listener takes, and how fast; shared by all workers.
final class ListenerLimits: Sendable {
    /// Why a connection is not taken.
    enum Refusal {
        case tooMany
        case tooManyOfAll
        case tooFast
    }

    /// The listener's connections, and those of all listeners; they outlive a configuration.
    let own: ConnectionLimit
    let all: ConnectionLimit
    let ownMaximum: Int
    let allMaximum: Int
    let rate: TokenRate?
    let bucket: SharedTokenBucket
    let statistics: ListenerStatistics

    init(
        _ settings: ListenerSettings,
        allMaximum: Int,
        own: ConnectionLimit,
        all: ConnectionLimit,
        bucket: SharedTokenBucket,
        _ statistics: Statistics
    ) {
        self.own = own
        self.all = all
        ownMaximum = settings.connectionsMaximum
        self.allMaximum = allMaximum
        rate = settings.connectionRate.map { TokenRate($0) }
        self.bucket = bucket
        self.statistics = ListenerStatistics(settings.name, statistics)
    }

    /// Takes a connection.
    ///
    /// - Returns: Why not; `nil` if it is taken, and given back by `giveBack`.
    func take(at now: Instant) -> Refusal? {
        if let rate, case .refused = bucket.take(rate, at: now).verdict { return .tooFast }
        if !all.take(below: allMaximum) { return .tooManyOfAll }
        if !own.take(below: ownMaximum) {
            all.giveBack()
            return .tooMany
        }
        return nil
    }

    /// Whether one more would be taken, but for how fast they come.
    var hasRoom: Bool {
        (ownMaximum == 0 || own.count < ownMaximum) && (allMaximum == 0 || all.count < allMaximum)
    }

    func giveBack() {
        own.giveBack()
        all.giveBack()
    }
}

/// The statistics of a listener's connections, under Envoy's names.
struct ListenerStatistics {
    let active: Statistics.ID
    let overflow: Statistics.ID
    let globalOverflow: Statistics.ID
    let limited: Statistics.ID

    init(_ name: String, _ statistics: Statistics) {
        active = statistics.id("listener.\(name).downstream_cx_active", .gauge)
        overflow = statistics.id("listener.\(name).downstream_cx_overflow", .counter)
        globalOverflow = statistics.id(
            "listener.\(name).downstream_global_cx_overflow",
            .counter
        )
        limited = statistics.id("local_rate_limit.\(name).rate_limited", .counter)
    }
}

/// The place of a connection among those that may be; it is free again when its owner is gone.
final class ConnectionPlace {
    private let limits: ListenerLimits
    private let slab: StatisticsSlab

    /// Takes a place; `nil` if there is none, which is counted.
    static func take(
        _ limits: ListenerLimits,
        _ slab: StatisticsSlab,
        at now: Instant
    ) -> ConnectionPlace? {
        switch limits.take(at: now) {
        case nil: return ConnectionPlace(limits, slab)
        case .tooFast: slab.add(limits.statistics.limited)
        case .tooMany: slab.add(limits.statistics.overflow)
        case .tooManyOfAll: slab.add(limits.statistics.globalOverflow)
        }
        return nil
    }

    private init(_ limits: ListenerLimits, _ slab: StatisticsSlab) {
        self.limits = limits
        self.slab = slab
        slab.add(limits.statistics.active)
    }

    deinit {
        limits.giveBack()
        slab.add(limits.statistics.active, -1)
    }
}
