package import Basics
internal import PodEngine
internal import PodModel

/// The world's own books: what really happened, held against what the machine does.
package struct Books: Sendable {
    struct Entry: Sendable {
        var name: String
        var kind: Kind
        var hasPostStart: Bool
        var hasStartup: Bool
        var probeGraces: [Int]
        /// Whether a change of its resources takes a restart.
        var restartsForResources = false
        /// In this sandbox: a regular init has finished well, a sidecar has started once.
        var isThrough = false
        var hookPassed = false
        var startupPassed = false
        var running: Int?
        var startedAt = Instant.zero
        var lastMade = -1
        var restarts = 0
        var killAsked: Instant?
        var signalled: Instant?
        var killed: Instant?
        /// Ends in a row that nobody asked for, for the back-off.
        var ends = 0
        var lastEnd = Instant.zero
        var lastLength = Duration.zero
        var hasRun = false
    }

    enum Kind: Sendable { case initial, sidecar, main, ephemeral }

    /// The engine shall die at the n-th event, having performed only some of its actions.
    package struct Crash: Sendable {
        package var at: Int
        package var performed: Int

        package init(at: Int, performed: Int) {
            self.at = at
            self.performed = performed
        }
    }

    package internal(set) var violations: [String] = []
    package var crash: Crash?
    var entries: [Entry]
    let podGrace: Int
    let hasRestartAll: Bool
    var phase = PodPhase.pending
    var deletions: [(at: Instant, grace: Int)] = []
    var fullRestarts = 0
    var expected: [(index: Int, started: Bool, ready: Bool)] = []
    var adopted = Instant.zero
    /// The shortest wait before the third run of a container that keeps ending.
    let leastWait: Duration
    /// How long after its grace a deleted pod may take, downtimes of the engine not counted.
    var slack = Duration.seconds(300)
    var endLimit: Instant?

    init(_ pod: Pod, _ settings: EngineSettings) {
        leastWait = min(settings.crashLoopInitial, settings.crashLoopMaximum)
        podGrace = pod.spec.terminationGracePeriodSeconds
        let all = pod.spec.initContainers + pod.spec.containers
        hasRestartAll = all.contains { container in
            container.restartPolicyRules.contains { $0.action == .restartAllContainers }
        }
        entries = all.enumerated().map { index, container in
            let isInit = index < pod.spec.initContainers.count
            let probes = [container.startupProbe, container.livenessProbe]
            return Entry(
                name: container.name,
                kind: !isInit ? .main : container.isSidecar ? .sidecar : .initial,
                hasPostStart: container.lifecycle?.postStart != nil,
                hasStartup: container.startupProbe != nil,
                probeGraces: probes.compactMap { $0?.terminationGracePeriodSeconds },
                restartsForResources: container.resizePolicy
                    .contains { $0.restartPolicy == "RestartContainer" }
            )
        }
    }

    /// An ephemeral container is added to the pod.
    mutating func added(_ name: String) {
        entries.append(
            Entry(
                name: name,
                kind: .ephemeral,
                hasPostStart: false,
                hasStartup: false,
                probeGraces: []
            )
        )
    }

    package mutating func blame(_ what: String, _ at: Instant) {
        guard violations.count < 8 else { return }
        violations.append("\(at.nanoseconds / 1_000_000) ms: \(what)")
    }

    func index(_ name: String) -> Int? { entries.firstIndex { $0.name == name } }

    // MARK: The truth

    mutating func newSandbox(_ attempt: Int) {
        for index in entries.indices { forget(index) }
    }

    private mutating func forget(_ index: Int) {
        entries[index].isThrough = false
        entries[index].hookPassed = false
        entries[index].startupPassed = false
        entries[index].ends = 0
    }

    mutating func follow(_ machine: PodMachine) {
        guard machine.fullRestarts != fullRestarts else { return }
        fullRestarts = machine.fullRestarts
        for index in entries.indices { forget(index) }
    }

    mutating func started(_ run: ContainerRun, _ runs: [SimulatedRun], at clock: Instant) {
        guard let index = index(run.container) else { return }
        if runs.contains(where: { $0.run.container == run.container && $0.isRunning }) {
            blame("\(run.container) runs twice at once", clock)
        }
        if entries[index].kind == .ephemeral, entries[index].hasRun {
            blame("ephemeral \(run.container) runs again", clock)
        }
        entries[index].hasRun = true
        entries[index].running = run.attempt
        entries[index].startedAt = clock
        entries[index].killAsked = nil
        entries[index].signalled = nil
        entries[index].killed = nil
        entries[index].hookPassed = !entries[index].hasPostStart
        entries[index].startupPassed = !entries[index].hasStartup
        pass(index)
    }

    /// Answers that reach the engine: from then on a sidecar counts as started.
    mutating func answered(_ event: PodEvent) {
        switch event {
        case .hookFinished(let run, .postStart, .succeeded):
            guard let index = index(run.container), entries[index].running == run.attempt else {
                return
            }
            entries[index].hookPassed = true
            pass(index)
        case .probeFinished(let run, .startup, .success),
            .probeFinished(let run, .startup, .warning):
            guard let index = index(run.container), entries[index].running == run.attempt else {
                return
            }
            entries[index].startupPassed = true
            pass(index)
        default: break
        }
    }

    private mutating func pass(_ index: Int) {
        let entry = entries[index]
        if entry.kind == .sidecar, entry.hookPassed, entry.startupPassed {
            entries[index].isThrough = true
        }
    }

    mutating func ended(_ run: ContainerRun, code: Int, at clock: Instant) {
        guard let index = index(run.container) else { return }
        if entries[index].kind == .initial, code == 0 { entries[index].isThrough = true }
        entries[index].ends = entries[index].killAsked == nil ? entries[index].ends + 1 : 0
        entries[index].lastEnd = clock
        entries[index].lastLength = clock - entries[index].startedAt
        entries[index].running = nil
    }

    mutating func imageChanged(_ index: Int) { entries[index].ends = 0 }

    mutating func deleted(grace: Int, at clock: Instant) {
        deletions.append((clock, max(1, grace)))
        let limit = clock + .seconds(max(1, grace)) + slack
        endLimit = endLimit.map { min($0, limit) } ?? limit
    }

    mutating func engineDied(_ machine: PodMachine) {
        for index in entries.indices { entries[index].ends = 0 }
    }

    /// Notes what must not flicker when the engine takes its pod over again.
    mutating func engineStarted(
        _ stored: PodMachine,
        _ runs: [SimulatedRun],
        at clock: Instant
    ) {
        adopted = clock
        fullRestarts = 0
        expected = entries.indices.prefix(stored.containerCount).compactMap { index in
            let flags = stored.flags(index)
            let lives = runs.contains {
                $0.run.container == entries[index].name && $0.run.attempt == flags.restarts
                    && $0.isRunning
            }
            return lives && flags.started ? (index, flags.started, flags.ready) : nil
        }
    }

    mutating func engineAdopted(_ machine: PodMachine, at clock: Instant) {
        for (index, started, ready) in expected {
            let flags = machine.flags(index)
            if started && !flags.started || ready && !flags.ready {
                blame("\(entries[index].name) is no longer started or ready after adoption", clock)
            }
        }
        expected = []
    }

    // MARK: After every event

    mutating func check(_ machine: PodMachine, at clock: Instant) {
        let shown = machine.shownPhaseNow
        if (phase == .succeeded || phase == .failed) && shown != phase {
            blame("the phase goes from \(phase) to \(shown)", clock)
        }
        phase = shown
        for index in entries.indices.prefix(machine.containerCount) {
            let restarts = machine.flags(index).restarts
            if restarts < entries[index].restarts {
                blame("restartCount of \(entries[index].name) falls", clock)
            }
            entries[index].restarts = restarts
        }
        checkDeletion(machine, at: clock)
    }

    private mutating func checkDeletion(_ machine: PodMachine, at clock: Instant) {
        guard !deletions.isEmpty else { return }
        if let endLimit, clock > endLimit, !machine.isFinished {
            blame("the deleted pod has not ended in time", clock)
        }
        for index in entries.indices where entries[index].running != nil {
            guard let asked = entries[index].killAsked, entries[index].killed == nil else {
                continue
            }
            for deletion in deletions {
                let from = max(asked, deletion.at)
                let limit = max(from + .seconds(deletion.grace), adopted)
                if clock > limit + .milliseconds(4500) {
                    blame("\(entries[index].name) was not killed when its grace was over", clock)
                }
            }
        }
    }
}
