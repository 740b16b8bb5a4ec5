internal import PodModel

/// The files of one dnsmasq process: pure text.
///
/// Addresses are in a file of hosts, which it reads again on SIGHUP; the rest is its configuration, which
/// it reads once.
struct NameServerFiles: Sendable, Hashable {
    /// What the process is told once.
    var configuration: String
    /// The file of hosts.
    var hosts: String

    /// How long answers about the cluster may be kept, in seconds, as CoreDNS gives them.
    static let lifetime = 5

    /// - Parameters:
    ///   - records: What is to be known.
    ///   - network: The services' network; its name server is what the process listens at.
    ///   - pods: The network of the pods, of which unknown addresses have no names.
    ///   - domain: The cluster's domain: what is not known below it does not exist.
    ///   - resolver: The file that names the servers for everything else.
    init(
        _ records: NameRecords,
        network: ServiceNetwork,
        pods: Subnet?,
        domain: String,
        resolver: String = "/etc/resolv.conf"
    ) {
        var lines = [
            "keep-in-foreground", "bind-interfaces", "listen-address=\(network.nameServer)",
            "no-hosts", "resolv-file=\(resolver)", "cache-size=1000", "dns-forward-max=500",
            "local-ttl=\(Self.lifetime)", "log-facility=-", "local=/\(domain)/",
        ]
        var zones = Self.reverseZones(Subnet(base: network.base, prefix: network.prefix))
        if let pods { zones += Self.reverseZones(pods) }
        lines += zones.map { "local=/\($0)/" }
        for port in Self.unique(records.ports) {
            lines.append("srv-host=\(port.name),\(port.target),\(port.number),0,100")
        }
        var named: Set<String> = []
        for alias in records.aliases where named.insert(alias.name).inserted {
            lines.append("cname=\(alias.name),\(alias.target)")
        }
        configuration = lines.joined(separator: "\n") + "\n"
        hosts = Self.unique(records.hosts)
            .map { $0.address + " " + $0.names.joined(separator: " ") + "\n" }.joined()
    }

    /// The configuration with what only one process has.
    func configuration(port: Int, hosts file: String, user: String) -> String {
        configuration + "port=\(port)\naddn-hosts=\(file)\nuser=\(user)\n"
    }

    private static func unique<Element: Hashable>(_ elements: [Element]) -> [Element] {
        var seen: Set<Element> = []
        return elements.filter { seen.insert($0).inserted }
    }

    /// The zones in which the addresses of a network are asked back, one for each 256 of them or more.
    static func reverseZones(_ subnet: Subnet) -> [String] {
        let octets = max(1, min(3, (subnet.prefix + 7) / 8))
        let free = max(0, octets * 8 - subnet.prefix)
        return (0..<(1 << free)).map { number in
            let base = subnet.base + UInt32(number) << UInt32(32 - octets * 8)
            let parts = (0..<octets).map { String(base >> UInt32(24 - 8 * $0) & 255) }
            return parts.reversed().joined(separator: ".") + ".in-addr.arpa"
        }
    }
}
