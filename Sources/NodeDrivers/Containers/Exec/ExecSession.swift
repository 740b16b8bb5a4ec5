public import Basics
public import Reactor
import System

/// A program that runs in a container: its streams, and its end.
///
/// When the last reference goes while the program still runs, it is killed: nobody could end it later.
@MainLoop public final class ExecSession {
    /// Where its input is written, if it has one.
    ///
    /// On a terminal the same stream as `output`.
    public let input: ByteStream?
    /// Its standard output, or the terminal.
    public let output: ByteStream
    /// Its standard error output; `nil` on a terminal.
    public let errors: ByteStream?
    let process: ChildProcess
    private let files: ExecFiles
    private let cgroup: String
    /// Whether the terminal is the runtime's own, which passes its size on when it is signalled.
    private let isPassedOn: Bool

    init(
        process: ChildProcess,
        input: ByteStream?,
        output: ByteStream,
        errors: ByteStream?,
        files: ExecFiles,
        cgroup: String,
        isPassedOn: Bool = false
    ) {
        self.process = process
        self.input = input
        self.output = output
        self.errors = errors
        self.files = files
        self.cgroup = cgroup
        self.isPassedOn = isPassedOn
    }

    isolated deinit {
        if process.status == nil { kill() }
    }

    /// Waits for its end: the exit code, 128 + signal if it was killed.
    ///
    /// - Throws: `timedOut`, `cancelled`; the program runs on.
    public func exitCode(deadline: Instant? = nil) async throws(Failure) -> Int {
        Int(try await process.exitStatus(deadline: deadline).code)
    }

    /// Ends the program's standard input; a terminal is told by its end-of-file character.
    public func closeInput() {
        guard errors == nil else { input?.close(); return }
    }

    /// Sets the size of its terminal; without one nothing happens.
    public func resize(rows: UInt16, columns: UInt16) {
        guard errors == nil, output.descriptor >= 0 else { return }
        Terminals.setSize(output.descriptor, rows: rows, columns: columns)
        if isPassedOn { process.signal(Signals.windowChange) }
    }

    /// Kills it; `exitCode` answers soon after.
    public func kill() {
        // The process in the container first: the runtime's own could no longer tell its number.
        if let text = try? Files.text(files.pid, limit: 64),
            let pid = Int32(text.filter(\.isNumber)),
            let target = try? Processes.watch(pid),
            let groups = try? Files.text("/proc/\(pid)/cgroup", limit: 1 << 16),
            groups.contains(":" + cgroup)
        {
            try? Processes.signal(target.number, 9)
        }
        process.signal(9)
    }
}
