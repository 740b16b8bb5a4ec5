public import Formats

/// What limits a namespace's objects: its `LimitRange` and `ResourceQuota` objects.
///
/// Usage is counted anew from the objects each time, so that it is never wrong for long.
public struct NamespaceLimits {
    /// Why an object may not be there, as it stands behind `is forbidden: `.
    public struct Refusal: Error, Sendable, Hashable {
        /// The sentence.
        public var message: String
    }

    /// Gives all objects of a resource in a namespace.
    public typealias Listing = (_ resource: String, _ namespace: String) -> [JSON]

    private let list: Listing

    /// Makes limits that are read through a function.
    public init(list: @escaping Listing) {
        self.list = list
    }

    /// A new pod with the namespace's default requests and limits.
    public func defaulted(_ pod: JSON) -> JSON {
        let ranges = list("limitranges", Self.namespace(of: pod))
        return ranges.isEmpty ? pod : LimitRangeRules(ranges).defaulted(pod)
    }

    /// Checks an object that is about to be stored, with its defaults.
    ///
    /// - Parameters:
    ///   - object: The object.
    ///   - old: What it replaces; nil for a new one.
    ///   - isResize: Whether only the resources of a running pod change, which ranges are about as well.
    ///   - resource: The plural name of its kind.
    ///   - group: The API group.
    /// - Throws: `Refusal` in the API server's words.
    public func check(
        _ object: JSON,
        replacing old: JSON? = nil,
        isResize: Bool = false,
        resource: String,
        group: String
    ) throws(Refusal) {
        let namespace = Self.namespace(of: object)
        guard !namespace.isEmpty else { return }
        if old == nil || isResize { try checkRanges(object, resource, group, namespace) }
        let quotas = list("resourcequotas", namespace).map(Quota.init)
        guard !quotas.isEmpty else { return }
        let new = QuotaUsage.of(object, resource: resource, group: group)
        let before = old.map { QuotaUsage.of($0, resource: resource, group: group) } ?? [:]
        for quota in quotas where quota.covers(object, resource: resource, group: group) {
            if old == nil, resource == "pods", group.isEmpty {
                try Self.checkStated(object, quota)
            }
            var requested: [String: Quantity] = [:]
            for (name, amount) in new where quota.hard[name] != nil {
                let more = amount - (before[name] ?? .zero)
                if more > .zero { requested[name] = more }
            }
            guard !requested.isEmpty else { continue }
            let used = self.used(by: quota, in: namespace)
            let over = requested.keys.sorted().filter { name in
                (used[name] ?? .zero) + (requested[name] ?? .zero) > quota.hard[name] ?? .zero
            }
            guard over.isEmpty else {
                func show(_ amounts: [String: Quantity]) -> String {
                    over.map { "\($0)=\((amounts[$0] ?? .zero).text)" }.joined(separator: ",")
                }
                throw Refusal(
                    message: "exceeded quota: \(quota.name), requested: \(show(requested)), "
                        + "used: \(show(used)), limited: \(show(quota.hard))"
                )
            }
        }
    }

    /// The status of a `ResourceQuota`: what is allowed and what is used.
    public func status(ofQuota object: JSON) -> JSON {
        let quota = Quota(object)
        let used = used(by: quota, in: Self.namespace(of: object))
        func show(_ amounts: [String: Quantity]) -> JSON {
            var map: JSON = [:]
            for (name, amount) in amounts.sorted(by: { $0.key < $1.key }) {
                map[name] = .string(amount.text)
            }
            return map
        }
        return ["hard": show(quota.hard), "used": show(used)]
    }

    // MARK: Details

    private static func namespace(of object: JSON) -> String {
        object["metadata"]?["namespace"]?.string ?? ""
    }

    private func checkRanges(
        _ object: JSON,
        _ resource: String,
        _ group: String,
        _ namespace: String
    ) throws(Refusal) {
        guard group.isEmpty, ["pods", "persistentvolumeclaims"].contains(resource) else { return }
        let ranges = list("limitranges", namespace)
        guard !ranges.isEmpty else { return }
        let rules = LimitRangeRules(ranges)
        var found: [String] = []
        if resource == "pods" {
            if let pod = try? Pod(json: object) { found = rules.violations(of: pod.spec) }
        } else {
            found = rules.violations(ofClaim: object)
        }
        guard let first = found.first else { return }
        // The spelling of Go's aggregated errors.
        throw Refusal(
            message: found.count == 1 ? first : "[\(found.joined(separator: ", "))]"
        )
    }

    /// A quota on processors or memory wants each container to say what it needs.
    private static func checkStated(_ object: JSON, _ quota: Quota) throws(Refusal) {
        guard let pod = try? Pod(json: object) else { return }
        var missing: [(what: String, who: [String])] = []
        for name in quota.hard.keys.sorted() {
            let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
            let isLimit = parts.first == "limits"
            let resource = parts.count == 2 ? parts[1] : name
            guard ["cpu", "memory"].contains(resource),
                parts.count == 1 || ["limits", "requests"].contains(parts[0])
            else { continue }
            let own = pod.spec.resources
            guard (isLimit ? own?.limits : own?.requests)?[resource] == nil else { continue }
            let who = (pod.spec.initContainers + pod.spec.containers)
                .filter { container in
                    let stated = isLimit ? container.resources.limits : container.resources.requests
                    return stated[resource] == nil
                }
                .map(\.name)
            if !who.isEmpty { missing.append((name, who)) }
        }
        guard !missing.isEmpty else { return }
        let list = missing.map { "\($0.what) for: \($0.who.joined(separator: ","))" }
        throw Refusal(
            message: "failed quota: \(quota.name): must specify \(list.joined(separator: "; "))"
        )
    }

    private func used(by quota: Quota, in namespace: String) -> [String: Quantity] {
        var usages: [[String: Quantity]] = []
        for (resource, group) in Self.counted(by: quota) {
            for object in list(resource, namespace)
            where quota.covers(object, resource: resource, group: group) {
                usages.append(QuotaUsage.of(object, resource: resource, group: group))
            }
        }
        return quota.used(usages)
    }

    /// The resources that a quota's names are about.
    private static func counted(by quota: Quota) -> [(resource: String, group: String)] {
        var counted: [String: String] = [:]
        for name in quota.hard.keys {
            if name.hasPrefix("count/") {
                let parts = name.dropFirst(6).split(separator: ".", maxSplits: 1).map(String.init)
                counted[parts[0]] = parts.count > 1 ? parts[1] : ""
            } else if name.hasSuffix("persistentvolumeclaims") || name.hasSuffix("requests.storage")
            {
                counted["persistentvolumeclaims"] = ""
            } else if name == "services" || name.hasPrefix("services.") {
                counted["services"] = ""
            } else if ["configmaps", "replicationcontrollers", "resourcequotas", "secrets"]
                .contains(name)
            {
                counted[name] = ""
            } else {
                counted["pods"] = ""
            }
        }
        return counted.map { ($0.key, $0.value) }
    }
}
