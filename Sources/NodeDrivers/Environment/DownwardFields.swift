import Formats
import PodModel

/// The values of the downward API: fields of a pod and resources of its containers.
///
/// (kubelet: `pkg/fieldpath`, `pkg/api/v1/resource`)
struct DownwardFields {
    /// A selector that names nothing.
    struct UnknownField: Error, Hashable {
        /// The sentence for the user.
        var text: String
    }

    var pod: Pod
    /// The pod's addresses, the primary first; empty before it has one.
    var podIPs: [String]
    var node: NodeFacts

    /// The value of a `fieldRef`.
    func value(_ selector: ObjectFieldSelector) throws(UnknownField) -> String {
        let metadata = pod.metadata
        switch selector.fieldPath {
        case "metadata.name": return metadata.name
        case "metadata.namespace": return metadata.namespace
        case "metadata.uid": return metadata.uid
        case "metadata.labels": return Self.listing(metadata.labels)
        case "metadata.annotations": return Self.listing(metadata.annotations)
        case "spec.nodeName", "spec.host":
            return pod.spec.nodeName.isEmpty ? node.name : pod.spec.nodeName
        case "spec.serviceAccountName": return pod.spec.serviceAccountName
        case "status.hostIP": return node.addresses.first ?? ""
        case "status.hostIPs": return node.addresses.joined(separator: ",")
        case "status.podIP": return podIPs.first ?? ""
        case "status.podIPs": return podIPs.joined(separator: ",")
        default: break
        }
        if let key = Self.key(in: selector.fieldPath, of: "metadata.labels") {
            return metadata.labels[key] ?? ""
        }
        if let key = Self.key(in: selector.fieldPath, of: "metadata.annotations") {
            return metadata.annotations[key] ?? ""
        }
        throw UnknownField(text: "field label not supported: \(selector.fieldPath)")
    }

    /// The value of a `resourceFieldRef`, as an integer in units of the divisor, rounded up.
    ///
    /// `container` is the one that a selector without a name means; none in volumes.
    func value(
        _ selector: ResourceFieldSelector,
        container: Container?
    ) throws(UnknownField) -> String {
        let container =
            selector.containerName.isEmpty
            ? container : pod.container(named: selector.containerName)
        guard let container else {
            throw UnknownField(text: "container \(selector.containerName) not found")
        }
        let parts = selector.resource.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, parts[0] == "limits" || parts[0] == "requests",
            Self.isKnown(parts[1])
        else {
            throw UnknownField(text: "unsupported container resource : \(selector.resource)")
        }
        let name = String(parts[1])
        let amount =
            parts[0] == "limits"
            ? limit(name, of: container) : container.resources.requests[name]
        return Self.text(amount ?? .zero, divisor: selector.divisor, isProcessor: name == "cpu")
    }

    /// The limit of a container; without one that of the pod, without one what the node has.
    private func limit(_ name: String, of container: Container) -> Quantity? {
        if let own = container.resources.limits[name], !own.isZero { return own }
        // Huge pages are never overcommitted, so nothing stands in for a missing limit.
        guard !name.hasPrefix("hugepages-") else { return nil }
        if let shared = pod.spec.resources?.limits[name], !shared.isZero { return shared }
        return node.allocatable[name]
    }

    private static func isKnown(_ resource: Substring) -> Bool {
        ["cpu", "memory", "ephemeral-storage"].contains(resource)
            || resource.hasPrefix("hugepages-")
    }

    private static func text(
        _ amount: Quantity,
        divisor: Quantity?,
        isProcessor: Bool
    ) -> String {
        var unit = 1
        var value = amount.value
        if let divisor, !divisor.isZero {
            unit = isProcessor ? divisor.milliValue : divisor.value
            value = isProcessor ? amount.milliValue : value
        }
        guard unit > 1 else { return String(value) }
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: unit)
        return String(quotient + (remainder > 0 ? 1 : 0))
    }

    /// `k="quoted v"` per line in the order of the keys, without a final newline.
    static func listing(_ map: [String: String]) -> String {
        map.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .map { "\($0.key)=\(GoQuoting.quote($0.value))" }
            .joined(separator: "\n")
    }

    /// The key in `metadata.labels['key']`.
    private static func key(in path: String, of map: String) -> String? {
        guard path.hasPrefix(map + "['"), path.hasSuffix("']"),
            path.utf8.count >= map.utf8.count + 4
        else { return nil }
        return String(path.dropFirst(map.count + 2).dropLast(2))
    }
}
