/// How HTTP is spoken to clients, and where requests go.
public struct HTTPSettings: Sendable, Hashable {
    /// Which versions a connection may speak.
    public enum Codec: String, Sendable, Hashable {
        /// HTTP/1 or HTTP/2, by ALPN or by the first bytes.
        case auto
        /// HTTP/1 only.
        case http1
        /// HTTP/2 only.
        case http2
    }

    /// The prefix of statistics: `http.<prefix>.`.
    public var statPrefix: String
    /// Which versions.
    public var codec: Codec
    /// The routes.
    public var routes: RouteTable
    /// What a request passes before it is routed, in order.
    public var filters: [HTTPFilter]
    /// Lines about ended requests.
    public var accessLogs: [AccessLogSettings]
    /// How forwarding headers are written.
    public var forwarding: ForwardingSettings
    /// What is sent as `server`; `nil` passes the upstream's through.
    public var serverName: String?
    /// Whether the `server` of a host stays, and the name is written only where there is none.
    public var keepsServer = false
    /// How long a connection may be without requests; `nil` is for ever.
    public var idleTimeout: Duration?
    /// How long a request may be without a byte in either direction; `nil` is for ever.
    public var streamIdleTimeout: Duration?
    /// How long a whole request may take to arrive; `nil` is for ever.
    public var requestTimeout: Duration?
    /// How long the head of a request may take to arrive; `nil` is for ever.
    public var requestHeadersTimeout: Duration?
    /// The most bytes of a request's head.
    public var headBytesMaximum: Int
    /// The most fields of a request's head.
    public var headFieldsMaximum: Int
    /// The most bytes of a request's body; `nil` is no limit.
    public var bodyMaximum: Int?
    /// The most requests on one connection; 0 is no limit.
    public var requestsMaximum: Int
    /// The most streams of an HTTP/2 connection at a time.
    public var streamsMaximum: Int
    /// Windows and pings of HTTP/2.
    public var http2: HTTP2Settings
    /// Whether `.` and `..` segments and percent-encoded unreserved characters of paths are resolved.
    public var normalizesPath: Bool
    /// Whether runs of slashes in paths are made one.
    public var mergesSlashes: Bool
    /// Whether paths that lead above the root are refused with 400 when they are normalized (nginx).
    public var refusesAboveRoot = false
    /// What is done with a port in the host of a request, before it is routed and sent on.
    public enum HostPortRule: String, Sendable, Hashable {
        /// It stays.
        case keep
        /// It is taken off if it is the listener's.
        case stripMatching
        /// It is taken off.
        case strip
    }

    /// Whether a path that no rewriting changes is sent on as it came, and its form is for routes only.
    public var keepsRawPath = false
    /// Whether logs and answers name the host and path that the client asked for, and not those that a
    /// host got.
    public var namesClientsTarget = false
    /// What is done with `%2F` and `%5C` in paths.
    public var escapedSlashes: EscapedSlashes
    /// What is done with header fields of requests whose names have an underscore.
    public var underscores = UnderscoreRule.keep
    /// What is done with a port in the request's host.
    public var hostPort: HostPortRule
    /// Which upgrades are passed on, in lower case (`websocket`).
    public var upgrades: [String]
    /// The statuses of answers when a host fails.
    public var failures = FailureStatuses.envoy
    /// How answers of the proxy's own are changed.
    public var localReplies: [LocalReplyRule]
    /// Spans of requests; `nil` makes none, propagation headers pass untouched.
    public var tracing: TracingSettings?

    /// Makes settings with Envoy's defaults.
    public init(
        statPrefix: String,
        codec: Codec = .auto,
        routes: RouteTable,
        filters: [HTTPFilter] = [],
        accessLogs: [AccessLogSettings] = [],
        forwarding: ForwardingSettings = ForwardingSettings(),
        serverName: String? = "companion",
        idleTimeout: Duration? = .seconds(3600),
        streamIdleTimeout: Duration? = .seconds(300),
        requestTimeout: Duration? = nil,
        requestHeadersTimeout: Duration? = .seconds(30),
        headBytesMaximum: Int = 60 * 1024,
        headFieldsMaximum: Int = 100,
        bodyMaximum: Int? = nil,
        requestsMaximum: Int = 0,
        streamsMaximum: Int = 100,
        http2: HTTP2Settings = HTTP2Settings(),
        normalizesPath: Bool = false,
        mergesSlashes: Bool = false,
        escapedSlashes: EscapedSlashes = .keep,
        hostPort: HostPortRule = .keep,
        upgrades: [String] = [],
        localReplies: [LocalReplyRule] = [],
        tracing: TracingSettings? = nil
    ) {
        self.statPrefix = statPrefix
        self.codec = codec
        self.routes = routes
        self.filters = filters
        self.accessLogs = accessLogs
        self.forwarding = forwarding
        self.serverName = serverName
        self.idleTimeout = idleTimeout
        self.streamIdleTimeout = streamIdleTimeout
        self.requestTimeout = requestTimeout
        self.requestHeadersTimeout = requestHeadersTimeout
        self.headBytesMaximum = headBytesMaximum
        self.headFieldsMaximum = headFieldsMaximum
        self.bodyMaximum = bodyMaximum
        self.requestsMaximum = requestsMaximum
        self.streamsMaximum = streamsMaximum
        self.http2 = http2
        self.normalizesPath = normalizesPath
        self.mergesSlashes = mergesSlashes
        self.escapedSlashes = escapedSlashes
        self.hostPort = hostPort
        self.upgrades = upgrades
        self.localReplies = localReplies
        self.tracing = tracing
    }
}

/// What is done with header fields of requests whose names have an underscore.
public enum UnderscoreRule: String, Sendable, Hashable {
    /// They stay as they are.
    case keep
    /// The request is refused with 400.
    case reject
    /// They are dropped.
    case drop
}

/// What is done with `%2F` and `%5C` in paths.
public enum EscapedSlashes: String, Sendable, Hashable {
    /// They stay as they are.
    case keep
    /// The request is refused with 400.
    case reject
    /// They are decoded.
    case unescape
    /// They are decoded and the client is redirected (307).
    case redirect
}

/// How the headers are written that tell where a request comes from.
public struct ForwardingSettings: Sendable, Hashable {
    /// What happens to `x-forwarded-for`.
    public enum Client: String, Sendable, Hashable {
        /// Nothing is added; what comes is passed on.
        case keep
        /// The peer's address is added at the end.
        case append
        /// It is removed.
        case remove
    }

    /// What happens to `x-forwarded-for`.
    public var forwardedFor: Client
    /// Whether `x-forwarded-proto` is set: to the connection's scheme if the peer is not trusted.
    public var setsForwardedProto: Bool
    /// How many proxies in front are trusted to have written `x-forwarded-for`.
    public var trustedHops: Int
    /// Whether the peer's address is the client's (an edge), instead of what `x-forwarded-for` says.
    public var usesRemoteAddress: Bool
    /// Whether requests without `x-request-id` get one.
    public var setsRequestID: Bool
    /// Whether a request's own `x-request-id` is kept even from outside.
    public var keepsExternalRequestID: Bool
    /// Whether Envoy's own headers (`x-envoy-...`) are understood and written.
    public var writesEnvoyHeaders: Bool
    /// Whether `via` is added, and with which name.
    public var via: String?
    /// What happens to `x-forwarded-client-cert`; `nil` passes on what comes.
    public var clientCertificates: CertificateForwarding?
    /// Proxies whose word about the client is taken; `nil` goes by `trustedHops`.
    public var proxies: TrustedProxies?

    /// Makes settings with Envoy's defaults.
    public init(
        forwardedFor: Client = .keep,
        setsForwardedProto: Bool = true,
        trustedHops: Int = 0,
        usesRemoteAddress: Bool = false,
        setsRequestID: Bool = true,
        keepsExternalRequestID: Bool = false,
        writesEnvoyHeaders: Bool = true,
        via: String? = nil,
        clientCertificates: CertificateForwarding? = nil
    ) {
        self.forwardedFor = forwardedFor
        self.setsForwardedProto = setsForwardedProto
        self.trustedHops = trustedHops
        self.usesRemoteAddress = usesRemoteAddress
        self.setsRequestID = setsRequestID
        self.keepsExternalRequestID = keepsExternalRequestID
        self.writesEnvoyHeaders = writesEnvoyHeaders
        self.via = via
        self.clientCertificates = clientCertificates
    }
}

/// What happens to `x-forwarded-client-cert`, which tells hosts of clients' certificates.
public struct CertificateForwarding: Sendable, Hashable {
    /// What is done with the field that comes, and whether an element is written.
    public enum Mode: String, Sendable, Hashable {
        /// It is removed.
        case sanitize
        /// It is passed on from clients that have shown a certificate.
        case forwardOnly
        /// The same, and an element about the client is added to it.
        case appendForward
        /// It is replaced by an element about the client.
        case sanitizeSet
        /// It is passed on, whoever sends it.
        case alwaysForwardOnly
    }

    /// What an element tells besides the certificate's hash and the own names.
    public enum Detail: String, Sendable, Hashable, CaseIterable {
        /// The certificate, PEM, percent-encoded.
        case certificate
        /// The certificate and those that came with it.
        case chain
        /// The subject.
        case subject
        /// The URIs among the names.
        case uris
        /// The DNS names among the names.
        case domains
    }

    /// What is done.
    public var mode: Mode
    /// What an element tells.
    public var details: Set<Detail>

    /// Makes settings.
    public init(_ mode: Mode, details: Set<Detail> = []) {
        self.mode = mode
        self.details = details
    }
}

/// A change of answers that the proxy makes itself.
public struct LocalReplyRule: Sendable, Hashable {
    /// The statuses it is for; empty is all.
    public var statuses: [Int]
    /// The status that is sent instead.
    public var status: Int?
    /// The body that is sent instead, with the commands of access logs.
    public var body: String?
    /// The form that a body gets, with `%LOCAL_REPLY_BODY%`.
    public var format: AccessLogSettings.Format?
    /// The type of a body or form that is given here.
    public var contentType: String
    /// Header fields that are added.
    public var headers: [HeaderAddition]

    /// Makes a rule.
    public init(
        statuses: [Int] = [],
        status: Int? = nil,
        body: String? = nil,
        format: AccessLogSettings.Format? = nil,
        contentType: String = "text/plain",
        headers: [HeaderAddition] = []
    ) {
        self.statuses = statuses
        self.status = status
        self.body = body
        self.format = format
        self.contentType = contentType
        self.headers = headers
    }
}

/// Spans of requests, sent as OTLP over HTTP.
public struct TracingSettings: Sendable, Hashable {
    /// The collector's cluster.
    public var cluster: String
    /// The path of the collector's endpoint.
    public var path: String
    /// The name of the service in spans.
    public var serviceName: String
    /// The share of requests that are recorded when no decision comes with them, 0 to 1.
    public var sampling: Double

    /// Makes settings.
    public init(
        cluster: String,
        path: String = "/v1/traces",
        serviceName: String = "companion",
        sampling: Double = 1
    ) {
        self.cluster = cluster
        self.path = path
        self.serviceName = serviceName
        self.sampling = sampling
    }
}

/// Lines about ended requests or connections.
public struct AccessLogSettings: Sendable, Hashable {
    /// Where lines go.
    public enum Sink: Sendable, Hashable {
        /// A file, to which is appended.
        case file(String)
        /// Standard output.
        case standardOutput
        /// Standard error.
        case standardError
    }

    /// How a line is written.
    public enum Format: Sendable, Hashable {
        /// A text with Envoy's commands (`%RESPONSE_CODE%`), line feed included.
        case text(String)
        /// A JSON object: keys and texts with commands, in order.
        case json([JSONMember])
    }

    /// A member of a JSON line.
    public struct JSONMember: Sendable, Hashable {
        /// The key.
        public var key: String
        /// The value with commands; a value that is one command only keeps its type.
        public var value: String
        /// The members of an object that stands in the place of a value.
        public var members: [JSONMember]?

        /// Makes a member.
        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    /// Where lines go.
    public var sink: Sink
    /// How a line is written.
    public var format: Format
    /// The least status that is written; `nil` is all.
    public var minimumStatus: Int?
    /// Which requests are written besides; `nil` is all.
    public var filter: AccessLogFilter?

    /// Makes a log.
    public init(
        sink: Sink,
        format: Format = .text(AccessLogSettings.envoyDefault),
        minimumStatus: Int? = nil,
        filter: AccessLogFilter? = nil
    ) {
        self.sink = sink
        self.format = format
        self.minimumStatus = minimumStatus
        self.filter = filter
    }

    /// Envoy's default line.
    public static let envoyDefault =
        "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" "
        + "%RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% "
        + "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \"%REQ(X-FORWARDED-FOR)%\" "
        + "\"%REQ(USER-AGENT)%\" \"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\" "
        + "\"%UPSTREAM_HOST%\"\n"
}
