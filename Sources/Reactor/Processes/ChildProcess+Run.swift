public import Basics
import Glibc
public import System

extension ChildProcess {
    /// A child that has ended, and what it wrote.
    public struct Completed: Sendable {
        /// How it ended.
        public var status: ExitStatus
        /// The captured output.
        public var output: [UInt8]
        /// The captured error output.
        public var errors: [UInt8]
        /// Whether an output was longer than its limit.
        public var isTruncated: Bool
        /// The processor time it used.
        public var processorTime: Duration

        /// The output as text; invalid UTF-8 is replaced.
        public var outputText: String { String(decoding: output, as: UTF8.self) }

        /// The error output as text; invalid UTF-8 is replaced.
        public var errorText: String { String(decoding: errors, as: UTF8.self) }
    }

    /// Starts a program, waits for its end and collects what it wrote.
    ///
    /// An exit code other than 0 is no error here. What its own children write after its end is not
    /// collected.
    /// - Throws: As `start`; `timedOut` or `cancelled` after the child was killed and reaped.
    public static func run(
        _ command: Command,
        deadline: Duration
    ) async throws(Failure) -> Completed {
        if Task.isCancelled { throw Failure(.cancelled, "\(command.name) was not run") }
        let child = try start(command)
        let status: ExitStatus
        do throws(Failure) {
            status = try await child.exitStatus(deadline: Loop.main.now + deadline)
        } catch {
            child.signal(SIGKILL)
            _ = await child.exitStatus()
            if error.code == .cancelled { throw Failure(.cancelled, "\(command.name) was killed") }
            throw Failure(
                .timedOut,
                "\(command.name) was killed",
                cause: "it did not end within \(deadline.inSeconds) s"
            )
        }
        return Completed(
            status: status,
            output: child.output,
            errors: child.errors,
            isTruncated: child.isTruncated,
            processorTime: child.processorTime
        )
    }
}

/// Waits until a process, of any parent, has ended; returns at once if there is none.
///
/// It also returns when the task is cancelled: look at `Task.isCancelled`.
@MainLoop public func processExit(pid: Int32) async {
    do throws(SystemError) {
        let descriptor = try Processes.watch(pid)
        let number = descriptor.number
        _ = try? await Loop.main.readable(number, deadline: nil)
    } catch {
        // No such process, or no way to watch it: there is nothing to wait for.
    }
}
