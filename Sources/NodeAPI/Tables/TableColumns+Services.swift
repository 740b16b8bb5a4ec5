internal import Formats

extension TableColumns {
    /// The columns of what leads to pods.
    static let services: [String: [TableColumn]] = [
        "Service": serviceColumns, "Endpoints": endpoints, "EndpointSlice": endpointSlices,
    ]

    private static let serviceColumns: [TableColumn] = [
        .name, .field("Type", "spec.type", missing: ""),
        TableColumn("Cluster-IP") { object, _ in
            let address = object["spec"]?["clusterIP"]?.string ?? ""
            return .string(address.isEmpty ? "<none>" : address)
        },
        TableColumn("External-IP") { object, _ in .string(externalAddress(object)) },
        TableColumn("Port(s)") { object, _ in
            .string(TableText.list(object["spec"]?["ports"]?.array, portText))
        },
        .age,
        TableColumn("Selector", isWide: true) { object, _ in
            .string(TableText.selector(["matchLabels": object["spec"]?["selector"] ?? [:]]))
        },
    ]

    /// `80/TCP`, or `80:30080/TCP` if the node leads there.
    private static func portText(_ port: JSON) -> String {
        let outer = port["nodePort"]?.int ?? 0
        return "\(port["port"]?.int ?? 0)" + (outer == 0 ? "" : ":\(outer)")
            + "/\(port["protocol"]?.string ?? "TCP")"
    }

    private static func externalAddress(_ object: JSON) -> String {
        let spec = object["spec"]
        let own = (spec?["externalIPs"]?.array ?? []).compactMap(\.string)
        switch spec?["type"]?.string {
        case "ExternalName": return spec?["externalName"]?.string ?? ""
        case "LoadBalancer":
            let ingress = object["status"]?["loadBalancer"]?["ingress"]?.array ?? []
            let given = ingress.compactMap { $0["ip"]?.string ?? $0["hostname"]?.string }
            return given.isEmpty && own.isEmpty ? "<pending>" : (given + own).joined(separator: ",")
        default: return own.isEmpty ? "<none>" : own.joined(separator: ",")
        }
    }

    // MARK: Endpoints

    private static let endpoints: [TableColumn] = [
        .name,
        TableColumn("Endpoints") { object, _ in
            var texts: [String] = []
            for subset in object["subsets"]?.array ?? [] {
                let addresses = (subset["addresses"]?.array ?? []).compactMap { $0["ip"]?.string }
                let ports = (subset["ports"]?.array ?? []).compactMap { $0["port"]?.int }
                if ports.isEmpty { texts += addresses }
                for port in ports {
                    texts += addresses.map { ($0.contains(":") ? "[\($0)]" : $0) + ":\(port)" }
                }
            }
            return .string(few(texts, none: "<none>"))
        },
        .age,
    ]

    private static let endpointSlices: [TableColumn] = [
        .name, .field("AddressType", "addressType", missing: ""),
        TableColumn("Ports") { object, _ in
            let ports = (object["ports"]?.array ?? []).map { $0["port"]?.int.map(String.init) }
            return .string(few(ports.map { $0 ?? "*" }, none: "<unset>"))
        },
        TableColumn("Endpoints") { object, _ in
            let addresses = (object["endpoints"]?.array ?? [])
                .flatMap { $0["addresses"]?.array ?? [] }.compactMap(\.string)
            return .string(few(addresses, none: "<unset>"))
        },
        .age,
    ]

    /// The first three, and how many more there are.
    private static func few(_ texts: [String], none: String) -> String {
        if texts.isEmpty { return none }
        let shown = texts.prefix(3).joined(separator: ",")
        return texts.count > 3 ? "\(shown) + \(texts.count - 3) more..." : shown
    }
}
