import Basics
import Reactor
import Synchronization
import TestKit

@testable import LogPipeline

/// A clock of the wall that jumps at random moments: by hours, days and years, before 1970 and behind 2106.
final class JumpingClock: Sendable {
    private struct State {
        var random: SeededGenerator
        var wall = Timestamp(seconds: 1_700_000_000)
        var jumps = 0
    }

    private let state: Mutex<State>

    init(seed: UInt64) {
        state = Mutex(State(random: SeededGenerator(seed: seed)))
    }

    /// The clock; it may jump whenever it is read.
    var clock: WallClock { WallClock { self.read() } }
    /// How often it has jumped.
    var jumps: Int { state.withLock { $0.jumps } }

    func read() -> Timestamp {
        state.withLock { state in
            state.wall = state.wall + .milliseconds(1)
            guard Int.random(in: 0..<3, using: &state.random) == 0 else { return state.wall }
            state.jumps += 1
            let day: Int64 = 86_400
            switch Int.random(in: 0..<6, using: &state.random) {
            case 0:
                let hours = Int64.random(in: -5...5, using: &state.random)
                state.wall = state.wall + .seconds(hours * 3_600)
            case 1:
                let days = Int64.random(in: -40...40, using: &state.random)
                state.wall = state.wall + .seconds(days * day)
            case 2: state.wall = Timestamp(seconds: 0)
            case 3: state.wall = Timestamp(seconds: -20_000 * day - 1)
            case 4: state.wall = Timestamp(seconds: 0xFFFF_FFFF)
            default:
                let years = Int64.random(in: 30...200, using: &state.random)
                state.wall = Timestamp(seconds: years * 365 * day)
            }
            return state.wall
        }
    }
}
