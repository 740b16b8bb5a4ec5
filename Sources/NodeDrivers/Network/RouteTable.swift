/// The machine's IPv4 routes, as far as they say what is taken.
struct RouteTable: Sendable {
    /// A route that is not the default one.
    struct Route: Sendable, Hashable {
        var interface: String
        var target: Subnet
    }

    let routes: [Route]
    /// The interface of the default route; nil without one.
    let outward: String?

    /// Reads the text of `/proc/net/route`.
    init(parsing text: String) {
        let lines = text.split(separator: "\n").dropFirst().map {
            $0.split(whereSeparator: { $0 == "\t" || $0 == " " })
        }
        outward = lines.first { $0.count >= 8 && $0[1] == "00000000" && $0[7] == "00000000" }
            .map { String($0[0]) }
        routes = lines.compactMap { fields in
            guard fields.count >= 8, let target = UInt32(fields[1], radix: 16),
                let mask = UInt32(fields[7], radix: 16), mask != 0
            else { return nil }
            // The file shows addresses in network order as numbers of this machine.
            return Route(
                interface: String(fields[0]),
                target: Subnet(base: target.byteSwapped, prefix: mask.nonzeroBitCount)
            )
        }
    }

    /// A subnet for the pods of an engine that nothing else on the machine uses.
    ///
    /// `tag` spreads engines over the range, so that two rarely want the same one. Nil if the whole
    /// range is taken.
    func freeSubnet(tag: String, bridge: String) -> Subnet? {
        let count = 1 << 12
        let start = Int(tag.suffix(4), radix: 16) ?? 0
        for step in 0..<count {
            let number = UInt32((start + step) % count)
            // 10.64.0.0/10 in pieces of a thousand addresses: little used, and room for 4,096.
            let subnet = Subnet(base: 10 << 24 | 64 << 16 | number << 10, prefix: 22)
            if isFree(subnet, bridge: bridge) { return subnet }
        }
        return nil
    }

    /// Whether nothing but our own bridge leads to any address of a subnet.
    func isFree(_ subnet: Subnet, bridge: String) -> Bool {
        !routes.contains { $0.interface != bridge && $0.target.overlaps(subnet) }
    }
}
