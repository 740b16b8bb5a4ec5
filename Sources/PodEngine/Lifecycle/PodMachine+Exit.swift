internal import Basics
internal import PodModel

extension PodMachine {
    /// A container's process has ended.
    mutating func exited(_ run: ContainerRun, _ exit: ContainerExit) {
        guard let index = plan.index(of: run.container) else {
            return ignore("exit of an unknown container")
        }
        guard run.attempt == records[index].attempt else { return ignore("exit of another run") }
        switch records[index].state {
        case .running, .created: end(index, exit)
        case .absent, .exited: ignore("exit of a run that is over")
        }
    }

    /// Enters the end of the newest run into the books.
    mutating func end(_ index: Int, _ exit: ContainerExit) {
        let wasUp = records[index].isUp
        let stopped = records[index].kill
        records[index].state = .exited
        records[index].ended = ContainerRecord.Ended(
            attempt: records[index].attempt,
            id: records[index].id,
            exit: exit,
            at: now.instant
        )
        records[index].isStarted = false
        records[index].isReady = false
        records[index].isUp = false
        records[index].probes = []
        records[index].kill = nil
        if plan.containers[index].kind == .initial, !exit.isInitFailure {
            records[index].isDone = true
        }
        book.exited(index, records[index].attempt, exit.code, now.instant)
        isDirty = true
        switch step {
        case .stop(index):
            endStep()
            if stopped?.reason == .postStartFailed {
                records[index].retryAt = now.instant + Self.relist
            }
        case .postStart(index):
            // The hook cannot matter any more; its answer is dropped.
            endStep()
        default: break
        }
        if wasUp, stopped == nil { records[index].error = nil }
        if settings.mutation == .restartsWhileTerminating, stage == .terminating {
            pulling = records[index].image
            emit(.createContainer(nextRun(index), records[index].image ?? .unknown))
        }
    }

    /// Removes every run of a container that the runtime still keeps.
    mutating func removeRuns(_ index: Int, withLogs: Bool) {
        for attempt in records[index].kept {
            let run = ContainerRun(plan.containers[index].name, attempt: attempt)
            emit(.removeContainer(run, withLogs: withLogs))
        }
        if withLogs { records[index].kept = [] }
        isDirty = true
    }
}

extension ImageIdentity {
    /// An image that nothing is known of.
    static let unknown = Self(reference: "", id: "", message: "", wasPulled: false)
}
