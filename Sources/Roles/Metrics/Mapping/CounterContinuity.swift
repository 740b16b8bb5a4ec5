/// Counters that go on where they were when their source begins again.
struct CounterContinuity {
    private struct State {
        var last: Double
        var offset: Double
        var turn: Int
    }

    /// The most series that are remembered.
    static let seriesMaximum = 100_000
    /// For how many readings a series is remembered that is not there.
    static let patience = 100

    private var states: [String: State] = [:]
    private var turn = 0
    /// How often a counter began again.
    private(set) var resets = 0

    /// The value of a series that never falls.
    mutating func value(_ value: Double, of series: String) -> Double {
        guard value.isFinite else { return value }
        guard var state = states[series] else {
            if states.count < Self.seriesMaximum {
                states[series] = State(last: value, offset: 0, turn: turn)
            }
            return value
        }
        if value < state.last {
            state.offset += state.last
            resets += 1
        }
        state.last = value
        state.turn = turn
        states[series] = state
        return value + state.offset
    }

    /// A reading has ended: what was not there for long is forgotten.
    mutating func endTurn() {
        turn += 1
        guard turn % Self.patience == 0 else { return }
        states = states.filter { turn - $0.value.turn <= Self.patience }
    }
}
