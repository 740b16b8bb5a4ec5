import Reactor
import Synchronization

/// Lets the program's own log lines be read as records.
///
/// Lines come from any thread; they are kept in a bounded queue. Of more than 100 lines in a second the
/// others are left out, so that a record of the log that makes new lines cannot feed on itself.
public final class JournalTap: Sendable {
    private struct State {
        var lines: [String] = []
        var dropped = 0
        var second: Int64 = 0
        var taken = 0
        var isClosed = false
        var isRead = false
    }

    private let state = Mutex(State())
    @MainLoop private var waiting: CheckedContinuation<Void, Never>?

    static let capacity = 1000
    static let perSecond = 100

    /// Makes an empty one.
    public init() {}

    /// Notes a line; of no effect before somebody reads.
    ///
    /// - Parameters:
    ///   - line: The line, without its end.
    ///   - second: The time now, in whole seconds of any clock.
    public func note(_ line: String, at second: Int64) {
        let mustWake = state.withLock { state in
            guard state.isRead, !state.isClosed else { return false }
            if state.second != second {
                state.second = second
                state.taken = 0
            }
            guard state.lines.count < Self.capacity, state.taken < Self.perSecond else {
                state.dropped += 1
                return false
            }
            state.taken += 1
            state.lines.append(line)
            return state.lines.count == 1
        }
        if mustWake { Task { @MainLoop in self.wake() } }
    }

    /// Whether somebody reads.
    var isRead: Bool { state.withLock { $0.isRead } }

    /// Begins to keep lines.
    func start() {
        state.withLock {
            $0.isRead = true
            $0.isClosed = false
        }
    }

    /// Ends the wait for lines; those that wait can still be taken.
    @MainLoop func close() {
        state.withLock { $0.isClosed = true }
        wake()
    }

    /// The lines that wait, and how many were left out after them.
    func take() -> (lines: [String], dropped: Int) {
        state.withLock { state in
            defer {
                state.lines = []
                state.dropped = 0
            }
            return (state.lines, state.dropped)
        }
    }

    /// Waits for lines; false at the end.
    @MainLoop func wait() async -> Bool {
        let isReady = state.withLock { !$0.lines.isEmpty || $0.isClosed }
        if !isReady {
            await withCheckedContinuation { continuation in
                waiting?.resume()
                waiting = continuation
            }
        }
        return state.withLock { !$0.lines.isEmpty }
    }

    @MainLoop private func wake() {
        let waiting = waiting
        self.waiting = nil
        waiting?.resume()
    }
}
