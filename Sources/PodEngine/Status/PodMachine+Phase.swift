internal import Basics
internal import PodModel

extension PodPhase {
    /// Whether a pod never leaves this phase.
    var isTerminal: Bool { self == .succeeded || self == .failed }
}

/// The counts that the phase is decided by.
private struct Census {
    var initFailedForGood = false
    var initPending = false
    var sidecarPending = false
    var waiting = 0
    var running = 0
    var stopped = 0
    var succeeded = 0
    var restartable = 0
}

extension PodMachine {
    /// The phase that `status` shows.
    ///
    /// It turns terminal only when no container runs any more, and then stays (the kubelet's status
    /// manager holds a terminal phase back as long as the pod could have running containers).
    var phase: PodPhase {
        if settings.mutation == .phaseIsNotSticky, finalPhase != nil { return rawPhase() }
        return finalPhase ?? shownPhase
    }

    /// The phase by the kubelet's `getPhase` (semantics section 2), not yet held back.
    func rawPhase(final: Bool = false) -> PodPhase {
        if verdict != nil { return .failed }
        let census = takeCensus()
        if census.initFailedForGood { return .failed }
        if census.initPending { return .pending }
        if census.sidecarPending, !plan.mains.contains(where: isPresent) { return .pending }
        if census.waiting > 0 { return .pending }
        if census.running > 0 { return .running }
        guard census.stopped > 0 else { return .pending }
        if !final, census.restartable > 0 { return .running }
        return census.succeeded == census.stopped ? .succeeded : .failed
    }

    private func takeCensus() -> Census {
        var census = Census()
        for index in plan.inits {
            if plan.containers[index].kind == .sidecar {
                count(sidecar: index, in: &census)
            } else {
                count(initial: index, in: &census)
            }
        }
        for index in plan.mains { count(main: index, in: &census) }
        return census
    }

    private func count(initial index: Int, in census: inout Census) {
        guard !records[index].isDone else { return }
        let last: ContainerExit?
        switch view(index) {
        case .running: last = nil
        case .terminated(let exit): last = exit
        case .waiting(let exit): last = exit
        }
        // Torn down with its pod, it is neither pending nor failed.
        if records[index].state == .absent, last != nil { return }
        guard let last, last.isInitFailure else {
            census.initPending = true
            return
        }
        if records[index].state == .exited, !records[index].mustRestart,
            RestartDecision.after(last, of: plan.containers[index], policy: plan.policy) == .stays
        {
            census.initFailedForGood = true
        }
    }

    private func count(sidecar index: Int, in census: inout Census) {
        if records[index].state != .absent, !isPresent(index), sandbox != nil {
            // Of an earlier sandbox: it is to come up again in this one.
            census.sidecarPending = true
            return
        }
        switch view(index) {
        case .running:
            census.running += 1
            if !records[index].isStarted { census.sidecarPending = true }
        case .waiting(last: nil):
            census.waiting += 1
            census.sidecarPending = true
        case .waiting, .terminated: break
        }
    }

    private func count(main index: Int, in census: inout Census) {
        switch view(index) {
        case .running: census.running += 1
        case .terminated(let exit):
            census.stopped += 1
            if exit.code == 0 { census.succeeded += 1 }
            if shouldRun(index) { census.restartable += 1 }
        case .waiting(last: nil): census.waiting += 1
        case .waiting:
            census.stopped += 1
            census.restartable += 1
        }
    }

    /// Fixes the terminal phase once nothing runs any more; a pod that never got far has failed.
    mutating func publishEnd() {
        guard finalPhase == nil else { return }
        let end = rawPhase(final: true)
        finalPhase = end.isTerminal ? end : .failed
        isDirty = true
    }
}
