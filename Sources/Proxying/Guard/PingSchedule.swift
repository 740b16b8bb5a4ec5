import Basics

/// When a connection asks its peer for a sign of life, and when it gives the peer up.
///
/// The owner keeps the timer: it calls `check` at `due`. Whatever comes from the peer is a sign of life,
/// so that an answer behind a long body is not missed.
struct PingSchedule {
    /// What is to be done.
    enum Step: Equatable {
        case nothing
        case ping
        /// Nothing came in time.
        case dead
    }

    private let settings: PingSettings
    /// When the next ping is sent, by time.
    private var next: Instant?
    /// When a ping was sent that is not answered.
    private var sent: Instant?
    private var heard: Instant

    /// Begins with a connection; `share`, 0 to 1, is how much of the jitter the first interval gets.
    init(_ settings: PingSettings, at now: Instant, share: Double) {
        self.settings = settings
        heard = now
        next = later(now, share)
    }

    /// When to look again; `nil` if nothing is awaited.
    var due: Instant? {
        guard let sent else { return next }
        return max(sent, heard) + settings.timeout
    }

    /// Something came from the peer.
    mutating func hear(_ now: Instant) {
        heard = now
    }

    /// The answer to a ping came; `share` is for the interval that begins.
    mutating func hearAnswer(_ now: Instant, share: Double) {
        heard = now
        guard sent != nil else { return }
        sent = nil
        next = later(now, share)
    }

    /// Decides what is due.
    mutating func check(_ now: Instant) -> Step {
        guard let due, now >= due else { return .nothing }
        if sent != nil { return .dead }
        sent = now
        return .ping
    }

    /// A stream begins: after a long silence a ping goes ahead of it.
    mutating func begin(_ now: Instant) -> Step {
        guard sent == nil, let limit = settings.idleInterval, now >= heard + limit else {
            return .nothing
        }
        sent = now
        return .ping
    }

    private func later(_ now: Instant, _ share: Double) -> Instant? {
        guard let interval = settings.interval else { return nil }
        let most = Double(interval.nanoseconds) * settings.jitterPercent / 100
        return now + interval + .nanoseconds(Int64(most * min(max(share, 0), 1)))
    }
}
