public import Records

/// What a source is.
public enum SourceKind: Sendable, Hashable {
    /// Files that grow.
    case tail(TailSettings)
    /// Lines of standard input.
    case standardInput(LineSettings)
    /// Syslog over TCP, UDP or Unix sockets.
    case syslog(SyslogSourceSettings)
    /// Records in HTTP requests.
    case http(HTTPSourceSettings)
    /// Fluent Forward.
    case forward(ForwardSourceSettings)
    /// Lines over TCP, UDP or a Unix socket.
    case socket(SocketSourceSettings)
    /// The same record again and again, for trying a configuration (Fluent Bit's `dummy`, Vector's `demo_logs`).
    case sample(SampleSettings)
    /// What a command prints, run once or at an interval.
    case command(CommandSettings)
    /// The program's own log.
    case journal

    /// How lines become records, where the source reads lines of a stream.
    var lines: LineSettings? {
        switch self {
        case .standardInput(let lines): lines
        case .socket(let socket): socket.lines
        case .command(let command): command.lines
        case .tail, .syslog, .http, .forward, .sample, .journal: nil
        }
    }
}

/// Files that grow.
public struct TailSettings: Sendable, Hashable {
    /// What tells a file from another.
    public enum Identity: Sendable, Hashable {
        /// Device, inode and a hash of the first bytes: the default.
        case fingerprint
        /// Device and inode only.
        case inode
    }

    /// What is done with a line beyond the limit.
    public enum LongLines: String, Sendable, Hashable {
        /// It is cut into records of the limit's length.
        case split
        /// It is left out and counted.
        case skip
        /// It is cut at the limit; the rest is left out and counted.
        case truncate
    }

    /// Paths and globs (`*`, `?`, `[..]`, `**`, `{a,b}`).
    public var paths: [String]
    /// Paths and globs that are left out.
    public var excluded: [String] = []
    /// Whether files that are there at the start are read from their beginning; nil: those younger than the pod
    /// are, others from their end.
    public var readsFromHead: Bool?
    /// How often globs are looked through again besides inotify's word.
    public var rescan = Duration.seconds(60)
    /// How long a file that was renamed or removed is kept open after its end was read and everything of it was
    /// acknowledged.
    public var rotateWait = Duration.seconds(5)
    /// Files that were not changed for longer are not begun; nil for no limit.
    public var ignoreOlder: Duration?
    /// The longest line, in bytes.
    public var lineLimit = 1 << 20
    /// What is done with a longer one.
    public var longLines = LongLines.split
    /// Whether empty lines are left out.
    public var skipsEmpty = false
    /// The delimiter of lines.
    public var delimiter: [UInt8] = [10]
    /// The field for the line.
    public var key = "log"
    /// The field for the file's path; nil for none.
    public var pathKey: String?
    /// The field for the line's place in the file; nil for none.
    public var offsetKey: String?
    /// The field for the machine's name (Vector's `host`); nil for none.
    public var hostKey: String?
    /// Fields that every record gets (Vector's `source_type`).
    public var added = Fields()
    /// The field for the moment of reading (Vector's `timestamp`); nil for none.
    public var timeKey: String?
    /// The parser of lines, by name.
    public var parser: String?
    /// Rules that join lines, by name, in the order in which they are tried.
    public var multilines: [String] = []
    /// A rule that is written here (Vector's `multiline`, Fluentd's `format multiline`).
    public var multiline: MultilineRule?
    /// Whether CRI's and docker's partial lines are joined (Fluent Bit's `docker_mode`, parser `cri`).
    public var joinsPartial = false
    /// What tells a file from another.
    public var identity = Identity.fingerprint
    /// How many bytes the fingerprint takes in at most.
    public var fingerprintBytes = 256
    /// The checkpoint file; nil for the service's directory.
    public var checkpoints: String?
    /// Whether positions are kept at all.
    public var keepsPositions = true
    /// Files are removed so long after their end was read and acknowledged; nil: never.
    public var removeAfter: Duration?
    /// Whether the source ends when every file was read to its end (`exit_on_eof`).
    public var endsAtEnd = false
    /// The character set: `utf-8`, or one that is turned into it (`utf-16le`, `utf-16be`, `latin1`).
    public var encoding = "utf-8"
    /// How many files may be open at once.
    public var openMaximum = 4096

    /// Follows these paths.
    public init(paths: [String]) {
        self.paths = paths
    }
}

/// How texts are told apart in a stream.
public enum LineFraming: Sendable, Hashable {
    /// Each ends with these bytes.
    case delimited([UInt8])
    /// Its length in decimal digits and a blank stand before each (RFC 6587).
    case counted
    /// Each datagram, body or stream is one.
    case whole
}

/// Lines.
public struct LineSettings: Sendable, Hashable {
    /// The field for the line.
    public var key = "log"
    /// The parser of lines, by name.
    public var parser: String?
    /// The longest line, in bytes.
    public var lineLimit = 1 << 20
    /// Fields that every record gets.
    public var added = Fields()
    /// The field for the moment of reading; nil for none.
    public var timeKey: String?
    /// The field for the machine's name; nil for none.
    public var hostKey: String?
    /// How lines are told apart.
    public var framing = LineFraming.delimited([10])
    /// Rules that join lines, by name.
    public var multilines: [String] = []

    /// The defaults.
    public init() {}
}

/// How bytes come in.
public enum SocketMode: Sendable, Hashable {
    /// Over TCP, at this address.
    case tcp(host: String, port: UInt16)
    /// Over UDP, at this address.
    case udp(host: String, port: UInt16)
    /// Over a Unix stream socket.
    case unixStream(path: String, permissions: UInt32)
    /// Over a Unix datagram socket.
    case unixDatagram(path: String, permissions: UInt32)
}

/// Syslog.
public struct SyslogSourceSettings: Sendable, Hashable {
    /// How it comes in.
    public var mode: SocketMode
    /// The parser's name (`syslog-rfc3164`, `syslog-rfc5424`); nil: both, by what a message looks like.
    public var parser: String?
    /// The longest message, in bytes.
    public var messageLimit = 64 << 10
    /// How many connections may be open.
    public var connectionMaximum = 1024
    /// TLS for TCP; nil for none.
    public var tls: ServerTLS?
    /// The field for the whole message; nil for none.
    public var rawKey: String?
    /// The field for the sender's address; nil for none.
    public var senderKey: String?
    /// Whether that address is written as a URL: `tcp://127.0.0.1:40000` (Fluent Bit).
    public var sendersAreURLs = false
    /// The field for the machine that the message names, or its sender; nil for none.
    public var hostKey: String?
    /// The field for the moment of reading where the message has no field of that name; nil for none.
    public var timeKey: String?
    /// Fields that every record gets.
    public var added = Fields()

    /// Takes syslog in.
    public init(mode: SocketMode) {
        self.mode = mode
    }
}

/// Lines over a socket.
public struct SocketSourceSettings: Sendable, Hashable {
    /// How they come in.
    public var mode: SocketMode
    /// How a line becomes a record.
    public var lines = LineSettings()
    /// Whether each line is a JSON object.
    public var isJSON = false
    /// The field for the sender's address, or a Unix socket's path; nil for none.
    public var senderKey: String?
    /// Whether that address is written as a URL: `tcp://127.0.0.1:40000` (Fluent Bit).
    public var sendersAreURLs = false
    /// The field for the sender's port; nil for none.
    public var senderPortKey: String?
    /// How many connections may be open.
    public var connectionMaximum = 1024
    /// TLS for TCP; nil for none.
    public var tls: ServerTLS?

    /// Takes lines in.
    public init(mode: SocketMode) {
        self.mode = mode
    }
}

/// A server's certificate.
public struct ServerTLS: Sendable, Hashable {
    /// The file of the certificate chain.
    public var certificate: String
    /// The file of the key.
    public var key: String
    /// The file of authorities that clients' certificates must come from; nil: none is asked for.
    public var authorities: String?
    /// The password of the key's file, if it is encrypted.
    public var keyPassword: String?

    /// Names the files.
    public init(certificate: String, key: String, authorities: String? = nil) {
        self.certificate = certificate
        self.key = key
        self.authorities = authorities
    }
}

/// Records in HTTP requests: JSON objects, lists of them, lines of them, or text.
public struct HTTPSourceSettings: Sendable, Hashable {
    /// The address.
    public var host = "0.0.0.0"
    /// The port.
    public var port: UInt16
    /// The path that is taken; nil: every path, and it becomes the tag as in Fluent Bit.
    public var path: String?
    /// Whether paths below it are taken as well.
    public var takesPathsBelow = false
    /// The method of requests that are taken; nil: `POST` and `PUT`.
    public var method: String?
    /// How bodies are read: `json`, `ndjson`, `text` (lines), `binary` (one text); nil: by their type.
    public var format: String?
    /// The field for a text's line.
    public var key = "message"
    /// The field whose text is the record's tag, where a record has it; nil for none.
    public var tagKey: String?
    /// The status of an answer to what was taken.
    public var successStatus = 201
    /// The largest body, in bytes.
    public var bodyLimit = 4 << 20
    /// TLS; nil for none.
    public var tls: ServerTLS?
    /// Name and password that are asked for; nil for none.
    public var user: String?
    /// The password.
    public var password: String?
    /// Whether an answer waits until records are delivered.
    public var acknowledges = false
    /// The field for the request's path; nil for none.
    public var pathKey: String?
    /// Header fields that become fields of the same name.
    public var headers: [String] = []
    /// Whether all of them become fields: `HTTP_USER_AGENT` (Fluentd).
    public var addsAllHeaders = false
    /// Header fields of answers to what was taken, as `Name: value`.
    public var answerHeaders: [String] = []
    /// Parameters of the query that become fields of the same name.
    public var parameters: [String] = []
    /// The field for the moment of reading; nil for none.
    public var timeKey: String?
    /// Fields that every record gets.
    public var added = Fields()

    /// Takes records in at a port.
    public init(port: UInt16) {
        self.port = port
    }
}

/// Fluent Forward.
public struct ForwardSourceSettings: Sendable, Hashable {
    /// The address.
    public var host = "0.0.0.0"
    /// The port.
    public var port: UInt16 = 24224
    /// A Unix socket instead.
    public var unixPath: String?
    /// Its permissions.
    public var unixPermissions: UInt32 = 0o660
    /// The key that clients must share; nil for none.
    public var sharedKey: String?
    /// The name that is told to clients.
    public var selfHostname: String?
    /// Users and passwords; empty for none.
    public var users: [String: String] = [:]
    /// Put before tags (`tag_prefix`).
    public var tagPrefix: String?
    /// TLS; nil for none.
    public var tls: ServerTLS?
    /// The largest message, in bytes.
    public var messageLimit = 8 << 20
    /// How many connections may be open.
    public var connectionMaximum = 1024
    /// The field for the record's time; nil for none.
    public var timeKey: String?
    /// The field for the record's tag; nil for none.
    public var tagKey: String?
    /// The field for the sender's address; nil for none.
    public var hostKey: String?
    /// Fields that every record gets.
    public var added = Fields()

    /// The defaults.
    public init() {}
}

/// The same record again and again.
public struct SampleSettings: Sendable, Hashable {
    /// The records, in turn.
    public var records: [Fields]
    /// How many a second.
    public var rate = 1
    /// The pause between two, if less than one comes a second; `rate` does not count then.
    public var interval: Duration?
    /// How many in all; nil for no end.
    public var count: Int?
    /// The field for the moment; nil for none.
    public var timeKey: String?
    /// The field for the machine's name; nil for none.
    public var hostKey: String?

    /// Makes records of these.
    public init(records: [Fields]) {
        self.records = records
    }
}

/// What a command prints.
public struct CommandSettings: Sendable, Hashable {
    /// The program and its arguments.
    public var words: [String]
    /// The pause between runs; nil: it runs on and is started again when it ends.
    public var interval: Duration?
    /// Whether it is run once only.
    public var isOnce = false
    /// The pause before it is started again when it runs on.
    public var restart = Duration.seconds(1)
    /// Whether what it writes to standard error is read too.
    public var takesErrors = false
    /// Where it runs; nil: where this program does.
    public var directory: String?
    /// The field that says `stdout` or `stderr`; nil for none.
    public var streamKey: String?
    /// The field for its process number; nil for none.
    public var processKey: String?
    /// The field for its words; nil for none.
    public var commandKey: String?
    /// How its lines become records.
    public var lines = LineSettings()

    /// Runs a program.
    public init(words: [String]) {
        self.words = words
    }
}
