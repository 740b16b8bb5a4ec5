internal import Basics
internal import Formats
internal import Reactor
internal import System

extension PodNetwork {
    /// Makes ready what the first pod would have to wait for.
    ///
    /// What fails is tried again, and told, when a pod needs it.
    public func warmUp() async {
        if settings.configuration == nil { _ = try? await prepared() }
    }

    /// The chain of plugins, made ready once: subnet, configuration file, masquerading rule.
    func prepared() async throws(Failure) -> CNIConfiguration {
        if let configuration { return configuration }
        let task: Task<CNIConfiguration, any Error>
        if let preparation {
            task = preparation
        } else {
            task = Task { @MainLoop in
                defer { preparation = nil }
                let configuration = try await prepare()
                self.configuration = configuration
                return configuration
            }
            preparation = task
        }
        do {
            return try await task.value
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.internalError, "cannot set up the pod network", cause: "\(error)")
        }
    }

    private func prepare() async throws(Failure) -> CNIConfiguration {
        if let file = settings.configuration { return try CNIConfiguration(file: file) }
        let subnet = try chooseSubnet()
        do throws(Failure) {
            try await Masquerade(layout: layout, subnet: subnet).install()
            try await allowance.install()
        } catch {
            // Pods still reach each other and the node, which is all that many need.
            warnings.append("pods cannot reach beyond this machine: \(error)")
        }
        return CNIConfiguration(layout: layout, subnet: subnet, mtu: Self.outwardMTU)
    }

    /// The largest packet that fits the way to the outside; nil without such a way.
    private static var outwardMTU: Int? {
        guard let routes = try? Files.text("/proc/net/route"),
            let interface = RouteTable(parsing: routes).outward,
            let text = try? Files.text("/sys/class/net/\(interface)/mtu")
        else { return nil }
        return Int(text.filter(\.isNumber))
    }

    var allowance: ForwardAllowance {
        ForwardAllowance(program: settings.iptables, bridge: layout.bridge)
    }

    private var subnetFile: String { layout.networkConfiguration + "/subnet" }

    /// The subnet that was chosen in an earlier life.
    func readSubnet() -> Subnet? {
        guard let text = try? Files.text(subnetFile, limit: 64) else { return nil }
        return Subnet(text.filter { !$0.isWhitespace })
    }

    /// The subnet of an earlier life if it is still free, else a new one.
    private func chooseSubnet() throws(Failure) -> Subnet {
        let routes = RouteTable(parsing: (try? Files.text("/proc/net/route")) ?? "")
        let isUsed = sandboxes.values.contains { $0.isReady && !$0.usesHostNetwork }
        if let known = readSubnet(), isUsed || routes.isFree(known, bridge: layout.bridge) {
            return known
        }
        guard let subnet = routes.freeSubnet(tag: layout.tag, bridge: layout.bridge) else {
            throw Failure(
                .exhausted,
                "cannot find a subnet for the pods",
                cause: "all of 10.64.0.0/10 is routed elsewhere",
                remedy: "give a network configuration of your own with --cni-conf"
            )
        }
        do throws(SystemError) {
            try Files.makeDirectories(layout.networkConfiguration)
            try Files.writeAtomically(subnetFile, Array("\(subnet)\n".utf8))
            return subnet
        } catch {
            throw Failure("cannot write down the subnet of the pods", error)
        }
    }
}
