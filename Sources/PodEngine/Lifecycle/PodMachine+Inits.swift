internal import Basics
internal import PodModel

extension PodMachine {
    /// Whether the newest run belongs to the present sandbox.
    func isPresent(_ index: Int) -> Bool {
        guard let sandbox else { return false }
        let record = records[index]
        return record.state != .absent && record.sandbox == sandbox.attempt
    }

    /// A regular container of this sandbox that is made or runs: all inits must have been through.
    var hasLiveMain: Bool {
        plan.mains.contains {
            isPresent($0) && (records[$0].state == .running || records[$0].state == .created)
        }
    }

    /// Whether the inits are through, by the same walk as `planInits`, deciding nothing.
    var isInitialised: Bool {
        var pass = Pass()
        return planInits(&pass)
    }

    /// Decides which init containers to stop and to start; true if the regular ones may run.
    ///
    /// Walks from the last init container to the first: the last one with a status tells how far the
    /// pod has come, all before it are only kept alive if they are sidecars (kubelet,
    /// `computeInitContainerActions`). Finished inits are remembered, not looked up in the runtime.
    func planInits(_ pass: inout Pass) -> Bool {
        guard plan.initCount > 0 else { return true }
        if settings.mutation == .mainsIgnoreInits, records[0].attempt >= 0 { return true }
        var initialised = hasLiveMain
        var isBehind = initialised
        for index in plan.inits.reversed() {
            let isSidecar = plan.containers[index].kind == .sidecar
            guard isPresent(index) || records[index].isDone else {
                if isBehind && isSidecar { pass.starts.append(index) }
                continue
            }
            if isBehind && !isSidecar { continue }
            if isSidecar {
                planSidecar(index, isBehind: isBehind, &pass, &initialised)
            } else {
                guard planInit(index, &pass, &initialised) else { return false }
            }
            isBehind = true
        }
        if !isBehind { pass.starts.append(0) }
        return initialised
    }

    private func planSidecar(
        _ index: Int,
        isBehind: Bool,
        _ pass: inout Pass,
        _ initialised: inout Bool
    ) {
        let record = records[index]
        guard record.isRunning else {
            pass.starts.append(index)
            return
        }
        let isStarted = record.isStarted || settings.mutation == .sidecarCountsBeforeStarted
        if isStarted {
            if index == plan.initCount - 1 {
                initialised = true
            } else if !isBehind {
                pass.starts.append(index + 1)
            }
        }
        // Before it has started only its startup probe can condemn it; a changed image waits.
        let failed = record.probe(.startup)?.published == .failure
        let condemned = isStarted ? condemnation(of: index) : nil
        if failed || condemned != nil {
            pass.stops.append(
                condemned ?? Condemned(index: index, reason: .startup, restarts: true)
            )
            pass.starts.append(index)
        }
    }

    /// The regular init container that tells how far the pod has come; false if it ends the pod.
    private func planInit(
        _ index: Int,
        _ pass: inout Pass,
        _ initialised: inout Bool
    ) -> Bool {
        let record = records[index]
        if record.isDone {
            if index == plan.initCount - 1 {
                initialised = true
            } else {
                pass.starts.append(index + 1)
            }
            return true
        }
        guard record.state == .exited, let exit = record.ended?.exit else {
            if record.state == .created { pass.starts.append(index) }
            return true
        }
        let decision = RestartDecision.after(exit, of: plan.containers[index], policy: plan.policy)
        guard decision != .stays || record.mustRestart else {
            pass = Pass(endsPod: true)
            return false
        }
        pass.starts.append(index)
        return true
    }
}
