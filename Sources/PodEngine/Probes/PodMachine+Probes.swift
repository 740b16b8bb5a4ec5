internal import Basics

extension PodMachine {
    /// Probing begins when the container is up, that is after `postStart` (semantics section 4.2).
    mutating func beginProbes(_ index: Int) {
        records[index].probes = []
        if let startup = plan.containers[index].startup {
            records[index].probes = [
                ProbeMachine(
                    kind: .startup,
                    plan: startup,
                    started: records[index].startedInstant
                )
            ]
        } else {
            becomeStarted(index)
        }
    }

    /// The startup probe has passed, or there is none: liveness and readiness are probed from now on.
    private mutating func becomeStarted(_ index: Int) {
        records[index].isStarted = true
        if plan.containers[index].startup != nil {
            book.mark(.startupPassed, index, records[index].attempt, now.instant)
        }
        addProbes(index, ready: nil)
        // A regular init container is ready when it has finished, not while it runs.
        if plan.containers[index].readiness == nil, plan.containers[index].kind != .initial {
            setReady(index, true)
        }
        isDirty = true
    }

    /// Adds the probes of a started container; `ready` is what an earlier engine had published.
    mutating func addProbes(_ index: Int, ready: Bool?) {
        let container = plan.containers[index]
        let started = records[index].startedInstant
        for kind in [ProbeKind.liveness, .readiness] {
            guard let plan = container.probe(kind) else { continue }
            let published: ProbeMachine.Verdict? =
                kind == .readiness && ready == true ? .success : nil
            var probe = ProbeMachine(kind: kind, plan: plan, started: started, published: published)
            probe.trigger(now.instant, started: started)
            if kind == .liveness, stage != .syncing || records[index].kill != nil { probe.hold() }
            records[index].probes.append(probe)
        }
    }

    private mutating func setReady(_ index: Int, _ ready: Bool) {
        guard records[index].isReady != ready else { return }
        records[index].isReady = ready
        if ready { book.mark(.ready, index, records[index].attempt, now.instant) }
        isDirty = true
    }

    /// Sends out the attempts that are due.
    mutating func runProbes() {
        for index in records.indices where records[index].isRunning && records[index].isUp {
            for position in records[index].probes.indices {
                if let lost = records[index].probes[position].lostAt, now.instant >= lost {
                    records[index].probes[position].loseAttempt(now.instant)
                }
                guard records[index].probes[position].isDue(now.instant) else { continue }
                records[index].probes[position].begin(now.instant)
                emit(.runProbe(run(index), records[index].probes[position].kind))
            }
        }
    }

    /// The answer to `runProbe`.
    mutating func probeFinished(_ run: ContainerRun, _ kind: ProbeKind, _ outcome: ProbeOutcome) {
        guard let index = plan.index(of: run.container), run == self.run(index),
            records[index].isRunning,
            let position = records[index].probes.firstIndex(where: { $0.kind == kind }),
            records[index].probes[position].isInFlight
        else { return ignore("probe answer not awaited") }
        report(outcome, kind, of: index)
        guard records[index].probes[position].finish(outcome, now.instant) else { return }
        let verdict = records[index].probes[position].published
        switch kind {
        case .startup where verdict == .success: becomeStarted(index)
        case .readiness: setReady(index, verdict == .success)
        case .startup, .liveness: break
        }
    }

    private mutating func report(_ outcome: ProbeOutcome, _ kind: ProbeKind, of index: Int) {
        let name: String
        switch kind {
        case .startup: name = "Startup"
        case .liveness: name = "Liveness"
        case .readiness: name = "Readiness"
        }
        switch outcome {
        case .success: break
        case .warning(let text):
            record("ProbeWarning", "\(name) probe warning: \(text)", of: index, warning: true)
        case .failure(let text):
            record("Unhealthy", "\(name) probe failed: \(text)", of: index, warning: true)
        case .error(let text):
            record(
                "Unhealthy",
                "\(name) probe errored and resulted in unknown state: \(text)",
                of: index,
                warning: true
            )
        }
    }
}
