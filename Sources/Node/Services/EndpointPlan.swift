internal import Formats

/// Which endpoints a service with a selector has, in both of the API's forms.
///
/// Source: `staging/src/k8s.io/endpointslice`, `pkg/controller/endpoint`.
struct EndpointPlan {
    /// The most endpoints of one slice.
    static let sliceMaximum = 100

    /// A port as slices name it.
    fileprivate struct Port: Hashable {
        var name: String
        var kind: String
        var number: Int
        var application: String

        var json: JSON {
            var json: JSON = [
                "name": .string(name), "protocol": .string(kind), "port": .int(number),
            ]
            if !application.isEmpty { json["appProtocol"] = .string(application) }
            return json
        }
    }

    private struct Member {
        var pod: PodEndpoint
        var ports: [Port]
    }

    private let service: JSON
    private let members: [Member]
    private let isPublishingAll: Bool

    /// Gathers the members among the pods of the service's namespace, in the order of their addresses.
    init(_ service: JSON, pods: some Sequence<PodEndpoint>) {
        self.service = service
        let spec = service["spec"]
        isPublishingAll = spec?["publishNotReadyAddresses"]?.bool ?? false
        let selector = PodEndpoint.texts(spec?["selector"])
        let wanted = spec?["ports"]?.array ?? []
        members =
            pods.filter { !$0.address.isEmpty && !$0.isOver && $0.isSelected(by: selector) }
            .map { pod in Member(pod: pod, ports: wanted.compactMap { Self.port($0, of: pod) }) }
            .sorted { Self.order($0.pod) < Self.order($1.pod) }
    }

    private static func order(_ pod: PodEndpoint) -> (String, String) { (pod.address, pod.name) }

    /// Where a service's port leads in a pod; nil if the pod has no port of that name.
    private static func port(_ wanted: JSON, of pod: PodEndpoint) -> Port? {
        let kind = wanted["protocol"]?.string ?? "TCP"
        let number: Int?
        if let name = wanted["targetPort"]?.string {
            number = pod.ports.first { $0.name == name && $0.kind == kind }?.number
        } else {
            number = wanted["targetPort"]?.int ?? wanted["port"]?.int
        }
        return number.map {
            Port(
                name: wanted["name"]?.string ?? "",
                kind: kind,
                number: $0,
                application: wanted["appProtocol"]?.string ?? ""
            )
        }
    }

    // MARK: Slices

    /// The contents of the slices: endpoints with the same ports together, at most a hundred in each.
    ///
    /// A service without endpoints has one empty slice.
    var slices: [JSON] {
        var groups: [[Port]: [JSON]] = [:]
        var order: [[Port]] = []
        for member in members {
            if groups[member.ports] == nil { order.append(member.ports) }
            groups[member.ports, default: []].append(endpoint(member.pod))
        }
        guard !order.isEmpty else {
            return [["addressType": "IPv4", "endpoints": [], "ports": []]]
        }
        return order.flatMap { ports in
            let endpoints = groups[ports] ?? []
            return stride(from: 0, to: endpoints.count, by: Self.sliceMaximum).map {
                start -> JSON in
                let part = Array(endpoints[start...].prefix(Self.sliceMaximum))
                return [
                    "addressType": "IPv4", "endpoints": .array(part),
                    "ports": .array(ports.map(\.json)),
                ]
            }
        }
    }

    private func endpoint(_ pod: PodEndpoint) -> JSON {
        var json: JSON = [
            "addresses": [.string(pod.address)],
            "conditions": [
                "ready": .bool(isPublishingAll || pod.isReady && !pod.isTerminating),
                "serving": .bool(isPublishingAll || pod.isReady),
                "terminating": .bool(pod.isTerminating),
            ],
        ]
        if let hostname = hostname(of: pod) { json["hostname"] = .string(hostname) }
        json["targetRef"] = Self.reference(pod)
        if !pod.node.isEmpty { json["nodeName"] = .string(pod.node) }
        return json
    }

    /// The name that the pod has below the service's, if its subdomain is the service.
    private func hostname(of pod: PodEndpoint) -> String? {
        let isOurs =
            !pod.hostname.isEmpty && pod.subdomain == service["metadata"]?["name"]?.string
        return isOurs ? pod.hostname : nil
    }

    private static func reference(_ pod: PodEndpoint) -> JSON {
        [
            "kind": "Pod", "namespace": .string(pod.namespace), "name": .string(pod.name),
            "uid": .string(pod.uid),
        ]
    }

    // MARK: Endpoints

    /// The subsets of the `Endpoints` object: ports that lead to the same addresses together.
    var subsets: [JSON] {
        struct Addresses: Hashable {
            var ready: [JSON] = []
            var waiting: [JSON] = []
        }
        let isPortless = service["spec"]?["ports"]?.array?.isEmpty ?? true
        var byPort: [Port?: Addresses] = [:]
        var order: [Port?] = []
        for member in members where isPublishingAll || !member.pod.isTerminating {
            var address: JSON = ["ip": .string(member.pod.address)]
            if let hostname = hostname(of: member.pod) { address["hostname"] = .string(hostname) }
            if !member.pod.node.isEmpty { address["nodeName"] = .string(member.pod.node) }
            address["targetRef"] = Self.reference(member.pod)
            for port in isPortless ? [nil] : member.ports.map(Optional.some) {
                if byPort[port] == nil { order.append(port) }
                if isPublishingAll || member.pod.isReady {
                    byPort[port, default: Addresses()].ready.append(address)
                } else {
                    byPort[port, default: Addresses()].waiting.append(address)
                }
            }
        }
        var ports: [Addresses: [JSON]] = [:]
        var groups: [Addresses] = []
        for port in order {
            guard let addresses = byPort[port] else { continue }
            if ports[addresses] == nil { groups.append(addresses) }
            ports[addresses, default: []] += port.map { [$0.subset] } ?? []
        }
        return groups.map { group in
            var subset: JSON = [:]
            if !group.ready.isEmpty { subset["addresses"] = .array(group.ready) }
            if !group.waiting.isEmpty { subset["notReadyAddresses"] = .array(group.waiting) }
            if let list = ports[group], !list.isEmpty { subset["ports"] = .array(list) }
            return subset
        }
    }
}

extension EndpointPlan.Port {
    /// The same in an `Endpoints` object, where an empty name is left out.
    fileprivate var subset: JSON {
        var subset = json
        if name.isEmpty { subset["name"] = nil }
        return subset
    }
}
