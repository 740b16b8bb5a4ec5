internal import Basics
public import PodModel

extension PodMachine {
    /// The pod's status as the kubelet would report it.
    public var status: PodStatus {
        var status = PodStatus()
        status.observedGeneration = plan.generation
        status.phase = phase
        status.conditions = shownConditions
        if finalPhase != nil, let verdict {
            status.reason = verdict.reason
            status.message = verdict.message
        }
        status.hostIP = settings.hostIPs.first ?? ""
        status.hostIPs = settings.hostIPs.map { HostIP(ip: $0) }
        let addresses = podIPs.isEmpty && plan.usesHostNetwork ? settings.hostIPs : podIPs
        status.podIP = addresses.first ?? ""
        status.podIPs = addresses.map { PodIP(ip: $0) }
        status.startTime = startTime
        status.initContainerStatuses = plan.inits.map(containerStatus)
        status.containerStatuses = plan.mains.map(containerStatus).sorted { $0.name < $1.name }
        status.ephemeralContainerStatuses =
            plan.ephemerals.map(containerStatus).sorted { $0.name < $1.name }
        status.qosClass = pod.status.qosClass ?? plan.quality
        return status
    }

    private func containerStatus(_ index: Int) -> ContainerStatus {
        let record = records[index]
        let container = plan.containers[index]
        var status = ContainerStatus(name: container.name)
        status.restartCount = max(0, record.attempt)
        status.image = container.image
        if let image = record.image {
            status.image = image.reference
            status.imageID = image.id
            status.containerID = Self.url(record.id)
        }
        let isUp = record.isRunning && record.isUp
        switch container.kind {
        case .initial:
            status.started = isUp
            status.ready = record.isDone
        case .sidecar, .main:
            status.started = isUp && record.isStarted
            status.ready = record.isReady
        case .ephemeral:
            // Nobody asks whether it is ready, and a run that was not made is not counted.
            status.restartCount = 0
        }
        if container.isResizable, record.isRunning {
            status.allocatedResources = record.allocated.requests
            let empty = ResourceRequirements()
            status.resources = record.applied == empty ? nil : record.applied
        }
        switch view(index) {
        case .running:
            status.state = .running(ContainerStateRunning(startedAt: record.startedAt))
            status.lastState = record.previous.map(terminated)
        case .terminated:
            status.state = record.ended.map(terminated)
            status.lastState = record.previous.map(terminated)
        case .waiting:
            status.state = .waiting(waiting(index))
            status.lastState = (record.ended ?? record.previous).map(terminated)
            if finalPhase != nil, isLost(index) { status.state = .terminated(Self.lost) }
        }
        status.user = record.user.isEmpty ? nil : ContainerUser(text: record.user)
        return status
    }

    private func terminated(_ run: ContainerRecord.Ended) -> ContainerState {
        .terminated(
            ContainerStateTerminated(
                exitCode: run.exit.code,
                reason: run.exit.reason,
                message: run.exit.message,
                startedAt: run.exit.startedAt,
                finishedAt: run.exit.finishedAt,
                containerID: Self.url(run.id)
            )
        )
    }

    /// A run's ID as the API shows it: the runtime's name in front.
    private static func url(_ id: String) -> String { id.isEmpty ? "" : "remora://" + id }

    private func waiting(_ index: Int) -> ContainerStateWaiting {
        if stage == .syncing || records[index].attempt < 0, let error = records[index].error {
            return ContainerStateWaiting(reason: error.reason, message: error.message)
        }
        return ContainerStateWaiting(
            reason: plan.initCount > 0 ? "PodInitializing" : "ContainerCreating"
        )
    }

    /// Whether a container that never ran counts as lost in a pod that has ended: any regular one once
    /// the pod was initialised, and an init container before one that has run.
    private func isLost(_ index: Int) -> Bool {
        switch plan.containers[index].kind {
        case .initial, .sidecar: plan.inits.contains { $0 > index && records[$0].hasRun }
        case .main: plan.initCount == 0 || hasInitialised
        case .ephemeral: false
        }
    }

    private static let lost = ContainerStateTerminated(
        exitCode: 137,
        reason: "ContainerStatusUnknown",
        message: "The container could not be located when the pod was terminated"
    )
}

extension ContainerUser {
    /// Reads `uid:gid:group,group`, as the runtime reports who a container runs as.
    init?(text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let uid = parts.first.flatMap({ Int($0) }) else { return nil }
        let gid = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let groups = parts.count > 2 ? parts[2].split(separator: ",").compactMap { Int($0) } : []
        self.init(linux: LinuxContainerUser(uid: uid, gid: gid, supplementalGroups: groups))
    }
}
