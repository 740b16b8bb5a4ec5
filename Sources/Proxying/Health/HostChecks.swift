internal import Basics
internal import Reactor

/// The active checks of one host: asks when `HealthMachine` says so, and sets the host's flags.
@MainLoop final class HostChecks {
    /// Counts since the start; Envoy's `health_check.*`.
    struct Statistics: Sendable, Equatable {
        var attempts = 0
        var successes = 0
        var failures = 0
    }

    @MainLoop private final class One {
        var machine: HealthMachine
        let check: any HealthCheck
        var alarm: Alarm?
        var task: Task<Void, Never>?
        var last: CheckOutcome?

        init(_ machine: HealthMachine, _ check: any HealthCheck) {
            self.machine = machine
            self.check = check
        }
    }

    /// What the owner is told.
    enum Event: Sendable, Equatable {
        /// A first result has come, for all checks of the host.
        case known
        /// The flags are others now.
        case changed
        /// A check succeeded.
        case succeeded
    }

    let health: HostHealth
    private(set) var statistics = Statistics()
    private var all: [One] = []
    private var random: RandomSource
    private let gate: CheckGate
    private let hasTraffic: () -> Bool
    private let tell: (Event, String) -> Void
    private var isKnown = false
    private var isStopped = false

    init(
        _ checks: [(settings: HealthCheckSettings, check: any HealthCheck)],
        health: HostHealth,
        gate: CheckGate,
        seed: UInt64,
        hasTraffic: @escaping () -> Bool,
        tell: @escaping (Event, String) -> Void
    ) {
        self.health = health
        self.gate = gate
        self.hasTraffic = hasTraffic
        self.tell = tell
        random = RandomSource(seed: seed)
        for (settings, check) in checks {
            let machine = HealthMachine(settings, at: Loop.main.now, random: &random)
            all.append(One(machine, check))
        }
        for one in all { schedule(one) }
    }

    /// Whether every check has had a result.
    var hasResults: Bool { all.allSatisfy { $0.machine.hasResult } }

    /// The last word of the checks, empty while all is well.
    var note: String { all.compactMap { $0.last?.note }.first { !$0.isEmpty } ?? "" }

    /// Whether the last check that failed ran out of time.
    var isTimeout: Bool { all.contains { $0.last?.isTimeout == true } }

    func stop() {
        isStopped = true
        for one in all {
            one.alarm?.cancel()
            one.task?.cancel()
            one.check.close()
        }
        all = []
    }

    private func schedule(_ one: One) {
        guard !isStopped else { return }
        one.alarm = Alarm(at: one.machine.nextCheck) { [weak self, weak one] in
            guard let self, let one else { return }
            one.task = Task { @MainLoop [weak self] in await self?.run(one) }
        }
    }

    private func run(_ one: One) async {
        guard await gate.enter() else { return }
        defer { gate.leave() }
        guard !isStopped else { return }
        statistics.attempts += 1
        let deadline = Loop.main.now + one.machine.settings.timeout
        let outcome = await one.check.run(deadline: deadline)
        guard !isStopped else { return one.check.close() }
        if outcome.isOwnShortage {
            // The host is neither better nor worse; it is asked again at its next turn.
            one.machine.postpone(at: Loop.main.now)
        } else {
            take(outcome, one)
        }
        schedule(one)
    }

    private func take(_ outcome: CheckOutcome, _ one: One) {
        let isGood = outcome.result == .success || outcome.result == .degraded
        if isGood { statistics.successes += 1 } else { statistics.failures += 1 }
        let before = health.flags
        one.last = outcome
        _ = one.machine.ended(
            outcome.result,
            at: Loop.main.now,
            hasTraffic: hasTraffic(),
            random: &random
        )
        // Not by thresholds: a primary that was demoted takes no more writes from now on.
        if let hasRole = outcome.hasRole { _ = health.set(.wrongRole, to: !hasRole) }
        let states = all.map(\.machine.state)
        _ = health.set(.failedCheck, to: states.contains(.unhealthy))
        _ = health.set(.degraded, to: states.contains(.degraded))
        if hasResults { _ = health.set(.pending, to: false) }
        if health.flags != before { tell(.changed, outcome.note) }
        if hasResults, !isKnown {
            isKnown = true
            tell(.known, outcome.note)
        }
        if isGood { tell(.succeeded, "") }
    }
}

/// How many checks of a cluster run at a time; others wait for their turn.
@MainLoop final class CheckGate {
    /// How many may run.
    let most: Int
    private(set) var running = 0
    private var waiting: [AsyncQueue<Bool>] = []

    init(most: Int = 128) {
        self.most = most
    }

    /// How many wait.
    var waitingCount: Int { waiting.count }

    /// Waits for a turn; `false` if the task was cancelled.
    func enter() async -> Bool {
        if running < most {
            running += 1
            return true
        }
        let queue = AsyncQueue<Bool>(capacity: 1)
        waiting.append(queue)
        let isMine = await queue.next() ?? false
        if !isMine { waiting.removeAll { $0 === queue } }
        return isMine
    }

    /// Gives the turn to the next one.
    func leave() {
        if waiting.isEmpty {
            running -= 1
        } else {
            waiting.removeFirst().send(true)
        }
    }
}
