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
    /// Connections that came too fast.
    let limited: Statistics.ID

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
        limited = statistics.id("local_rate_limit.\(settings.name).rate_limited", .counter)
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
