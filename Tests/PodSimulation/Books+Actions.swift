internal import Basics
internal import PodEngine
internal import PodModel

/// Holding each action against the rules before it is carried out.
extension Books {
    mutating func note(
        _ action: PodAction,
        _ machine: PodMachine,
        _ runs: [SimulatedRun],
        at clock: Instant
    ) {
        switch action {
        case .pullImage(let container, _): refuseIfEnding("pull for \(container)", machine, clock)
        case .createContainer(let run, _): noteCreate(run, machine, clock)
        case .startContainer(let run): noteStart(run, machine, clock)
        case .runHook(_, .postStart): refuseIfEnding("postStart", machine, clock)
        case .sendStopSignal(let run): noteSignal(run, machine, clock)
        case .kill(let run): noteKill(run, machine, clock)
        case .removeContainer(let run, _): noteRemoval(run, runs, clock)
        case .recordEvent(let event) where event.reason == "Killing": noteKilling(event, clock)
        case .stopSandbox, .tearDown:
            if runs.contains(where: \.isRunning) { blame("\(action) while containers run", clock) }
        case .finished:
            for run in runs { blame("\(run.run) is left behind (\(run.state))", clock) }
        default: break
        }
    }

    private mutating func refuseIfEnding(
        _ what: String,
        _ machine: PodMachine,
        _ clock: Instant
    ) {
        if !deletions.isEmpty || machine.isTerminating || machine.isFinished {
            blame("\(what) while the pod terminates", clock)
        }
    }

    private mutating func noteCreate(
        _ run: ContainerRun,
        _ machine: PodMachine,
        _ clock: Instant
    ) {
        refuseIfEnding("creation of \(run.container)", machine, clock)
        guard let index = index(run.container) else { return }
        if run.attempt < entries[index].lastMade {
            blame("\(run.container) uses the number \(run.attempt) again", clock)
        }
        entries[index].lastMade = run.attempt
    }

    private mutating func noteStart(
        _ run: ContainerRun,
        _ machine: PodMachine,
        _ clock: Instant
    ) {
        refuseIfEnding("start of \(run.container)", machine, clock)
        guard let index = index(run.container) else { return }
        let entry = entries[index]
        for earlier in entries[..<index]
        where entry.kind != .ephemeral && earlier.kind != .main && !earlier.isThrough {
            blame("\(run.container) starts before \(earlier.name) is through", clock)
        }
        if entry.kind == .initial, entry.isThrough {
            blame("finished init \(run.container) runs again", clock)
        }
        let gap = clock - entry.lastEnd
        if entry.ends >= 2, entry.lastLength < .seconds(300), gap < leastWait, !hasRestartAll {
            blame("\(run.container) restarts without back-off", clock)
        }
    }

    private mutating func noteKilling(_ event: EventRecord, _ clock: Instant) {
        let name = event.fieldPath.split(separator: "{").last?.dropLast()
        guard let name, let index = index(String(name)) else { return }
        entries[index].killAsked = clock
        if event.message.contains("resize requires restart"), !entries[index].restartsForResources {
            blame("\(name) is restarted for a change that can be made in place", clock)
        }
    }

    private mutating func noteSignal(
        _ run: ContainerRun,
        _ machine: PodMachine,
        _ clock: Instant
    ) {
        guard let index = index(run.container) else { return }
        // A signal that a new engine repeats was in order the first time.
        guard entries[index].signalled == nil else { return }
        entries[index].signalled = clock
        guard entries[index].kind == .sidecar, let end = machine.graceEnd, clock < end,
            entries[index].running == run.attempt
        else { return }
        // A stop that had begun before the pod's own is not in its order.
        guard let asked = entries[index].killAsked,
            let since = deletions.first?.at ?? entries[index].killAsked, asked >= since
        else { return }
        for other in entries[(index + 1)...]
        where [.sidecar, .main].contains(other.kind) && other.running != nil {
            blame("\(run.container) is stopped before \(other.name), with grace left", clock)
        }
    }

    private mutating func noteKill(
        _ run: ContainerRun,
        _ machine: PodMachine,
        _ clock: Instant
    ) {
        guard let index = index(run.container) else { return }
        let entry = entries[index]
        entries[index].killed = clock
        guard entry.running == run.attempt, let asked = entry.killAsked else { return }
        guard let signalled = entry.signalled else {
            return blame("\(run.container) is killed without a stop signal", clock)
        }
        if clock - signalled < .seconds(2) {
            blame("\(run.container) is killed less than 2 s after the stop signal", clock)
        }
        let least = hasRestartAll ? 0 : ([podGrace] + entry.probeGraces).min() ?? 0
        var earliest = asked + .seconds(least)
        for deletion in deletions {
            earliest = min(earliest, deletion.at + .seconds(deletion.grace))
        }
        if let end = machine.graceEnd { earliest = min(earliest, end) }
        if clock < earliest { blame("\(run.container) is killed before its grace is over", clock) }
    }

    private mutating func noteRemoval(
        _ run: ContainerRun,
        _ runs: [SimulatedRun],
        _ clock: Instant
    ) {
        guard let index = index(run.container), entries[index].killed != clock else { return }
        if runs.contains(where: { $0.run == run && $0.isRunning }) {
            blame("running \(run) is removed", clock)
        }
    }
}
