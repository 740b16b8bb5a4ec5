internal import Basics
internal import Formats
internal import PodModel
internal import System

/// The chain of plugins that attaches pods to the network.
struct CNIConfiguration: Sendable, Hashable {
    static let version = "1.0.0"

    /// The plugins in order, as they stand in the list.
    var plugins: [JSON]
    /// The name of the network.
    var name: String
    /// The version of the specification that the list is written for.
    var version: String
    /// The subnet of the pods; nil for a list of the user's.
    var subnet: Subnet?

    /// The list that Remora makes: a bridge with a subnet of its own, host ports by portmap.
    ///
    /// `bridge` asks `host-local` for the address. It does not masquerade: one rule for the whole
    /// subnet does that, where the plugin would run iptables a dozen times for each pod.
    ///
    /// `mtu` is that of the way to the outside: what pods send then fits there.
    init(layout: NodeLayout, subnet: Subnet, mtu: Int?) {
        name = Self.name(layout)
        version = Self.version
        self.subnet = subnet
        var bridge: JSON = [
            "type": "bridge", "bridge": .string(layout.bridge), "isGateway": true,
            "ipMasq": false, "hairpinMode": true,
            "ipam": [
                "type": "host-local", "dataDir": .string(layout.addressLeases),
                "ranges": [[["subnet": .string(subnet.description)]]],
                "routes": [["dst": "0.0.0.0/0"]],
            ],
        ]
        if let mtu { bridge["mtu"] = .int(mtu) }
        plugins = [
            bridge, ["type": "portmap", "capabilities": ["portMappings": true], "snat": true],
        ]
    }

    /// The name of the network that Remora makes.
    static func name(_ layout: NodeLayout) -> String { "remora-" + layout.tag }

    /// Reads a user's configuration: a list of plugins (`.conflist`) or a single one (`.conf`).
    init(file: String) throws(Failure) {
        let what = "cannot use the network configuration \(file)"
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.read(file, limit: 1 << 20)
        } catch {
            throw Failure(what, error)
        }
        guard let json = try? JSON.parse(bytes), let name = json["name"]?.string else {
            throw Failure(
                .invalid,
                what,
                cause: "it is no JSON object with a name",
                remedy: "write a CNI network configuration list"
            )
        }
        let plugins = json["plugins"]?.array ?? (json["type"] == nil ? [] : [json])
        guard !plugins.isEmpty, plugins.allSatisfy({ $0["type"]?.string != nil }) else {
            throw Failure(
                .invalid,
                what,
                cause: "it has no plugins, or one without a type",
                remedy: "write a CNI network configuration list"
            )
        }
        self.name = name
        self.plugins = plugins
        version = json["cniVersion"]?.string ?? Self.version
        subnet = nil
    }

    /// The configurations for one pod, complete as plugins want them.
    ///
    /// `portmap` is left out for a pod without host ports: it would do nothing, and cost a process.
    func plugins(for request: PodNetworkRequest) -> [JSON] {
        plugins.compactMap { plugin in
            let isPortmap = CNIPlugins.type(of: plugin) == "portmap"
            if isPortmap, request.hostPorts.isEmpty { return nil }
            var plugin = plugin
            plugin["name"] = .string(name)
            plugin["cniVersion"] = .string(version)
            if plugin["capabilities"]?["portMappings"]?.bool == true, !request.hostPorts.isEmpty {
                plugin["runtimeConfig"] = ["portMappings": .array(request.hostPorts.map(\.json))]
            }
            return plugin
        }
    }
}

extension HostPort {
    /// The mapping as the capability `portMappings` has it.
    fileprivate var json: JSON {
        [
            "hostPort": .int(port), "containerPort": .int(podPort),
            "protocol": .string(`protocol`.rawValue.lowercased()), "hostIP": .string(address),
        ]
    }
}
