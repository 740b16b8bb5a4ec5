internal import Formats

extension Checker {
    static let portNumbers = 1...65535

    mutating func ports(_ node: Node) {
        var names: Set<String> = []
        var unnamed: Set<String> = []
        for port in node.items {
            let name = port["name"]
            if !name.text.isEmpty {
                if !NameRules.port(name.text).isEmpty {
                    check(name, NameRules.port, fix: "choose a name such as http")
                } else if !names.insert(name.text).inserted {
                    duplicate(name, fix: "give every port of the container its own name")
                }
            }
            if port["containerPort"].int == 0 {
                required(port["containerPort"], fix: "name the port the container listens on")
            } else {
                range(port["containerPort"], Self.portNumbers)
            }
            if port["hostPort"].int ?? 0 != 0 { range(port["hostPort"], Self.portNumbers) }
            if !port["hostIP"].text.isEmpty {
                check(
                    port["hostIP"],
                    AddressRules.address,
                    fix: "write an address such as 192.0.2.7"
                )
            }
            choice(port["protocol"], ["TCP", "UDP", "SCTP"])
            samePort(port, &unnamed)
        }
    }

    /// Two entries that say the same are a mistake; different names for one port are not.
    private mutating func samePort(_ port: Node, _ seen: inout Set<String>) {
        guard let number = port["containerPort"].int, port["name"].text.isEmpty else { return }
        let key =
            "\(port["hostIP"].text)/\(port["hostPort"].int ?? 0)/\(number)/\(port["protocol"].text)"
        if !seen.insert(key).inserted {
            duplicate(
                port["containerPort"],
                value: "\(number)/\(port["protocol"].text)",
                fix: "remove one of the two"
            )
        }
    }

    /// No two containers that run together may claim the same port of the node.
    mutating func hostPorts(_ containers: [Node]) {
        var seen: Set<String> = []
        for port in containers.flatMap({ $0["ports"].items }) {
            guard let number = port["hostPort"].int, number != 0 else { continue }
            let key = "\(port["protocol"].text)/\(port["hostIP"].text)/\(number)"
            if !seen.insert(key).inserted {
                duplicate(
                    port["hostPort"],
                    value: key,
                    fix: "choose another hostPort, or remove it"
                )
            }
        }
    }

    mutating func portReference(_ node: Node, in container: Node) {
        guard node.exists else { return }
        if node.int != nil {
            range(node, Self.portNumbers)
        } else {
            let known = container["ports"].items.map { $0["name"].text }.filter { !$0.isEmpty }
            check(
                node,
                NameRules.port,
                fix: Int(node.text) == nil
                    ? "choose a name such as http" : "write the number without quotes"
            )
            if NameRules.port(node.text).isEmpty, !known.contains(node.text) {
                warn(
                    node,
                    "the container has no port named \"\(node.text)\": the request will fail",
                    fix: Spelling.nearest(to: node.text, among: known).map {
                        "did you mean \"\($0)\"?"
                    }
                        ?? "name the port under ports"
                )
            }
        }
    }
}
