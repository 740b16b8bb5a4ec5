/// Where a text such as `users:80`, `https://api.example.com` or `tcp://db:5432` leads.
struct Target: Hashable {
    /// What is spoken.
    enum Scheme: String, CaseIterable {
        case http, https, tcp, tls, grpc, grpcs, h2c
    }

    var scheme: Scheme
    var address: HostPort
    /// What follows the host in a URL; `nil` if nothing does.
    var path: String?
    /// Whether the text is one word, which may be a mistyped name of something else.
    var isBareName: Bool

    /// Reads a text; `nil` if it leads nowhere.
    init?(_ text: String, defaultPort: UInt16? = nil) {
        var rest = text[...]
        scheme = .http
        isBareName = !text.contains(":") && !text.contains("/") && !text.contains(".")
        var port = defaultPort
        if let range = text.firstRange(of: "://") {
            guard let known = Scheme(rawValue: text[..<range.lowerBound].lowercased()) else {
                return nil
            }
            scheme = known
            rest = text[range.upperBound...]
            switch known {
            case .http, .h2c, .grpc: port = 80
            case .https, .grpcs: port = 443
            case .tcp, .tls: port = nil
            }
            if let slash = rest.firstIndex(of: "/"), !rest.hasPrefix("/") {
                path = String(rest[slash...])
                rest = rest[..<slash]
            }
        }
        guard !rest.isEmpty, rest.first != ":",
            let parsed = AddressText.hostPort(String(rest), host: "", port: port),
            parsed.isPath || Self.isHost(parsed.host)
        else {
            guard let number = UInt16(rest), number > 0 else { return nil }
            address = HostPort(host: "localhost", port: number)
            return
        }
        address = parsed.host.isEmpty ? HostPort(host: "localhost", port: parsed.port) : parsed
        if !address.isPath, address.port == 0 { return nil }
    }

    private static func isHost(_ host: String) -> Bool {
        if host.isEmpty || AddressText.address(host) != nil { return true }
        return host.utf8.count <= 253
            && host.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                    || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
                    || $0 == UInt8(ascii: "_")
            }
    }

    var isTLS: Bool { [.https, .tls, .grpcs].contains(scheme) }

    /// A cluster of this one host or name.
    var cluster: ClusterSettings {
        var cluster = ClusterSettings(
            name: address.description,
            endpoints: [Endpoint(address: address)]
        )
        if !address.isPath, AddressText.address(address.host) == nil {
            cluster.discovery = .strictDNS
            // A program may listen on either of the loopback's addresses.
            if address.host == "localhost" { cluster.family = .all }
        }
        if isTLS {
            cluster.name = scheme.rawValue + "://" + cluster.name
            cluster.tls = Self.tls(name: address.host)
        }
        if [.grpc, .grpcs, .h2c].contains(scheme) {
            cluster.version = .http2
            if scheme != .grpcs { cluster.name = scheme.rawValue + "://" + cluster.name }
            cluster.tls?.parameters.protocols = ["h2"]
        }
        return cluster
    }

    /// TLS that trusts the machine's authorities, and checks the name.
    static func tls(name: String) -> ClientTLSSettings {
        let isNumber = AddressText.address(name) != nil
        return ClientTLSSettings(
            serverName: isNumber ? nil : name,
            trust: TrustSettings(names: [.exact(name, ignoresCase: true)])
        )
    }
}

/// Clusters by name, in the order they came.
struct ClusterBook {
    private(set) var all: [ClusterSettings] = []

    func has(_ name: String) -> Bool { all.contains { $0.name == name } }

    /// Adds a cluster unless its name is there already.
    mutating func add(_ cluster: ClusterSettings) {
        if !has(cluster.name) { all.append(cluster) }
    }

    /// The name of the cluster of a target, which is added if it is new.
    mutating func add(_ target: Target) -> String {
        let cluster = target.cluster
        add(cluster)
        return cluster.name
    }

    /// Changes a cluster that is there.
    mutating func change(_ name: String, _ body: (inout ClusterSettings) -> Void) {
        guard let index = all.firstIndex(where: { $0.name == name }) else { return }
        body(&all[index])
    }
}
