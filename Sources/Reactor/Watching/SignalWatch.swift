public import Basics
internal import System

/// Delivers signals as a sequence, instead of ending or interrupting the process.
///
/// The signals must be blocked before any thread exists that could take them: `remora` does so
/// first thing. Ownership: on the main loop, one reader.
@MainLoop public final class SignalWatch {
    private let descriptor: Descriptor

    /// Begins to take the signals.
    ///
    /// - Throws: `Failure` if the kernel refuses a descriptor.
    public init(_ numbers: [Int32]) throws(Failure) {
        do {
            try Signals.block(numbers)
            descriptor = try Signals.descriptor(for: numbers)
        } catch {
            throw Failure("cannot watch for signals", error)
        }
    }

    /// The next signal; waits for one.
    ///
    /// - Throws: `Failure` with code `cancelled` when the task is cancelled.
    public func next() async throws(Failure) -> Int32 {
        while true {
            try await Loop.main.readable(descriptor.number)
            if let number = try? Signals.next(descriptor.number), number > 0 { return number }
        }
    }
}
