import Basics

/// Which of several endpoints is next: each in turn; one that fails is left alone for a while.
struct EndpointPool: Sendable, Hashable {
    private struct State: Sendable, Hashable {
        var failures = 0
        var restsUntil = Instant(nanoseconds: .min)
    }

    private var states: [State]
    private var turn = 0
    /// The first and the longest time that one is left alone.
    static let rest: ClosedRange<Int64> = 1_000_000_000...30_000_000_000

    /// So many endpoints.
    init(count: Int) {
        states = Array(repeating: State(), count: count)
    }

    /// The next one; if all are to be left alone, the one whose time is over first.
    mutating func choose(at now: Instant) -> Int? {
        guard !states.isEmpty else { return nil }
        for step in 0..<states.count {
            let place = (turn + step) % states.count
            if states[place].restsUntil <= now {
                turn = place + 1
                return place
            }
        }
        let place = states.indices.min { states[$0].restsUntil < states[$1].restsUntil } ?? 0
        turn = place + 1
        return place
    }

    /// Notes that one did not answer, or answered that it cannot.
    mutating func failed(_ place: Int, at now: Instant) {
        let pause = min(
            Self.rest.lowerBound << min(states[place].failures, 10),
            Self.rest.upperBound
        )
        states[place].failures += 1
        states[place].restsUntil = now + .nanoseconds(pause)
    }

    /// Notes that one answered.
    mutating func succeeded(_ place: Int) {
        states[place] = State()
    }
}
