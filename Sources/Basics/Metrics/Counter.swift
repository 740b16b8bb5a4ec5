import Synchronization

/// A number that only grows; from any thread.
public final class Counter: Sendable {
    private let count = Atomic<UInt64>(0)

    /// Makes one that stands at zero; `MetricsRegistry` makes those that are shown.
    public init() {}

    /// The number now.
    public var value: UInt64 { count.load(ordering: .relaxed) }

    /// Adds.
    public func increment(by amount: UInt64 = 1) {
        count.wrappingAdd(amount, ordering: .relaxed)
    }
}
