/// What the cluster's name server knows of the cluster.
public struct NameRecords: Sendable, Hashable {
    /// An address and the names that have it, the first being the one that the address is asked back to.
    public struct Host: Sendable, Hashable {
        /// The IPv4 or IPv6 address.
        public var address: String
        /// The names.
        public var names: [String]

        /// Names an address.
        public init(_ address: String, _ names: [String]) {
            self.address = address
            self.names = names
        }
    }

    /// A named port: `_http._tcp.web.default.svc.cluster.local`.
    public struct Port: Sendable, Hashable {
        /// The name that is asked for.
        public var name: String
        /// The host that serves it.
        public var target: String
        /// Its port.
        public var number: Int

        /// Names a port.
        public init(_ name: String, target: String, number: Int) {
            self.name = name
            self.target = target
            self.number = number
        }
    }

    /// A name that stands for another one.
    public struct Alias: Sendable, Hashable {
        /// The name that is asked for.
        public var name: String
        /// The name it stands for.
        public var target: String

        /// Names an alias.
        public init(_ name: String, target: String) {
            self.name = name
            self.target = target
        }
    }

    /// Addresses.
    public var hosts: [Host] = []
    /// Named ports.
    public var ports: [Port] = []
    /// Aliases.
    public var aliases: [Alias] = []

    /// No records.
    public init() {}
}
