internal import Basics
internal import PodModel

extension PodMachine {
    /// The serial worker's passes, until a step is outstanding or nothing is left to decide.
    mutating func sync() {
        // Each round either begins a step, ends the pod or uses up a planned start.
        for _ in 0..<(4 * records.count + 8) {
            guard stage == .syncing, step == nil else { break }
            if isSandboxLost {
                stops = []
                starts = []
            }
            if let index = records.indices.first(where: isOwedPostStart) {
                bringUp(index)
                continue
            }
            if let interlude {
                guard finish(interlude) else { return }
                continue
            }
            if !stops.isEmpty {
                stop(stops.removeFirst())
            } else if !starts.isEmpty {
                begin(starts.removeFirst())
            } else if !plan(nextPass: ()) {
                break
            }
        }
        if stage == .terminating { terminate() }
    }

    /// Decides the next pass; false if there is nothing to do now.
    private mutating func plan(nextPass: Void) -> Bool {
        if rawPhase().isTerminal {
            beginTermination(.completed, grace: max(1, plan.grace))
            return true
        }
        guard sandbox != nil, !isSandboxLost else { return planSandbox() }
        if let trigger = restartAllTrigger() {
            begin(restartAllFor: trigger)
            return true
        }
        allocate()
        if beginResize() { return true }
        var pass = Pass()
        let isInitialised = planInits(&pass)
        if isInitialised, !hasInitialised {
            hasInitialised = true
            isDirty = true
        }
        if !pass.endsPod, isInitialised { planMains(&pass) }
        if pass.endsPod {
            beginTermination(.completed, grace: plan.grace)
            return true
        }
        stops = pass.stops.sorted { $0.index < $1.index }
        let condemned = Set(stops.map(\.index))
        starts = (ephemeralStarts + pass.starts.sorted()).compactMap { index in
            if condemned.contains(index) { return PlannedStart(index: index, afterStop: true) }
            return mayStart(index, afterStop: false) ? PlannedStart(index: index) : nil
        }
        for stop in stops where stop.restarts { records[stop.index].mustRestart = true }
        return !stops.isEmpty || !starts.isEmpty
    }

    /// What a pass has decided.
    struct Pass {
        var endsPod = false
        var stops: [Condemned] = []
        var starts: [Int] = []
    }

    // MARK: Sandbox

    /// The way to a working sandbox: mount, create; after a loss everything is stopped first.
    private mutating func planSandbox() -> Bool {
        if isSandboxLost {
            if endsWithSandbox {
                beginTermination(.completed, grace: plan.grace)
                return true
            }
            record("SandboxChanged", "Pod sandbox changed, it will be killed and re-created.")
            interlude = .newSandbox
            isDirty = true
            for index in records.indices where records[index].isRunning {
                stop(index, reason: .pod, grace: plan.grace, ordered: plan.hasSidecars)
            }
            advanceKills()
            return true
        }
        guard mayTry else { return false }
        if !hasVolumes {
            begin(step: .mountVolumes, within: settings.stepDeadline)
            emit(.mountVolumes)
        } else {
            begin(step: .createSandbox(sandboxAttempt), within: settings.stepDeadline)
            emit(.createSandbox(attempt: sandboxAttempt))
        }
        return true
    }

    /// A pod that would not run anything in a new sandbox gets none (semantics section 5, notes).
    private var endsWithSandbox: Bool {
        if plan.policy == .never { return records.contains { $0.attempt >= 0 } }
        guard plan.policy == .onFailure, isInitialised else { return false }
        return plan.mains.allSatisfy { index in
            records[index].state == .exited && records[index].ended?.exit.code == 0
        }
    }

    /// Ends an interlude once every container has stopped; false while it goes on.
    private mutating func finish(_ current: Interlude) -> Bool {
        guard !records.contains(where: \.isRunning) else { return false }
        switch current {
        case .newSandbox:
            if let sandbox {
                guard mayTry else { return false }
                begin(step: .stopSandbox(sandbox.attempt), within: settings.stepDeadline)
                emit(.stopSandbox(attempt: sandbox.attempt))
                return false
            }
            interlude = nil
        case .restartAll:
            finishRestartAll()
        }
        isDirty = true
        return true
    }

    // MARK: Ephemeral containers

    /// Ephemeral containers that have had no run: they are started before all others, so that an init
    /// container that cannot be started can be looked into (kubelet, `SyncPod` step 5).
    private var ephemeralStarts: [Int] { plan.ephemerals.filter(shouldRun) }

    // MARK: Mains

    private mutating func planMains(_ pass: inout Pass) {
        var keeps = false
        var restarts = false
        for index in plan.mains {
            guard records[index].isRunning else {
                if shouldRun(index) {
                    pass.starts.append(index)
                    restarts = true
                }
                continue
            }
            guard let condemned = condemnation(of: index) else {
                keeps = true
                continue
            }
            pass.stops.append(condemned)
            if condemned.restarts {
                pass.starts.append(index)
                restarts = true
            }
        }
        if !keeps && !restarts { pass.endsPod = true }
    }

    /// Why a running container is to be stopped on its own, if it is.
    func condemnation(of index: Int) -> Condemned? {
        let container = plan.containers[index]
        let record = records[index]
        if record.imageAsked != container.image {
            return Condemned(index: index, reason: .imageChanged, restarts: true)
        }
        if needsRestartForResize(index) {
            return Condemned(index: index, reason: .resized, restarts: true)
        }
        let failed = record.probes.first {
            $0.published == .failure && $0.kind != .readiness
        }
        guard let failed else { return nil }
        let decision = RestartDecision.afterProbe(of: container, policy: plan.policy)
        return Condemned(
            index: index,
            reason: failed.kind == .startup ? .startup : .liveness,
            restarts: decision == .restarts
        )
    }

    /// Whether a container that does not run is to be started (never started, or ended and restarting).
    func shouldRun(_ index: Int) -> Bool {
        let record = records[index]
        if plan.containers[index].kind == .ephemeral {
            // Whatever became of a run that existed, there is no second one.
            switch record.state {
            case .absent: return record.ended == nil
            case .created: return isPresent(index)
            case .running: return false
            case .exited: return settings.mutation == .restartsEphemerals
            }
        }
        if record.mustRestart { return true }
        guard let exit = record.ended?.exit, record.state == .exited else { return true }
        return RestartDecision.after(exit, of: plan.containers[index], policy: plan.policy)
            != .stays
    }

    /// Begins the stop of a single container; the worker waits for its end.
    private mutating func stop(_ condemned: Condemned) {
        let index = condemned.index
        guard records[index].isRunning else { return }
        begin(step: .stop(index), within: nil)
        stop(
            index,
            reason: condemned.reason,
            grace: grace(for: condemned.reason, of: index),
            ordered: false,
            restarts: condemned.restarts
        )
        advanceKills()
    }

    /// A probe's own grace, else the pod's.
    private func grace(for reason: Kill.Reason, of index: Int) -> Int {
        switch reason {
        case .liveness: plan.containers[index].liveness?.grace ?? plan.grace
        case .startup: plan.containers[index].startup?.grace ?? plan.grace
        case .pod, .imageChanged, .resized, .postStartFailed: plan.grace
        }
    }
}
