internal import Formats

extension Checker {
    /// A service. (`ValidateService`)
    mutating func service(_ root: Node) {
        metadata(root["metadata"], name: NameRules.domainLabel)
        let spec = root["spec"]
        let type = spec["type"].text
        let isHeadless = spec["clusterIP"].text == "None"
        let ports = spec["ports"]
        if ports.items.isEmpty, !isHeadless, type != "ExternalName" {
            required(ports, fix: "list at least one port")
        }
        choice(spec["type"], ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"])
        serviceType(spec, type)
        for port in ports.items { servicePort(port, isNamed: ports.items.count > 1, type) }
        servicePortRepeats(ports.items)
        labels(spec["selector"])
        affinity(spec)
        families(spec, type)
        traffic(spec, type)
        balancer(spec, type)
        for address in spec["externalIPs"].items {
            check(address, AddressRules.address, fix: "write an address such as 192.0.2.7")
            notSpecial(address)
        }
    }

    // MARK: What the type asks for

    private mutating func serviceType(_ spec: Node, _ type: String) {
        let first = spec["clusterIPs"].items.first ?? spec["clusterIP"]
        let isHeadless = first.text == "None"
        switch type {
        case "NodePort", "LoadBalancer":
            if isHeadless {
                invalid(
                    first,
                    "may not be set to 'None' for \(type) services",
                    fix: "remove it, or use the type ClusterIP"
                )
            }
            for port in spec["ports"].items
            where type == "LoadBalancer" && port["port"].int == 10250 {
                invalid(
                    port["port"],
                    "may not expose port 10250 externally since it is used by kubelet",
                    fix: "choose another port"
                )
            }
        case "ExternalName":
            for field in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"]
            where spec[field].exists && !(spec[field].value?.array?.isEmpty ?? false) {
                forbidden(spec[field], "may not be set for ExternalName services")
            }
            let name = spec["externalName"]
            if name.text.isEmpty {
                required(name, fix: "write the name it stands for")
            } else {
                let text = name.text.hasSuffix(".") ? String(name.text.dropLast()) : name.text
                check(
                    Node(.string(text), name.path),
                    NameRules.subdomain,
                    fix: "write a name such as db.example.com"
                )
            }
        default: break
        }
        addresses(spec)
    }

    /// `clusterIP` and `clusterIPs` say the same, and are addresses or `None`.
    private mutating func addresses(_ spec: Node) {
        let single = spec["clusterIP"]
        let list = spec["clusterIPs"]
        if single.text.isEmpty, let first = list.items.first {
            invalid(first, "primary clusterIP can not be unset", fix: "keep clusterIP")
        } else if let first = list.items.first, first.text != single.text {
            invalid(first, "first value must match `clusterIP`", fix: "write the same in both")
        }
        let items = list.items.isEmpty && !single.text.isEmpty ? [single] : list.items
        for item in items where item.text != "None" && !item.text.isEmpty {
            check(item, AddressRules.address, fix: "remove it to get one")
        }
        if items.count > 1 {
            if items.contains(where: { $0.text == "None" }) {
                invalid(
                    items[0],
                    "'None' must be the first and only value",
                    fix: "remove the others"
                )
            } else {
                invalid(
                    list,
                    "may only hold up to 1 values on a single-stack cluster",
                    fix: "keep the IPv4 address"
                )
            }
        }
    }

    private mutating func families(_ spec: Node, _ type: String) {
        guard type != "ExternalName" else { return }
        for (index, family) in spec["ipFamilies"].items.enumerated() {
            choice(family, ["IPv4", "IPv6"])
            if family.text == "IPv6" || index > 0 && family.text == "IPv4" {
                invalid(
                    family,
                    "not configured on this cluster",
                    fix: "use IPv4, which is all that services have here"
                )
            }
        }
        let policy = spec["ipFamilyPolicy"]
        choice(policy, ["SingleStack", "PreferDualStack", "RequireDualStack"])
        if policy.text == "RequireDualStack" {
            invalid(
                policy,
                "this cluster is not configured for dual-stack services",
                fix: "use SingleStack or PreferDualStack"
            )
        }
    }

    private mutating func affinity(_ spec: Node) {
        let affinity = spec["sessionAffinity"]
        choice(affinity, ["ClientIP", "None"])
        guard affinity.text == "ClientIP" else { return }
        let seconds = spec["sessionAffinityConfig"]["clientIP"]["timeoutSeconds"]
        if let number = seconds.int, !(1...86400).contains(number) {
            invalid(
                seconds,
                "must be greater than 0 and less than 86400",
                fix: "choose a number of seconds in that range"
            )
        }
    }

    private mutating func traffic(_ spec: Node, _ type: String) {
        let external = spec["externalTrafficPolicy"]
        let isExternal =
            type == "NodePort" || type == "LoadBalancer"
            || type == "ClusterIP" && !spec["externalIPs"].items.isEmpty
        if isExternal {
            choice(external, ["Cluster", "Local"])
        } else if !external.text.isEmpty {
            invalid(
                external,
                "may only be set for externally-accessible services",
                fix: "remove it"
            )
        }
        if type != "ExternalName" { choice(spec["internalTrafficPolicy"], ["Cluster", "Local"]) }
        choice(spec["trafficDistribution"], ["PreferClose", "PreferSameNode", "PreferSameZone"])
        let health = spec["healthCheckNodePort"]
        if health.int ?? 0 != 0, type != "LoadBalancer" || external.text != "Local" {
            invalid(
                health,
                "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is"
                    + " 'Local'",
                fix: "remove it"
            )
        }
    }

    private mutating func balancer(_ spec: Node, _ type: String) {
        guard type != "LoadBalancer" else { return }
        for field in [
            "allocateLoadBalancerNodePorts", "loadBalancerClass", "loadBalancerSourceRanges",
        ] where spec[field].exists && !(spec[field].value?.array?.isEmpty ?? false) {
            forbidden(spec[field], "may only be used when `type` is 'LoadBalancer'")
        }
    }
}

// MARK: Ports

extension Checker {
    private mutating func servicePort(_ port: Node, isNamed: Bool, _ type: String) {
        let name = port["name"]
        if name.text.isEmpty {
            if isNamed { required(name, fix: "name every port of a service with several") }
        } else {
            check(name, NameRules.label, fix: "choose a name such as http")
        }
        if port["port"].int != 0 { range(port["port"], Self.portNumbers) }
        choice(port["protocol"], ["SCTP", "TCP", "UDP"])
        let target = port["targetPort"]
        if target.int != nil {
            range(target, Self.portNumbers)
        } else {
            check(target, NameRules.port, fix: "write a port's number or name")
        }
        if !port["appProtocol"].text.isEmpty {
            check(port["appProtocol"], NameRules.qualified, fix: "correct the protocol's name")
        }
        if port["nodePort"].int ?? 0 != 0, type == "ClusterIP" || type == "ExternalName" {
            forbidden(port["nodePort"], "may not be used when `type` is '\(type)'")
        }
    }

    private mutating func servicePortRepeats(_ ports: [Node]) {
        var names: Set<String> = []
        var numbers: Set<String> = []
        var nodePorts: Set<String> = []
        for port in ports {
            let name = port["name"]
            if !name.text.isEmpty, !names.insert(name.text).inserted { duplicate(name) }
            guard let number = port["port"].int else { continue }
            let kind = port["protocol"].text
            if !numbers.insert("\(kind) \(number)").inserted {
                let shown = #"{"protocol":"\#(kind)","port":\#(number),"targetPort":0}"#
                add(
                    .duplicate,
                    port,
                    "Duplicate value: \(shown)",
                    "give every port of the service its own number and protocol"
                )
            }
            if let outer = port["nodePort"].int, outer != 0,
                !nodePorts.insert("\(kind) \(outer)").inserted
            {
                duplicate(port["nodePort"])
            }
        }
    }

    // MARK: Changes

    /// What may not change in a service. (`ValidateServiceUpdate`)
    mutating func serviceUpdate(_ new: Node, _ old: Node) {
        let external = "ExternalName"
        guard new["type"].text != external, old["type"].text != external else { return }
        let before = old["clusterIPs"].texts
        let after = new["clusterIPs"]
        if after.items.isEmpty, !before.isEmpty {
            return invalid(
                after[0],
                "primary clusterIP can not be unset",
                fix: "keep clusterIP, or make the service anew"
            )
        }
        for (index, item) in after.items.enumerated()
        where index < before.count && item.text != before[index] {
            invalid(
                Node(after.value, item.path),
                "may not change once set",
                fix: "delete the service and create it again"
            )
        }
    }
}

extension Node {
    /// The element of a list, also of one that is not there.
    fileprivate subscript(index: Int) -> Node {
        items.indices.contains(index) ? items[index] : Node(nil, path[index])
    }
}
