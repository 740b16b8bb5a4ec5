internal import PodModel

/// The nftables rules that lead connections to services to their pods.
///
/// A packet's address, protocol and port are looked up in one map, whatever the number of services; the
/// chain found there translates the destination to a backend chosen at random. Clients that stay with a
/// backend are remembered in a set for each backend, which forgets them by itself.
struct ServiceRuleset: Sendable, Hashable {
    /// The table, the engine's own.
    let table: String
    /// The network of the services' addresses: what nobody serves there is refused.
    let network: ServiceNetwork
    /// The bridge of the engine's pods.
    let bridge: String
    /// The network of the pods if connections among them must be masqueraded, because the kernel does
    /// not show this table what passes the bridge.
    let masqueraded: Subnet?
    let routes: [ServiceRoute]

    /// The chains of services and backends, which come and go.
    var chains: [String] {
        served.flatMap { route in
            [chain(of: route)]
                + (route.affinity == nil ? [] : route.backends.map { link(route, $0) })
        }
    }

    /// The sets that remember clients, with the seconds they do.
    var memories: [String: Int] {
        var memories: [String: Int] = [:]
        for route in served {
            guard let seconds = route.affinity else { continue }
            for backend in route.backends { memories[memory(route, backend, seconds)] = seconds }
        }
        return memories
    }

    private var served: [ServiceRoute] { routes.filter { !$0.backends.isEmpty } }

    // MARK: Text

    /// The script for `nft -f` that makes the table so, all at once.
    ///
    /// - Parameter previous: What the table is known to be, so that clients stay remembered; nil makes
    ///   it anew.
    /// - Returns: The text.
    func script(after previous: ServiceRuleset?) -> String {
        var lines: [String] = []
        if let previous {
            lines.append("flush table ip \(table)")
            for map in ["services", "nodeports"] { lines.append("flush map ip \(table) \(map)") }
            for set in ["hairpins", "refused"] { lines.append("flush set ip \(table) \(set)") }
            for chain in Set(previous.chains).subtracting(chains).sorted() {
                lines.append("delete chain ip \(table) \(chain)")
            }
            let kept = memories
            for set in previous.memories.keys.sorted() where kept[set] == nil {
                lines.append("delete set ip \(table) \(set)")
            }
        } else {
            lines += ["table ip \(table)", "delete table ip \(table)"]
        }
        lines.append("table ip \(table) {")
        lines += sets.map { "    " + $0 }
        for route in served { lines += chainText(route).map { "    " + $0 } }
        lines += Self.indented(hooks)
        lines.append("}")
        return lines.joined(separator: "\n") + "\n"
    }

    /// The script that removes the table; none is no error.
    static func removal(of table: String) -> String {
        "table ip \(table)\ndelete table ip \(table)\n"
    }

    private var sets: [String] {
        var addresses: [String] = []
        var ports: [String] = []
        var refused: [String] = []
        var hairpins: Set<String> = []
        for route in routes {
            if let port = route.nodePort {
                if route.backends.isEmpty {
                    refused.append("\(route.kind) . \(port)")
                } else {
                    ports.append("\(route.kind) . \(port) : goto \(chain(of: route))")
                }
            }
            guard !route.backends.isEmpty else { continue }
            for address in route.addresses {
                addresses.append(
                    "\(address) . \(route.kind) . \(route.port) : goto \(chain(of: route))"
                )
            }
            for backend in route.backends where backend.address != network.nameServer {
                hairpins.insert("\(backend.address) . \(backend.address)")
            }
        }
        var lines =
            Self.set("map services", "ipv4_addr . inet_proto . inet_service : verdict", addresses)
            + Self.set("map nodeports", "inet_proto . inet_service : verdict", ports)
            + Self.set("set refused", "inet_proto . inet_service", refused)
            + Self.set("set hairpins", "ipv4_addr . ipv4_addr", hairpins.sorted())
        for (name, seconds) in memories.sorted(by: { $0.key < $1.key }) {
            lines += [
                "set \(name) {", "    type ipv4_addr", "    flags dynamic,timeout",
                "    timeout \(seconds)s", "}",
            ]
        }
        return lines
    }

    private static func set(_ name: String, _ type: String, _ elements: [String]) -> [String] {
        var lines = [name + " {", "    type " + type]
        if !elements.isEmpty {
            lines.append("    elements = { \(elements.joined(separator: ", ")) }")
        }
        return lines + ["}"]
    }

    private func chainText(_ route: ServiceRoute) -> [String] {
        let backends = route.backends
        let name = chain(of: route)
        let remark = "comment \"\(route.title)\""
        guard let seconds = route.affinity else {
            let target =
                backends.count == 1
                ? "dnat to \(backends[0].address):\(backends[0].port)"
                : "dnat ip addr . port to numgen random mod \(backends.count) map { "
                    + backends.enumerated()
                    .map { "\($0.offset) : \($0.element.address) . \($0.element.port)" }
                    .joined(separator: ", ") + " }"
            return ["chain \(name) {", "    meta l4proto \(route.kind) \(target) \(remark)", "}"]
        }
        var lines: [String] = []
        for backend in backends {
            lines += [
                "chain \(link(route, backend)) {",
                "    update @\(memory(route, backend, seconds)) { ip saddr }",
                "    meta l4proto \(route.kind) dnat to \(backend.address):\(backend.port)", "}",
            ]
        }
        lines.append("chain \(name) {")
        for backend in backends {
            lines.append(
                "    ip saddr @\(memory(route, backend, seconds)) goto \(link(route, backend))"
            )
        }
        if backends.count == 1 {
            lines.append("    goto \(link(route, backends[0]))")
        } else {
            let choices = backends.enumerated().map {
                "\($0.offset) : goto \(link(route, $0.element))"
            }
            lines.append(
                "    numgen random mod \(backends.count) vmap { \(choices.joined(separator: ", ")) }"
            )
        }
        return lines + ["}"]
    }

    private var hooks: String {
        let amongPods = masqueraded.map {
            "\n    ct status dnat ip saddr \($0) ip daddr \($0) masquerade"
        }
        return """
            chain lookup {
                ip daddr . meta l4proto . th dport vmap @services
                fib daddr type local meta l4proto . th dport vmap @nodeports
            }
            chain refuse {
                meta l4proto tcp reject with tcp reset
                reject
            }
            chain guard {
                type filter hook prerouting priority -300
                iifname "\(bridge)" ip daddr 127.0.0.0/8 drop
            }
            chain prerouting {
                type nat hook prerouting priority -100
                jump lookup
            }
            chain output {
                type nat hook output priority -100
                jump lookup
            }
            chain postrouting {
                type nat hook postrouting priority 100
                ct status dnat ip saddr . ip daddr @hairpins masquerade
                ct status dnat oifname != "lo" ip saddr { 127.0.0.0/8, \(network.nameServer) } masquerade\(amongPods ?? "")
            }
            chain forward {
                type filter hook forward priority 0
                ip daddr \(network) goto refuse
            }
            chain input {
                type filter hook input priority 0
                fib daddr type local meta l4proto . th dport @refused goto refuse
            }
            chain sent {
                type filter hook output priority 0
                ip daddr \(network) ip daddr != \(network.nameServer) goto refuse
            }
            """
    }

    private static func indented(_ text: String) -> [String] {
        text.split(separator: "\n").map { "    " + $0 }
    }

    // MARK: Names

    private func chain(of route: ServiceRoute) -> String {
        "svc_" + Self.digest("\(route.title)/\(route.kind)")
    }

    private func link(_ route: ServiceRoute, _ backend: ServiceRoute.Backend) -> String {
        "to_" + Self.digest("\(route.title)/\(route.kind)/\(backend.address)/\(backend.port)")
    }

    private func memory(
        _ route: ServiceRoute,
        _ backend: ServiceRoute.Backend,
        _ seconds: Int
    ) -> String {
        "of_"
            + Self.digest(
                "\(route.title)/\(route.kind)/\(backend.address)/\(backend.port)/\(seconds)"
            )
    }

    /// Sixteen hexadecimal digits that belong to a text (FNV-1a).
    private static func digest(_ text: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
