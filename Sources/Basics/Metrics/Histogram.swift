import Synchronization

/// How often durations fell under each of some bounds; from any thread.
public final class Histogram: Sendable {
    /// What a histogram has counted at one time.
    public struct Reading: Sendable, Hashable {
        /// How many were at most as long as each bound, growing.
        public var cumulative: [UInt64]
        /// How many there were in all.
        public var count: UInt64
        /// All of them together.
        public var sum: Duration
    }

    private struct State {
        var counts: [UInt64]
        var sum = Duration.zero
    }

    /// The usual bounds of engine work: 1 ms to 100 s.
    public static let usualBounds: [Duration] = [
        .milliseconds(1), .milliseconds(5), .milliseconds(10), .milliseconds(25), .milliseconds(50),
        .milliseconds(100), .milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2),
        .seconds(5), .seconds(10), .seconds(30), .seconds(100),
    ]

    /// The upper bounds, growing.
    public let bounds: [Duration]
    private let state: Mutex<State>

    /// Makes an empty one; `MetricsRegistry` makes those that are shown.
    public init(bounds: [Duration] = usualBounds) {
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds must grow")
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    /// Counts a duration.
    public func observe(_ duration: Duration) {
        let index = bounds.firstIndex { duration <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[index] += 1
            state.sum += duration
        }
    }

    /// What was counted so far.
    public var reading: Reading {
        state.withLock { state in
            var total: UInt64 = 0
            let cumulative = state.counts.map { count in
                total += count
                return total
            }
            return Reading(cumulative: cumulative.dropLast(), count: total, sum: state.sum)
        }
    }
}
