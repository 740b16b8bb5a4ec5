import CAllocations

/// Counts how often memory is asked for.
public enum Allocations {
    /// How many pieces of memory `body` asks for on this thread.
    public static func count(_ body: () throws -> Void) rethrows -> Int {
        let before = remora_test_allocations()
        try body()
        return Int(remora_test_allocations() - before)
    }
}
