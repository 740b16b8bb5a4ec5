internal import Basics

/// Stopping single containers (semantics section 7.2).
extension PodMachine {
    /// Begins to stop a running container, or shortens a stop under way.
    mutating func stop(
        _ index: Int,
        reason: Kill.Reason,
        grace: Int,
        ordered: Bool,
        restarts: Bool = false
    ) {
        guard records[index].isRunning else { return }
        if records[index].kill != nil {
            if ordered { records[index].kill?.isOrdered = true }
            return shorten(index, to: grace)
        }
        record("Killing", killMessage(index, reason, restarts: restarts), of: index)
        book.mark(.killingRequested, index, records[index].attempt, now.instant)
        for position in records[index].probes.indices
        where records[index].probes[position].kind != .readiness {
            records[index].probes[position].hold()
        }
        records[index].kill = Kill(
            stage: .turn,
            reason: reason,
            grace: grace,
            since: now.instant,
            until: now.instant,
            isOrdered: ordered
        )
        isDirty = true
        guard plan.containers[index].hasPreStop, grace > 0 else { return enterTurn(index) }
        records[index].kill?.stage = .preStop
        records[index].kill?.until = now.instant + .seconds(grace)
        emit(.runHook(run(index), .preStop))
    }

    private func killMessage(_ index: Int, _ reason: Kill.Reason, restarts: Bool) -> String {
        let container = plan.containers[index]
        let name =
            container.kind == .main
            ? "Container \(container.name)" : "Init container \(container.name)"
        // The kubelet adds the outlook for regular containers only.
        let outlook = restarts && container.kind == .main ? ", will be restarted" : ""
        switch reason {
        case .pod: return "Stopping container \(container.name)"
        case .liveness: return "\(name) failed liveness probe\(outlook)"
        case .startup: return "\(name) failed startup probe\(outlook)"
        case .imageChanged: return "\(name) definition changed\(outlook)"
        case .resized: return "\(name) resize requires restart\(outlook)"
        case .postStartFailed: return "FailedPostStartHook"
        }
    }

    /// The preStop hook has ended or used up the grace.
    mutating func finishPreStop(_ index: Int) {
        guard let kill = records[index].kill else { return }
        records[index].kill?.grace = kill.remaining(now.instant)
        book.mark(.preStopDone, index, records[index].attempt, now.instant)
        enterTurn(index)
    }

    private mutating func enterTurn(_ index: Int) {
        guard let kill = records[index].kill else { return }
        records[index].kill?.since = now.instant
        records[index].kill?.stage = .turn
        let waits = kill.isOrdered && kill.grace > 0 && plan.containers[index].kind == .sidecar
        records[index].kill?.until = now.instant + .seconds(waits ? kill.grace : 0)
        isDirty = true
    }

    private mutating func signal(_ index: Int) {
        guard let kill = records[index].kill else { return }
        var left = kill.remaining(now.instant)
        if settings.mutation != .noGraceFloor { left = max(left, Kill.floor) }
        if settings.mutation == .killsEarly { left /= 2 }
        records[index].kill?.grace = left
        records[index].kill?.stage = .signalled
        records[index].kill?.since = now.instant
        records[index].kill?.until = now.instant + .seconds(left)
        book.mark(.signalSent, index, records[index].attempt, now.instant)
        emit(.sendStopSignal(run(index)))
        isDirty = true
    }

    /// Whether a sidecar may be stopped: all mains and all sidecars after it are down.
    ///
    /// The kubelet looks at the next sidecar only, so that one that died early lets those before it go
    /// ahead of those after it; here the order holds whatever died early.
    func hasTurn(_ index: Int) -> Bool {
        if settings.mutation == .sidecarsStopForward {
            return plan.sidecar(before: index).map { !isAlive($0) } ?? true
        }
        if lastLiveSidecar(after: index) != nil { return false }
        if settings.mutation == .sidecarsStopWithMains { return true }
        return !plan.mains.contains(where: isAlive)
    }

    /// The last sidecar after that one that has not stopped yet: the one that is waited for.
    func lastLiveSidecar(after index: Int) -> Int? {
        plan.inits.last { $0 > index && plan.containers[$0].kind == .sidecar && isAlive($0) }
    }

    /// Whether a container runs, or may run as soon as its start is answered.
    func isAlive(_ index: Int) -> Bool {
        records[index].isRunning || step == .start(index) || abandoned == .start(index)
    }

    /// Moves every stop under way as far as the time and the others allow.
    mutating func advanceKills() {
        // Last to first, so that sidecars that may go at the same instant go in their order.
        for index in records.indices.reversed() {
            guard let kill = records[index].kill else { continue }
            if kill.stage == .preStop, now.instant >= kill.until { finishPreStop(index) }
            if let kill = records[index].kill, kill.stage == .turn,
                now.instant >= kill.until || hasTurn(index) || !kill.isOrdered
            {
                signal(index)
            }
            advanceSignalled(index)
        }
    }

    private mutating func advanceSignalled(_ index: Int) {
        guard let kill = records[index].kill, now.instant >= kill.until else { return }
        switch kill.stage {
        case .preStop, .turn: return
        case .signalled:
            records[index].kill?.stage = .killed
        case .killed:
            if settings.mutation == .neverKillsAgain { return }
            record(
                "FailedKillPod",
                "container \(plan.containers[index].name) did not end after SIGKILL; trying again",
                of: index,
                warning: true
            )
        }
        records[index].kill?.since = now.instant
        records[index].kill?.until = now.instant + Kill.again
        records[index].kill?.kills += 1
        emit(.kill(run(index)))
        isDirty = true
    }

    /// Lessens the grace of a stop under way; it never grows.
    func shortened(_ kill: Kill, to grace: Int) -> Kill {
        var kill = kill
        switch kill.stage {
        case .preStop, .turn:
            kill.grace = min(kill.remaining(now.instant), grace)
            kill.since = now.instant
            kill.until = min(kill.until, now.instant + .seconds(kill.grace))
        case .signalled:
            kill.until = min(kill.until, now.instant + .seconds(max(grace, Kill.floor)))
        case .killed: break
        }
        return kill
    }

    mutating func shorten(_ index: Int, to grace: Int) {
        guard let kill = records[index].kill else { return }
        records[index].kill = shortened(kill, to: grace)
        isDirty = true
    }
}
