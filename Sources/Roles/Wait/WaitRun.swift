import Basics
import Reactor
import System

/// Carries out what a `WaitMachine` decides.
@MainLoop final class WaitRun {
    /// How it ended.
    enum Ending: Sendable, Hashable {
        case reached
        case timedOut
        /// This signal came.
        case interrupted(Int32)
    }

    private enum Event: Sendable {
        case answered(Int, WaitMachine.Answer)
        case woke
        case signal(Int32)
    }

    private let ask: @MainLoop (Int, Instant) async -> WaitMachine.Answer
    private let say: @MainLoop (String) -> Void
    private var machine: WaitMachine
    private var random: any RandomNumberGenerator
    private let events = AsyncQueue<Event>(capacity: 1024)
    private var alarm: Alarm?
    private var asking: [Int: Task<Void, Never>] = [:]
    private var settling: Settling?

    /// Prepares to wait; nothing happens before `run`.
    init(
        _ plan: WaitMachine.Plan,
        random: any RandomNumberGenerator = SystemRandomNumberGenerator(),
        ask: @escaping @MainLoop (Int, Instant) async -> WaitMachine.Answer,
        say: @escaping @MainLoop (String) -> Void
    ) {
        machine = WaitMachine(plan)
        self.random = random
        self.ask = ask
        self.say = say
    }

    /// Pauses from this length on are long enough to give back what the start, or a look, has needed.
    private static let longPause = Duration.milliseconds(500)

    /// Waits until the targets are there, the time is over, or a signal comes.
    func run() async throws(Failure) -> Ending {
        let signals = try SignalWatch(["SIGTERM", "SIGINT"].compactMap(Signals.number))
        let listening = Task { @MainLoop [events] in
            while let number = try? await signals.next() { _ = events.send(.signal(number)) }
        }
        defer {
            settling = nil
            listening.cancel()
            signals.close()
            alarm = nil
            for task in asking.values { task.cancel() }
        }
        if let ending = handle(.begun) { return ending }
        while let event = await events.next() {
            switch event {
            case .signal(let number): return .interrupted(number)
            case .answered(let index, let answer):
                if let ending = handle(.answered(index, answer)) { return ending }
            case .woke: if let ending = handle(.woke) { return ending }
            }
        }
        throw Failure(.cancelled, "the waiting was cancelled")
    }

    private func handle(_ event: WaitMachine.Event) -> Ending? {
        for action in machine.handle(event, at: Loop.main.now, using: &random) {
            switch action {
            case .say(let text): say(text)
            case .end(.reached): return .reached
            case .end(.timedOut): return .timedOut
            case .ask(let index, let deadline):
                asking[index] = Task { @MainLoop [events, ask] in
                    let answer = await ask(index, deadline)
                    _ = events.send(.answered(index, answer))
                }
            }
        }
        alarm = machine.nextWake.map { moment in
            Alarm(at: moment) { [events] in _ = events.send(.woke) }
        }
        let pause = machine.nextWake.map { $0 - Loop.main.now } ?? Self.longPause
        settling = pause < Self.longPause ? nil : .once(after: Self.longPause / 10)
        return nil
    }
}

/// What a role that waits becomes in the end.
@MainLoop enum Successor {
    /// Becomes a program; returns a code only if that fails, as shells have it.
    ///
    /// - Returns: 127 if there is no such program, 126 if it cannot be run.
    static func become(_ words: [String], says name: String) -> Int32 {
        guard let first = words.first else { return 0 }
        do throws(SystemError) {
            try Processes.replace(Processes.find(first), words)
        } catch {
            Console.note("\(name): cannot run \(first): \(SystemError.words(for: error.number))")
            return error.isMissing ? 127 : 126
        }
    }
}
