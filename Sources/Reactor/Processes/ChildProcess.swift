public import Basics
import Glibc
public import System

/// A running child, watched through its pidfd.
///
/// It is reaped as soon as it ends, whether or not anybody waits for it or still holds this object.
@MainLoop public final class ChildProcess {
    /// The process number.
    public let pid: Int32
    /// How it ended; `nil` while it runs.
    public private(set) var status: ExitStatus?
    /// The processor time it used; zero while it runs.
    public private(set) var processorTime = Duration.zero
    private let descriptor: Int32
    private var waiting: Set<WaitID> = []
    private let pipes: ChildPipes

    private init(_ child: Processes.Child, _ pipes: ChildPipes) {
        pid = child.pid
        descriptor = child.descriptor
        self.pipes = pipes
    }

    /// Starts a program; it has been executed when this returns.
    ///
    /// - Throws: `notFound` if there is no such program, `forbidden`, `exhausted`. No process is left
    ///   then.
    public static func start(_ command: Command) throws(Failure) -> ChildProcess {
        let what = "cannot run \(command.name)"
        do throws(SystemError) {
            let pipes = try ChildPipes(command)
            let program = try program(command, pipes)
            let child = ChildProcess(try Processes.start(program), pipes)
            pipes.start()
            try child.watch()
            return child
        } catch {
            if error.number == ENOENT && (error.call == "find" || error.call == "execve") {
                throw Failure(
                    .notFound,
                    what,
                    cause: "there is no \(command.path), or its interpreter",
                    remedy: "install it, or correct the path"
                )
            }
            throw Failure(what, error)
        }
    }

    /// Waits until the child has ended; any number of tasks, any number of times.
    ///
    /// The wait does not end when the task is cancelled: signal the child, or use the one with a
    /// deadline.
    public func exitStatus() async -> ExitStatus {
        while true {
            if let status { return status }
            await unsafe withUnsafeContinuation { continuation in
                let id = Loop.main.waits.next()
                Loop.main.waits.begin(
                    id,
                    .call { _ in unsafe continuation.resume() },
                    deadline: nil
                )
                waiting.insert(id)
            }
        }
    }

    /// Waits until the child has ended, but no longer than told.
    ///
    /// - Throws: `timedOut`, `cancelled`; the child runs on.
    public func exitStatus(deadline: Instant?) async throws(Failure) -> ExitStatus {
        while true {
            if let status { return status }
            var id: WaitID?
            let outcome = await Loop.main.wait(deadline: deadline) { wait in
                id = wait
                waiting.insert(wait)
            }
            if let id { waiting.remove(id) }
            switch outcome {
            case .ready, .closed: continue
            case .timedOut:
                throw Failure(.timedOut, "process \(pid) still runs", cause: "time ran out")
            case .cancelled:
                throw Failure(.cancelled, "the wait for process \(pid) was cancelled")
            }
        }
    }

    /// Sends a signal; a child that has ended gets none.
    public func signal(_ number: Int32) {
        guard status == nil else { return }
        // The pidfd never means another process, and an own child may always be signalled.
        try? Processes.signal(descriptor, number)
    }

    /// What the child has written to a captured output so far.
    public var output: [UInt8] { pipes.output?.bytes ?? [] }

    /// What the child has written to a captured error output so far.
    public var errors: [UInt8] { pipes.errors?.bytes ?? [] }

    /// Whether an output held more than its limit.
    var isTruncated: Bool {
        pipes.output?.isTruncated ?? false || pipes.errors?.isTruncated ?? false
    }

    private func watch() throws(SystemError) {
        do throws(SystemError) {
            _ = try Loop.main.call(when: descriptor, .reading) { [self] outcome in
                if case .ready = outcome { reap() }
            }
        } catch {
            // Not watched, it would become a zombie: end it here.
            try? Processes.signal(descriptor, SIGKILL)
            var status: Int32 = 0
            _ = unsafe waitpid(pid, &status, 0)
            pipes.close()
            Descriptors.close(descriptor)
            throw error
        }
    }

    private func reap() {
        do throws(SystemError) {
            let ending = try Processes.reap(descriptor)
            processorTime = ending.processorTime
            finish(ending.status)
        } catch {
            // Somebody else reaped it, which nothing in this program does: the status is lost.
            finish(.exited(255))
        }
    }

    private func finish(_ status: ExitStatus) {
        self.status = status
        pipes.finish()
        Loop.main.waits.abandon(descriptor)
        Descriptors.close(descriptor)
        let ended = waiting.sorted { $0.number < $1.number }
        waiting = []
        for wait in ended { Loop.main.waits.finish(wait, .ready) }
    }

    private static func program(
        _ command: Command,
        _ pipes: ChildPipes
    ) throws(SystemError) -> Processes.Program {
        let path = try Processes.find(command.path, path: command.environment?["PATH"])
        var program = Processes.Program(path: path, arguments: [command.path] + command.arguments)
        program.environment = command.environment.map { variables in
            variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        }
        program.directory = command.directory
        program.descriptors = pipes.descriptors + command.descriptors
        program.mountNamespace = command.mountNamespace
        program.newSession = command.newSession
        program.parentDeathSignal = command.parentDeathSignal
        return program
    }
}
