internal import Basics
internal import NodeDrivers
internal import PodEngine
internal import PodModel
internal import System

extension PodWorker {
    /// Writes the granted resources of running containers, and those of their pod.
    ///
    /// Where a processor's quota grows the pod's comes first, where it shrinks the containers', because
    /// the kernel lets no group have more than the one above it (v1).
    func resize(_ runs: [ContainerRun]) async -> PodEvent? {
        let pod = machine.allocatedPod
        do throws(StepFailure) {
            var limits: [(id: String, limits: CgroupLimits)] = []
            for run in runs {
                guard let container = pod.container(named: run.container), let id = ids[run] else {
                    continue
                }
                let wanted = node.cgroups.limits(of: container, in: pod)
                try refuseBelowUse(wanted, of: id, run.container)
                limits.append((id, wanted))
            }
            let isFirst = (try? node.cgroups.create(pod)) != nil
            for (id, wanted) in limits { try node.runtime.update(id, wanted) }
            if !isFirst { _ = try node.cgroups.create(pod) }
            return .containersResized(runs, nil)
        } catch {
            return .containersResized(runs, error)
        }
    }

    /// A limit below what is in use would have the kernel kill the container.
    private func refuseBelowUse(
        _ limits: CgroupLimits,
        of id: String,
        _ container: String
    ) throws(StepFailure) {
        guard let limit = limits.memoryBytes, let used = node.runtime.usage(id)?.workingSetBytes,
            used >= limit
        else { return }
        throw StepFailure(
            reason: "ResizeError",
            message:
                "attempting to set container \(container) memory limit (\(limit)) below current "
                + "usage (\(used))"
        )
    }
}
