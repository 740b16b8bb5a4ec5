public import Basics
public import PodModel
public import Reactor
internal import System

/// Leads connections to services to their pods: the rules of one engine, and what they need around them.
///
/// The rules are in a table of their own, changed in one transaction; pods and the node see either the
/// old ones or the new ones. They stay when the engine ends without its pods, and the next engine
/// replaces them.
@MainLoop public final class ServiceRules {
    private let layout: NodeLayout
    private let network: ServiceNetwork
    private let journal: Journal
    private let table: String
    /// What the table is known to be; nil if it is not known.
    private var applied: ServiceRuleset?
    private var isPlumbed = false

    /// How long one change may take.
    private static let deadline = Duration.seconds(20)

    /// Prepares the rules of an engine; nothing is changed yet.
    public init(layout: NodeLayout, network: ServiceNetwork, journal: Journal) {
        self.layout = layout
        self.journal = journal
        self.network = network
        table = "remora_\(layout.tag)_services"
    }

    /// Makes the interface that holds the services' network, and the address of the name server.
    ///
    /// It is a bridge without ports: packets to addresses that nobody serves end there, and the node
    /// has a route even if it has none to the outside.
    ///
    /// - Throws: `unavailable` if the machine refuses.
    public func plumb() throws(Failure) {
        if isPlumbed { return }
        let name = layout.serviceInterface
        do throws(SystemError) {
            try NetworkLinks.makeBridge(
                name,
                address: ServiceNetwork.number(of: network.nameServer) ?? 0,
                prefix: network.prefix
            )
        } catch {
            throw Failure(
                "cannot make the interface \(name) of the services",
                error,
                remedy: "services need the rights of root"
            )
        }
        // Nothing of IPv6 is wanted there, not even an address of the link.
        try? Files.write("/proc/sys/net/ipv6/conf/\(name)/disable_ipv6", Array("1".utf8))
        isPlumbed = true
    }

    /// Makes the rules lead where the routes say.
    ///
    /// - Throws: `unavailable` if nft refuses, `timedOut`; the rules are as before then.
    public func apply(_ routes: [ServiceRoute]) async throws(Failure) {
        // The interface is there if an earlier engine left rules.
        let isClean = applied == nil && !Files.exists("/sys/class/net/" + layout.serviceInterface)
        guard !routes.isEmpty || !isClean else { return }
        try plumb()
        let ruleset = ServiceRuleset(
            table: table,
            network: network,
            bridge: layout.bridge,
            masqueraded: await showBridgedPackets() ? nil : layout.chosenSubnet,
            routes: routes
        )
        guard ruleset != applied else { return }
        do throws(Failure) {
            try await load(ruleset.script(after: applied))
        } catch {
            guard applied != nil, error.code == .unavailable else { throw error }
            // Somebody else has changed the table: make it anew.
            applied = nil
            try await load(ruleset.script(after: nil))
        }
        let stale = StaleFlows(from: applied?.routes ?? [], to: routes)
        applied = ruleset
        for arguments in stale.commands { await forget(arguments) }
    }

    /// Ends a flow; none is no error, and without the program flows end when their clients pause.
    private func forget(_ arguments: [String]) async {
        let command = Command("conntrack", arguments)
        do throws(Failure) {
            _ = try await ChildProcess.run(command, deadline: .seconds(5))
        } catch {
            journal.debug("datagrams may go on to a pod that has gone: \(error)")
        }
    }

    /// Removes rules and interface; none is no error.
    ///
    /// - Throws: `unavailable` if the machine refuses.
    public func remove() async throws(Failure) {
        let name = layout.serviceInterface
        guard applied != nil || Files.exists("/sys/class/net/" + name) else { return }
        try await load(ServiceRuleset.removal(of: table))
        applied = nil
        isPlumbed = false
        do throws(SystemError) {
            try NetworkLinks.removeBridge(name)
        } catch {
            throw Failure("cannot remove the interface \(name)", error)
        }
    }

    // MARK: Details

    /// Lets the rules see packets that pass from pod to pod on the bridge, else answers would come from
    /// the pod instead of from the service; and lets the node reach services through its loopback.
    ///
    /// - Returns: Whether the kernel can show them.
    private func showBridgedPackets() async -> Bool {
        let interface = "/sys/class/net/" + layout.bridge
        // Without a bridge of ours the network is the user's, and so are its packets.
        guard Files.exists(interface) else { return true }
        try? Files.write(
            "/proc/sys/net/ipv4/conf/\(layout.bridge)/route_localnet",
            Array("1".utf8)
        )
        let loaded = "/proc/sys/net/bridge/bridge-nf-call-iptables"
        if !Files.exists(loaded) {
            let command = Command("modprobe", ["br_netfilter"])
            _ = try? await ChildProcess.run(command, deadline: .seconds(5))
        }
        do throws(SystemError) {
            guard Files.exists(loaded) else { return false }
            try Files.write(interface + "/bridge/nf_call_iptables", Array("1".utf8))
            return true
        } catch {
            return false
        }
    }

    private func load(_ script: String) async throws(Failure) {
        var command = Command("nft", ["-f", "-"])
        command.input = .bytes(Array(script.utf8))
        let completed = try await ChildProcess.run(command, deadline: Self.deadline)
        if case .exited(0) = completed.status { return }
        throw Failure(
            .unavailable,
            "cannot set the rules of the services",
            cause: completed.errorText.split(separator: "\n").first.map(String.init)
                ?? "nft failed",
            remedy: "install the package nftables and a kernel with nf_tables, NAT and fib"
        )
    }
}

extension NodeLayout {
    /// The interface that holds the network of the services; at most 15 characters.
    var serviceInterface: String { "rsvc" + tag }
    /// Where the network of the services is kept.
    var serviceNetworkFile: String { networkConfiguration + "/services" }
    /// The subnet of the pods, if one was chosen.
    var chosenSubnet: Subnet? {
        guard let text = try? Files.text(networkConfiguration + "/subnet", limit: 64) else {
            return nil
        }
        return Subnet(text.filter { !$0.isWhitespace })
    }
}
