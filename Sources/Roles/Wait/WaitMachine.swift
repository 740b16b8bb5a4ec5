import Basics

/// Decides when each target is asked, what is told, and when the waiting ends.
///
/// A value: events and moments go in, actions come out. Pauses grow by half after each failure up to a
/// cap and vary by a fifth, so that many who wait do not ask in step.
struct WaitMachine: Sendable {
    /// What is to be done.
    struct Plan: Sendable, Hashable {
        /// How targets are called.
        var names: [String]
        /// Whether all are needed, or one is enough.
        var needsAll = true
        /// How many good answers in a row are needed.
        var successes = 1
        /// Whether it is waited until targets are gone.
        var isInverted = false
        /// The time for everything; `nil` is without end.
        var timeout: Duration?
        /// The time for one attempt.
        var perTry = Duration.seconds(5)
        /// The first pause after a failure, and the pause after a good answer that is not enough.
        var interval = Duration.seconds(1)
        /// The longest pause.
        var cap = Duration.seconds(5)
        /// How much of a pause is random, in percent.
        var jitterPercent = 20
        /// How often is told that nothing has changed.
        var reminder = Duration.seconds(10)
    }

    /// What an attempt came to.
    enum Answer: Sendable, Hashable {
        /// The target is there; with a detail that is worth telling, or an empty one.
        case there(String)
        /// It is not, and why.
        case missing(String)
    }

    /// What happens.
    enum Event: Sendable, Hashable {
        case begun
        case answered(Int, Answer)
        case woke
    }

    /// What is to be done now.
    enum Action: Sendable, Hashable {
        /// Ask a target, until this moment at most.
        case ask(Int, until: Instant)
        /// Tell the user.
        case say(String)
        /// It is over.
        case end(Ending)
    }

    /// How the waiting ended.
    enum Ending: Sendable, Hashable {
        case reached
        case timedOut
    }

    private struct State {
        var attempts = 0
        var isAsked = false
        var isDone = false
        var row = 0
        var next: Instant?
        var pause: Duration?
        var reason: String?
        var lastSaid: Instant?
    }

    let plan: Plan
    private var states: [State]
    private var start = Instant.zero
    private(set) var ending: Ending?

    init(_ plan: Plan) {
        self.plan = plan
        states = [State](repeating: State(), count: plan.names.count)
    }

    /// When `woke` is due; `nil` if nothing but answers is waited for.
    var nextWake: Instant? {
        guard ending == nil else { return nil }
        var moments = states.compactMap(\.next)
        if let end { moments.append(end) }
        for state in states where !state.isDone {
            if let said = state.lastSaid { moments.append(said + plan.reminder) }
        }
        return moments.min()
    }

    /// When everything must be over.
    private var end: Instant? { plan.timeout.map { start + $0 } }

    mutating func handle(
        _ event: Event,
        at now: Instant,
        using random: inout some RandomNumberGenerator
    ) -> [Action] {
        guard ending == nil else { return [] }
        var actions: [Action] = []
        switch event {
        case .begun:
            start = now
            for index in states.indices { ask(index, now, &actions) }
        case .answered(let index, let answer):
            take(answer, of: index, now, &actions, &random)
        case .woke: break
        }
        if ending == nil, let end, now >= end { giveUp(now, &actions) }
        guard ending == nil else { return actions }
        for index in states.indices {
            if let next = states[index].next, next <= now { ask(index, now, &actions) }
            remind(index, now, &actions)
        }
        return actions
    }

    private mutating func ask(_ index: Int, _ now: Instant, _ actions: inout [Action]) {
        states[index].next = nil
        states[index].isAsked = true
        states[index].attempts += 1
        let limit = now + plan.perTry
        actions.append(.ask(index, until: end.map { min($0, limit) } ?? limit))
    }

    private mutating func take(
        _ answer: Answer,
        of index: Int,
        _ now: Instant,
        _ actions: inout [Action],
        _ random: inout some RandomNumberGenerator
    ) {
        guard states.indices.contains(index), states[index].isAsked else { return }
        states[index].isAsked = false
        let isGood: Bool
        let text: String
        switch answer {
        case .there(let detail):
            isGood = !plan.isInverted
            text = plan.isInverted ? "it is still there" : detail
        case .missing(let reason):
            isGood = plan.isInverted
            text = reason
        }
        if isGood {
            states[index].row += 1
            states[index].pause = nil
            if states[index].row >= plan.successes {
                finish(index, text, now, &actions)
            } else {
                states[index].next = now + plan.interval
            }
            return
        }
        states[index].row = 0
        if text != states[index].reason {
            states[index].reason = text
            states[index].lastSaid = now
            actions.append(.say("\(plan.names[index]): \(text); waiting"))
        }
        let last = states[index].pause
        let pause = min(plan.cap, last.map { $0 + $0 / 2 } ?? min(plan.interval, plan.cap))
        states[index].pause = pause
        let spread = pause.nanoseconds / 100 * Int64(plan.jitterPercent)
        let jitter = spread > 0 ? Int64.random(in: -spread...spread, using: &random) : 0
        states[index].next = now + pause + .nanoseconds(jitter)
    }

    private mutating func finish(
        _ index: Int,
        _ detail: String,
        _ now: Instant,
        _ actions: inout [Action]
    ) {
        states[index].isDone = true
        let state = states[index]
        let what = plan.isInverted ? "gone" : "ready"
        let tries = state.attempts == 1 ? "1 attempt" : "\(state.attempts) attempts"
        let more = detail.isEmpty || plan.isInverted ? "" : " (\(detail))"
        actions.append(
            .say("\(plan.names[index]): \(what) after \(Self.text(now - start)), \(tries)\(more)")
        )
        let isEnough = plan.needsAll ? states.allSatisfy(\.isDone) : true
        guard isEnough else { return }
        ending = .reached
        actions.append(.end(.reached))
    }

    private mutating func remind(_ index: Int, _ now: Instant, _ actions: inout [Action]) {
        let state = states[index]
        guard !state.isDone, let said = state.lastSaid, now >= said + plan.reminder else { return }
        states[index].lastSaid = now
        actions.append(
            .say(
                "\(plan.names[index]): still waiting after \(Self.text(now - start)), "
                    + "\(state.attempts) attempts: \(state.reason ?? "no answer yet")"
            )
        )
    }

    private mutating func giveUp(_ now: Instant, _ actions: inout [Action]) {
        for (index, state) in states.enumerated() where !state.isDone {
            let reason = state.reason ?? "no answer in time"
            actions.append(
                .say("\(plan.names[index]): given up after \(Self.text(now - start)): \(reason)")
            )
        }
        ending = .timedOut
        actions.append(.end(.timedOut))
    }

    /// A time as people say it: `0.04 s`, `3.2 s`, `2m5s`.
    static func text(_ duration: Duration) -> String {
        let milliseconds = max(0, duration.milliseconds)
        if milliseconds < 100 { return "0.\(milliseconds < 10 ? "00" : "0")\(milliseconds) s" }
        if milliseconds < 120_000 { return "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s" }
        return duration.humanText
    }
}
