internal import Basics
internal import Formats
public import PodModel

/// Other resources for a pod that runs (`pods/resize`, KEP-1287).
///
/// The spec says what is wanted. It is *allocated* when the node can give it, all containers at once, and
/// *applied* container by container: in place, or by a restart where the container's policy says so.
extension PodMachine {
    /// The pod with the resources that were granted, which drivers go by.
    public var allocatedPod: Pod {
        var granted = pod
        for index in plan.inits { granted.spec.initContainers[index].resources = allocated(index) }
        for (place, index) in plan.mains.enumerated() {
            granted.spec.containers[place].resources = allocated(index)
        }
        return granted
    }

    private func allocated(_ index: Int) -> ResourceRequirements { records[index].allocated }

    /// Grants what the spec asks for, unless the node could never give it.
    mutating func allocate() {
        let wanted = plan.containers.indices.filter {
            plan.containers[$0].isResizable
                && records[$0].allocated != plan.containers[$0].resources
        }
        let refusal = wanted.isEmpty ? nil : infeasibility
        if refusal != resizeRefusal {
            resizeRefusal = refusal
            isDirty = true
            if let refusal { record("ResizeInfeasible", refusal, warning: true) }
        }
        guard refusal == nil, !wanted.isEmpty else { return }
        for index in wanted { records[index].allocated = plan.containers[index].resources }
        resizeFailure = nil
        resizeRetryAt = nil
        isDirty = true
        if isResizing { record("ResizeStarted", "Pod resize started: " + resizeDetails) }
    }

    /// Why the node could never give what the pod asks for (kubelet, `canResizePod`).
    private var infeasibility: String? {
        let requests = EffectiveResources.of(pod).requests
        if let cpu = settings.allocatable["cpu"], let asked = requests["cpu"], asked > cpu {
            return "Node didn't have enough capacity: cpu, requested: \(asked.milliValue), "
                + "capacity: \(cpu.milliValue)"
        }
        if let memory = settings.allocatable["memory"], let asked = requests["memory"],
            asked > memory
        {
            return "Node didn't have enough capacity: memory, requested: \(asked.value), "
                + "capacity: \(memory.value)"
        }
        return nil
    }

    /// Whether a container that runs, or is being restarted, has not yet what was granted.
    var isResizing: Bool { stage == .syncing && records.indices.contains(where: isBehind) }

    private func isBehind(_ index: Int) -> Bool {
        plan.containers[index].isResizable
            && (records[index].isRunning || records[index].mustRestart)
            && records[index].applied != records[index].allocated
    }

    /// Whether a container must be restarted to get what was granted.
    func needsRestartForResize(_ index: Int) -> Bool {
        guard isBehind(index), records[index].isUp else { return false }
        if settings.mutation == .restartsForResize { return true }
        let (old, new) = (records[index].applied, records[index].allocated)
        return plan.containers[index].restartsForResources.contains { name in
            old.requests[name] != new.requests[name] || old.limits[name] != new.limits[name]
        }
    }

    /// Begins to change what can be changed in place; false if there is nothing to change now.
    mutating func beginResize() -> Bool {
        guard settings.mutation != .forgetsResize, resizeRetryAt.map({ now.instant >= $0 }) ?? true
        else { return false }
        let runs = records.indices
            .filter {
                isBehind($0) && records[$0].isUp && records[$0].kill == nil
                    && !needsRestartForResize($0)
            }
            .map(run)
        resizeRetryAt = nil
        guard !runs.isEmpty else { return false }
        begin(step: .resize, within: settings.stepDeadline)
        emit(.resizeContainers(runs))
        return true
    }

    /// The answer to `resizeContainers`.
    mutating func resized(_ runs: [ContainerRun], _ failure: StepFailure?) {
        guard step == .resize else { return ignore("containersResized not awaited") }
        if let failure { return resizeFailed(failure) }
        endStep()
        resizeFailure = nil
        for run in runs {
            guard let index = plan.index(of: run.container), run == self.run(index) else {
                continue
            }
            records[index].applied = records[index].allocated
        }
        tellOfResize()
    }

    /// A container was made with what was granted.
    mutating func apply(resourcesOf index: Int) {
        let wasBehind = isBehind(index)
        records[index].applied = records[index].allocated
        records[index].mustRestart = false
        if wasBehind { tellOfResize() }
    }

    private mutating func tellOfResize() {
        guard !isResizing else { return }
        record("ResizeCompleted", "Pod resize completed: " + resizeDetails)
    }

    /// It is tried again like any failed sync.
    mutating func resizeFailed(_ failure: StepFailure) {
        endStep()
        resizeRetryAt = now.instant + Self.syncRetry
        guard resizeFailure != failure else { return }
        resizeFailure = failure
        record("ResizeError", "Pod resize error: " + failure.message, warning: true)
    }

    /// The resources of all containers in the form of the kubelet's events.
    private var resizeDetails: String {
        let containers = plan.containers.indices.filter { plan.containers[$0].isResizable }
            .map { index -> JSON in
                [
                    "name": .string(plan.containers[index].name),
                    "resources": records[index].allocated.json,
                ]
            }
        let details: JSON = [
            "containers": .array(containers), "generation": .int(plan.generation),
        ]
        return details.text()
    }
}
