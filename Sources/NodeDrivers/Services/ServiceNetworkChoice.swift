public import Basics
public import PodModel
internal import System

/// Which network the addresses of services come from.
public enum ServiceNetworkChoice {
    /// The network of an earlier life, the one that the user names, or a free one.
    ///
    /// A network once chosen stays: services have its addresses.
    ///
    /// - Parameters:
    ///   - layout: Where it is kept.
    ///   - wanted: The user's, `address/prefix`.
    /// - Returns: The network, which is written down by now.
    /// - Throws: `invalid` for what is no such network or is routed elsewhere, `exhausted` if none is
    ///   free.
    public static func network(
        _ layout: NodeLayout,
        wanted: String?
    ) throws(Failure) -> ServiceNetwork {
        let routes = RouteTable(parsing: (try? Files.text("/proc/net/route")) ?? "")
        if let wanted { return try named(wanted, layout, routes) }
        if let text = try? Files.text(layout.serviceNetworkFile, limit: 64),
            let known = ServiceNetwork(text.filter { !$0.isWhitespace })
        {
            return known
        }
        guard let network = free(tag: layout.tag, interface: layout.serviceInterface, routes) else {
            throw Failure(
                .exhausted,
                "cannot find a network for the services",
                cause: "all of 10.128.0.0/10 is routed elsewhere",
                remedy: "name one with --service-cidr"
            )
        }
        try keep(network, layout)
        return network
    }

    private static func named(
        _ text: String,
        _ layout: NodeLayout,
        _ routes: RouteTable
    ) throws(Failure) -> ServiceNetwork {
        guard let network = ServiceNetwork(text) else {
            throw Failure(
                .invalid,
                "--service-cidr \(text) is no network for services",
                cause: "it is no first IPv4 address with a prefix of 12 to 28 bits",
                remedy: "write one such as 10.96.0.0/20"
            )
        }
        let subnet = Subnet(base: network.base, prefix: network.prefix)
        if let pods = layout.chosenSubnet, pods.overlaps(subnet) {
            throw Failure(
                .invalid,
                "--service-cidr \(text) cannot be used",
                cause: "the pods have \(pods)",
                remedy: "choose another network"
            )
        }
        guard routes.isFree(subnet, bridge: layout.serviceInterface) else {
            throw Failure(
                .invalid,
                "--service-cidr \(text) cannot be used",
                cause: "the machine has a route into it already",
                remedy: "choose another network"
            )
        }
        try keep(network, layout)
        return network
    }

    /// A network that no route of the machine touches; nil if all are taken.
    ///
    /// `tag` spreads engines over the range, so that two rarely want the same one.
    static func free(tag: String, interface: String, _ routes: RouteTable) -> ServiceNetwork? {
        let count = 1 << 10
        let start = Int(tag.suffix(4), radix: 16) ?? 0
        for step in 0..<count {
            let number = UInt32((start + step) % count)
            // 10.128.0.0/10 in pieces of four thousand addresses: next to the pods' range.
            let base: UInt32 = 10 << 24 | 128 << 16 | number << 12
            if routes.isFree(Subnet(base: base, prefix: 20), bridge: interface) {
                return ServiceNetwork(base: base, prefix: 20)
            }
        }
        return nil
    }

    private static func keep(_ network: ServiceNetwork, _ layout: NodeLayout) throws(Failure) {
        do throws(SystemError) {
            try Files.makeDirectories(layout.networkConfiguration)
            try Files.writeAtomically(layout.serviceNetworkFile, Array("\(network)\n".utf8))
        } catch {
            throw Failure("cannot write down the network of the services", error)
        }
    }
}
