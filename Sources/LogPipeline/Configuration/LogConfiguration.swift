public import Records

/// The one form of every configuration language for logs.
///
/// A graph: sources, transforms and sinks have names; transforms and sinks say what they take in.
public struct LogConfiguration: Sendable, Hashable {
    /// What concerns the whole program.
    public var service = ServiceSettings()
    /// Where records come from.
    public var sources: [SourceSettings] = []
    /// What is done to them.
    public var transforms: [TransformSettings] = []
    /// Where they go.
    public var sinks: [SinkSettings] = []
    /// Parsers by name; those that are always there (`ParserRules.shipped`) need not be repeated.
    public var parsers: [String: ParserRule] = [:]
    /// Rules for records of several lines, by name.
    public var multilines: [String: MultilineRule] = [:]
    /// What the configuration says should become of records, for `companion logs test`.
    public var tests: [ConfigurationTest] = []
    /// What is to be said to the user when this is taken: decisions and unusual keys.
    public var notes: [String] = []

    /// An empty configuration.
    public init() {}
}

/// What concerns the whole program.
public struct ServiceSettings: Sendable, Hashable {
    /// The language's tool, for names of metrics and pages: `fluent-bit`, `fluentd`, `vector`, `companion`.
    public var tool = "companion"
    /// How often sinks without a batch time of their own deliver.
    public var flush = Duration.seconds(1)
    /// How long ending may take.
    public var grace = Duration.seconds(5)
    /// Where checkpoints, buffers and dead letters are kept; nil for the usual place.
    public var directory: String?
    /// Where the admin pages are, if the configuration says; `HOST:PORT`.
    public var admin: String?
    /// Whether Fluent Bit's pages (`/api/v1/...`) are wanted there.
    public var servesPages = true
    /// `error`, `warning`, `info`, `debug`; nil for the program's own.
    public var level: String?
    /// The zone of times that do not say theirs: a name, `UTC` or `local`.
    public var zone = "UTC"
    /// The field that holds a record's time, when that is where sinks take it from (Vector's `timestamp`); nil:
    /// records have a time besides their fields.
    public var timeField: String?
    /// The pauses between attempts of sinks that do not say theirs.
    public var retry = RetrySettings()
    /// Where records go that are refused for good; nil for `dead-letters.jsonl` in the directory.
    public var deadLetters: String?

    /// Whether a field that a record brings along is better than one that its source adds (Vector's, Fluentd's way);
    /// if not the source's takes its place (Fluent Bit's).
    var keepsOwnFields: Bool { tool == "vector" || tool == "fluentd" }

    /// The defaults.
    public init() {}
}

/// Which records a transform or sink takes, by their tags.
public struct TagMatch: Sendable, Hashable {
    /// Patterns of which one must fit; nil for every record.
    public var patterns: [TagPattern]?
    /// Patterns of which none may fit: an earlier `<match>` of Fluentd's has taken those.
    public var excluded: [TagPattern] = []

    /// Takes records whose tag fits one of the patterns; every record without.
    public init(_ patterns: [TagPattern]? = nil) {
        self.patterns = patterns
    }
}

/// A pattern for tags.
public enum TagPattern: Sendable, Hashable {
    /// Fluent Bit's: `*` stands for any bytes.
    case wildcard(String)
    /// Fluentd's: `*` for one part, `**` for any number of parts, `{a,b}` for one of several.
    case parts(String)
    /// A regular expression that is found in it.
    case expression(String)
}

/// What a transform or sink takes in.
public struct Inlet: Sendable, Hashable {
    /// Names of sources and transforms; `name.door` for a named door.
    ///
    /// A door's name may be `emitted`,
    /// `dropped` or a route.
    public var from: [String]
    /// Which records of theirs.
    public var match: TagMatch

    /// Takes in what comes from these.
    public init(_ from: [String], match: TagMatch = TagMatch()) {
        self.from = from
        self.match = match
    }
}

/// A source.
public struct SourceSettings: Sendable, Hashable {
    /// Its name.
    public var id: String
    /// The tag of its records; `*` stands for the path of a file with dots, as Fluent Bit has it.
    public var tag: String
    /// What it is.
    public var kind: SourceKind
    /// Where it was written, for messages: `fluent-bit.conf:12`.
    public var place: String = ""

    /// Makes a source.
    public init(id: String, tag: String, kind: SourceKind) {
        self.id = id
        self.tag = tag
        self.kind = kind
    }
}

/// A transform.
///
/// A record that its inlet's match does not fit goes through unchanged.
public struct TransformSettings: Sendable, Hashable {
    /// Its name.
    public var id: String
    /// What it takes in.
    public var inlet: Inlet
    /// What it does.
    public var kind: TransformKind
    /// Where it was written, for messages.
    public var place: String = ""

    /// Makes a transform.
    public init(id: String, inlet: Inlet, kind: TransformKind) {
        self.id = id
        self.inlet = inlet
        self.kind = kind
    }
}

/// A sink.
///
/// A record that its inlet's match does not fit does not come to it.
public struct SinkSettings: Sendable, Hashable {
    /// Its name.
    public var id: String
    /// What it takes in.
    public var inlet: Inlet
    /// What it is.
    public var kind: SinkKind
    /// How records are put together for a request.
    public var batch = BatchSettings()
    /// How attempts are repeated; nil for the service's.
    public var retry: RetrySettings?
    /// What lies in wait.
    public var buffer = BufferSettings()
    /// Where it was written, for messages.
    public var place: String = ""

    /// Makes a sink.
    public init(id: String, inlet: Inlet, kind: SinkKind) {
        self.id = id
        self.inlet = inlet
        self.kind = kind
    }
}
