import Basics

/// Decides how a command is run under an advisory lock: when to connect, to ask for the lock, to begin,
/// to stop, and with which code to end.
///
/// A value: events and moments go in, actions come out.
struct GuardMachine: Sendable {
    /// What is wanted.
    struct Plan: Sendable, Hashable {
        /// How long the lock may be waited for; `nil` is without end.
        var waitTimeout: Duration?
        /// The pause between two questions for the lock.
        var retry = Duration.seconds(1)
        /// How often the session is looked at while the command runs.
        var keepAlive = Duration.seconds(5)
        /// Whether the command is not run when its marker is there.
        var isOnce = false
        /// Whether the command is stopped when the lock is lost.
        var stopsOnLoss = true
        /// How long the command may take to end when it is stopped.
        var grace = Duration.seconds(10)
        /// How much of a pause is random, in percent.
        var jitterPercent = 20
        /// How often is told that it is still waited.
        var reminder = Duration.seconds(10)
    }

    /// What happens.
    enum Event: Sendable, Hashable {
        case begun
        /// A session is open.
        case connected
        /// None could be had; it is of use to try again only if it is not `isFinal`.
        case refused(String, isFinal: Bool)
        /// The lock was had, or not.
        case lockAnswered(Bool)
        /// The marker is there, or not.
        case markerAnswered(Bool)
        /// The session still holds the lock.
        case alive
        /// The session is over, or the lock is.
        case lost(String)
        /// The marker was written.
        case marked
        /// The marker cannot be written.
        case unmarked(String)
        /// The command cannot be run, with the code of a shell.
        case unstartable(Int32, String)
        /// The command has ended with this code.
        case exited(Int32)
        /// This signal came.
        case signal(Int32)
        case woke
    }

    /// What is to be done now.
    enum Action: Sendable, Hashable {
        case connect
        case askLock
        case askMarker
        case start
        /// Listen to the session for a while, then look whether it still holds the lock.
        case look
        case writeMarker
        /// Send the command a signal.
        case kill(Int32)
        /// Let the lock go and close the session.
        case leave
        case say(String)
        case end(Int32)
    }

    /// Where it stands.
    enum Phase: Sendable, Hashable {
        case idle
        case connecting
        /// A question for the lock is on its way.
        case asking
        /// Somebody else has the lock, or there is no session: until the next question.
        case waiting(hasSession: Bool)
        case checking
        case running
        /// The command was told to end.
        case stopping
        case marking
        case over
    }

    let plan: Plan
    private(set) var phase = Phase.idle
    private var start = Instant.zero
    private var next: Instant?
    private var killAt: Instant?
    private var said: (text: String, at: Instant)?
    private var failures = 0
    private var hasSession = false

    private static let terminate: Int32 = 15
    private static let killSignal: Int32 = 9
    /// The longest pause between two attempts to connect.
    private static let pauseMaximum = Duration.seconds(10)

    init(_ plan: Plan) {
        self.plan = plan
    }

    /// When `woke` is due.
    var nextWake: Instant? {
        switch phase {
        case .over, .idle, .checking, .marking: nil
        case .connecting, .asking: deadline
        case .waiting:
            [next, deadline, said.map { $0.at + plan.reminder }].compactMap { $0 }.min()
        case .running: nil
        case .stopping: killAt
        }
    }

    private var deadline: Instant? { plan.waitTimeout.map { start + $0 } }

    mutating func handle(
        _ event: Event,
        at now: Instant,
        using random: inout some RandomNumberGenerator
    ) -> [Action] {
        switch (phase, event) {
        case (.over, _): return []
        case (.idle, .begun):
            start = now
            phase = .connecting
            return [.connect]
        case (.connecting, .connected):
            failures = 0
            hasSession = true
            phase = .asking
            return [.askLock]
        case (.connecting, .refused(let why, let isFinal)):
            if isFinal { return over(1, ["cannot take the lock: \(why)"]) }
            return pause(why, hasSession: false, now, &random)
        case (.asking, .lockAnswered(true)):
            guard plan.isOnce else { return begin(["the lock is taken"]) }
            phase = .checking
            return [.say("the lock is taken"), .askMarker]
        case (.asking, .lockAnswered(false)):
            return pause("another has the lock", hasSession: true, now, &random)
        case (.checking, .markerAnswered(true)):
            return [.leave] + over(0, ["it was done already, so nothing is run"])
        case (.checking, .markerAnswered(false)): return begin([])
        case (.checking, .unmarked(let why)):
            return [.leave] + over(1, ["cannot look at the marker: \(why)"])
        case (.waiting, .woke), (.asking, .woke), (.connecting, .woke): return wake(now)
        case (.running, .alive): return hasSession ? [.look] : []
        case (.stopping, .woke):
            guard let due = killAt, now >= due else { return [] }
            killAt = nil
            return [.kill(Self.killSignal), .say("the command did not end, so it is killed")]
        case (_, .lost(let why)): return lose(why, now, &random)
        case (_, .signal(let number)): return signal(number)
        case (.running, .exited(let code)): return ended(code)
        case (.stopping, .exited): return over(1, [])
        case (.running, .unstartable(let code, let why)),
            (.stopping, .unstartable(let code, let why)):
            return (hasSession ? [.leave] : []) + over(code, [why])
        case (.marking, .marked): return [.leave] + over(0, [])
        case (.marking, .unmarked(let why)):
            return [.leave]
                + over(1, ["the command is done, but the marker cannot be written: \(why)"])
        default: return []
        }
    }

    private mutating func over(_ code: Int32, _ texts: [String]) -> [Action] {
        phase = .over
        return texts.map { .say($0) } + [.end(code)]
    }

    private mutating func begin(_ texts: [String]) -> [Action] {
        phase = .running
        return texts.map { .say($0) } + [.start, .look]
    }

    /// Waits until the next question.
    private mutating func pause(
        _ why: String,
        hasSession: Bool,
        _ now: Instant,
        _ random: inout some RandomNumberGenerator
    ) -> [Action] {
        self.hasSession = hasSession
        if let deadline, now >= deadline { return giveUp(why) }
        phase = .waiting(hasSession: hasSession)
        var pause = plan.retry
        if !hasSession {
            failures += 1
            // A server that is down is asked less and less often.
            for _ in 1..<min(failures, 8) { pause = min(Self.pauseMaximum, pause * 2) }
        }
        let spread = pause.nanoseconds / 100 * Int64(plan.jitterPercent)
        let jitter = spread > 0 ? Int64.random(in: -spread...spread, using: &random) : 0
        next = now + pause + .nanoseconds(jitter)
        guard said?.text != why else { return [] }
        said = (why, now)
        return [.say("\(why); waiting")]
    }

    private mutating func wake(_ now: Instant) -> [Action] {
        if let deadline, now >= deadline { return giveUp(said?.text ?? "no answer") }
        guard case .waiting(let hasSession) = phase else { return [] }
        var actions: [Action] = []
        if let last = said, now >= last.at + plan.reminder {
            said = (last.text, now)
            actions.append(
                .say("still waiting after \(WaitMachine.text(now - start)): \(last.text)")
            )
        }
        guard let due = next, now >= due else { return actions }
        next = nil
        phase = hasSession ? .asking : .connecting
        return actions + [hasSession ? .askLock : .connect]
    }

    private mutating func giveUp(_ why: String) -> [Action] {
        let time = WaitMachine.text(plan.waitTimeout ?? .zero)
        return (hasSession ? [.leave] : []) + over(1, ["given up after \(time): \(why)"])
    }

    private mutating func lose(
        _ why: String,
        _ now: Instant,
        _ random: inout some RandomNumberGenerator
    ) -> [Action] {
        let had = hasSession
        hasSession = false
        next = nil
        switch phase {
        case .connecting: return pause(why, hasSession: false, now, &random)
        case .asking, .waiting, .checking: return pause(why, hasSession: false, now, &random)
        case .running where had:
            guard plan.stopsOnLoss else {
                return [
                    .say(
                        "the lock is lost: \(why); the command goes on, as --on-loss continue says"
                    )
                ]
            }
            phase = .stopping
            killAt = now + plan.grace
            return [
                .say("the lock is lost: \(why); the command is stopped"), .kill(Self.terminate),
            ]
        case .marking:
            return over(1, ["the command is done, but the marker cannot be written: \(why)"])
        case .idle, .running, .stopping, .over: return []
        }
    }

    private mutating func signal(_ number: Int32) -> [Action] {
        switch phase {
        case .running, .stopping:
            // The command knows best what to do; only the kubelet's last word ends it for sure.
            return [.kill(number)]
        default:
            guard number == 15 || number == 2 || number == 3 else { return [] }
            return (hasSession ? [.leave] : []) + over(128 + number, [])
        }
    }

    private mutating func ended(_ code: Int32) -> [Action] {
        guard code == 0, plan.isOnce else {
            return (hasSession ? [.leave] : []) + over(code, [])
        }
        guard hasSession else {
            return over(
                1,
                ["the command is done, but the lock was lost, so the marker is not written"]
            )
        }
        phase = .marking
        return [.writeMarker]
    }
}
