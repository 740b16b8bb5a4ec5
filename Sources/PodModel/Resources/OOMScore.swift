internal import Formats

/// The `oom_score_adj` of containers: who is killed first when the node's memory is short.
public enum OOMScore {
    private static let guaranteed = -997
    private static let bestEffort = 1000

    /// The score of one container; `nodeMemory` is the node's memory in bytes.
    ///
    /// A sidecar never gets a higher score than the regular container with the smallest request
    /// would get, so that it is not the first victim.
    public static func of(_ container: Container, in spec: PodSpec, nodeMemory: Int) -> Int {
        if spec.priorityClassName == "system-node-critical" { return guaranteed }
        switch QualityOfService.of(spec) {
        case .guaranteed: return guaranteed
        case .bestEffort: return bestEffort
        case .burstable: break
        }
        let remainder = remainderPerContainer(spec)
        let request = requested(container) + remainder
        let score = adjustment(request, nodeMemory)
        guard spec.initContainers.contains(where: { $0.name == container.name && $0.isSidecar }),
            let least = spec.containers.map(requested).min()
        else { return score }
        return min(score, adjustment(least + remainder, nodeMemory))
    }

    private static func requested(_ container: Container) -> Int {
        let resources = container.resources
        return (resources.requests["memory"] ?? resources.limits["memory"])?.value ?? 0
    }

    private static func adjustment(_ request: Int, _ nodeMemory: Int) -> Int {
        guard nodeMemory > 0 else { return 999 }
        let score = 1000 - Int(Int128(1000) * Int128(request) / Int128(nodeMemory))
        // 1000 would make it equal to best effort, and less than 3 to a guaranteed pod.
        return min(max(score, 3), 999)
    }

    /// What a pod-level request leaves over the containers' requests, shared equally.
    private static func remainderPerContainer(_ spec: PodSpec) -> Int {
        guard let total = spec.resources?.requests["memory"]?.value else { return 0 }
        let lasting = spec.containers + spec.initContainers.filter(\.isSidecar)
        let used = EffectiveResources.ofContainers(spec, \.requests)["memory"]?.value ?? 0
        return lasting.isEmpty ? 0 : max(total - used, 0) / lasting.count
    }
}
