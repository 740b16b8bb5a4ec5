import Synchronization

/// Gives each connection of a client a number of its own, from 1 on; from any thread.
final class ConnectionNumbers: Sendable {
    private let last = Atomic<UInt64>(0)

    /// The next number.
    func next() -> UInt64 {
        last.add(1, ordering: .relaxed).newValue
    }
}
