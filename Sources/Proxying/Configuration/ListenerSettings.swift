/// A place where connections are taken, and what is done with them.
public struct ListenerSettings: Sendable, Hashable {
    /// The name in statistics and messages.
    public var name: String
    /// Where to listen; the host is an address (`0.0.0.0`, `::`) or a path.
    public var address: HostPort
    /// What is done with a connection: the first chain whose match holds; never empty.
    public var chains: [FilterChain]
    /// Whether connections begin with a header of the PROXY protocol, version 1 or 2.
    public var acceptsProxyProtocol: Bool
    /// The most connections at a time; 0 is no limit.
    public var connectionsMaximum: Int
    /// Whether connections over a limit wait for their turn instead of being closed.
    public var queuesConnections = false
    /// How long a connection may take to show which chain it wants (TLS hello, PROXY header).
    public var detectionTimeout: Duration
    /// The most bytes that wait on one connection in either direction before its source is paused.
    public var bufferMaximum: Int
    /// New connections per second (token bucket); `nil` is no limit.
    public var connectionRate: TokenBucketSettings?

    /// Makes a listener.
    public init(
        name: String,
        address: HostPort,
        chains: [FilterChain],
        acceptsProxyProtocol: Bool = false,
        connectionsMaximum: Int = 0,
        detectionTimeout: Duration = .seconds(15),
        bufferMaximum: Int = 1 << 20,
        connectionRate: TokenBucketSettings? = nil
    ) {
        self.name = name
        self.address = address
        self.chains = chains
        self.acceptsProxyProtocol = acceptsProxyProtocol
        self.connectionsMaximum = connectionsMaximum
        self.detectionTimeout = detectionTimeout
        self.bufferMaximum = bufferMaximum
        self.connectionRate = connectionRate
    }
}

/// What is done with the connections of a listener that a match selects.
public struct FilterChain: Sendable, Hashable {
    /// Which connections.
    public var match: ChainMatch
    /// The TLS that connections speak; `nil` is plain text.
    public var tls: ServerTLSSettings?
    /// What is spoken inside.
    public var handler: ChainHandler

    /// Makes a chain.
    public init(
        match: ChainMatch = ChainMatch(),
        tls: ServerTLSSettings? = nil,
        handler: ChainHandler
    ) {
        self.match = match
        self.tls = tls
        self.handler = handler
    }
}

/// What is spoken on a connection.
public enum ChainHandler: Sendable, Hashable {
    /// HTTP/1 and HTTP/2, proxied by routes.
    case http(HTTPSettings)
    /// Bytes, relayed to a cluster.
    case tcp(TunnelSettings)
}

/// Which connections a chain takes; empty lists and `nil` match everything.
public struct ChainMatch: Sendable, Hashable {
    /// Server names of the TLS hello (SNI), exact or `*.suffix`; the most exact wins.
    public var serverNames: [String]
    /// Application protocols of the TLS hello (ALPN), any of them.
    public var applicationProtocols: [String]
    /// Whether the connection must (`true`) or must not (`false`) start with a TLS hello.
    public var isTLS: Bool?
    /// The port that the connection was made to.
    public var destinationPort: UInt16?
    /// Ranges of addresses that the peer's must lie in.
    public var sources: [AddressRange]
    /// Ranges of addresses that the own address must lie in.
    public var destinations: [AddressRange]

    /// Makes a match.
    public init(
        serverNames: [String] = [],
        applicationProtocols: [String] = [],
        isTLS: Bool? = nil,
        destinationPort: UInt16? = nil,
        sources: [AddressRange] = [],
        destinations: [AddressRange] = []
    ) {
        self.serverNames = serverNames
        self.applicationProtocols = applicationProtocols
        self.isTLS = isTLS
        self.destinationPort = destinationPort
        self.sources = sources
        self.destinations = destinations
    }
}

/// A relay of bytes to clusters.
public struct TunnelSettings: Sendable, Hashable {
    /// The name in statistics.
    public var statPrefix: String
    /// Where connections go, by weight.
    public var clusters: [WeightedCluster]
    /// How long neither side may send before the connection is closed; `nil` is for ever.
    public var idleTimeout: Duration?
    /// How many hosts are tried for one connection, at least 1.
    public var connectAttempts: Int
    /// Lines about ended connections.
    public var accessLogs: [AccessLogSettings]
    /// The most connections at a time through this handler; 0 is no limit.
    public var connectionsMaximum: Int
    /// Which addresses may come, others being closed at once; `nil` lets all in.
    public var addresses: AddressRules?

    /// Makes a relay.
    public init(
        statPrefix: String = "tcp",
        clusters: [WeightedCluster],
        idleTimeout: Duration? = .seconds(3600),
        connectAttempts: Int = 1,
        accessLogs: [AccessLogSettings] = [],
        connectionsMaximum: Int = 0,
        addresses: AddressRules? = nil
    ) {
        self.statPrefix = statPrefix
        self.clusters = clusters
        self.idleTimeout = idleTimeout
        self.connectAttempts = connectAttempts
        self.accessLogs = accessLogs
        self.connectionsMaximum = connectionsMaximum
        self.addresses = addresses
    }
}
