import Basics
import Records

/// The other side's clock, for signatures that hold for some minutes of it only: this machine's may be wrong.
struct ServerClock: Sendable {
    /// AWS lets five minutes pass, S3 fifteen; its own tools set their clock from four on.
    private static let tolerance = Duration.seconds(240)
    private var known: Moment?

    /// What time it is there: what it said last, and this machine's time before.
    func time(at now: Moment) -> Timestamp {
        guard let known else { return now.wall }
        return known.wall + (now.instant - known.instant)
    }

    /// Looks at the `Date` of a refusal; if it is far from the time here, it is believed.
    mutating func heard(_ date: String?, at now: Moment) {
        guard let date, let told = try? Timestamp(rfc2822: Array(date.utf8).span) else { return }
        let here = time(at: now)
        if max(told - here, here - told) > Self.tolerance {
            known = Moment(instant: now.instant, wall: told)
        }
    }
}
