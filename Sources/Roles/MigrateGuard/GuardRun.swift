import Basics
import Postgres
import Reactor
import System

/// Carries out what a `GuardMachine` decides.
@MainLoop final class GuardRun {
    private let settings: PostgresSettings
    private let lock: GuardLock
    private let command: [String]
    private let environment: [String: String]
    private let say: @MainLoop (String) -> Void
    private var machine: GuardMachine
    private var random = SystemRandomNumberGenerator()
    private let events = AsyncQueue<GuardMachine.Event>(capacity: 1024)
    private var alarm: Alarm?
    private var session: GuardSession?
    private var child: ChildProcess?
    private var leaving: Task<Void, Never>?
    /// Signals that are handed on to the command.
    private static let signals = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2"]

    /// Prepares; nothing happens before `run`.
    init(
        _ plan: GuardMachine.Plan,
        settings: PostgresSettings,
        lock: GuardLock,
        command: [String],
        environment: [String: String],
        say: @escaping @MainLoop (String) -> Void
    ) {
        machine = GuardMachine(plan)
        self.settings = settings
        self.lock = lock
        self.command = command
        self.environment = environment
        self.say = say
    }

    /// Takes the lock, runs the command, and lets the lock go; the result is the exit code.
    func run() async throws(Failure) -> Int32 {
        let signals = try SignalWatch(Self.signals.compactMap(Signals.number))
        let listening = Task { @MainLoop [events] in
            while let number = try? await signals.next() { _ = events.send(.signal(number)) }
        }
        // A migration may take hours.
        let settling = Settling.once(after: .seconds(1))
        defer {
            settling.end()
            listening.cancel()
            signals.close()
            alarm = nil
        }
        var code = handle(.begun)
        while code == nil, let event = await events.next() { code = handle(event) }
        await leaving?.value
        guard let code else { throw Failure(.cancelled, "the guard was cancelled") }
        return code
    }

    private func handle(_ event: GuardMachine.Event) -> Int32? {
        var code: Int32?
        for action in machine.handle(event, at: Loop.main.now, using: &random) {
            if case .end(let number) = action { code = number } else { carry(out: action) }
        }
        alarm = machine.nextWake.map { moment in
            Alarm(at: moment) { [events] in _ = events.send(.woke) }
        }
        return code
    }

    private func carry(out action: GuardMachine.Action) {
        switch action {
        case .say(let text): say(text)
        case .end: break
        case .kill(let number): child?.signal(number)
        case .connect: connect()
        case .askLock:
            ask { session throws(PostgresConnection.Problem) in
                .lockAnswered(try await session.take())
            } refused: {
                .lost($0)
            }
        case .askMarker:
            ask { session throws(PostgresConnection.Problem) in
                .markerAnswered(try await session.hasMarker())
            } refused: {
                .unmarked($0)
            }
        case .writeMarker:
            ask { session throws(PostgresConnection.Problem) in
                try await session.writeMarker()
                return .marked
            } refused: {
                .unmarked($0)
            }
        case .look:
            guard let session else { return }
            let time = machine.plan.keepAlive
            Task { @MainLoop [events] in
                let why = await session.look(after: time)
                _ = events.send(why.map { .lost($0) } ?? .alive)
            }
        case .leave:
            guard let session else { return }
            self.session = nil
            leaving = Task { @MainLoop in await session.leave() }
        case .start: start()
        }
    }

    private func connect() {
        session = nil
        Task { @MainLoop [events, settings, lock, environment] in
            do throws(GuardSession.Refusal) {
                let session = try await GuardSession.open(
                    settings,
                    lock,
                    environment: environment
                )
                self.session = session
                _ = events.send(.connected)
            } catch {
                _ = events.send(.refused(error.text, isFinal: error.isFinal))
            }
        }
    }

    /// Asks the session something; what the server refuses and what breaks the session are told apart.
    private func ask(
        _ body:
            @escaping @MainLoop (GuardSession) async throws(PostgresConnection.Problem) ->
            GuardMachine.Event,
        refused: @escaping @MainLoop (String) -> GuardMachine.Event
    ) {
        guard let session else { return }
        Task { @MainLoop [events] in
            do throws(PostgresConnection.Problem) {
                _ = events.send(try await body(session))
            } catch {
                let text = TargetCheck.text(error)
                if case .refused = error {
                    _ = events.send(refused(text))
                } else {
                    _ = events.send(.lost(text))
                }
            }
        }
    }

    private func start() {
        var command = Command(self.command[0], Array(self.command.dropFirst()))
        command.input = .inherit
        command.output = .inherit
        command.errors = .inherit
        // Without its guard it would run without the lock.
        command.parentDeathSignal = Signals.number(of: "SIGKILL")
        do throws(Failure) {
            let child = try ChildProcess.start(command)
            self.child = child
            Task { @MainLoop [events] in
                let status = await child.exitStatus()
                _ = events.send(.exited(status.code))
            }
        } catch {
            _ = events.send(.unstartable(error.code == .notFound ? 127 : 126, "\(error)"))
        }
    }
}
