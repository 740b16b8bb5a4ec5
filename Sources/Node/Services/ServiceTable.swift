internal import Formats
internal import NodeDrivers
internal import ObjectStore
internal import PodModel

/// Where services lead and what they are called: what rules and name server are made of.
///
/// It is made of services and their slices only, so that endpoints written by hand count as those that
/// the engine finds.
struct ServiceTable {
    /// The ports of services with an address.
    private(set) var routes: [ServiceRoute] = []
    /// Their names.
    private(set) var records = NameRecords()

    private let domain: String

    /// - Parameters:
    ///   - services: All services, sorted.
    ///   - slices: All slices, sorted.
    ///   - domain: The cluster's domain.
    init(services: [JSON], slices: [JSON], domain: String) {
        self.domain = domain
        var byService: [ObjectKey: [JSON]] = [:]
        for slice in slices where slice["addressType"]?.string == "IPv4" {
            let metadata = slice["metadata"]
            guard let name = metadata?["labels"]?["kubernetes.io/service-name"]?.string else {
                continue
            }
            let key = ObjectKey("services", metadata?["namespace"]?.string ?? "", name)
            byService[key, default: []].append(slice)
        }
        var taken: Set<String> = []
        for service in services {
            let metadata = service["metadata"]
            let key = ObjectKey(
                "services",
                metadata?["namespace"]?.string ?? "",
                metadata?["name"]?.string ?? ""
            )
            add(service, key, byService[key] ?? [], &taken)
        }
    }

    private mutating func add(
        _ service: JSON,
        _ key: ObjectKey,
        _ slices: [JSON],
        _ taken: inout Set<String>
    ) {
        guard let spec = service["spec"] else { return }
        let name = "\(key.name).\(key.namespace).svc.\(domain)"
        if spec["type"]?.string == "ExternalName" {
            var target = spec["externalName"]?.string ?? ""
            if target.hasSuffix(".") { target.removeLast() }
            if !target.isEmpty { records.aliases.append(.init(name, target: target)) }
            return
        }
        let address = spec["clusterIP"]?.string ?? ""
        if address == "None" { return addHeadless(name, slices) }
        guard ServiceNetwork.number(of: address) != nil else { return }
        records.hosts.append(.init(address, [name]))
        let outer = Self.externalAddresses(service)
        for port in spec["ports"]?.array ?? [] {
            let number = port["port"]?.int ?? 0
            let label = port["name"]?.string ?? ""
            let kind = (port["protocol"]?.string ?? "TCP").lowercased()
            if !label.isEmpty {
                records.ports.append(
                    .init("_\(label)._\(kind).\(name)", target: name, number: number)
                )
            }
            // Two services cannot have the same place: the first has it.
            let addresses = ([address] + outer).filter {
                taken.insert("\($0)/\(kind)/\(number)").inserted
            }
            let nodePort = port["nodePort"]?.int.flatMap { $0 == 0 ? nil : $0 }
            routes.append(
                ServiceRoute(
                    title: "\(key.namespace)/\(key.name):\(label.isEmpty ? String(number) : label)",
                    kind: kind,
                    addresses: addresses,
                    port: number,
                    nodePort: nodePort.flatMap {
                        taken.insert("node/\(kind)/\($0)").inserted ? $0 : nil
                    },
                    affinity: Self.affinity(spec),
                    backends: Self.backends(slices, port: label, kind)
                )
            )
        }
    }

    // MARK: Routes

    private static func affinity(_ spec: JSON) -> Int? {
        guard spec["sessionAffinity"]?.string == "ClientIP" else { return nil }
        return spec["sessionAffinityConfig"]?["clientIP"]?["timeoutSeconds"]?.int ?? 10800
    }

    private static func externalAddresses(_ service: JSON) -> [String] {
        let ingress = service["status"]?["loadBalancer"]?["ingress"]?.array ?? []
        return
            ((service["spec"]?["externalIPs"]?.array ?? []).compactMap(\.string)
            + ingress.compactMap { $0["ip"]?.string })
            .filter { ServiceNetwork.number(of: $0) != nil }
    }

    /// The backends of a port: those that are ready, else those that still serve while they end.
    private static func backends(
        _ slices: [JSON],
        port label: String,
        _ kind: String
    ) -> [ServiceRoute.Backend] {
        var ready: [ServiceRoute.Backend] = []
        var ending: [ServiceRoute.Backend] = []
        for slice in slices {
            for port in slice["ports"]?.array ?? []
            where (port["name"]?.string ?? "") == label
                && (port["protocol"]?.string ?? "TCP").lowercased() == kind
            {
                guard let number = port["port"]?.int else { continue }
                for endpoint in slice["endpoints"]?.array ?? [] {
                    // Upstream's proxies take the first address of an endpoint, too.
                    guard let address = endpoint["addresses"]?.array?.first?.string,
                        ServiceNetwork.number(of: address) != nil
                    else { continue }
                    let backend = ServiceRoute.Backend(address, number)
                    let conditions = endpoint["conditions"]
                    if isReady(endpoint) {
                        ready.append(backend)
                    } else if conditions?["serving"]?.bool == true,
                        conditions?["terminating"]?.bool == true
                    {
                        ending.append(backend)
                    }
                }
            }
        }
        var seen: Set<ServiceRoute.Backend> = []
        return (ready.isEmpty ? ending : ready).filter { seen.insert($0).inserted }
    }

    /// An endpoint that says nothing is ready.
    private static func isReady(_ endpoint: JSON) -> Bool {
        endpoint["conditions"]?["ready"]?.bool ?? true
    }

    // MARK: Names

    /// A headless service's name is that of all its ready pods, each of which has one of its own, too.
    private mutating func addHeadless(_ name: String, _ slices: [JSON]) {
        for slice in slices {
            for endpoint in slice["endpoints"]?.array ?? [] where Self.isReady(endpoint) {
                for address in (endpoint["addresses"]?.array ?? []).compactMap(\.string) {
                    let given = endpoint["hostname"]?.string ?? ""
                    let host = given.isEmpty ? address.replacing(".", with: "-") : given
                    let own = "\(host).\(name)"
                    records.hosts.append(.init(address, [own, name]))
                    for port in slice["ports"]?.array ?? [] {
                        guard let label = port["name"]?.string, !label.isEmpty,
                            let number = port["port"]?.int
                        else { continue }
                        let kind = (port["protocol"]?.string ?? "TCP").lowercased()
                        records.ports.append(
                            .init("_\(label)._\(kind).\(name)", target: own, number: number)
                        )
                    }
                }
            }
        }
    }
}
