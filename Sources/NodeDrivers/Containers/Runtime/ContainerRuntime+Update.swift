import Basics
public import PodEngine
public import System

extension ContainerRuntime {
    /// Writes other limits into the control group of a run; one that has ended is left alone.
    ///
    /// - Throws: `ResizeError` with the kernel's reason.
    public func update(_ id: String, _ limits: CgroupLimits) throws(StepFailure) {
        guard let entry = entries[id], entry.pid != nil, entry.exit == nil else { return }
        do throws(Failure) {
            _ = try host.cgroups.create(entry.record.cgroup, limits: limits)
        } catch {
            throw StepFailure(
                reason: "ResizeError",
                message: "cannot change the resources of container "
                    + "\(entry.record.run.container): \(error)"
            )
        }
    }
}
