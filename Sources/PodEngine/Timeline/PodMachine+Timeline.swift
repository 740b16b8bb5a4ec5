internal import Basics
internal import PodModel

extension PodMachine {
    /// The marks and waits of all containers so far.
    public var timeline: Timeline { book.timeline(until: now.instant) }

    /// Notes for each container what it waits for after this event.
    mutating func trackWaits() {
        for index in records.indices { book.wait(index, for: wait(index), now.instant) }
    }

    private func wait(_ index: Int) -> WaitReason? {
        switch stage {
        case .finished: nil
        case .terminating: stopWait(index)
        case .syncing where records[index].isRunning: stopWait(index)
        case .syncing: startWait(index)
        }
    }

    private func stopWait(_ index: Int) -> WaitReason? {
        guard let kill = records[index].kill, kill.stage == .turn else { return nil }
        if plan.mains.contains(where: isAlive) { return .mainsStop }
        return lastLiveSidecar(after: index).map { .sidecarStop($0) }
    }

    private func startWait(_ index: Int) -> WaitReason? {
        let record = records[index]
        if plan.containers[index].kind == .initial && record.isDone { return nil }
        switch step {
        case .pull(index): return .imagePull
        case .create(index), .start(index), .postStart(index): return nil
        case .mountVolumes: return .volumes
        case .createSandbox: return .sandbox
        default: break
        }
        guard sandbox != nil else { return hasVolumes ? .sandbox : .volumes }
        if record.state == .exited, !shouldRun(index) { return nil }
        if let held = heldWait(index) { return held }
        if plan.containers[index].kind != .ephemeral,
            let before = plan.inits.first(where: { $0 < index && !isThrough($0) })
        {
            return plan.containers[before].kind == .sidecar
                ? .sidecarStart(before) : .initContainer(before)
        }
        return step?.container.map { .turn($0) }
    }

    private func heldWait(_ index: Int) -> WaitReason? {
        let record = records[index]
        if let retry = record.retryAt, now.instant < retry { return .retry }
        guard let end = record.heldUntil, now.instant < end else { return nil }
        guard record.error?.reason == "CrashLoopBackOff" else { return .imageBackoff }
        return .crashBackoff(seconds: Int(record.crash?.delay.components.seconds ?? 0))
    }

    /// Whether an init container lets those after it go on.
    private func isThrough(_ index: Int) -> Bool {
        plan.containers[index].kind == .sidecar ? records[index].isStarted : records[index].isDone
    }
}
