/// The routes of an HTTP listener.
public struct RouteTable: Sendable, Hashable {
    /// The name in messages.
    public var name: String
    /// The hosts that are answered for.
    public var hosts: [VirtualHost]
    /// Whether a port in the request's host is left out when a host is looked for.
    public var ignoresPort: Bool

    /// Makes a table.
    public init(name: String = "", hosts: [VirtualHost], ignoresPort: Bool = false) {
        self.name = name
        self.hosts = hosts
        self.ignoresPort = ignoresPort
    }
}

/// A host, or several, and their routes.
public struct VirtualHost: Sendable, Hashable {
    /// The name in statistics and messages.
    public var name: String
    /// Exact names first, then the longest `*.suffix`, then the longest `prefix.*`, then `*`.
    public var domains: [String]
    /// Regular expressions (PCRE2) of which one is found in the name, after all `domains` but `*`; those of
    /// the first host go first.
    public var patterns: [String]
    /// The first route that matches is taken.
    public var routes: [Route]
    /// Whether plain-text requests are redirected to HTTPS.
    public var requiresTLS: Bool
    /// Changes of header fields, after those of the route.
    public var headers: HeaderChanges
    /// How routes retry that say nothing themselves.
    public var retry: RetrySettings?
    /// Filter settings that differ for this host.
    public var filters: FilterOverrides
    /// What requests show to rate limits, if the route says nothing itself; each rule is a descriptor.
    public var rateLimits: [[RateLimitAction]]

    /// Makes a host.
    public init(
        name: String,
        domains: [String],
        patterns: [String] = [],
        routes: [Route],
        requiresTLS: Bool = false,
        headers: HeaderChanges = HeaderChanges(),
        retry: RetrySettings? = nil,
        filters: FilterOverrides = FilterOverrides(),
        rateLimits: [[RateLimitAction]] = []
    ) {
        self.rateLimits = rateLimits
        self.name = name
        self.domains = domains
        self.patterns = patterns
        self.routes = routes
        self.requiresTLS = requiresTLS
        self.headers = headers
        self.retry = retry
        self.filters = filters
    }
}

/// Which requests, and what is done with them.
public struct Route: Sendable, Hashable {
    /// The name in messages; may be empty.
    public var name: String
    /// Which requests.
    public var match: RouteMatch
    /// What is done with them.
    public var action: RouteAction
    /// Changes of header fields, before those of the host.
    public var headers: HeaderChanges
    /// Filter settings that differ for this route.
    public var filters: FilterOverrides
    /// What requests show to rate limits; each rule is a descriptor.
    public var rateLimits: [[RateLimitAction]]
    /// What is changed in answers of hosts.
    public var answers = AnswerRewrites()
    /// What answers in the place of certain statuses.
    public var errorPages: [ErrorPage] = []
    /// Whether answers of hosts have error pages too, and not only those of the proxy.
    public var interceptsErrors = false

    /// Makes a route.
    public init(
        name: String = "",
        match: RouteMatch = RouteMatch(),
        action: RouteAction,
        headers: HeaderChanges = HeaderChanges(),
        filters: FilterOverrides = FilterOverrides(),
        rateLimits: [[RateLimitAction]] = []
    ) {
        self.rateLimits = rateLimits
        self.name = name
        self.match = match
        self.action = action
        self.headers = headers
        self.filters = filters
    }
}

/// Which requests a route takes: all of these must hold.
public struct RouteMatch: Sendable, Hashable {
    /// The path.
    public var path: PathMatch
    /// Whether letters of the path are compared with their case.
    public var isCaseSensitive: Bool
    /// Methods, any of them; empty is all.
    public var methods: [String]
    /// Header fields.
    public var headers: [HeaderMatch]
    /// Parameters of the query.
    public var query: [QueryMatch]
    /// Whether only gRPC requests are taken.
    public var isGRPC: Bool
    /// Ranges that the client's address must lie in; empty is any.
    public var sources: [AddressRange]
    /// The share of requests that are taken, in parts of a million; `nil` is all.
    public var fraction: Int?

    /// Makes a match.
    public init(
        path: PathMatch = .any,
        isCaseSensitive: Bool = true,
        methods: [String] = [],
        headers: [HeaderMatch] = [],
        query: [QueryMatch] = [],
        isGRPC: Bool = false,
        sources: [AddressRange] = [],
        fraction: Int? = nil
    ) {
        self.path = path
        self.isCaseSensitive = isCaseSensitive
        self.methods = methods
        self.headers = headers
        self.query = query
        self.isGRPC = isGRPC
        self.sources = sources
        self.fraction = fraction
    }
}

/// What is done with a request.
public enum RouteAction: Sendable, Hashable {
    /// It is sent to a cluster.
    case forward(ForwardAction)
    /// The client is sent elsewhere.
    case redirect(RedirectAction)
    /// It is answered here.
    case respond(status: Int, body: String, contentType: String = "text/plain")
    /// Its path is changed and a route is looked for anew, ten times at most (nginx's `rewrite ... last`).
    case reroute(ForwardAction.PathRewrite)
    /// The connection is closed without an answer (nginx's 444).
    case close
    /// It is answered with nginx's `stub_status` page.
    case stubStatus
    /// It is answered with the statistics as Prometheus reads them.
    case metrics
}

/// A cluster and its share.
public struct WeightedCluster: Sendable, Hashable {
    /// The cluster's name.
    public var name: String
    /// Its share, relative to the others.
    public var weight: Int
    /// Changes of header fields for this share only.
    public var headers: HeaderChanges

    /// Makes a share.
    public init(name: String, weight: Int = 1, headers: HeaderChanges = HeaderChanges()) {
        self.name = name
        self.weight = weight
        self.headers = headers
    }
}

/// How a request is sent to a cluster.
public struct ForwardAction: Sendable, Hashable {
    /// Which cluster.
    public enum Target: Sendable, Hashable {
        /// One of these, by weight. Never empty.
        case clusters([WeightedCluster])
        /// The one named by a header field.
        case header(String)
    }

    /// What the upstream sees as the host.
    public enum HostRewrite: Sendable, Hashable {
        /// What the client sent.
        case keep
        /// What the client sent, without a port.
        case withoutPort
        /// A fixed text.
        case literal(String)
        /// The name of the chosen host of the cluster.
        case upstream
        /// The value of a header field.
        case header(String)
    }

    /// How the path is rewritten; the query stays.
    public enum PathRewrite: Sendable, Hashable {
        /// Not at all.
        case keep
        /// The matched prefix (or the whole path of an exact match) is replaced.
        case prefix(String)
        /// Every match of a regular expression is replaced (`\1` are groups).
        case regex(pattern: String, substitution: String)
        /// The whole path is replaced.
        case whole(String)
        /// One after the other.
        case steps([PathRewrite])

        /// This rewrite, and another of what it makes.
        func followed(by other: Self) -> Self {
            switch (self, other) {
            case (.keep, _): other
            case (_, .keep): self
            case (.steps(let steps), _): .steps(steps + [other])
            default: .steps([self, other])
            }
        }
    }

    /// Which cluster.
    public var target: Target
    /// The host that is sent.
    public var hostRewrite: HostRewrite
    /// The path that is sent.
    public var pathRewrite: PathRewrite
    /// How long the answer may take from the end of the request; `nil` is for ever.
    public var timeout: Duration?
    /// How long the request may be without a byte; `nil` is as the listener says.
    public var idleTimeout: Duration?
    /// Whether that time is the host's: a try that has no byte of an answer failed, and another host
    /// may be asked (nginx's `proxy_read_timeout`, HAProxy's `timeout server`).
    public var idleIsFailure = false
    /// How failures are tried again; `nil` is as the host says.
    public var retry: RetrySettings?
    /// What ring hash and Maglev hash.
    public var hashPolicies: [HashPolicy]
    /// Clusters that get a copy, whose answer is thrown away.
    public var mirrors: [MirrorSettings]
    /// Which priority of circuit breakers is used.
    public var isHighPriority: Bool
    /// The status when the cluster does not exist.
    public var missingClusterStatus: Int
    /// Upgrades that differ from the listener's; `nil` is as the listener says.
    public var upgrades: [String]?
    /// The most bytes of a request's body that are kept for retries and mirrors.
    public var bufferMaximum: Int
    /// The version towards the upstream (`1.0` as nginx speaks by default); `nil` is the cluster's.
    public var usesHTTP10: Bool

    /// Makes an action with Envoy's defaults.
    public init(
        target: Target,
        hostRewrite: HostRewrite = .keep,
        pathRewrite: PathRewrite = .keep,
        timeout: Duration? = .seconds(15),
        idleTimeout: Duration? = nil,
        retry: RetrySettings? = nil,
        hashPolicies: [HashPolicy] = [],
        mirrors: [MirrorSettings] = [],
        isHighPriority: Bool = false,
        missingClusterStatus: Int = 503,
        upgrades: [String]? = nil,
        bufferMaximum: Int = 64 * 1024,
        usesHTTP10: Bool = false
    ) {
        self.target = target
        self.hostRewrite = hostRewrite
        self.pathRewrite = pathRewrite
        self.timeout = timeout
        self.idleTimeout = idleTimeout
        self.retry = retry
        self.hashPolicies = hashPolicies
        self.mirrors = mirrors
        self.isHighPriority = isHighPriority
        self.missingClusterStatus = missingClusterStatus
        self.upgrades = upgrades
        self.bufferMaximum = bufferMaximum
        self.usesHTTP10 = usesHTTP10
    }
}

/// Where a client is sent.
public struct RedirectAction: Sendable, Hashable {
    /// The scheme; `nil` keeps it.
    public var scheme: String?
    /// The host; `nil` keeps it.
    public var host: String?
    /// The port; `nil` keeps it, or drops it when it is that of a scheme that changes.
    public var port: UInt16?
    /// How the path is rewritten.
    public var path: ForwardAction.PathRewrite
    /// Whether the query is dropped.
    public var stripsQuery: Bool
    /// A whole location with commands of access logs, instead of all the above.
    public var location: String?
    /// The status.
    public var status: Int

    /// Makes a redirect.
    public init(
        scheme: String? = nil,
        host: String? = nil,
        port: UInt16? = nil,
        path: ForwardAction.PathRewrite = .keep,
        stripsQuery: Bool = false,
        location: String? = nil,
        status: Int = 301
    ) {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.path = path
        self.stripsQuery = stripsQuery
        self.location = location
        self.status = status
    }
}

/// What is hashed to choose a host.
public enum HashPolicy: Sendable, Hashable {
    /// A header field.
    case header(String, isTerminal: Bool = false)
    /// A cookie; with a lifetime it is made when absent.
    case cookie(name: String, lifetime: Duration?, path: String, isTerminal: Bool = false)
    /// The client's address.
    case sourceAddress(isTerminal: Bool = false)
    /// A parameter of the query.
    case query(String, isTerminal: Bool = false)
}

/// A cluster that gets a copy of requests.
public struct MirrorSettings: Sendable, Hashable {
    /// The cluster.
    public var cluster: String
    /// The share of requests, in parts of a million.
    public var fraction: Int

    /// Makes a mirror.
    public init(cluster: String, fraction: Int = 1_000_000) {
        self.cluster = cluster
        self.fraction = fraction
    }
}

/// Changes of header fields, requests and responses.
public struct HeaderChanges: Sendable, Hashable {
    /// Fields that requests get.
    public var requestAdditions: [HeaderAddition]
    /// Fields that requests lose; names in lower case.
    public var requestRemovals: [String]
    /// Fields that responses get.
    public var responseAdditions: [HeaderAddition]
    /// Fields that responses lose; names in lower case.
    public var responseRemovals: [String]

    /// Makes changes.
    public init(
        requestAdditions: [HeaderAddition] = [],
        requestRemovals: [String] = [],
        responseAdditions: [HeaderAddition] = [],
        responseRemovals: [String] = []
    ) {
        self.requestAdditions = requestAdditions
        self.requestRemovals = requestRemovals
        self.responseAdditions = responseAdditions
        self.responseRemovals = responseRemovals
    }

    /// Whether nothing changes.
    public var isEmpty: Bool {
        requestAdditions.isEmpty && requestRemovals.isEmpty && responseAdditions.isEmpty
            && responseRemovals.isEmpty
    }
}

/// A header field that is added.
public struct HeaderAddition: Sendable, Hashable {
    /// What happens if the field is there already.
    public enum Mode: String, Sendable, Hashable {
        /// One more is added.
        case append
        /// It is replaced.
        case overwrite
        /// Nothing.
        case addIfAbsent
        /// It is replaced, and nothing is added if it is not there.
        case overwriteIfPresent
    }

    /// The name; sent as written to HTTP/1 peers and in lower case to HTTP/2 peers.
    public var name: String
    /// The value, with the commands of access logs (`%DOWNSTREAM_REMOTE_ADDRESS%`).
    public var value: String
    /// What happens if the field is there already.
    public var mode: Mode
    /// Whether a value that comes out empty is sent all the same.
    public var keepsEmpty: Bool
    /// What must hold for the request, or the field is left alone.
    public var conditions: [HeaderMatch]
    /// Whether only answers of 200, 201, 204, 206, 301 to 304, 307 and 308 get it, as from nginx.
    public var isForSuccess = false
    /// Nothing is added: `value` stands for values of the field in which an expression is found.
    public var rewriting: Rewriting?

    /// Which values of a field are replaced; in what stands for them `\0` to `\9` are the match and its groups.
    public struct Rewriting: Sendable, Hashable {
        /// What is looked for (PCRE2).
        public var pattern: String
        /// Whether values are what stands between commas, and not the whole line.
        public var separatesValues: Bool

        /// Makes a condition.
        public init(pattern: String, separatesValues: Bool = false) {
            self.pattern = pattern
            self.separatesValues = separatesValues
        }
    }

    /// Makes an addition.
    public init(
        name: String,
        value: String,
        mode: Mode = .append,
        keepsEmpty: Bool = false,
        conditions: [HeaderMatch] = []
    ) {
        self.name = name
        self.value = value
        self.mode = mode
        self.keepsEmpty = keepsEmpty
        self.conditions = conditions
    }
}
