/// A group of hosts that do the same.
public struct ClusterSettings: Sendable, Hashable {
    /// How hosts are found.
    public enum Discovery: String, Sendable, Hashable {
        /// They are given by address.
        case fixed
        /// Every address of every name is a host (STRICT_DNS).
        case strictDNS
        /// One name, one host: the first address of the last answer (LOGICAL_DNS).
        case logicalDNS
        /// Where the client wanted to go before it was redirected here.
        case originalDestination
    }

    /// How a host is chosen.
    public enum Balancing: Sendable, Hashable {
        /// One after another, by weight.
        case roundRobin
        /// The least busy of `choices` random ones.
        case leastRequest(choices: Int = 2)
        /// Any.
        case random
        /// Consistent hashing on a ring.
        case ringHash(minimum: Int = 1024, maximum: Int = 8 << 20)
        /// Consistent hashing by Maglev's table, whose size is a prime.
        case maglev(size: Int = 65537)
        /// The fewest connections (HAProxy's and nginx's `leastconn`).
        case leastConnections
        /// The first one that has room (HAProxy's `first`).
        case first
        /// By the client's address (HAProxy's `source`, nginx's `ip_hash`).
        case sourceHash
    }

    /// Which addresses of a name are used.
    public enum Family: String, Sendable, Hashable {
        /// IPv6 if there are any, else IPv4 (Envoy's AUTO).
        case auto
        /// IPv4 only.
        case v4
        /// IPv6 only.
        case v6
        /// IPv4 if there are any, else IPv6.
        case v4Preferred
        /// Both.
        case all
    }

    /// Which HTTP is spoken to hosts.
    public enum Version: String, Sendable, Hashable {
        /// HTTP/1.1.
        case http1
        /// HTTP/2.
        case http2
        /// As ALPN says, HTTP/1.1 without.
        case auto
        /// As the client speaks.
        case downstream
    }

    /// The name.
    public var name: String
    /// The prefix of statistics, if not the name.
    public var statName: String?
    /// How hosts are found.
    public var discovery: Discovery
    /// The hosts, or the names that lead to them.
    public var endpoints: [Endpoint]
    /// How a host is chosen.
    public var balancing: Balancing
    /// How long a connection may take to be made, TLS included.
    public var connectTimeout: Duration
    /// The TLS spoken to hosts; `nil` is plain text.
    public var tls: ClientTLSSettings?
    /// Which HTTP is spoken.
    public var version: Version
    /// Streams, windows and pings of HTTP/2.
    public var http2: HTTP2Settings
    /// Limits, default priority.
    public var limits: CircuitLimits
    /// Limits, high priority.
    public var highLimits: CircuitLimits
    /// When hosts are left out; `nil` is never.
    public var outliers: OutlierSettings?
    /// Active checks; a host is healthy while all pass.
    public var healthChecks: [HealthCheckSettings]
    /// Below this percentage of healthy hosts all are used; 0 never.
    public var panicPercent: Double
    /// How much of the load a priority takes for each percent of its hosts that is healthy, in percent: 140 gives
    /// all to a priority until less than 72 % are healthy (Envoy); `backupOnly` until none is (nginx, HAProxy).
    public var overprovisioningPercent: Int
    /// DNS: which addresses.
    public var family: Family
    /// DNS: the time between questions, if the answer's TTL is not respected.
    public var refresh: Duration
    /// DNS: whether the answer's TTL is the time between questions.
    public var respectsTTL: Bool
    /// DNS: servers to ask instead of the machine's.
    public var resolvers: [HostPort]
    /// Whether listeners wait for the first answer of DNS and the first health checks.
    public var isWaitedFor: Bool
    /// The most requests on one connection; 0 is no limit.
    public var requestsPerConnection: Int
    /// How long an unused connection is kept; `nil` is for ever.
    public var idleTimeout: Duration?
    /// The most unused connections that a worker keeps to all hosts together; `nil` is no limit, 0 keeps none.
    public var idleConnectionsMaximum: Int?
    /// The header of the PROXY protocol that connections begin with: version 1 or 2.
    public var proxyProtocol: Int?
    /// TCP keep-alive of connections; `nil` is off.
    public var keepalive: KeepaliveSettings?
    /// The most bytes that wait on one connection before its source is paused.
    public var bufferMaximum: Int
    /// Whether connections to a host that became unhealthy are cut.
    public var closesUnhealthy: Bool
    /// How long requests and connections may wait until a host takes more; `nil` refuses them at once.
    public var queueTimeout: Duration?
    /// Clusters of one group have the same hosts, whose requests and failures count together (nginx's
    /// `upstream`); `nil` is a group of its own.
    public var hostGroup: String?

    /// Makes a cluster with Envoy's defaults.
    public init(
        name: String,
        statName: String? = nil,
        discovery: Discovery = .fixed,
        endpoints: [Endpoint],
        balancing: Balancing = .roundRobin,
        connectTimeout: Duration = .seconds(5),
        tls: ClientTLSSettings? = nil,
        version: Version = .http1,
        http2: HTTP2Settings = HTTP2Settings(),
        limits: CircuitLimits = CircuitLimits(),
        highLimits: CircuitLimits = CircuitLimits(),
        outliers: OutlierSettings? = nil,
        healthChecks: [HealthCheckSettings] = [],
        panicPercent: Double = 50,
        overprovisioningPercent: Int = 140,
        family: Family = .auto,
        refresh: Duration = .seconds(5),
        respectsTTL: Bool = false,
        resolvers: [HostPort] = [],
        isWaitedFor: Bool = true,
        requestsPerConnection: Int = 0,
        idleTimeout: Duration? = .seconds(3600),
        idleConnectionsMaximum: Int? = nil,
        proxyProtocol: Int? = nil,
        keepalive: KeepaliveSettings? = nil,
        bufferMaximum: Int = 1 << 20,
        closesUnhealthy: Bool = false
    ) {
        self.name = name
        self.statName = statName
        self.discovery = discovery
        self.endpoints = endpoints
        self.balancing = balancing
        self.connectTimeout = connectTimeout
        self.tls = tls
        self.version = version
        self.http2 = http2
        self.limits = limits
        self.highLimits = highLimits
        self.outliers = outliers
        self.healthChecks = healthChecks
        self.panicPercent = panicPercent
        self.overprovisioningPercent = overprovisioningPercent
        self.family = family
        self.refresh = refresh
        self.respectsTTL = respectsTTL
        self.resolvers = resolvers
        self.isWaitedFor = isWaitedFor
        self.requestsPerConnection = requestsPerConnection
        self.idleTimeout = idleTimeout
        self.idleConnectionsMaximum = idleConnectionsMaximum
        self.proxyProtocol = proxyProtocol
        self.keepalive = keepalive
        self.bufferMaximum = bufferMaximum
        self.closesUnhealthy = closesUnhealthy
    }

    /// The overprovisioning with which lower priorities are used only when no host above is healthy.
    public static let backupOnly = 10_000_000
}

/// A host of a cluster, or a name that leads to hosts.
public struct Endpoint: Sendable, Hashable {
    /// The address or name.
    public var address: HostPort
    /// The share among the hosts of its priority, 1 to 128.
    public var weight: Int
    /// 0 is used first; others when too few of those before are healthy.
    public var priority: Int
    /// Whether the configuration says that the host is not to be used.
    public var isDisabled: Bool
    /// The most connections to this host; 0 is no limit.
    public var connectionsMaximum: Int
    /// The host name for `HostRewrite.upstream` and health checks, if not the address.
    public var hostname: String?
    /// The port that health checks go to, if not the address's.
    public var healthPort: UInt16?
    /// Whether the cluster's checks leave this host out, which then counts as healthy.
    public var skipsHealthChecks: Bool
    /// Passive checks of nginx: failures within the window that put the host aside for as long; 0 never.
    public var failuresMaximum: Int
    /// The window of `failuresMaximum`.
    public var failureWindow: Duration
    /// Whether the name is a service's, whose servers and their ports DNS names (SRV).
    public var isService: Bool

    /// Makes an endpoint.
    public init(
        address: HostPort,
        weight: Int = 1,
        priority: Int = 0,
        isDisabled: Bool = false,
        connectionsMaximum: Int = 0,
        hostname: String? = nil,
        healthPort: UInt16? = nil,
        skipsHealthChecks: Bool = false,
        failuresMaximum: Int = 0,
        failureWindow: Duration = .seconds(10),
        isService: Bool = false
    ) {
        self.address = address
        self.weight = weight
        self.priority = priority
        self.isDisabled = isDisabled
        self.connectionsMaximum = connectionsMaximum
        self.hostname = hostname
        self.healthPort = healthPort
        self.skipsHealthChecks = skipsHealthChecks
        self.failuresMaximum = failuresMaximum
        self.failureWindow = failureWindow
        self.isService = isService
    }
}

/// TCP keep-alive.
public struct KeepaliveSettings: Sendable, Hashable {
    /// Probes before the connection is given up; `nil` is the machine's.
    public var probes: Int?
    /// Seconds before the first probe; `nil` is the machine's.
    public var idleSeconds: Int?
    /// Seconds between probes; `nil` is the machine's.
    public var intervalSeconds: Int?

    /// Whether the kernel takes such numbers.
    var isPossible: Bool {
        probes.map { (1...127).contains($0) } ?? true
            && [idleSeconds, intervalSeconds].allSatisfy {
                $0.map { (1...32767).contains($0) } ?? true
            }
    }

    /// Makes settings.
    public init(probes: Int? = nil, idleSeconds: Int? = nil, intervalSeconds: Int? = nil) {
        self.probes = probes
        self.idleSeconds = idleSeconds
        self.intervalSeconds = intervalSeconds
    }
}

/// An active check of every host of a cluster.
public struct HealthCheckSettings: Sendable, Hashable {
    /// What is asked.
    public enum Check: Sendable, Hashable {
        /// A connection, and bytes that are sent and expected in the answer.
        case tcp(send: [UInt8], expect: [[UInt8]])
        /// A request whose status must lie in one of the ranges.
        case http(HTTPCheck)
        /// gRPC's health service.
        case grpc(service: String, authority: String)
        /// A login to PostgreSQL, which must ask for a password or let in; with a role it is completed.
        case postgres(
            user: String,
            role: PostgresRole,
            password: String? = nil,
            database: String? = nil
        )
    }

    /// What a PostgreSQL server must be.
    public enum PostgresRole: String, Sendable, Hashable {
        /// Anything.
        case any
        /// A server that takes writes.
        case primary
        /// A server in recovery.
        case standby
    }

    /// A request and the expected answer.
    public struct HTTPCheck: Sendable, Hashable {
        /// The method.
        public var method: String
        /// The path.
        public var path: String
        /// The host; the cluster's name if nil.
        public var host: String?
        /// Header fields.
        public var headers: [HeaderAddition]
        /// Statuses that mean healthy.
        public var expected: [ClosedRange<Int>]
        /// A text that the body must contain.
        public var expectedText: String?
        /// Whether HTTP/2 is spoken.
        public var usesHTTP2: Bool

        /// Makes a check.
        public init(
            method: String = "GET",
            path: String,
            host: String? = nil,
            headers: [HeaderAddition] = [],
            expected: [ClosedRange<Int>] = [200...200],
            expectedText: String? = nil,
            usesHTTP2: Bool = false
        ) {
            self.method = method
            self.path = path
            self.host = host
            self.headers = headers
            self.expected = expected
            self.expectedText = expectedText
            self.usesHTTP2 = usesHTTP2
        }
    }

    /// What is asked.
    public var check: Check
    /// How long an answer may take.
    public var timeout: Duration
    /// The time between checks.
    public var interval: Duration
    /// The time between checks of a healthy host before the cluster has had a connection.
    public var noTrafficInterval: Duration
    /// The time between checks of an unhealthy host; `nil` is `interval`.
    public var unhealthyInterval: Duration?
    /// Failures in a row that make a host unhealthy.
    public var unhealthyThreshold: Int
    /// Successes in a row that make a host healthy; the first success ever is enough.
    public var healthyThreshold: Int
    /// The most that is added to an interval at random.
    public var jitter: Duration
    /// Whether a connection is used for many checks.
    public var reusesConnection: Bool
    /// The TLS of checks, if not the cluster's.
    public var tls: ClientTLSSettings?
    /// Whether hosts are healthy before the first check (HAProxy's `fall`, `rise` start so).
    public var startsHealthy: Bool
    /// Whether a clear answer that is not the expected one counts as all the failures in a row (Envoy's HTTP checks).
    public var failsAtOnce: Bool

    /// Makes a check.
    public init(
        check: Check,
        timeout: Duration,
        interval: Duration,
        noTrafficInterval: Duration = .seconds(60),
        unhealthyInterval: Duration? = nil,
        unhealthyThreshold: Int,
        healthyThreshold: Int,
        jitter: Duration = .zero,
        reusesConnection: Bool = true,
        tls: ClientTLSSettings? = nil,
        startsHealthy: Bool = false,
        failsAtOnce: Bool = false
    ) {
        self.check = check
        self.timeout = timeout
        self.interval = interval
        self.noTrafficInterval = noTrafficInterval
        self.unhealthyInterval = unhealthyInterval
        self.unhealthyThreshold = unhealthyThreshold
        self.healthyThreshold = healthyThreshold
        self.jitter = jitter
        self.reusesConnection = reusesConnection
        self.tls = tls
        self.startsHealthy = startsHealthy
        self.failsAtOnce = failsAtOnce
    }
}
