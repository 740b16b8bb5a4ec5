/// What a sink is.
public enum SinkKind: Sendable, Hashable {
    /// Elasticsearch or OpenSearch.
    case elasticsearch(ElasticsearchSettings)
    /// Loki.
    case loki(LokiSettings)
    /// HTTP requests.
    case http(HTTPSinkSettings)
    /// S3.
    case s3(S3Settings)
    /// Fluent Forward.
    case forward(ForwardSinkSettings)
    /// Syslog.
    case syslog(SyslogSinkSettings)
    /// Lines over TCP, UDP or a Unix socket.
    case socket(SocketSinkSettings)
    /// Files.
    case file(FileSinkSettings)
    /// Standard output or standard error.
    case console(ConsoleSettings)
    /// PostgreSQL.
    case postgres(PostgresSettings)
    /// A SQLite file.
    case sqlite(SQLiteSettings)
    /// Nowhere; records count as delivered.
    case nowhere
}

/// How a record is written.
public struct Encoding: Sendable, Hashable {
    /// The form.
    public enum Form: Sendable, Hashable {
        /// A JSON object.
        case json
        /// One field's text, or the whole record as JSON if it is not there.
        case text(key: String)
        /// `key=value` pairs.
        case logfmt
        /// Tabs between `label:value` pairs.
        case ltsv
        /// Values of these fields, with a delimiter.
        case csv(fields: [String], delimiter: String)
        /// MessagePack.
        case messagePack
        /// Fluent Bit's `[time, {...}]` line: `tag: [1700000000.000000000, {...}]`.
        case plain
        /// Fluentd's line: time, tag and JSON with tabs between.
        case tagged
        /// Fluentd's line on standard output: `2026-01-02 03:04:05.000000000 +0000 tag: {...}`.
        case shown
        /// A template with `{field}` placeholders (Fluent Bit's file `template`).
        case template(String)
        /// Parts one after the other: what a shell's loop around `echo` writes for each line.
        case pieces([TemplatePiece])
    }

    /// The form.
    public var form: Form
    /// The field that the record's time is put into; nil for none.
    public var timeKey: String?
    /// How: a strftime text, or `epoch`, `epoch_ms`, `iso8601`, `rfc3339`, `unix`, `unix_ms`, `unix_us`, `unix_ns`,
    /// `unix_float`.
    public var timeFormat = "iso8601"
    /// Fields that alone are written; nil for all.
    public var only: [String]?
    /// Fields that are not written.
    public var except: [String] = []
    /// Whether maps are written with their names in order (Vector's way), not as they were set.
    public var sortsKeys = false
    /// Whether what is not ASCII is written as `\u....`.
    public var escapesUnicode = false
    /// The field for the tag; nil for none.
    public var tagKey: String?

    /// Writes records in a form.
    public init(_ form: Form) {
        self.form = form
    }
}

/// How bodies are made smaller.
public enum CompressionKind: String, Sendable, Hashable, CaseIterable {
    /// Not.
    case none
    /// gzip.
    case gzip
    /// zlib.
    case zlib
    /// Zstandard.
    case zstd
}

/// Another machine.
public struct EndpointSettings: Sendable, Hashable {
    /// The name or address.
    public var host: String
    /// The port.
    public var port: UInt16
    /// The path, for HTTP.
    public var path = ""
    /// TLS; nil for none.
    public var tls: ClientTLS?
    /// Whether it is asked only while no other can be (Forward).
    public var isStandby = false

    /// Names a machine.
    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }
}

/// How the other side is checked.
public struct ClientTLS: Sendable, Hashable {
    /// Whether its certificate is checked.
    public var verifies = true
    /// Whether its name is checked.
    public var verifiesName = true
    /// A file of authorities; nil for the system's.
    public var authorities: String?
    /// Our certificate's file, if it asks for one.
    public var certificate: String?
    /// Its key's file.
    public var key: String?
    /// The password of the key's file.
    public var keyPassword: String?
    /// The name that is asked for; nil for the host's.
    public var serverName: String?

    /// The defaults.
    public init() {}
}

/// How we show who we are.
public enum HTTPAuthentication: Sendable, Hashable {
    /// Name and password.
    case basic(user: String, password: String)
    /// `Authorization: Bearer`.
    case bearer(String)
    /// `Authorization: ApiKey` (Elasticsearch).
    case apiKey(String)
    /// AWS's signature, version 4.
    case aws(region: String, service: String)
}

/// What concerns requests over HTTP.
public struct RequestSettings: Sendable, Hashable {
    /// Where to; several are used in turn, one that fails is left alone for a while.
    public var endpoints: [EndpointSettings]
    /// Who we are.
    public var authentication: HTTPAuthentication?
    /// Fields added to requests.
    public var headers: [String] = []
    /// How bodies are made smaller.
    public var compression = CompressionKind.none
    /// How many requests may be open at once.
    public var concurrency = 2
    /// How long an answer may take.
    public var timeout = Duration.seconds(60)
    /// How long connecting may take.
    public var connectTimeout = Duration.seconds(10)

    /// Goes to these.
    public init(endpoints: [EndpointSettings]) {
        self.endpoints = endpoints
    }

    /// Header fields as pairs: `headers` holds them as `Name: value`.
    public var headerPairs: [(name: String, value: String)] {
        headers.compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            return (String(line[..<colon]), String(value))
        }
    }
}

/// Elasticsearch or OpenSearch.
public struct ElasticsearchSettings: Sendable, Hashable {
    /// Requests.
    public var request: RequestSettings
    /// The index.
    ///
    /// `%Y.%m.%d` from the record's time (UTC), `{{ field }}` and record accessors (`$a['b']`) from the
    /// record. `fluent-bit`, `fluentd`, `vector-%Y.%m.%d` are their tools' defaults.
    public var index: String
    /// A field whose value takes the place of the index's prefix, if it is there (`logstash_prefix_key`).
    public var prefixKey: String?
    /// What comes between the field's value and the date then, and the date: `-%Y.%m.%d`.
    public var prefixSuffix = ""
    /// The mapping's type; nil: none is sent (Elasticsearch 8).
    public var type: String?
    /// `create`, `index`, `update` or `upsert`.
    public var action = "create"
    /// Whether records go to a data stream; `index` is its name.
    public var isDataStream = false
    /// Whether the record's own `data_stream.type`, `.dataset` and `.namespace` take the place of the name's parts.
    public var routesByFields = false
    /// Whether those fields are set from the stream's name where a record has none.
    public var setsStreamFields = false
    /// Parameters that are added to the query of requests.
    public var query: [String: String] = [:]
    /// The ingest pipeline; nil for none.
    public var pipeline: String?
    /// The field for the record's time; nil for none.
    public var timeKey: String? = "@timestamp"
    /// How: strftime; a fraction of three digits and `Z` follow, nine digits if nanos.
    public var timeKeyFormat = "%Y-%m-%dT%H:%M:%S"
    /// Whether the fraction has nine digits.
    public var hasNanoseconds = false
    /// Whether the record's own field of that name stays.
    public var keepsOwnTime = true
    /// The field for the tag; nil for none.
    public var tagKey: String?
    /// Whether each record gets a number worked out from what it says, so that it is stored once.
    public var generatesID = false
    /// The field that holds the number; a record accessor; nil for none.
    public var idKey: String?
    /// Whether the number's field is removed.
    public var removesIDKey = false
    /// The field that holds the routing value; nil for none.
    public var routingKey: String?
    /// Whether dots in names become underscores.
    public var replacesDots = false
    /// Whether the index's date is the time of sending.
    public var usesCurrentTime = false
    /// How records are written.
    public var encoding = Encoding(.json)

    /// Sends to an index.
    public init(request: RequestSettings, index: String) {
        self.request = request
        self.index = index
    }
}

/// Loki.
public struct LokiSettings: Sendable, Hashable {
    /// Requests; the path is `/loki/api/v1/push` if none is given.
    public var request: RequestSettings
    /// The tenant; a template; nil for none.
    public var tenant: String?
    /// Labels: names and templates (`{{ field }}`, record accessors, plain texts).
    public var labels: [String: String] = [:]
    /// Fields that become labels under their own names.
    public var labelKeys: [String] = []
    /// A map whose members all become labels (a record accessor); nil for none.
    public var labelsOf: String?
    /// Structured metadata: names and templates.
    public var metadata: [String: String] = [:]
    /// Fields that are removed before the line is written.
    public var removed: [String] = []
    /// Whether a record of which one field is left is written as that field's text.
    public var dropsSingleKey = false
    /// How lines are written.
    public var encoding = Encoding(.json)

    /// Sends to Loki.
    public init(request: RequestSettings) {
        self.request = request
    }
}

/// HTTP requests.
public struct HTTPSinkSettings: Sendable, Hashable {
    /// How records are put together.
    public enum Framing: Sendable, Hashable {
        /// A JSON list.
        case list
        /// Each followed by a newline.
        case lines
        /// One after the other.
        case stream
        /// One request for each.
        case single
    }

    /// Requests.
    public var request: RequestSettings
    /// The method.
    public var method = "POST"
    /// How records are put together.
    public var framing = Framing.lines
    /// How records are written.
    public var encoding = Encoding(.json)
    /// The body's type; nil: by its form.
    public var contentType: String?
    /// Put before and after the body.
    public var prefix = ""
    /// Put after the body.
    public var suffix = ""
    /// The header field that carries the tag; nil for none.
    public var tagHeader: String?

    /// Sends requests.
    public init(request: RequestSettings) {
        self.request = request
    }
}

/// S3.
public struct S3Settings: Sendable, Hashable {
    /// The bucket.
    public var bucket: String
    /// The region.
    public var region: String
    /// Another service's address, path style; nil for AWS.
    public var endpoint: EndpointSettings?
    /// The object's name: strftime, `{{ field }}`, `$TAG`, `$UUID`, `$INDEX`.
    public var keyFormat: String
    /// The characters that part a tag for `$TAG[n]`.
    public var tagDelimiters = "."
    /// Keys; nil: from the environment, files or the instance, as AWS's tools look for them.
    public var accessKey: String?
    /// The secret key.
    public var secretKey: String?
    /// The session's token.
    public var sessionToken: String?
    /// How bodies are made smaller.
    public var compression = CompressionKind.none
    /// How records are written, a line each.
    public var encoding = Encoding(.json)
    /// Whether an object is one JSON list instead of lines.
    public var isList = false
    /// The object's type.
    public var contentType: String?
    /// The storage class; nil for the bucket's.
    public var storageClass: String?
    /// The access list, `private` and so on; nil for the bucket's.
    public var acl: String?
    /// Server-side encryption: `AES256` or `aws:kms`; nil for the bucket's.
    public var serverSideEncryption: String?
    /// The key of `aws:kms`; nil for the account's.
    public var encryptionKey: String?
    /// Requests' limits; endpoints are not used.
    public var request = RequestSettings(endpoints: [])

    /// Sends objects to a bucket.
    public init(bucket: String, region: String, keyFormat: String) {
        self.bucket = bucket
        self.region = region
        self.keyFormat = keyFormat
    }
}

/// Fluent Forward.
public struct ForwardSinkSettings: Sendable, Hashable {
    /// Where to; several in turn.
    public var endpoints: [EndpointSettings]
    /// A Unix socket instead.
    public var unixPath: String?
    /// The key that both sides share; nil for none.
    public var sharedKey: String?
    /// The name that is told.
    public var selfHostname: String?
    /// A user's name and password; nil for none.
    public var user: String?
    /// The password.
    public var password: String?
    /// Whether an answer is waited for (`require_ack_response`).
    public var requiresAck = false
    /// Whether times are whole seconds.
    public var timeAsInteger = false
    /// The tag that records get; nil for their own.
    public var tag: String?
    /// gzip or nothing.
    public var compression = CompressionKind.none
    /// How long an answer may take.
    public var timeout = Duration.seconds(190)

    /// Sends to these.
    public init(endpoints: [EndpointSettings]) {
        self.endpoints = endpoints
    }
}

/// How bytes go out.
public enum SocketTarget: Sendable, Hashable {
    /// Over TCP.
    case tcp(EndpointSettings)
    /// Over UDP.
    case udp(host: String, port: UInt16)
    /// Over a Unix stream socket.
    case unixStream(path: String)
    /// Over a Unix datagram socket.
    case unixDatagram(path: String)
}

/// Syslog.
public struct SyslogSinkSettings: Sendable, Hashable {
    /// Where to.
    public var target: SocketTarget
    /// RFC 5424; if not RFC 3164.
    public var isRFC5424 = true
    /// Whether messages over TCP are counted (RFC 6587 octet counting); if not a newline ends each.
    public var countsOctets = false
    /// The longest message, in bytes.
    public var messageLimit = 2048
    /// The fields that parts come from (record accessors), and what they are without: severity, facility,
    /// hostname, appname, procid, msgid, sd, message.
    public var keys: [String: String] = [:]
    /// What parts are without a field.
    public var presets: [String: String] = [:]

    /// Sends syslog.
    public init(target: SocketTarget) {
        self.target = target
    }
}

/// Lines over a socket.
public struct SocketSinkSettings: Sendable, Hashable {
    /// Where to.
    public var target: SocketTarget
    /// How records are written, a line each.
    public var encoding = Encoding(.json)

    /// Sends lines.
    public init(target: SocketTarget) {
        self.target = target
    }
}

/// Files.
public struct FileSinkSettings: Sendable, Hashable {
    /// The path: strftime, `{{ field }}`, `$TAG`.
    public var path: String
    /// How records are written, a line each.
    public var encoding = Encoding(.json)
    /// A file is begun anew at this size; nil: never.
    public var rotateBytes: Int64?
    /// A file is begun anew at this age; nil: never.
    public var rotateAfter: Duration?
    /// How many old files are kept.
    public var keptFiles = 5
    /// Old files are made smaller with this.
    public var compression = CompressionKind.none
    /// Whether each batch is on the disk before it counts as delivered.
    public var syncs = false
    /// A file without a record for so long is closed.
    public var idleTimeout = Duration.seconds(30)
    /// Permissions of new files.
    public var permissions: UInt32 = 0o644
    /// Whether directories are made.
    public var makesDirectories = true

    /// Writes to a file.
    public init(path: String) {
        self.path = path
    }
}

/// Standard output or standard error.
public struct ConsoleSettings: Sendable, Hashable {
    /// Whether it is standard error.
    public var isError = false
    /// How records are written, a line each.
    public var encoding: Encoding

    /// Writes to standard output.
    public init(encoding: Encoding) {
        self.encoding = encoding
    }
}

/// PostgreSQL.
public struct PostgresSettings: Sendable, Hashable {
    /// Where to.
    public var endpoint: EndpointSettings
    /// The database.
    public var database: String
    /// The user.
    public var user: String
    /// The password.
    public var password: String?
    /// The table.
    public var table: String
    /// Columns and the fields they come from (record accessors; `$time`, `$tag`, `$record` are the record's own);
    /// empty: `tag text, time timestamptz, data jsonb` as Fluent Bit has it.
    public var columns: [String: String] = [:]
    /// Whether the table is made if it is not there.
    public var createsTable = true
    /// How long an answer may take.
    public var timeout = Duration.seconds(60)

    /// Copies into a table.
    public init(endpoint: EndpointSettings, database: String, user: String, table: String) {
        self.endpoint = endpoint
        self.database = database
        self.user = user
        self.table = table
    }
}
