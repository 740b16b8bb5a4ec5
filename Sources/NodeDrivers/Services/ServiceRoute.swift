/// One port of a service: where connections come in, and the pods they go to.
public struct ServiceRoute: Sendable, Hashable {
    /// Where a connection may end.
    public struct Backend: Sendable, Hashable {
        /// The pod's IPv4 address.
        public var address: String
        /// The port there.
        public var port: Int

        /// Names a place.
        public init(_ address: String, _ port: Int) {
            self.address = address
            self.port = port
        }
    }

    /// Whose port it is, `namespace/service:port`; unique together with the protocol.
    public var title: String
    /// `tcp`, `udp` or `sctp`.
    public var kind: String
    /// The addresses that lead here: the service's own, and external ones.
    public var addresses: [String]
    /// The port at these addresses.
    public var port: Int
    /// The port of the node's own addresses that leads here; nil if none does.
    public var nodePort: Int?
    /// For how many seconds a client stays with its backend; nil if it does not.
    public var affinity: Int?
    /// The backends; without any, connections are refused.
    public var backends: [Backend]

    /// Describes a port.
    public init(
        title: String,
        kind: String,
        addresses: [String],
        port: Int,
        nodePort: Int? = nil,
        affinity: Int? = nil,
        backends: [Backend]
    ) {
        self.title = title
        self.kind = kind
        self.addresses = addresses
        self.port = port
        self.nodePort = nodePort
        self.affinity = affinity
        self.backends = backends
    }
}
