/// What a proxy does: where it listens, how it routes, and where it sends.
///
/// The common form of every configuration language that is read (Envoy, nginx, HAProxy, our own). A
/// value without references: it is read on one thread and handed to every worker.
public struct ProxyConfiguration: Sendable, Hashable {
    /// Where connections are taken, in order.
    public var listeners: [ListenerSettings]
    /// The groups of hosts that requests and connections are sent to.
    public var clusters: [ClusterSettings]
    /// Where the admin endpoints listen, as the configuration wants it; `nil` leaves it to the program.
    public var admin: HostPort?
    /// Whether there are admin endpoints, unless the command line says where.
    public var wantsAdmin: Bool
    /// The node's identity, for access logs and `/server_info`.
    public var node: NodeIdentity
    /// How long open connections may go on after the end was asked for.
    public var drain: Duration
    /// The most connections that all listeners together hold; 0 is no limit but the machine's.
    public var connectionsMaximum: Int

    /// Makes a configuration.
    public init(
        listeners: [ListenerSettings] = [],
        clusters: [ClusterSettings] = [],
        admin: HostPort? = nil,
        wantsAdmin: Bool = true,
        node: NodeIdentity = NodeIdentity(),
        drain: Duration = .seconds(25),
        connectionsMaximum: Int = 0
    ) {
        self.listeners = listeners
        self.clusters = clusters
        self.admin = admin
        self.wantsAdmin = wantsAdmin
        self.node = node
        self.drain = drain
        self.connectionsMaximum = connectionsMaximum
    }

    /// The cluster of that name.
    public func cluster(named name: String) -> ClusterSettings? {
        clusters.first { $0.name == name }
    }
}

/// Who this proxy is.
public struct NodeIdentity: Sendable, Hashable {
    /// The name of the node.
    public var id: String
    /// The service cluster that the node belongs to.
    public var cluster: String

    /// Makes an identity.
    public init(id: String = "", cluster: String = "") {
        self.id = id
        self.cluster = cluster
    }
}

/// A host, by number or name, and a port; or the path of a Unix socket.
public struct HostPort: Sendable, Hashable, CustomStringConvertible {
    /// An address, a name, or a path that starts with `/`.
    public var host: String
    /// The port; 0 for a path.
    public var port: UInt16

    /// Makes an endpoint.
    public init(host: String, port: UInt16 = 0) {
        self.host = host
        self.port = port
    }

    /// Whether this is the path of a Unix socket.
    public var isPath: Bool { host.utf8.first == UInt8(ascii: "/") }

    /// `host:port`, `[v6]:port` or the path.
    public var description: String {
        if isPath { return host }
        return host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
