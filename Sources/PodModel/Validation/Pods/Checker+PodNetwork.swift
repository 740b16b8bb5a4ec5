extension Checker {
    private static let nameserversMaximum = 3
    private static let searchesMaximum = 32
    private static let searchCharactersMaximum = 2048

    mutating func hostNetwork(_ spec: Node, isTemplate: Bool) {
        guard spec["hostNetwork"].isTrue else { return }
        for port in spec["containers"].items.flatMap({ $0["ports"].items }) {
            let host = port["hostPort"].int ?? 0
            guard !isTemplate || host != 0, host != port["containerPort"].int ?? 0 else {
                continue
            }
            invalid(
                port["hostPort"],
                "must match `containerPort` when `hostNetwork` is true",
                fix: "remove hostPort"
            )
        }
    }

    mutating func dns(_ spec: Node) {
        let policy = spec["dnsPolicy"]
        choice(policy, ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"])
        let config = spec["dnsConfig"]
        let servers = config["nameservers"]
        if policy.text == "None" {
            if !config.exists {
                required(
                    config,
                    "must provide `dnsConfig` when `dnsPolicy` is None",
                    fix: "add dnsConfig with a nameserver"
                )
                return
            }
            if servers.items.isEmpty {
                required(
                    servers,
                    "must provide at least one DNS nameserver when `dnsPolicy` is None",
                    fix: "add the address of a name server"
                )
                return
            }
        }
        if servers.items.count > Self.nameserversMaximum {
            invalid(
                servers,
                "must not have more than \(Self.nameserversMaximum) nameservers",
                fix: "remove some"
            )
        }
        for server in servers.items {
            check(server, AddressRules.address, fix: "write an address such as 192.0.2.7")
        }
        let searches = config["searches"]
        if searches.items.count > Self.searchesMaximum {
            invalid(
                searches,
                "must not have more than \(Self.searchesMaximum) search paths",
                fix: "remove some"
            )
        }
        if searches.texts.joined(separator: " ").utf8.count > Self.searchCharactersMaximum {
            invalid(
                searches,
                "must not have more than \(Self.searchCharactersMaximum) characters (including"
                    + " spaces) in the search list",
                fix: "remove some"
            )
        }
        for search in searches.items {
            check(search, NameRules.searchDomain, fix: "correct the domain")
        }
    }
}
