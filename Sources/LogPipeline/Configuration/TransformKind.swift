public import Records

/// What a transform does.
public enum TransformKind: Sendable, Hashable {
    // MARK: Fluent Bit's and Fluentd's

    /// Parses a field.
    case parser(ParserTransform)
    /// Keeps or leaves out records by their fields.
    case grep(GrepTransform)
    /// Changes fields by rules and conditions.
    case modify(ModifyTransform)
    /// Adds and removes fields.
    case recordModifier(RecordModifierTransform)
    /// Moves fields into a map, or out of one.
    case nest(NestTransform)
    /// Joins records of several lines.
    case multiline(MultilineTransform)
    /// Sends records back to the beginning under another tag (door `emitted`).
    case rewriteTag(RewriteTagTransform)
    /// Lets so many records through on average.
    case throttle(ThrottleTransform)
    /// Adds what is known of the pod (Fluent Bit's `kubernetes`, from the downward API and the file's name).
    case pod(PodTransform)
    /// Sets fields from templates with `${...}` (Fluentd's `record_transformer`).
    case recordTransformer(RecordTransformerTransform)
    /// Turns fields into other types.
    case types([String: String])
    /// Writes records to the program's standard output and lets them through.
    case standardOutput(Encoding)

    // MARK: Vector's

    /// Runs a VRL script.
    case remap(RemapTransform)
    /// Keeps records for which a condition holds.
    case filter(Condition)
    /// Sends records out by the door of each route whose condition holds, and by `_unmatched`.
    case route([NamedCondition], isExclusive: Bool)
    /// Lets one of so many through.
    case sample(SampleTransform)
    /// Leaves out records that are equal to earlier ones.
    case dedupe(DedupeTransform)
    /// Lets so many records of a key through in a window.
    case rate(RateTransform)
    /// Joins records of a group into one.
    case reduce(ReduceTransform)
}

/// Parses a field.
public struct ParserTransform: Sendable, Hashable {
    /// The field.
    public var key: String
    /// Parsers, by name, in the order in which they are tried.
    public var parsers: [String]
    /// A parser that is written here (Fluentd's `<parse>`); tried before named ones.
    public var rule: ParserRule?
    /// Whether the other fields are kept.
    public var reservesData = false
    /// Whether the field itself is kept.
    public var preservesKey = false
    /// What is parsed goes into this field; nil: to the top.
    public var hashKey: String?
    /// Whether records that cannot be parsed go on unchanged; if not they leave as `failed`.
    public var passesFailed = true
    /// Whether the record takes the parsed time.
    public var setsTime = true

    /// Parses a field.
    public init(key: String, parsers: [String]) {
        self.key = key
        self.parsers = parsers
    }
}

/// Keeps or leaves out records.
public struct GrepTransform: Sendable, Hashable {
    /// A rule.
    public struct Rule: Sendable, Hashable {
        /// Whether records that fit are left out.
        public var excludes: Bool
        /// The field: a record accessor (`$a['b']`, `$a.b`) or a name.
        public var key: String
        /// The regular expression.
        public var pattern: String

        /// Makes a rule.
        public init(excludes: Bool, key: String, pattern: String) {
            self.excludes = excludes
            self.key = key
            self.pattern = pattern
        }
    }

    /// How rules are put together.
    public enum Logic: String, Sendable, Hashable {
        /// One after the other, the first that decides wins.
        case legacy
        /// All must fit.
        case and = "AND"
        /// One must fit.
        case or = "OR"
    }

    /// The rules in order.
    public var rules: [Rule]
    /// How they are put together.
    public var logic = Logic.legacy

    /// Makes a filter.
    public init(rules: [Rule]) {
        self.rules = rules
    }
}

/// Changes fields by rules, if all conditions hold.
public struct ModifyTransform: Sendable, Hashable {
    /// A rule: its name as Fluent Bit has it (`set add remove remove_wildcard remove_regex rename hard_rename copy
    /// hard_copy move_to_start move_to_end`) and its words.
    public struct Rule: Sendable, Hashable {
        /// The name, in lower case.
        public var name: String
        /// The words.
        public var words: [String]

        /// Makes a rule.
        public init(_ name: String, _ words: [String]) {
            self.name = name
            self.words = words
        }
    }

    /// The rules in order.
    public var rules: [Rule]
    /// Conditions: `key_exists key_does_not_exist a_key_matches no_key_matches key_value_equals
    /// key_value_does_not_equal key_value_matches key_value_does_not_match matching_keys_have_matching_values
    /// matching_keys_do_not_have_matching_values`, in lower case.
    public var conditions: [Rule]

    /// Makes a modifier.
    public init(rules: [Rule], conditions: [Rule] = []) {
        self.rules = rules
        self.conditions = conditions
    }
}

/// Adds and removes fields.
public struct RecordModifierTransform: Sendable, Hashable {
    /// Fields that are added.
    public var added: [Fields.Entry] = []
    /// Names that are removed; `*` at the end stands for any rest.
    public var removed: [String] = []
    /// Names that alone are kept; empty for all.
    public var allowed: [String] = []
    /// The field for a number of its own; nil for none.
    public var uuidKey: String?

    /// Changes nothing.
    public init() {}
}

/// Moves fields into a map, or out of one.
public struct NestTransform: Sendable, Hashable {
    /// Whether fields are taken out of a map.
    public var lifts: Bool
    /// Fields that are moved; `*` at the end stands for any rest.
    public var wildcards: [String] = []
    /// The map that they are moved to.
    public var nestUnder: String?
    /// The map that is taken apart.
    public var nestedUnder: String?
    /// Put before names.
    public var addedPrefix: String?
    /// Taken off names.
    public var removedPrefix: String?

    /// Makes one.
    public init(lifts: Bool) {
        self.lifts = lifts
    }
}

/// Joins records of several lines.
public struct MultilineTransform: Sendable, Hashable {
    /// Rules, by name.
    public var rules: [String]
    /// A rule that is written here; tried before named ones.
    public var rule: MultilineRule?
    /// The field that is joined; nil: records of which the whole line is a text.
    public var key: String?
    /// How long a record waits for more.
    public var flush = Duration.seconds(2)
    /// Whether partial messages (`partial_message`, CRI's and docker's) are joined instead.
    public var joinsPartial = false
    /// The field that says whether a record's text goes on in the next one's.
    public var partialKey = "partial_message"
    /// What it says then.
    public var partialValue = "true"
    /// Whether the fields that say so stay.
    public var keepsPartialKey = false
    /// Fields whose values keep streams apart (Fluentd's concat `stream_identity_key`), besides the tag.
    public var streamKeys: [String] = []
    /// What is put between joined texts.
    public var separator = ""
    /// Whether a joined record has the time of its first line; else that of the one that completed it, of its own
    /// or of the next record, or the time at which it had waited long enough.
    public var keepsFirstTime = true

    /// Makes one.
    public init(rules: [String], key: String?) {
        self.rules = rules
        self.key = key
    }
}

/// Gives records another tag.
public struct RewriteTagTransform: Sendable, Hashable {
    /// A rule.
    public struct Rule: Sendable, Hashable {
        /// The field: a record accessor.
        public var key: String
        /// The regular expression; its groups are `$1` and so on in the tag.
        public var pattern: String
        /// The tag's template: `$TAG`, `$TAG[n]`, `$0`-`$9`, record accessors.
        public var tag: String
        /// Whether the record also goes on under its old tag.
        public var keeps: Bool

        /// Makes a rule.
        public init(key: String, pattern: String, tag: String, keeps: Bool) {
            self.key = key
            self.pattern = pattern
            self.tag = tag
            self.keeps = keeps
        }
    }

    /// The rules in order; the first that fits counts.
    public var rules: [Rule]

    /// Makes one.
    public init(rules: [Rule]) {
        self.rules = rules
    }
}

/// Lets so many records through on average over a sliding window (Fluent Bit's).
public struct ThrottleTransform: Sendable, Hashable {
    /// Records for each interval.
    public var rate = 1.0
    /// Intervals in the window.
    public var window = 5
    /// The interval.
    public var interval = Duration.seconds(1)

    /// The defaults.
    public init() {}
}

/// Adds what is known of the pod.
public struct PodTransform: Sendable, Hashable {
    /// The field for it.
    public var key = "kubernetes"
    /// The prefix of tags before the file's name: `kube.var.log.containers.`.
    public var tagPrefix = "kube.var.log.containers."
    /// Whether the `log` field is parsed as JSON and merged.
    public var mergesLog = false
    /// Where it is merged to; nil: to the top.
    public var mergeLogKey: String?
    /// Whether `log` is kept when it was merged.
    public var keepsLog = true
    /// Whether labels are added.
    public var hasLabels = true
    /// Whether annotations are added.
    public var hasAnnotations = true
    /// The directory of a downward-API volume with files `labels`, `annotations`, ...
    public var directory: String?

    /// The defaults.
    public init() {}
}

/// Sets fields from templates.
public struct RecordTransformerTransform: Sendable, Hashable {
    /// Fields and their templates: `${record["a"]["b"]}`, `${tag}`, `${tag_parts[n]}`, `${hostname}`, `${time}`.
    public var fields: [(String, String)] {
        get { zip(names, templates).map { ($0, $1) } }
        set {
            names = newValue.map(\.0)
            templates = newValue.map(\.1)
        }
    }
    private var names: [String] = []
    private var templates: [String] = []
    /// Names that are removed.
    public var removed: [String] = []
    /// Names that are kept when the record is made anew.
    public var kept: [String] = []
    /// Whether the record is made anew.
    public var renewsRecord = false
    /// Whether a template that is one placeholder gives the value with its type.
    public var keepsTypes = false
    /// The field that the record's time is taken from; nil for none.
    public var renewTimeKey: String?

    /// Changes nothing.
    public init() {}
}

/// Runs a VRL script.
public struct RemapTransform: Sendable, Hashable {
    /// The script.
    public var source: String
    /// Where it is, for messages: `vector.toml:12:5` or a file.
    public var name: String
    /// Whether records for which it fails are left out.
    public var dropsOnError = false
    /// Whether records for which it aborts are left out.
    public var dropsOnAbort = true
    /// Whether they go out by the door `dropped` instead, with the reason.
    public var reroutesDropped = false
    /// The zone of times without one; nil for the service's.
    public var zone: String?

    /// Runs a script.
    public init(source: String, name: String) {
        self.source = source
        self.name = name
    }
}

/// A condition.
public enum Condition: Sendable, Hashable {
    /// A VRL script that yields true or false; `name` for messages.
    case script(source: String, name: String)
    /// Datadog's search syntax is not supported; kinds of events are always logs.
    case always(Bool)
}

/// A condition with a name.
public struct NamedCondition: Sendable, Hashable {
    /// The name.
    public var name: String
    /// The condition.
    public var condition: Condition

    /// Makes one.
    public init(_ name: String, _ condition: Condition) {
        self.name = name
        self.condition = condition
    }
}

/// Lets one of so many through.
public struct SampleTransform: Sendable, Hashable {
    /// One of so many.
    public var rate: Int
    /// The part that goes through, 0 to 1, instead of one of so many.
    public var ratio: Double?
    /// A template whose values are counted each for itself; nil: all together.
    public var groupBy: String?
    /// The field whose value decides, so that equal ones share their fate; nil: by turns.
    public var key: String?
    /// Records that always go through.
    public var exclude: Condition?
    /// The field for the rate; nil for none.
    public var rateKey: String? = "sample_rate"

    /// Lets one of so many through.
    public init(rate: Int) {
        self.rate = rate
    }
}

/// Leaves out repeated records.
public struct DedupeTransform: Sendable, Hashable {
    /// Fields that are compared; nil: all but the ignored ones.
    public var matched: [String]?
    /// Fields that are not compared.
    public var ignored: [String] = []
    /// How many are remembered.
    public var cacheSize = 5000

    /// The defaults.
    public init() {}
}

/// Lets so many records of a key through in a window.
public struct RateTransform: Sendable, Hashable {
    /// How many.
    public var threshold: Int
    /// The window.
    public var window: Duration
    /// A template for the key (`{{ field }}`); nil: all share one.
    public var key: String?
    /// Records that always go through.
    public var exclude: Condition?

    /// Lets so many through in a window.
    public init(threshold: Int, window: Duration) {
        self.threshold = threshold
        self.window = window
    }
}

/// Joins records of a group.
public struct ReduceTransform: Sendable, Hashable {
    /// Fields that make the group.
    public var groupBy: [String] = []
    /// A group ends after so long without a record.
    public var expireAfter = Duration.seconds(30)
    /// How often ended groups are looked for.
    public var flushPeriod = Duration.seconds(1)
    /// A group ends so long after its beginning; nil for no limit.
    public var endEvery: Duration?
    /// A group ends with so many records; nil for no limit.
    public var eventMaximum: Int?
    /// A group ends with a record for which this holds.
    public var endsWhen: Condition?
    /// A group begins with a record for which this holds.
    public var startsWhen: Condition?
    /// How values of a field are joined: `array concat concat_newline concat_raw discard flat_unique
    /// longest_array max min retain shortest_array sum`.
    public var strategies: [String: String] = [:]

    /// The defaults.
    public init() {}
}
