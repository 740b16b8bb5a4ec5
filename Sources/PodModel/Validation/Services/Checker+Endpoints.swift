internal import Formats

extension Checker {
    /// Endpoints that are written by hand or by the engine. (`ValidateEndpoints`)
    mutating func endpoints(_ root: Node) {
        metadata(root["metadata"], name: NameRules.subdomain)
        for subset in root["subsets"].items {
            if subset["addresses"].items.isEmpty, subset["notReadyAddresses"].items.isEmpty {
                required(
                    subset,
                    "must specify `addresses` or `notReadyAddresses`",
                    fix: "list the addresses"
                )
            }
            for address in subset["addresses"].items + subset["notReadyAddresses"].items {
                check(
                    address["ip"],
                    AddressRules.address,
                    fix: "write an address such as 192.0.2.7"
                )
                notSpecial(address["ip"])
                if !address["hostname"].text.isEmpty {
                    check(address["hostname"], NameRules.label, fix: "choose another name")
                }
            }
            endpointPorts(subset["ports"].items, isNamed: subset["ports"].items.count > 1)
        }
    }

    /// A slice of endpoints. (`ValidateEndpointSlice`)
    mutating func endpointSlice(_ root: Node) {
        metadata(root["metadata"], name: NameRules.subdomain)
        let type = root["addressType"]
        choice(type, ["FQDN", "IPv4", "IPv6"])
        if root["endpoints"].items.count > 1000 { tooMany(root["endpoints"], most: 1000) }
        if root["ports"].items.count > 20000 { tooMany(root["ports"], most: 20000) }
        for endpoint in root["endpoints"].items {
            let addresses = endpoint["addresses"]
            if addresses.items.count > 100 { tooMany(addresses, most: 100) }
            for address in addresses.items { endpointAddress(address, type.text) }
            if !endpoint["hostname"].text.isEmpty {
                check(endpoint["hostname"], NameRules.label, fix: "choose another name")
            }
        }
        var names: Set<String> = []
        for port in root["ports"].items {
            let name = port["name"]
            if !names.insert(name.text).inserted { duplicate(name) }
            if !name.text.isEmpty { check(name, NameRules.label, fix: "choose another name") }
            choice(port["protocol"], ["SCTP", "TCP", "UDP"])
            range(port["port"], Self.portNumbers)
        }
    }

    /// The type of a slice's addresses stays.
    mutating func endpointSliceUpdate(_ new: Node, _ old: Node) {
        guard new["addressType"].value != old["addressType"].value else { return }
        invalid(new["addressType"], "field is immutable", fix: "make another slice")
    }

    private mutating func endpointAddress(_ address: Node, _ type: String) {
        switch type {
        case "IPv4":
            if ServiceNetwork.number(of: address.text) == nil {
                invalid(
                    address,
                    "must be a valid IPv4 address",
                    fix: "write an address such as 192.0.2.7"
                )
            }
            notSpecial(address)
        case "IPv6":
            check(address, AddressRules.address, fix: "write an address such as 2001:db8::7")
            notSpecial(address)
        default: check(address, NameRules.subdomain, fix: "write a name such as db.example.com")
        }
    }

    private mutating func endpointPorts(_ ports: [Node], isNamed: Bool) {
        for port in ports {
            if port["name"].text.isEmpty {
                if isNamed { required(port["name"], fix: "name every port of several") }
            } else {
                check(port["name"], NameRules.label, fix: "choose another name")
            }
            if port["port"].int != 0 { range(port["port"], Self.portNumbers) }
            choice(port["protocol"], ["SCTP", "TCP", "UDP"])
        }
    }

    /// Addresses that lead to the asking machine itself or to many are no endpoints.
    /// (`ValidateNonSpecialIP`)
    mutating func notSpecial(_ node: Node) {
        guard let number = ServiceNetwork.number(of: node.text) else {
            if node.text == "::1" {
                invalid(node, Self.loopback, fix: "write another address")
            } else if node.text == "::" {
                invalid(node, "may not be unspecified (::)", fix: "write another address")
            }
            return
        }
        let problem =
            switch number {
            case 0: "may not be unspecified (0.0.0.0)"
            case 0x7F00_0000...0x7FFF_FFFF: Self.loopback
            case 0xA9FE_0000...0xA9FE_FFFF:
                "may not be in the link-local range (169.254.0.0/16, fe80::/10)"
            case 0xE000_0000...0xE000_00FF:
                "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"
            default: ""
            }
        if !problem.isEmpty { invalid(node, problem, fix: "write another address") }
    }

    private static let loopback = "may not be in the loopback range (127.0.0.0/8, ::1/128)"
}
