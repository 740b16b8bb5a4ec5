internal import Formats

/// The quality of service of a pod: fixed for its life, from its resources alone.
public enum QualityOfService {
    private static let resources = ["cpu", "memory"]

    /// The class of a pod; sidecars and init containers count like regular ones.
    public static func of(_ pod: Pod) -> QOSClass {
        of(pod.spec)
    }

    /// The class of a pod with that spec.
    public static func of(_ spec: PodSpec) -> QOSClass {
        let parts =
            spec.resources.map { [$0] }
            ?? (spec.containers + spec.initContainers).map(\.resources)
        let amounts = parts.flatMap { part in
            resources.flatMap { [part.requests[$0], part.limits[$0]] }
        }
        guard amounts.contains(where: { !($0?.isZero ?? true) }) else { return .bestEffort }
        let isLimited = parts.allSatisfy { part in
            resources.allSatisfy { !(part.limits[$0]?.isZero ?? true) }
        }
        // A request that is missing beside its limit was defaulted to the limit.
        let isEqual = resources.allSatisfy { name in
            let limits = parts.map { $0.limits[name]?.nanos ?? 0 }
            let requests = parts.map { ($0.requests[name] ?? $0.limits[name])?.nanos ?? 0 }
            return requests.reduce(0, +) == limits.reduce(0, +)
        }
        return isLimited && isEqual ? .guaranteed : .burstable
    }
}
