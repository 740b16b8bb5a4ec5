import Basics
import Reactor
import Records
import System

/// The lines that a command prints: run once, at an interval, or started again when it ends.
@MainLoop final class CommandSource: Source {
    let id: String
    private let tagText: String
    private let settings: CommandSettings
    private var shape: LineShape
    private let journal: Journal
    private var child: ChildProcess?
    private var pause: Task<Void, Never>?
    private var alarm: Alarm?
    private var isFinishing = false
    /// Bytes that came since records were handed in last.
    private var uncounted = 0

    private static let idle = Duration.seconds(365 * 24 * 3600)
    private static let errorsLimit = 4096
    private static let terminate: Int32 = 15
    private static let kill: Int32 = 9

    init(
        id: String,
        tag: String,
        settings: CommandSettings,
        hostName: String = "localhost",
        journal: Journal
    ) {
        self.id = id
        tagText = tag
        self.settings = settings
        shape = LineShape(settings.lines, hostName: hostName)
        self.journal = journal
    }

    func run(into intake: any Intake) async throws(Failure) {
        while !isFinishing {
            let start = Loop.main.now
            try await runOnce(intake)
            if settings.isOnce || isFinishing { return }
            let now = Loop.main.now
            let next = settings.interval.map { start + $0 } ?? now + settings.restart
            if next > now { await sleep(until: next) }
            if Task.isCancelled { throw Failure(.cancelled, "the source \(id) was cancelled") }
        }
    }

    func finish(by deadline: Instant) {
        isFinishing = true
        pause?.cancel()
        guard let child else { return }
        child.signal(Self.terminate)
        // It is given most of the time to end in order.
        let rest = deadline - Loop.main.now
        alarm = Alarm(at: Loop.main.now + max(.zero, rest * 0.8)) { child.signal(Self.kill) }
    }

    func close() async {
        alarm?.cancel()
        child?.signal(Self.kill)
    }

    private func runOnce(_ intake: any Intake) async throws(Failure) {
        guard let program = settings.words.first else {
            throw Failure(.invalid, "the source \(id) has no command", remedy: "name a program")
        }
        let output = try ByteStream.readingPipe()
        let errors: (stream: ByteStream, writing: Int32)?
        do throws(Failure) {
            errors = settings.takesErrors ? try ByteStream.readingPipe() : nil
        } catch {
            Descriptors.close(output.writing)
            throw error
        }
        var command = Command(program, Array(settings.words.dropFirst()))
        command.directory = settings.directory
        command.output = .descriptor(output.writing)
        command.errors = errors.map { .descriptor($0.writing) } ?? .capture(limit: Self.errorsLimit)
        let started = Result { () throws(Failure) in try ChildProcess.start(command) }
        // Only the child writes from here on, so that its end is the end of what it prints.
        Descriptors.close(output.writing)
        if let errors { Descriptors.close(errors.writing) }
        let child = try started.get()
        self.child = child
        defer { self.child = nil }
        do throws(Failure) {
            try await read(output.stream, errors?.stream, child, intake)
        } catch {
            child.signal(Self.kill)
            _ = await child.exitStatus()
            throw error
        }
        tell(await child.exitStatus(), child)
    }

    private func read(
        _ output: ByteStream,
        _ errors: ByteStream?,
        _ child: ChildProcess,
        _ intake: any Intake
    ) async throws(Failure) {
        guard let errors else { return try await read(output, "stdout", child, intake) }
        let other = Task { @MainLoop () -> Failure? in
            do throws(Failure) {
                try await self.read(errors, "stderr", child, intake)
                return nil
            } catch {
                return error
            }
        }
        do throws(Failure) {
            try await read(output, "stdout", child, intake)
        } catch {
            other.cancel()
            _ = await other.value
            throw error
        }
        let failure = await withTaskCancellationHandler {
            await other.value
        } onCancel: {
            other.cancel()
        }
        if let failure { throw failure }
    }

    private func read(
        _ stream: ByteStream,
        _ name: String,
        _ child: ChildProcess,
        _ intake: any Intake
    ) async throws(Failure) {
        var origin = Fields()
        if let key = settings.streamKey { origin.update(key, .text(name)) }
        if let key = settings.processKey { origin.update(key, .integer(Int64(child.pid))) }
        if let key = settings.commandKey {
            origin.update(key, .array(settings.words.map { .text($0) }))
        }
        // Lines of the two streams are not joined with each other.
        let group = name == "stderr" ? 1 : 0
        var framer = shape.framer()
        while true {
            if !isFinishing { try await intake.room() }
            let bytes = try await stream.read(deadline: Loop.main.now + Self.idle)
            if bytes.isEmpty { break }
            hand(framer.take(bytes), bytes.count, origin, group, intake)
        }
        hand(framer.finish(), 0, origin, group, intake)
    }

    private func hand(
        _ found: FoundMessages,
        _ bytes: Int,
        _ origin: Fields,
        _ group: Int,
        _ intake: any Intake
    ) {
        let events = shape.events(
            of: found,
            tag: intake.tag(tagText),
            origin: origin,
            group: group,
            at: intake.clock.moment
        )
        uncounted += bytes
        guard !events.isEmpty else { return }
        intake.take(events, bytes: uncounted)
        uncounted = 0
    }

    private func tell(_ status: ExitStatus, _ child: ChildProcess) {
        if status == .exited(0) || isFinishing { return }
        let errors = String(decoding: child.errors.prefix(256), as: UTF8.self)
        journal.warning(
            "the command \(settings.words.first ?? "") failed: \(status)",
            ["source": id, "errors": errors]
        )
    }

    private func sleep(until instant: Instant) async {
        let task = Task { @MainLoop in
            _ = try? await Loop.main.sleep(until: instant)
        }
        pause = task
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }
}
