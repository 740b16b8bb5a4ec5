import Basics
import Synchronization
import System

/// A few threads for calls that block.
///
/// A thread starts when work arrives and none is free, up to a limit, and ends when none is left.
final class Workers: Sendable {
    private struct State {
        var queue: [@Sendable () -> Void] = []
        var threads = 0
    }

    static let maximum = 4
    private let state = Mutex(State())

    /// How many threads there are now.
    var threads: Int { state.withLock { $0.threads } }

    /// How much work waits for a thread.
    var queued: Int { state.withLock { $0.queue.count } }

    func submit(_ work: @escaping @Sendable () -> Void) {
        let mustStart = state.withLock { state in
            state.queue.append(work)
            guard state.threads < Self.maximum else { return false }
            state.threads += 1
            return true
        }
        guard mustStart else { return }
        do throws(SystemError) {
            try Threads.start("worker") { self.drain() }
        } catch {
            // No thread to be had: the others will come to it, or the caller does it.
            let isAlone = state.withLock { state in
                state.threads -= 1
                return state.threads == 0
            }
            if isAlone { drain(isThread: false) }
        }
    }

    private func drain(isThread: Bool = true) {
        while true {
            let next: (@Sendable () -> Void)? = state.withLock { state in
                if state.queue.isEmpty {
                    if isThread { state.threads -= 1 }
                    return nil
                }
                return state.queue.removeFirst()
            }
            guard let next else { return }
            next()
        }
    }
}
