public import Basics
import Glibc
import System

/// Signals of this process as events of the loop.
@MainLoop public final class SignalWatch {
    /// The signals a program reacts to: end, interrupt, hang-up and a new terminal size.
    public nonisolated static let usual: [Int32] = [SIGTERM, SIGINT, SIGHUP, SIGWINCH]

    private let descriptor: Int32
    private var isClosed = false

    /// Keeps signals from interrupting the process.
    ///
    /// Call it first in `main`: threads that run already are not affected.
    /// - Throws: `invalid` for a number that is no signal.
    public nonisolated static func block(_ numbers: [Int32] = usual) throws(Failure) {
        do throws(SystemError) {
            try Signals.block(numbers)
        } catch {
            throw Failure("cannot block signals", error)
        }
    }

    /// Watches signals, which are blocked in this thread and those it starts.
    ///
    /// - Throws: `exhausted` if no descriptor is left.
    public init(_ numbers: [Int32] = usual) throws(Failure) {
        do throws(SystemError) {
            try Signals.block(numbers)
            descriptor = try Signals.descriptor(for: numbers).release()
        } catch {
            throw Failure("cannot watch signals", error)
        }
    }

    isolated deinit {
        close()
    }

    /// Waits for a signal and returns its number; several of one kind at a time count once.
    ///
    /// - Throws: `timedOut`, `cancelled`, also after `close`.
    public func next(deadline: Instant? = nil) async throws(Failure) -> Int32 {
        while !isClosed {
            do throws(SystemError) {
                return try Signals.next(descriptor)
            } catch {
                guard error.number == EAGAIN else { throw Failure("cannot watch signals", error) }
                try await Loop.main.wait(
                    for: descriptor,
                    .reading,
                    deadline: deadline,
                    "a signal"
                )
            }
        }
        throw Failure(.cancelled, "the watch of signals was closed")
    }

    /// Ends the watch; a task in `next` fails with `cancelled`, a second call does nothing.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        Loop.main.waits.abandon(descriptor)
        Descriptors.close(descriptor)
    }
}
