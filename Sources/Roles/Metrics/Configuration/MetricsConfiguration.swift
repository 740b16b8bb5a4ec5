import Basics
import Formats

/// What the role `metrics` does: where it takes numbers from, and where it shows them.
package struct MetricsConfiguration: Sendable, Hashable {
    /// How samples are sent by OTLP/HTTP.
    package struct Push: Sendable, Hashable {
        var url: SourceURL
        var every = Duration.seconds(15)
        var timeout = Duration.seconds(10)
        /// How often a request is tried again before it is given up.
        var retries = 4
        var headers: [LabelText.Pair] = []
        var resource: [LabelText.Pair] = []
        var isCompressed = true
        var tls = TransportSecurity()
    }

    /// The certificate and key of the server, as paths.
    package struct Identity: Sendable, Hashable {
        var certificate: String
        var key: String
    }

    /// Where scrapes are answered.
    var listen = [ListenAddress(host: "0.0.0.0", port: 9090)]
    /// At which path.
    var path = "/metrics"
    /// What the names about the exporter itself begin with.
    var prefix = "stats_exporter"
    /// The name of the gauge that tells whether a source answered.
    var upName = "stats_exporter_up"
    var upHelp = "Whether the last reading of the source succeeded."
    /// The label that tells sources apart, if there are several.
    var sourceLabel = "source"
    var seriesLimit = SampleSet.seriesMaximum
    var isCompressed = true
    /// Whether clients that do not care get OpenMetrics.
    var prefersOpenMetrics = false
    /// Whether more is told about the exporter than that sources answer.
    var tellsOfItself = true
    var identity: Identity?
    /// Who may ask, with the hashes of their passwords; everybody if there are none.
    var users: [String: String] = [:]
    var push: Push?
    var sources: [SourceOptions] = []
    /// More series of its own, with the value 1.
    var infos: [Info] = []

    /// A series that always has the value 1.
    struct Info: Sendable, Hashable {
        var name: String
        var help: String
        var labels: [LabelText.Pair]
    }

    /// The defaults, without a source.
    package init() {}

    /// All places where it listens.
    var listeners: [RoleListener] {
        var found = listen.map { RoleListener($0) }
        for case .statsd(let statsd, _) in sources.map(\.place) {
            if let tcp = statsd.tcp { found.append(RoleListener(tcp)) }
            if let udp = statsd.udp { found.append(RoleListener(udp, .udp)) }
        }
        return found
    }
}

/// How the other side of a TLS connection is checked, with paths of PEM files.
struct TransportSecurity: Sendable, Hashable {
    var verifies = true
    var authorities: String?
    var certificate: String?
    var key: String?
    var serverName: String?
}

/// Where numbers come from and what becomes of them.
package struct SourceOptions: Sendable, Hashable {
    /// The kinds of sources.
    enum Place: Sendable, Hashable {
        case http(HTTPOptions)
        case file(String)
        case command([String])
        case redis(RedisOptions)
        case memcached(host: String, port: UInt16)
        case postgres(PostgresOptions)
        case statsd(StatsDListen, StatsDOptions)
    }

    /// How a page is asked for.
    struct HTTPOptions: Sendable, Hashable {
        var url: SourceURL
        var method = "GET"
        var headers: [LabelText.Pair] = []
        var body = ""
        /// A file whose text is the bearer token, read each time.
        var tokenFile: String?
        var redirects = 5
        var sendsProxyHeader = false
        var tls = TransportSecurity()
    }

    struct RedisOptions: Sendable, Hashable {
        var host = ""
        var port: UInt16 = 6379
        var socket: String?
        var user: String?
        var password: String?
        var passwordFile: String?
        var tls: TransportSecurity?
    }

    struct PostgresOptions: Sendable, Hashable {
        var url: SourceURL
        var passwordFile: String?
        var queries: [PostgresQuery] = []
        /// Whether the built-in queries are asked as well.
        var asksBuiltIn = true
        var tls: TransportSecurity?
    }

    struct StatsDListen: Sendable, Hashable {
        var udp: ListenAddress?
        var tcp: ListenAddress?
        var socket: String?
    }

    /// Its name, for the label `source` and for messages.
    var name: String
    var place: Place
    var format = MetricFormat.auto
    var read = ReadOptions()
    /// Rules for JSON; without any it is flattened.
    var rules: [JSONRule] = []
    var rewrite = SampleRewrite()
    /// How often it is read; zero reads it with each scrape.
    var every = Duration.zero
    var timeout = Duration.seconds(5)
    var bodyLimit = 16 << 20
    /// Formats that are not what is expected, but shown nevertheless while the source counts as down.
    var passesThrough = false

    init(name: String, place: Place) {
        self.name = name
        self.place = place
    }
}

/// A query whose rows become samples.
struct PostgresQuery: Sendable, Hashable {
    /// What a column is.
    enum Usage: String, Sendable, Hashable, CaseIterable {
        case label, counter, gauge, ignore
    }

    /// What the names begin with; the column's name follows, unless it is `value` or empty.
    var name: String
    var text: String
    var help = ""
    /// What columns are; others are gauges if they hold numbers, and labels if not.
    var columns: [String: Usage] = [:]
    /// Whether it may fail because the server lacks what it asks for.
    var isOptional = false

    init(name: String, text: String) {
        self.name = name
        self.text = text
    }
}
