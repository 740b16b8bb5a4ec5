import Basics
import Reactor
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
    private var backoff = Backoff(
        Backoff.Policy(initial: .seconds(1), cap: .seconds(30), resetAfter: .seconds(60))
    )

    private static let idle = Duration.seconds(365 * 24 * 3600)
    private static let errorsLimit = 4096
    private static let terminate: Int32 = 15
    private static let kill: Int32 = 9

    init(
        id: String,
        tag: String,
        settings: CommandSettings,
        journal: Journal
    ) {
        self.id = id
        tagText = tag
        self.settings = settings
        shape = LineShape(settings.lines)
        self.journal = journal
    }

    func run(into intake: any Intake) async throws(Failure) {
        while !isFinishing {
            let start = Loop.main.now
            try await runOnce(intake)
            if settings.isOnce || isFinishing { return }
            let now = Loop.main.now
            let next = settings.interval.map { start + $0 } ?? now + backoff.next(at: now)
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
        let (stream, writing) = try ByteStream.readingPipe()
        var command = Command(program, Array(settings.words.dropFirst()))
        command.output = .descriptor(writing)
        command.errors = .capture(limit: Self.errorsLimit)
        let child: ChildProcess
        do throws(Failure) {
            child = try ChildProcess.start(command)
            Descriptors.close(writing)
        } catch {
            Descriptors.close(writing)
            throw error
        }
        self.child = child
        defer { self.child = nil }
        do throws(Failure) {
            try await read(stream, intake)
        } catch {
            child.signal(Self.kill)
            _ = await child.exitStatus()
            throw error
        }
        let status = await child.exitStatus()
        tell(status, child)
    }

    private func read(_ stream: ByteStream, _ intake: any Intake) async throws(Failure) {
        var framer = LineFramer(limit: settings.lines.lineLimit)
        while true {
            if !isFinishing { try await intake.room() }
            let bytes = try await stream.read(deadline: Loop.main.now + Self.idle)
            if bytes.isEmpty { break }
            hand(framer.take(bytes), bytes.count, intake)
        }
        hand(framer.finish(), 0, intake)
    }

    private func hand(_ found: FoundMessages, _ bytes: Int, _ intake: any Intake) {
        let events = shape.events(
            of: found,
            tag: intake.tag(tagText),
            at: Loop.main.moment
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
