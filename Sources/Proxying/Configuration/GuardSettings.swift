/// How failed requests are tried again.
public struct RetrySettings: Sendable, Hashable {
    /// What counts as a failure.
    public struct Conditions: OptionSet, Sendable, Hashable {
        /// The bits.
        public let rawValue: UInt32
        /// Makes a set from its bits.
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        /// Any status of 500 or more, and no answer at all.
        public static let serverErrors = Self(rawValue: 1 << 0)
        /// 502, 503 and 504.
        public static let gatewayErrors = Self(rawValue: 1 << 1)
        /// The connection ended, or the stream was reset, before an answer.
        public static let reset = Self(rawValue: 1 << 2)
        /// The same, but only before the request was sent.
        public static let resetBeforeRequest = Self(rawValue: 1 << 3)
        /// The connection could not be made.
        public static let connectFailure = Self(rawValue: 1 << 4)
        /// The answer carries `x-envoy-ratelimited`.
        public static let rateLimited = Self(rawValue: 1 << 5)
        /// 409.
        public static let retriable4xx = Self(rawValue: 1 << 6)
        /// The stream was refused (REFUSED_STREAM).
        public static let refusedStream = Self(rawValue: 1 << 7)
        /// The status is one of `statuses`.
        public static let statuses = Self(rawValue: 1 << 8)
        /// The answer's fields pass one of `headers`.
        public static let headers = Self(rawValue: 1 << 9)
        /// gRPC status 1.
        public static let grpcCancelled = Self(rawValue: 1 << 10)
        /// gRPC status 4.
        public static let grpcDeadlineExceeded = Self(rawValue: 1 << 11)
        /// gRPC status 13.
        public static let grpcInternal = Self(rawValue: 1 << 12)
        /// gRPC status 8.
        public static let grpcResourceExhausted = Self(rawValue: 1 << 13)
        /// gRPC status 14.
        public static let grpcUnavailable = Self(rawValue: 1 << 14)
        /// Also methods that are not idempotent, once sent.
        ///
        /// Envoy retries all methods; nginx only with `non_idempotent`.
        public static let anyMethod = Self(rawValue: 1 << 15)
        /// The answer did not come in time (nginx's `timeout`).
        public static let timeout = Self(rawValue: 1 << 16)
    }

    /// What counts as a failure.
    public var conditions: Conditions
    /// How often a request is tried again.
    public var retriesMaximum: Int
    /// How long one try may take; `nil` is as long as the whole request.
    public var perTryTimeout: Duration?
    /// How long one try may be without a byte; `nil` is no limit.
    public var perTryIdleTimeout: Duration?
    /// The base of the back-off: the wait before try N is between 0 and `(2^N - 1) * base`.
    public var backoffBase: Duration
    /// The longest wait.
    public var backoffMaximum: Duration
    /// Statuses for `.statuses`.
    public var statuses: [Int]
    /// Fields for `.headers`.
    public var headers: [HeaderMatch]
    /// How often another host is chosen when one that was tried comes up again; `nil` is until there is
    /// none that was not.
    public var hostAttempts: Int?
    /// Whether hosts that were tried are avoided.
    public var avoidsPreviousHosts: Bool

    /// Makes settings with Envoy's defaults.
    public init(
        conditions: Conditions,
        retriesMaximum: Int = 1,
        perTryTimeout: Duration? = nil,
        perTryIdleTimeout: Duration? = nil,
        backoffBase: Duration = .milliseconds(25),
        backoffMaximum: Duration = .milliseconds(250),
        statuses: [Int] = [],
        headers: [HeaderMatch] = [],
        hostAttempts: Int? = nil,
        avoidsPreviousHosts: Bool = false
    ) {
        self.conditions = conditions
        self.retriesMaximum = retriesMaximum
        self.perTryTimeout = perTryTimeout
        self.perTryIdleTimeout = perTryIdleTimeout
        self.backoffBase = backoffBase
        self.backoffMaximum = backoffMaximum
        self.statuses = statuses
        self.headers = headers
        self.hostAttempts = hostAttempts
        self.avoidsPreviousHosts = avoidsPreviousHosts
    }
}

/// The limits of one priority of a cluster; what is more is answered with 503 and the flag `UO`.
public struct CircuitLimits: Sendable, Hashable {
    /// Connections.
    public var connections: Int
    /// Requests that wait for a connection.
    public var pending: Int
    /// Requests.
    public var requests: Int
    /// Retries at a time, when there is no budget.
    public var retries: Int
    /// Retries as a share of active requests.
    public var retryBudget: RetryBudget?

    /// Makes limits with Envoy's defaults.
    public init(
        connections: Int = 1024,
        pending: Int = 1024,
        requests: Int = 1024,
        retries: Int = 3,
        retryBudget: RetryBudget? = nil
    ) {
        self.connections = connections
        self.pending = pending
        self.requests = requests
        self.retries = retries
        self.retryBudget = retryBudget
    }
}

/// Retries as a share of active requests.
public struct RetryBudget: Sendable, Hashable {
    /// The share in percent.
    public var percent: Double
    /// How many are allowed in any case.
    public var minimum: Int

    /// Makes a budget with Envoy's defaults.
    public init(percent: Double = 20, minimum: Int = 3) {
        self.percent = percent
        self.minimum = minimum
    }
}

/// When a host that answers badly is left out for a while.
public struct OutlierSettings: Sendable, Hashable {
    /// Answers of 5xx (or failures) in a row; 0 is never.
    public var consecutive5xx: Int
    /// Percent of such verdicts that are acted on.
    public var enforcing5xx: Int
    /// Answers of 502, 503, 504 (or failures) in a row; 0 is never.
    public var consecutiveGatewayFailures: Int
    /// Percent of such verdicts that are acted on.
    public var enforcingGatewayFailures: Int
    /// How often success rates are looked at and ejected hosts let back.
    public var interval: Duration
    /// How long the first ejection lasts; the n-th lasts n times as long.
    public var baseEjection: Duration
    /// The longest ejection.
    public var ejectionMaximum: Duration
    /// The most hosts that may be out, in percent; one may be out in any case.
    public var ejectionPercentMaximum: Int
    /// Percent of success-rate verdicts that are acted on.
    public var enforcingSuccessRate: Int
    /// How many hosts must have enough requests for success rates to be compared.
    public var successRateHosts: Int
    /// How many requests of an interval are enough.
    public var successRateRequests: Int
    /// How many standard deviations below the mean are too few, times 1000.
    public var successRateFactor: Int

    /// Makes settings with Envoy's defaults.
    public init(
        consecutive5xx: Int = 5,
        enforcing5xx: Int = 100,
        consecutiveGatewayFailures: Int = 5,
        enforcingGatewayFailures: Int = 0,
        interval: Duration = .seconds(10),
        baseEjection: Duration = .seconds(30),
        ejectionMaximum: Duration = .seconds(300),
        ejectionPercentMaximum: Int = 10,
        enforcingSuccessRate: Int = 100,
        successRateHosts: Int = 5,
        successRateRequests: Int = 100,
        successRateFactor: Int = 1900
    ) {
        self.consecutive5xx = consecutive5xx
        self.enforcing5xx = enforcing5xx
        self.consecutiveGatewayFailures = consecutiveGatewayFailures
        self.enforcingGatewayFailures = enforcingGatewayFailures
        self.interval = interval
        self.baseEjection = baseEjection
        self.ejectionMaximum = ejectionMaximum
        self.ejectionPercentMaximum = ejectionPercentMaximum
        self.enforcingSuccessRate = enforcingSuccessRate
        self.successRateHosts = successRateHosts
        self.successRateRequests = successRateRequests
        self.successRateFactor = successRateFactor
    }
}

/// A bucket of tokens that fills over time.
public struct TokenBucketSettings: Sendable, Hashable {
    /// How many it holds, and starts with.
    public var maximum: Int
    /// How many come with every fill.
    public var tokensPerFill: Int
    /// The time between fills.
    public var fillInterval: Duration

    /// Makes settings.
    public init(maximum: Int, tokensPerFill: Int = 1, fillInterval: Duration) {
        self.maximum = maximum
        self.tokensPerFill = tokensPerFill
        self.fillInterval = fillInterval
    }
}
