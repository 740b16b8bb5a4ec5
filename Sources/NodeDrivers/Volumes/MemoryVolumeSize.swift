import Formats
import PodModel

/// How large a memory `emptyDir` may grow.
///
/// (kubelet: `calculateEmptyDirMemorySize`)
enum MemoryVolumeSize {
    /// The least of the node's memory, the pod's memory limit and the volume's own limit, in bytes;
    /// nil if none of them is known.
    static func of(
        _ source: EmptyDirVolumeSource,
        _ pod: Pod,
        allocatable: Int64?
    ) -> Int64? {
        let bounds = [
            allocatable, podLimit(pod), source.sizeLimit.map { Int64($0.value) },
        ]
        return bounds.compactMap(\.self).filter { $0 > 0 }.min()
    }

    /// The memory limit of the whole pod; nil unless every container has one.
    private static func podLimit(_ pod: Pod) -> Int64? {
        if let shared = pod.spec.resources?.limits["memory"] { return Int64(shared.value) }
        let everyone = pod.spec.initContainers + pod.spec.containers
        guard everyone.allSatisfy({ $0.resources.limits["memory"]?.isZero == false }) else {
            return nil
        }
        func limit(_ container: Container) -> Quantity {
            container.resources.limits["memory"] ?? .zero
        }
        var sidecars = Quantity.zero
        var starting = Quantity.zero
        for container in pod.spec.initContainers {
            if container.isSidecar {
                sidecars = sidecars + limit(container)
                starting = max(starting, sidecars)
            } else {
                starting = max(starting, sidecars + limit(container))
            }
        }
        let running = pod.spec.containers.map(limit).reduce(sidecars, +)
        return Int64(max(running, starting).value)
    }
}
