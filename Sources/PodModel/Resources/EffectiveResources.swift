public import Formats

/// What a pod as a whole asks for and may use: the rule of KEP-753 over init containers, sidecars
/// and regular containers, with pod-level resources on top.
public struct EffectiveResources: Sendable, Hashable {
    /// What it is promised, by resource.
    public var requests: [String: Quantity]
    /// The most it may use, by resource.
    public var limits: [String: Quantity]

    /// The effective resources of a pod, its overhead included.
    public static func of(_ pod: Pod) -> Self {
        of(pod.spec)
    }

    /// The effective resources of a pod's spec, its overhead included.
    public static func of(_ spec: PodSpec) -> Self {
        var requests = ofContainers(spec, \.requests)
        var limits = ofContainers(spec, \.limits)
        if let own = spec.resources {
            for (name, amount) in own.requests where isPodLevel(name) { requests[name] = amount }
            for (name, amount) in own.limits where isPodLevel(name) { limits[name] = amount }
        }
        for (name, amount) in spec.overhead {
            requests[name] = requests[name].map { $0 + amount } ?? amount
            // A limit that is not set stays unset.
            if let limit = limits[name], !limit.isZero { limits[name] = limit + amount }
        }
        return Self(requests: requests, limits: limits)
    }

    /// The sum over the containers: `max(regular + sidecars, each init with the sidecars before)`.
    static func ofContainers(
        _ spec: PodSpec,
        _ part: KeyPath<ResourceRequirements, [String: Quantity]>
    ) -> [String: Quantity] {
        var total: [String: Quantity] = [:]
        for container in spec.containers { add(container.resources[keyPath: part], to: &total) }
        var sidecars: [String: Quantity] = [:]
        var peak: [String: Quantity] = [:]
        for container in spec.initContainers {
            let own = container.resources[keyPath: part]
            if container.isSidecar {
                add(own, to: &total)
                add(own, to: &sidecars)
                raise(&peak, to: sidecars)
            } else {
                var use = sidecars
                add(own, to: &use)
                raise(&peak, to: use)
            }
        }
        raise(&total, to: peak)
        return total
    }

    /// Whether a resource may be given for the pod as a whole.
    static func isPodLevel(_ name: String) -> Bool {
        name == "cpu" || name == "memory" || name.hasPrefix("hugepages-")
    }

    private static func add(_ more: [String: Quantity], to sum: inout [String: Quantity]) {
        for (name, amount) in more { sum[name] = sum[name].map { $0 + amount } ?? amount }
    }

    private static func raise(_ sum: inout [String: Quantity], to least: [String: Quantity]) {
        for (name, amount) in least { sum[name] = sum[name].map { max($0, amount) } ?? amount }
    }
}
