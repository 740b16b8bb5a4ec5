internal import Formats
internal import ObjectStore
internal import PodModel

/// Gives services their addresses and ports of the node.
///
/// Who has what stands in the services themselves: nothing is reserved, so that a dry run takes
/// nothing and nothing can be lost.
struct ServiceAllocation {
    private let network: ServiceNetwork?
    private let nodePorts: ClosedRange<Int>
    private var addresses: Set<UInt32> = []
    private var ports: Set<Int> = []
    private let seed: UInt32

    /// Learns what the other services have.
    ///
    /// - Parameters:
    ///   - settings: The ranges.
    ///   - others: All services but the one to be completed.
    ///   - seed: Where the search for a free number begins; any number.
    init(_ settings: NodeAPISettings, others: [JSON], seed: UInt32) {
        network = settings.serviceNetwork
        nodePorts = settings.serviceNodePorts
        self.seed = seed
        if let network {
            // Kept for the API and for the name server, also while there is neither.
            let own = [network.firstService, network.nameServer]
            addresses.formUnion(own.compactMap(ServiceNetwork.number(of:)))
        }
        for service in others {
            let spec = service["spec"]
            if let number = ServiceNetwork.number(of: spec?["clusterIP"]?.string ?? "") {
                addresses.insert(number)
            }
            for port in spec?["ports"]?.array ?? [] {
                if let number = port["nodePort"]?.int { ports.insert(number) }
            }
            if let number = spec?["healthCheckNodePort"]?.int { ports.insert(number) }
        }
    }

    /// Completes a valid service: what it asks for is checked, what is missing is given.
    ///
    /// - Throws: 422 for what somebody else has or nobody may have; 500 if there is none left.
    mutating func complete(_ service: inout JSON, kind: ResourceKind) throws(APIError) {
        guard var spec = service["spec"] else { return }
        var findings: [Finding] = []
        if ServiceUpdate.hasAddress(spec) { try address(&spec, &findings) }
        if ServiceUpdate.hasNodePorts(spec) { try outerPorts(&spec, &findings) }
        guard findings.isEmpty else {
            throw .invalid(kind, Admission.name(of: service), findings)
        }
        service["spec"] = spec
    }

    private func address(_ spec: inout JSON, _ findings: inout [Finding]) throws(APIError) {
        let first = spec["clusterIPs"]?.array?.first?.string
        let wanted =
            [spec["clusterIP"]?.string, first].compactMap { $0 }.first { !$0.isEmpty } ?? ""
        var given = wanted
        if wanted.isEmpty {
            guard let network else {
                throw Self.exhausted("a serviceIP: this engine has no network for services")
            }
            guard let number = network.freeAddress(besides: addresses, seed: seed) else {
                throw Self.exhausted("a serviceIP: range is full")
            }
            given = ServiceNetwork.text(number)
        } else if wanted != "None", let why = refusal(of: wanted) {
            findings.append(
                Finding(
                    .invalid,
                    "spec.clusterIPs",
                    "Invalid value: [\"\(wanted)\"]: failed to allocate IP \(wanted): \(why)",
                    remedy: "remove it to get a free one"
                )
            )
        }
        spec["clusterIP"] = .string(given)
        spec["clusterIPs"] = [.string(given)]
        if spec["ipFamilies"]?.array?.isEmpty ?? true { spec["ipFamilies"] = ["IPv4"] }
        if spec["ipFamilyPolicy"]?.string ?? "" == "" { spec["ipFamilyPolicy"] = "SingleStack" }
    }

    private func refusal(of address: String) -> String? {
        guard let network, let number = ServiceNetwork.number(of: address),
            network.contains(number)
        else {
            return "the provided IP (\(address)) is not in the valid range. The range of valid IPs"
                + " is \(network?.description ?? "empty")"
        }
        return addresses.contains(number) ? "provided IP is already allocated" : nil
    }

    private mutating func outerPorts(
        _ spec: inout JSON,
        _ findings: inout [Finding]
    ) throws(APIError) {
        var list = spec["ports"]?.array ?? []
        // One number serves several protocols of the same service.
        var own: Set<Int> = []
        for (index, port) in list.enumerated() {
            guard let number = port["nodePort"]?.int, number != 0 else { continue }
            own.insert(number)
            guard let why = refusal(of: number) else { continue }
            findings.append(
                Finding(
                    .invalid,
                    (FieldPath("spec") + "ports")[index] + "nodePort",
                    "Invalid value: \(number): \(why)",
                    remedy: "remove it to get a free one"
                )
            )
        }
        ports.formUnion(own)
        for (index, port) in list.enumerated() where port["nodePort"]?.int ?? 0 == 0 {
            let kept = min(max(16, nodePorts.count / 32), 128)
            let free = FreeNumber.find(
                in: nodePorts.lowerBound..<(nodePorts.upperBound + 1),
                keeping: nodePorts.count > 2 * kept ? kept : 0,
                seed: seed
            ) { !ports.contains($0) }
            guard let free else { throw Self.exhausted("a nodePort: range is full") }
            ports.insert(free)
            list[index]["nodePort"] = .int(free)
        }
        spec["ports"] = .array(list)
    }

    private func refusal(of port: Int) -> String? {
        if !nodePorts.contains(port) {
            return "provided port is not in the valid range. The range of valid ports is"
                + " \(nodePorts.lowerBound)-\(nodePorts.upperBound)"
        }
        return ports.contains(port) ? "provided port is already allocated" : nil
    }

    private static func exhausted(_ what: String) -> APIError {
        APIError(500, "InternalError", "Internal error occurred: failed to allocate \(what)")
    }
}

extension NodeAPI {
    /// Gives a service what it asks for and does not have yet.
    ///
    /// - Throws: what `ServiceAllocation` throws.
    func allocate(_ service: inout JSON) throws(APIError) {
        let metadata = service["metadata"]
        // The API's own has its address already.
        if isReachedByPods, metadata?["namespace"]?.string == Self.home,
            metadata?["name"]?.string == Self.own
        {
            return
        }
        let uid = metadata?["uid"]?.string
        let others = store.list(ObjectQuery("services"))
            .filter { $0["metadata"]?["uid"]?.string != uid }
        var allocation = ServiceAllocation(
            settings,
            others: others,
            seed: .random(in: 0...UInt32.max)
        )
        try allocation.complete(&service, kind: .service)
    }
}
