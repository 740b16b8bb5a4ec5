import Basics
package import Reactor
import System

/// Gives memory back that was needed once: soon after a start, once more when the first requests have come, and
/// then now and again; or once only, for who has nothing to do after its start.
@MainLoop package final class Settling {
    private var alarm: Alarm?

    /// Waits for `begin`.
    package init() {}

    /// Begins, or begins anew: something was read or made that is not needed any longer.
    package func begin() {
        settle(after: [.milliseconds(500), .milliseconds(4500)])
    }

    /// Gives back once, and ends.
    ///
    /// - Parameter pause: How long after now: what ends before it is not held up.
    /// - Returns: What has to be kept until then.
    package static func once(after pause: Duration) -> Settling {
        let settling = Settling()
        settling.alarm = Alarm(at: Loop.main.now + pause) { Memory.settle() }
        return settling
    }

    /// Gives nothing back any longer.
    package func end() {
        alarm = nil
    }

    private func settle(after pauses: ArraySlice<Duration>) {
        alarm = Alarm(at: Loop.main.now + (pauses.first ?? .seconds(60))) { [weak self] in
            Memory.settle()
            self?.settle(after: pauses.dropFirst())
        }
    }
}
