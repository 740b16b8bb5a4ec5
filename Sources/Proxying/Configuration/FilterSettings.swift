/// What a request passes before it is routed.
public enum HTTPFilter: Sendable, Hashable {
    /// A limit of requests over time.
    case rateLimit(RateLimitSettings)
    /// API keys.
    case apiKey(APIKeySettings)
    /// Names and passwords (RFC 7617).
    case basic(BasicSettings)
    /// JSON web tokens (RFC 7519).
    case token(TokenSettings)
    /// Requests of other origins (CORS).
    case cors(CORSSettings)
    /// Which addresses may come.
    case addresses(AddressRules)
    /// Who may ask for what.
    case policies(AccessPolicies)
    /// A limit of bodies.
    case bodyLimit(Int)
    /// A service that is asked whether requests may pass.
    case authorization(AuthorizationSettings)
    /// Paths that are answered with 200, for probes.
    case health(path: String)
    /// Delays and failures on purpose.
    case fault(FaultSettings)
}

/// Filter settings of a host or route that differ from the listener's; `nil` is as there.
public struct FilterOverrides: Sendable, Hashable {
    /// The limit of requests over time; it stands for the first of the listener's.
    public var rateLimit: RateLimitSettings?
    /// Limits that stand for the listener's of the same `filterName`.
    public var rateLimits: [String: RateLimitSettings] = [:]
    /// API keys: what is empty is as the filter says.
    public var apiKey: APIKeySettings?
    /// Failures on purpose.
    public var fault: FaultSettings?
    /// Requests of other origins.
    public var cors: CORSSettings?
    /// Limits of requests at a time, all of which hold.
    public var concurrency: [ConcurrencySettings] = []
    /// The limit of bodies.
    public var bodyMaximum: Int?
    /// Which addresses may come.
    public var addresses: AddressRules?
    /// Who may ask for what.
    public var policies: AccessPolicies?
    /// Names and passwords, asked for where the listener's filter stands.
    public var basic: BasicSettings?
    /// Whether no API keys are asked for.
    public var skipsKeys: Bool
    /// Whether no names and passwords are asked for.
    public var skipsPasswords: Bool
    /// The service that is asked, where the listener's filter stands.
    public var authorization: AuthorizationSettings?
    /// Whether no service is asked.
    public var skipsAuthorization = false
    /// The names of token requirements; `nil` is as the filter's rules say.
    public var token: TokenRequirement?

    /// Makes overrides.
    public init(
        rateLimit: RateLimitSettings? = nil,
        cors: CORSSettings? = nil,
        bodyMaximum: Int? = nil,
        addresses: AddressRules? = nil,
        basic: BasicSettings? = nil,
        skipsAuthentication: Bool = false,
        token: TokenRequirement? = nil
    ) {
        self.rateLimit = rateLimit
        self.cors = cors
        self.bodyMaximum = bodyMaximum
        self.addresses = addresses
        self.basic = basic
        skipsKeys = skipsAuthentication
        skipsPasswords = skipsAuthentication
        self.token = token
    }

    /// Whether neither keys nor passwords are asked for.
    public var skipsAuthentication: Bool {
        get { skipsKeys && skipsPasswords }
        set {
            skipsKeys = newValue
            skipsPasswords = newValue
        }
    }

    /// Whether nothing differs.
    public var isEmpty: Bool { self == Self() }
}

/// A limit of requests over time.
public struct RateLimitSettings: Sendable, Hashable {
    /// What has a bucket of its own.
    public enum Key: Sendable, Hashable {
        /// All requests share one.
        case shared
        /// Each client address has one.
        case address
        /// Each value of a header field has one.
        case header(String)
        /// Each API key has one.
        case apiKey
    }

    /// A bucket for requests with certain texts.
    public struct Descriptor: Sendable, Hashable {
        /// An entry: what is looked at, and the value that it must have.
        public struct Entry: Sendable, Hashable {
            /// The key, as the route's actions name it.
            public var key: String
            /// The value; empty is any, each with a bucket of its own.
            public var value: String

            /// Makes an entry.
            public init(key: String, value: String) {
                self.key = key
                self.value = value
            }
        }

        /// The entries, all of which must hold.
        public var entries: [Entry]
        /// The bucket.
        public var bucket: TokenBucketSettings

        /// Makes a descriptor.
        public init(entries: [Entry], bucket: TokenBucketSettings) {
            self.entries = entries
            self.bucket = bucket
        }
    }

    /// What routes call the filter to change it; empty is nothing.
    public var filterName = ""
    /// The prefix of statistics.
    public var statPrefix: String
    /// The bucket; `nil` limits nothing but descriptors.
    public var bucket: TokenBucketSettings?
    /// What has a bucket of its own.
    public var key: Key
    /// Buckets for certain requests, looked at first.
    public var descriptors: [Descriptor]
    /// The share of requests that are looked at, in parts of a million.
    public var enabled: Int
    /// The share of requests over the limit that are refused, in parts of a million.
    public var enforced: Int
    /// The status of refused requests.
    public var status: Int
    /// Header fields that refused requests get.
    public var responseHeaders: [HeaderAddition]
    /// Whether `x-ratelimit-limit`, `-remaining` and `-reset` are sent.
    public var sendsRateLimitHeaders: Bool
    /// Requests that may wait instead of being refused (nginx's `burst` without `nodelay`).
    public var queueMaximum: Int
    /// The name of buckets that all limits of that name share (nginx's zones); `nil` has its own.
    public var zone: String?

    /// Makes a limit; without more words everything is looked at and refused with 429.
    public init(
        statPrefix: String = "rate_limit",
        bucket: TokenBucketSettings?,
        key: Key = .shared,
        descriptors: [Descriptor] = [],
        enabled: Int = 1_000_000,
        enforced: Int = 1_000_000,
        status: Int = 429,
        responseHeaders: [HeaderAddition] = [],
        sendsRateLimitHeaders: Bool = false,
        queueMaximum: Int = 0,
        zone: String? = nil
    ) {
        self.statPrefix = statPrefix
        self.bucket = bucket
        self.key = key
        self.descriptors = descriptors
        self.enabled = enabled
        self.enforced = enforced
        self.status = status
        self.responseHeaders = responseHeaders
        self.sendsRateLimitHeaders = sendsRateLimitHeaders
        self.queueMaximum = queueMaximum
        self.zone = zone
    }
}

/// API keys.
public struct APIKeySettings: Sendable, Hashable {
    /// Where a key is looked for, in order.
    public enum Place: Sendable, Hashable {
        /// A header field; `Bearer ` before the key is taken off.
        case header(String)
        /// A parameter of the query.
        case query(String)
        /// A cookie.
        case cookie(String)
    }

    /// Where a key is looked for, in order.
    public var places: [Place]
    /// The keys: `KEY` or `NAME:KEY`, one in a line.
    public var keys: [TextSource]
    /// The header field that tells the upstream the key's name; `nil` tells nothing.
    public var nameHeader: String?
    /// Whether the key is taken off before the request is sent on.
    public var hidesKey: Bool
    /// The names of the keys that may pass; empty is all.
    public var allowedNames: [String]

    /// Makes settings.
    public init(
        places: [Place] = [.header("x-api-key")],
        keys: [TextSource],
        nameHeader: String? = nil,
        hidesKey: Bool = true,
        allowedNames: [String] = []
    ) {
        self.allowedNames = allowedNames
        self.places = places
        self.keys = keys
        self.nameHeader = nameHeader
        self.hidesKey = hidesKey
    }
}

/// Names and passwords.
public struct BasicSettings: Sendable, Hashable {
    /// The realm that is shown.
    public var realm: String
    /// Lines of `htpasswd`: `NAME:HASH` with `{SHA}`, `$apr1$`, `$2y$`, `$5$`, `$6$`, or `{PLAIN}`.
    public var users: [TextSource]
    /// The header field that tells the upstream the name; `nil` tells nothing.
    public var nameHeader: String?

    /// Makes settings.
    public init(realm: String = "companion", users: [TextSource], nameHeader: String? = nil) {
        self.realm = realm
        self.users = users
        self.nameHeader = nameHeader
    }
}

/// JSON web tokens.
public struct TokenSettings: Sendable, Hashable {
    /// Who issues tokens, and how they are checked.
    public struct Provider: Sendable, Hashable {
        /// Where the keys come from.
        public enum Keys: Sendable, Hashable {
            /// A JWKS (RFC 7517), in a file or inline.
            case text(TextSource)
            /// A JWKS fetched from a URL through a cluster, kept for a while.
            case remote(url: String, cluster: String, timeout: Duration, lifetime: Duration)
        }

        /// The provider's name.
        public var name: String
        /// What `iss` must be; empty is anything.
        public var issuer: String
        /// Of which `aud` must hold one; empty is anything.
        public var audiences: [String]
        /// Where the keys come from.
        public var keys: Keys
        /// Where tokens are looked for, in order.
        public var places: [Place]
        /// Whether the token is passed on.
        public var forwards: Bool
        /// The header field that carries the payload (base64url) to the upstream.
        public var payloadHeader: String?
        /// Claims that become header fields: name and claim.
        public var claimHeaders: [HeaderAddition]
        /// The names on the way to a claim, which may hold dots, by the field that tells it.
        public var claimPaths: [String: [String]] = [:]
        /// How far clocks may differ.
        public var clockSkew: Duration

        /// Makes a provider.
        public init(
            name: String,
            issuer: String = "",
            audiences: [String] = [],
            keys: Keys,
            places: [Place] = [
                .header("authorization", prefix: "Bearer "), .query("access_token"),
            ],
            forwards: Bool = false,
            payloadHeader: String? = nil,
            claimHeaders: [HeaderAddition] = [],
            clockSkew: Duration = .seconds(60)
        ) {
            self.name = name
            self.issuer = issuer
            self.audiences = audiences
            self.keys = keys
            self.places = places
            self.forwards = forwards
            self.payloadHeader = payloadHeader
            self.claimHeaders = claimHeaders
            self.clockSkew = clockSkew
        }
    }

    /// Where a token is looked for.
    public enum Place: Sendable, Hashable {
        /// A header field, after a prefix.
        case header(String, prefix: String)
        /// A parameter of the query.
        case query(String)
        /// A cookie.
        case cookie(String)
    }

    /// Which requests need what; the first match counts, no match needs nothing.
    public struct Rule: Sendable, Hashable {
        /// Which requests.
        public var match: RouteMatch
        /// What they need.
        public var requirement: TokenRequirement

        /// Makes a rule.
        public init(match: RouteMatch, requirement: TokenRequirement) {
            self.match = match
            self.requirement = requirement
        }
    }

    /// The providers.
    public var providers: [Provider]
    /// The rules.
    public var rules: [Rule]

    /// Makes settings.
    public init(providers: [Provider], rules: [Rule]) {
        self.providers = providers
        self.rules = rules
    }
}

/// What a request must show.
public indirect enum TokenRequirement: Sendable, Hashable {
    /// Nothing.
    case none
    /// A token of this provider.
    case provider(String)
    /// One of these.
    case any([TokenRequirement])
    /// All of these.
    case all([TokenRequirement])
    /// A valid token or none at all.
    case allowMissing
    /// Anything, a bad token too.
    case allowMissingOrFailed
}

/// Requests of other origins.
public struct CORSSettings: Sendable, Hashable {
    /// Which origins; empty is none.
    public var origins: [TextMatch]
    /// `access-control-allow-methods`.
    public var methods: String
    /// `access-control-allow-headers`.
    public var headers: String
    /// `access-control-expose-headers`.
    public var exposed: String
    /// `access-control-max-age` in seconds; `nil` sends none.
    public var maxAge: Int?
    /// `access-control-allow-credentials`.
    public var allowsCredentials: Bool

    /// Makes settings.
    public init(
        origins: [TextMatch],
        methods: String = "",
        headers: String = "",
        exposed: String = "",
        maxAge: Int? = nil,
        allowsCredentials: Bool = false
    ) {
        self.origins = origins
        self.methods = methods
        self.headers = headers
        self.exposed = exposed
        self.maxAge = maxAge
        self.allowsCredentials = allowsCredentials
    }
}

/// Which addresses may come: the first rule that holds decides.
public struct AddressRules: Sendable, Hashable {
    /// A rule.
    public struct Rule: Sendable, Hashable {
        /// The addresses; `nil` is all.
        public var range: AddressRange?
        /// Whether they may.
        public var isAllowed: Bool

        /// Makes a rule.
        public init(range: AddressRange?, isAllowed: Bool) {
            self.range = range
            self.isAllowed = isAllowed
        }
    }

    /// The rules, in order.
    public var rules: [Rule]
    /// What holds when none does.
    public var allowsOthers: Bool

    /// Makes rules.
    public init(rules: [Rule], allowsOthers: Bool) {
        self.rules = rules
        self.allowsOthers = allowsOthers
    }
}

/// Delays and failures on purpose.
public struct FaultSettings: Sendable, Hashable {
    /// How long requests are delayed.
    public var delay: Duration?
    /// The share of delayed requests, in parts of a million.
    public var delayFraction: Int
    /// The status that requests are answered with.
    public var status: Int?
    /// The share of requests so answered, in parts of a million.
    public var statusFraction: Int

    /// Makes faults.
    public init(
        delay: Duration? = nil,
        delayFraction: Int = 0,
        status: Int? = nil,
        statusFraction: Int = 0
    ) {
        self.delay = delay
        self.delayFraction = delayFraction
        self.status = status
        self.statusFraction = statusFraction
    }
}
