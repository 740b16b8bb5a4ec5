public import Formats

/// What a service keeps when it is replaced by a version that does not say it.
///
/// Source: `patchAllocatedValues` and `dropTypeDependentFields` of `pkg/registry/core/service`.
public enum ServiceUpdate {
    /// Fills in the addresses and ports of before, and drops what was left of another type.
    ///
    /// - Parameters:
    ///   - service: The new version, before its defaults.
    ///   - old: The stored one.
    public static func carry(_ service: inout JSON, from old: JSON) {
        let before = old["spec"] ?? [:]
        service.update("spec") { spec in
            spec.fill("type", "ClusterIP")
            normalise(&spec, before)
            if hasAddress(spec), hasAddress(before) {
                for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]
                where isEmpty(spec[field]) {
                    spec[field] = before[field]
                }
            }
            if hasNodePorts(spec), hasNodePorts(before) { carryPorts(&spec, before) }
            drop(&spec, before)
        }
    }

    /// Makes `clusterIP` and `clusterIPs` of a new version say the same where only one was written.
    private static func normalise(_ spec: inout JSON, _ before: JSON) {
        let address = spec["clusterIP"]?.string ?? ""
        let first = spec["clusterIPs"]?.array?.first?.string ?? ""
        guard address != first else { return }
        if address != before["clusterIP"]?.string ?? "", spec["clusterIPs"] == before["clusterIPs"]
        {
            spec["clusterIPs"] = address.isEmpty ? nil : [.string(address)]
        } else if first.isEmpty {
            spec["clusterIPs"] = [.string(address)]
        } else if address.isEmpty {
            spec["clusterIP"] = .string(first)
        }
    }

    /// The node ports of before, by the names of ports.
    private static func carryPorts(_ spec: inout JSON, _ before: JSON) {
        var known: [String: Int] = [:]
        for port in before["ports"]?.array ?? [] {
            known[port["name"]?.string ?? ""] = port["nodePort"]?.int
        }
        var used = Set((spec["ports"]?.array ?? []).compactMap { $0["nodePort"]?.int })
        let ports = (spec["ports"]?.array ?? []).map { port in
            var port = port
            guard port["nodePort"]?.int ?? 0 == 0, let number = known[port["name"]?.string ?? ""],
                used.insert(number).inserted
            else { return port }
            port["nodePort"] = .int(number)
            return port
        }
        if !ports.isEmpty { spec["ports"] = .array(ports) }
    }

    /// What belonged to the type of before and was not changed.
    private static func drop(_ spec: inout JSON, _ before: JSON) {
        if !hasAddress(spec) {
            for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]
            where hasAddress(before) && spec[field] == before[field] {
                spec[field] = nil
            }
            if spec["internalTrafficPolicy"] == before["internalTrafficPolicy"] {
                spec["internalTrafficPolicy"] = nil
            }
        }
        if spec["type"] != "ExternalName", before["type"] == "ExternalName",
            spec["externalName"] == before["externalName"]
        {
            spec["externalName"] = nil
        }
        if !hasNodePorts(spec), hasNodePorts(before) {
            let old = Set((before["ports"]?.array ?? []).compactMap { $0["nodePort"]?.int })
            let ports = (spec["ports"]?.array ?? []).map { port in
                var port = port
                if let number = port["nodePort"]?.int, old.contains(number) {
                    port["nodePort"] = nil
                }
                return port
            }
            if !ports.isEmpty { spec["ports"] = .array(ports) }
            if spec["externalTrafficPolicy"] == before["externalTrafficPolicy"],
                isEmpty(spec["externalIPs"])
            {
                spec["externalTrafficPolicy"] = nil
            }
        }
        guard spec["type"] != "LoadBalancer", before["type"] == "LoadBalancer" else { return }
        for field in ["allocateLoadBalancerNodePorts", "loadBalancerClass", "healthCheckNodePort"]
        where spec[field] == before[field] {
            spec[field] = nil
        }
    }

    /// Whether a service has, or is to get, an address of its own or `None`.
    public static func hasAddress(_ spec: JSON) -> Bool { spec["type"] != "ExternalName" }

    /// Whether the ports of a service are to be had at the node.
    public static func hasNodePorts(_ spec: JSON) -> Bool {
        spec["type"] == "NodePort"
            || spec["type"] == "LoadBalancer"
                && spec["allocateLoadBalancerNodePorts"]?.bool != false
    }

    private static func isEmpty(_ value: JSON?) -> Bool {
        switch value {
        case nil, .null?, .string("")?: true
        case .array(let items)?: items.isEmpty
        default: false
        }
    }
}
