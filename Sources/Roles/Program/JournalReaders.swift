import Synchronization

/// Who is told each line of a process's journal, beside standard error.
package final class JournalReaders: Sendable {
    /// Is told a line, on the thread that wrote it.
    package typealias Reader = @Sendable (String) -> Void

    private struct State {
        var readers: [(key: Int, read: Reader)] = []
        var last = 0
    }

    private let state = Mutex(State())

    /// Nobody is told yet.
    package init() {}

    /// Tells lines from now on.
    ///
    /// - Returns: What `remove` wants.
    package func add(_ reader: @escaping Reader) -> Int {
        state.withLock { state in
            state.last += 1
            state.readers.append((state.last, reader))
            return state.last
        }
    }

    /// Tells one no longer.
    package func remove(_ key: Int) {
        state.withLock { state in state.readers.removeAll { $0.key == key } }
    }

    /// Tells all of them a line.
    package func pass(_ line: String) {
        for reader in state.withLock({ $0.readers }) { reader.read(line) }
    }
}
