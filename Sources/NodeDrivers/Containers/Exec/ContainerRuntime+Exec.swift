public import Basics
import Formats
import PodEngine
import Reactor
import System

extension ContainerRuntime {
    /// How long the runtime may take to hand over a terminal.
    private static let terminalLimit = Duration.seconds(20)

    /// Starts a program in a running container; its streams are the caller's.
    ///
    /// - Throws: `notFound` if the container does not run; `unavailable` if the runtime cannot be
    ///   started or hands over no terminal. A program that cannot be executed is no error here: the
    ///   runtime says so on the error output and ends with a code other than 0.
    public func exec(_ id: String, _ request: ExecRequest) async throws(Failure) -> ExecSession {
        let record = try running(id)
        if request.hasTerminal {
            guard host.handsOverTerminals else { return try execThroughTerminal(record, request) }
            return try await execOnTerminal(record, request)
        }
        let files = try files(id, Random.hexadecimal(16), request.arguments)
        var command = execCommand(id, files)
        var input: ByteStream?
        var given: Int32?
        if request.hasInput {
            let pipe = try ByteStream.writingPipe()
            input = pipe.stream
            given = pipe.reading
            command.input = .descriptor(pipe.reading)
        }
        defer { if let given { Descriptors.close(given) } }
        let output = try ByteStream.readingPipe()
        defer { Descriptors.close(output.writing) }
        let errors = try ByteStream.readingPipe()
        defer { Descriptors.close(errors.writing) }
        command.output = .descriptor(output.writing)
        command.errors = .descriptor(errors.writing)
        let process = try ChildProcess.start(command)
        return ExecSession(
            process: process,
            input: input,
            output: output.stream,
            errors: errors.stream,
            files: files,
            cgroup: record.cgroup
        )
    }

    /// Runs a short program in a running container: for probes and hooks.
    ///
    /// Output past the limit is read and dropped. When the time is up, the program is killed.
    /// - Parameters:
    ///   - id: The container.
    ///   - arguments: The program and its arguments.
    ///   - timeout: How long it may take.
    ///   - limit: How many bytes of the output are kept; 10 KiB as in the kubelet.
    /// - Returns: Its exit code and output.
    /// - Throws: `notFound` if the container does not run; `timedOut`; `cancelled`, after the kill;
    ///   `unavailable` if the program cannot be executed, with the runtime's reason.
    public func run(
        _ id: String,
        _ arguments: [String],
        timeout: Duration,
        limit: Int = 10 * 1024
    ) async throws(Failure) -> ExecResult {
        let record = try running(id)
        let deadline = Loop.main.now + timeout
        let files = try files(id, Random.hexadecimal(16), arguments)
        var command = execCommand(id, files)
        let (pipe, writing) = try ByteStream.readingPipe()
        command.output = .descriptor(writing)
        command.errors = .descriptor(writing)
        let session = ExecSession(
            process: try start(command, closing: writing),
            input: nil,
            output: pipe,
            errors: pipe,
            files: files,
            cgroup: record.cgroup
        )
        do throws(Failure) {
            // Children of the program may keep the pipe open: only its own end counts.
            let reading = Task { @MainLoop in await Self.collect(pipe, limit) }
            let code: Int
            do throws(Failure) {
                code = try await session.exitCode(deadline: deadline)
            } catch {
                reading.cancel()
                throw error
            }
            // What is in the pipe is taken at once; then the reading is given up.
            let drain = Loop.main.now + .milliseconds(100)
            let watchdog = Task { @MainLoop in
                try? await Loop.main.sleep(until: drain)
                reading.cancel()
            }
            let output = await reading.value
            watchdog.cancel()
            try refuse(code, output, ranIn: files.pid, arguments)
            return ExecResult(code: code, output: output)
        } catch {
            if error.code == .timedOut || error.code == .cancelled { session.kill() }
            if error.code == .timedOut {
                throw Failure(
                    .timedOut,
                    "command \"\(arguments.joined(separator: " "))\" timed out",
                    cause: "it took longer than \(timeout.inSeconds) s"
                )
            }
            throw error
        }
    }

    /// A runtime that could not execute the program has never written its number.
    private func refuse(
        _ code: Int,
        _ output: [UInt8],
        ranIn pidFile: String,
        _ arguments: [String]
    ) throws(Failure) {
        guard code != 0, !Files.exists(pidFile) else { return }
        let text = String(decoding: output, as: UTF8.self)
        throw Failure(
            .unavailable,
            "failed to exec in container",
            cause: RuntimeMessage.readable(text, program: arguments.first ?? "")
        )
    }

    private static func collect(_ pipe: ByteStream, _ limit: Int) async -> [UInt8] {
        var kept: [UInt8] = []
        while let more = try? await pipe.read(), !more.isEmpty {
            kept += more.prefix(limit - kept.count)
        }
        return kept
    }

    private func running(_ id: String) throws(Failure) -> ContainerRecord {
        guard let entry = entries[id], entry.pid != nil, entry.exit == nil else {
            throw Failure(
                .notFound,
                "cannot run a command in container \(id.prefix(12))",
                cause: "it is not running"
            )
        }
        return entry.record
    }

    private func execCommand(_ id: String, _ files: ExecFiles, _ options: [String] = []) -> Command
    {
        let given = ["--pid-file", files.pid, "--process", files.process]
        return runtimeCommand(["exec"] + given + options + [id])
    }

    /// The files for one program in a container, its process described in them.
    private func files(
        _ id: String,
        _ name: String,
        _ arguments: [String],
        hasTerminal: Bool = false
    ) throws(Failure) -> ExecFiles {
        try ExecFiles(
            layout.sockets,
            name: name,
            own: process(of: id),
            arguments: arguments,
            hasTerminal: hasTerminal
        )
    }

    private func execOnTerminal(
        _ record: ContainerRecord,
        _ request: ExecRequest
    ) async throws(Failure) -> ExecSession {
        let what = "cannot run a command on a terminal in container \(record.run.container)"
        let name = Random.hexadecimal(16)
        let files = try files(record.id, name, request.arguments, hasTerminal: true)
        let socket = name + ".sock"
        let listener: Descriptor
        do throws(SystemError) {
            listener = try Terminals.listen(layout.sockets, socket)
        } catch {
            throw Failure(what, error)
        }
        defer { try? Files.remove(layout.sockets + "/" + socket) }
        var command = execCommand(
            record.id,
            files,
            ["--tty", "--console-socket", layout.sockets + "/" + socket]
        )
        command.output = .null
        let process = try ChildProcess.start(command)
        guard let terminal = await terminal(from: listener.number, or: process) else {
            process.signal(9)
            _ = await process.exitStatus()
            let text = String(decoding: process.errors, as: UTF8.self)
            throw Failure(
                .unavailable,
                what,
                cause: RuntimeMessage.readable(text, program: request.arguments.first ?? "")
            )
        }
        if request.rows > 0, request.columns > 0 {
            Terminals.setSize(terminal, rows: request.rows, columns: request.columns)
        }
        let stream = ByteStream(adopting: terminal, subject: "terminal")
        return ExecSession(
            process: process,
            input: request.hasInput ? stream : nil,
            output: stream,
            errors: nil,
            files: files,
            cgroup: record.cgroup
        )
    }

    /// For a runtime that stays between a program's terminal and its own, as runc does.
    private func execThroughTerminal(
        _ record: ContainerRecord,
        _ request: ExecRequest
    ) throws(Failure) -> ExecSession {
        let files = try files(
            record.id,
            Random.hexadecimal(16),
            request.arguments,
            hasTerminal: true
        )
        let terminal: (master: Int32, slave: Int32)
        do throws(SystemError) {
            terminal = try Terminals.open()
        } catch {
            let name = record.run.container
            throw Failure("cannot run a command on a terminal in container \(name)", error)
        }
        defer { Descriptors.close(terminal.slave) }
        let stream = ByteStream(adopting: terminal.master, subject: "terminal")
        if request.rows > 0, request.columns > 0 {
            Terminals.setSize(terminal.master, rows: request.rows, columns: request.columns)
        }
        var command = execCommand(record.id, files, ["--tty"])
        command.input = .descriptor(terminal.slave)
        command.output = .descriptor(terminal.slave)
        command.errors = .descriptor(terminal.slave)
        command.newSession = true
        return ExecSession(
            process: try ChildProcess.start(command),
            input: request.hasInput ? stream : nil,
            output: stream,
            errors: nil,
            files: files,
            cgroup: record.cgroup,
            isPassedOn: true
        )
    }

    /// The process that a container was made with, as its bundle says; read once.
    private func process(of id: String) throws(Failure) -> JSON {
        if let known = entries[id]?.process { return known }
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.read(BundlePaths(layout, id: id).configuration)
        } catch {
            throw Failure("cannot read how container \(id.prefix(12)) was made", error)
        }
        guard let process = try? JSON.parse(bytes)["process"] else {
            throw Failure(
                .internalError,
                "cannot read how container \(id.prefix(12)) was made",
                cause: "its bundle describes no process"
            )
        }
        entries[id]?.process = process
        return process
    }

    /// The terminal that the runtime sends; `nil` if it ends without.
    private func terminal(from listener: Int32, or process: ChildProcess) async -> Int32? {
        let deadline = Loop.main.now + Self.terminalLimit
        let receiving = Task { @MainLoop () async -> Int32? in
            guard (try? await Loop.main.readable(listener, deadline: deadline)) != nil,
                let number = try? Sockets.accept(listener)
            else { return nil }
            let connection = Descriptor(adopting: number)
            guard (try? await Loop.main.readable(connection.number, deadline: deadline)) != nil
            else { return nil }
            return try? Terminals.receive(connection.number)
        }
        let watching = Task { @MainLoop in
            _ = await process.exitStatus()
            // A program that ends at once has sent its terminal before.
            try? await Loop.main.sleep(for: .milliseconds(200))
            receiving.cancel()
        }
        defer { watching.cancel() }
        return await receiving.value
    }
}
