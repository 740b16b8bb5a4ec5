internal import ObjectStore

/// Which pods belong to which services, found by labels instead of by looking at all of them.
struct ServiceMembers {
    /// A label in a namespace.
    private struct Label: Hashable {
        var namespace: String
        var key: String
        var value: String
    }

    private var pods: [ObjectKey: PodEndpoint] = [:]
    private var selectors: [ObjectKey: [String: String]] = [:]
    private var members: [ObjectKey: Set<ObjectKey>] = [:]
    /// Pods by all of their labels.
    private var podsByLabel: [Label: Set<ObjectKey>] = [:]
    /// Services by one label of their selectors, which every pod of theirs has.
    private var servicesByLabel: [Label: Set<ObjectKey>] = [:]

    /// The pods of a service, in no order.
    func pods(of service: ObjectKey) -> [PodEndpoint] {
        (members[service] ?? []).compactMap { pods[$0] }
    }

    /// Takes the selector of a service; nil if the service has gone, or has none.
    mutating func set(selector: [String: String]?, of service: ObjectKey) {
        let before = selectors[service]
        guard selector != before else { return }
        if let label = before.flatMap({ Self.label(of: $0, service.namespace) }) {
            servicesByLabel[label]?.remove(service)
            if servicesByLabel[label]?.isEmpty == true { servicesByLabel[label] = nil }
        }
        selectors[service] = selector
        members[service] = nil
        guard let selector, let label = Self.label(of: selector, service.namespace) else { return }
        servicesByLabel[label, default: []].insert(service)
        members[service] = (podsByLabel[label] ?? []).filter {
            pods[$0]?.isSelected(by: selector) ?? false
        }
    }

    /// Takes what a pod means now; nil if it has gone.
    ///
    /// - Returns: The services for which that is a change.
    mutating func set(pod: PodEndpoint?, _ key: ObjectKey) -> Set<ObjectKey> {
        let before = pods[key]
        guard before != pod else { return [] }
        pods[key] = pod
        var affected: Set<ObjectKey> = []
        for label in Self.labels(of: before, key.namespace) {
            if pod?.labels[label.key] != label.value {
                podsByLabel[label]?.remove(key)
                if podsByLabel[label]?.isEmpty == true { podsByLabel[label] = nil }
            }
            for service in servicesByLabel[label] ?? []
            where members[service]?.remove(key) != nil {
                affected.insert(service)
            }
        }
        for label in Self.labels(of: pod, key.namespace) {
            podsByLabel[label, default: []].insert(key)
            for service in servicesByLabel[label] ?? []
            where selectors[service].map({ pod?.isSelected(by: $0) ?? false }) ?? false {
                members[service, default: []].insert(key)
                affected.insert(service)
            }
        }
        return affected
    }

    private static func labels(of pod: PodEndpoint?, _ namespace: String) -> [Label] {
        (pod?.labels ?? [:]).map { Label(namespace: namespace, key: $0.key, value: $0.value) }
    }

    private static func label(of selector: [String: String], _ namespace: String) -> Label? {
        selector.min { $0.key < $1.key }.map {
            Label(namespace: namespace, key: $0.key, value: $0.value)
        }
    }
}
