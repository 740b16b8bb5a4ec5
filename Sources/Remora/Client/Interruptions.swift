internal import Basics

/// Tells wishes to end from signals that repeat one.
///
/// `timeout` and shells signal the program and its group, so one wish comes as two signals. They are
/// read when the loop gets to it, which may be long after they came; so what comes while a wish is
/// being carried out counts with it, too.
struct Interruptions: Sendable, Hashable {
    /// How far apart signals of one wish are read.
    static let sameWish = Duration.milliseconds(250)
    /// How long the carrying out of a wish swallows further ones.
    static let patience = Duration.seconds(2)

    private var last: Instant?
    /// Since when a wish is being carried out.
    private var begin: Instant?

    /// Whether a signal that was read at a time is a wish of its own.
    mutating func isWish(at now: Instant) -> Bool {
        let isEcho = last.map { now - $0 < Self.sameWish } ?? false
        let isUnderWay = begin.map { now - $0 < Self.patience } ?? false
        last = now
        if isEcho || isUnderWay { return false }
        begin = now
        return true
    }

    /// The last wish has been carried out.
    mutating func granted(at now: Instant) {
        guard begin != nil else { return }
        begin = nil
        last = now
    }
}
