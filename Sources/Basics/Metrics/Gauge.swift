import Synchronization

/// A number that goes up and down; from any thread.
public final class Gauge: Sendable {
    private let number = Atomic<Int64>(0)

    /// Makes one that stands at zero; `MetricsRegistry` makes those that are shown.
    public init() {}

    /// The number now.
    public var value: Int64 { number.load(ordering: .relaxed) }

    /// Sets the number.
    public func set(_ value: Int64) {
        number.store(value, ordering: .relaxed)
    }

    /// Adds, or takes away with a negative amount.
    public func add(_ amount: Int64) {
        number.wrappingAdd(amount, ordering: .relaxed)
    }
}
