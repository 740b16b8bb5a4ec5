public import Basics
import Formats
public import PodEngine
public import PodModel
public import Reactor
public import System

/// The control groups of pods: one below the group of its class of service, with the pod's numbers.
///
/// The tree is the kubelet's: guaranteed pods at the top, `burstable` and `besteffort` beside them,
/// the share of the burstable tier the sum of its pods' requests. All of it lies below
/// `NodeLayout.cgroup`, which no other engine uses.
@MainLoop public final class PodCgroups {
    private let layout: NodeLayout
    private let cgroups: Cgroups
    private let nodeMemory: Int
    /// The requests of the burstable pods that have a group, in thousandths of a processor.
    private var burstable: [String: Int] = [:]

    /// Makes the keeper; nothing is written yet.
    public init(layout: NodeLayout, host: HostProfile) {
        self.layout = layout
        cgroups = host.cgroups
        nodeMemory = Int(clamping: host.memoryBytes)
    }

    /// The control group of a pod.
    public func path(of pod: Pod) -> String {
        layout.cgroup + tier(QualityOfService.of(pod)) + "/pod" + pod.metadata.uid
    }

    /// The control group of one run of a container.
    public func path(of pod: Pod, container id: String) -> String { path(of: pod) + "/" + id }

    /// The numbers of a container.
    public func limits(of container: Container, in pod: Pod) -> CgroupLimits {
        var limits = Self.shares(CgroupNumbers.shares(of: container.resources))
        limits.cpuQuota = CgroupNumbers.quota(of: container.resources)
        limits.memoryBytes = CgroupNumbers.memoryLimit(of: container, in: pod.spec).map(Int64.init)
        return limits
    }

    /// How soon the kernel kills a container when the node's memory is short.
    public func oomScore(of container: Container, in pod: Pod) -> Int {
        // The two classes of priority that the kubelet spares before all others.
        if (pod.spec.priority ?? 0) >= 2_000_000_000 { return -997 }
        return OOMScore.of(container, in: pod.spec, nodeMemory: nodeMemory)
    }

    /// Makes the group of a pod, or writes its numbers again.
    ///
    /// - Returns: Texts for warning events: what this machine cannot enforce.
    /// - Throws: `FailedCreatePodContainer`.
    public func create(_ pod: Pod) throws(StepFailure) -> [String] {
        let quality = QualityOfService.of(pod)
        do throws(Failure) {
            switch quality {
            case .guaranteed: break
            case .burstable:
                let request = EffectiveResources.of(pod).requests["cpu"]?.milliValue ?? 0
                burstable[pod.metadata.uid] = request
                try writeBurstableTier()
            case .bestEffort:
                _ = try cgroups.create(layout.cgroup + tier(quality), limits: Self.shares(2))
            }
            return try cgroups.create(path(of: pod), limits: Self.limits(of: pod))
        } catch {
            throw StepFailure(
                reason: "FailedCreatePodContainer",
                message: "unable to ensure pod container exists: \(error)"
            )
        }
    }

    /// Kills what is left in a pod's group and removes it with all below it.
    ///
    /// - Throws: `conflict` if processes do not die within ten seconds.
    public func remove(_ pod: Pod) async throws(Failure) {
        if burstable.removeValue(forKey: pod.metadata.uid) != nil { try? writeBurstableTier() }
        try await remove(path: path(of: pod), name: "pod \(pod.metadata.uid)")
    }

    private func remove(path: String, name: String) async throws(Failure) {
        let deadline = Loop.main.now + .seconds(10)
        var pause = Duration.milliseconds(1)
        while true {
            do throws(SystemError) {
                return try cgroups.remove(path)
            } catch {
                guard Loop.main.now < deadline else {
                    throw Failure(
                        "cannot remove the control group of \(name)",
                        error
                    )
                }
                cgroups.kill(path)
            }
            // The kernel has no event for the end of a v1 group's last process.
            try await Loop.main.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(100))
        }
    }

    /// Removes the engine's own groups if no pod is left in them: called when the engine ends.
    public func removeTiersIfEmpty() {
        for path in [
            layout.cgroup + "/burstable", layout.cgroup + "/besteffort", layout.cgroup,
            String(layout.cgroup.dropLast("/kubepods".count)), "/remora",
        ] where cgroups.children(of: path).isEmpty {
            try? cgroups.remove(path)
        }
    }

    /// Removes the groups of pods that are not among these: what an engine that was killed left.
    public func removeAll(except uids: Set<String>) async {
        for tier in QOSClass.allCases.map(tier) {
            for child in cgroups.children(of: layout.cgroup + tier)
            where child.hasPrefix("pod") && !uids.contains(String(child.dropFirst(3))) {
                let path = layout.cgroup + tier + "/" + child
                try? await remove(path: path, name: child)
            }
        }
    }

    private func writeBurstableTier() throws(Failure) {
        let shares = CgroupNumbers.shares(milliCPU: burstable.values.reduce(0, +))
        _ = try cgroups.create(layout.cgroup + tier(.burstable), limits: Self.shares(shares))
    }

    private func tier(_ quality: QOSClass) -> String {
        switch quality {
        case .guaranteed: ""
        case .burstable: "/burstable"
        case .bestEffort: "/besteffort"
        }
    }

    private static func shares(_ shares: Int) -> CgroupLimits {
        CgroupLimits(cpuShares: shares, cpuWeight: CgroupNumbers.weight(shares: shares))
    }

    /// The numbers of a pod: a limit only where every container has one, or the pod itself.
    nonisolated static func limits(of pod: Pod) -> CgroupLimits {
        let quality = QualityOfService.of(pod)
        if quality == .bestEffort {
            return CgroupLimits(cpuShares: 2, cpuWeight: 1)
        }
        let resources = EffectiveResources.of(pod)
        let containers = pod.spec.containers + pod.spec.initContainers
        func isLimited(_ resource: String) -> Bool {
            quality == .guaranteed || pod.spec.resources?.limits[resource] != nil
                || containers.allSatisfy { !($0.resources.limits[resource]?.isZero ?? true) }
        }
        let shares = CgroupNumbers.shares(
            milliCPU: resources.requests["cpu"]?.milliValue ?? 0
        )
        var limits = CgroupLimits(
            cpuShares: shares,
            cpuWeight: CgroupNumbers.weight(shares: shares)
        )
        if isLimited("cpu"), let cpu = resources.limits["cpu"]?.milliValue {
            limits.cpuQuota = CgroupNumbers.quota(milliCPU: cpu)
        }
        if isLimited("memory"), let memory = resources.limits["memory"]?.value, memory > 0 {
            limits.memoryBytes = Int64(memory)
        }
        return limits
    }
}
