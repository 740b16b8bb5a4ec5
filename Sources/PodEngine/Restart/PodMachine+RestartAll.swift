internal import Basics
internal import PodModel

/// RestartAllContainers (semantics section 5.1, KEP-5532).
extension PodMachine {
    /// The first container of this sandbox whose end asks for all containers to run again.
    func restartAllTrigger() -> Int? {
        guard plan.hasRestartAllRule else { return nil }
        return records.indices.first { index in
            guard isPresent(index), records[index].state == .exited, !records[index].mustRestart,
                let exit = records[index].ended?.exit
            else { return false }
            return RestartDecision.after(exit, of: plan.containers[index], policy: plan.policy)
                == .restartsAll
        }
    }

    /// Stops everything with no grace, no preStop and no order.
    mutating func begin(restartAllFor trigger: Int) {
        interlude = .restartAll
        restartTrigger = trigger
        isRestartingAll = true
        isDirty = true
        for index in records.indices where records[index].isRunning {
            stop(index, reason: .pod, grace: 0, ordered: false)
        }
        advanceKills()
    }

    /// All have stopped: their runs are removed, the trigger's last, logs kept, and all begins again.
    mutating func finishRestartAll() {
        // An ephemeral container has had its run.
        let others = records.indices.filter {
            $0 != restartTrigger && plan.containers[$0].kind != .ephemeral
        }
        let order = others + [restartTrigger].compactMap(\.self)
        for index in order {
            for attempt in records[index].kept {
                let run = ContainerRun(plan.containers[index].name, attempt: attempt)
                emit(.removeContainer(run, withLogs: false))
            }
            records[index].kept = []
            records[index].isDone = false
            records[index].mustRestart = false
            records[index].retryAt = nil
            records[index].heldUntil = nil
            guard records[index].attempt >= 0 else { continue }
            records[index].state = .absent
            records[index].error = StepFailure(
                reason: "RestartingAllContainers",
                message: "The container is removed because RestartAllContainers in place"
            )
        }
        interlude = nil
        isRestartingAll = false
        restartsOfAll += 1
        isDirty = true
    }
}
