/// A parser as a configuration describes it: Fluent Bit's `[PARSER]`, Fluentd's `<parse>`.
public struct ParserRule: Sendable, Hashable {
    /// How a text becomes fields.
    public enum Form: Sendable, Hashable {
        /// A JSON object.
        case json
        /// Named groups of a regular expression in Onigmo's writing.
        case regex(String)
        /// `label:value` with tabs between.
        case ltsv
        /// `key=value` pairs.
        case logfmt
        /// Values with a delimiter; these are their names.
        case csv(names: [String], delimiter: UInt8)
        /// CRI's lines.
        case cri
        /// Syslog of either kind, by what it looks like.
        case syslog
        /// The whole text as one field (Fluentd's `none`).
        case none(key: String)
        /// The first of several rules that fits.
        indirect case any([ParserRule])
        /// Apache's combined lines and errors, nginx's: our own writing of Fluentd's formats.
        case named(String)
    }

    /// A step that is done to a field after parsing: `decode_field json log`.
    public struct Decoder: Sendable, Hashable {
        /// Whether the result takes the field's place (`decode_field_as`); if not it is merged.
        public var replaces: Bool
        /// `json`, `escaped`, `escaped_utf8`, `mysql_quoted`.
        public var name: String
        /// The field.
        public var key: String
        /// What follows: `try_next`, `do_next` or nothing.
        public var action: String

        /// Makes a step.
        public init(replaces: Bool, name: String, key: String, action: String = "") {
            self.replaces = replaces
            self.name = name
            self.key = key
            self.action = action
        }
    }

    /// How a text becomes fields.
    public var form: Form
    /// The field for the time; nil for none.
    public var timeKey: String?
    /// Its format: strptime with `%L`; nil: as the field is.
    public var timeFormat: String?
    /// Whether the time's field is kept.
    public var keepsTime = false
    /// The zone of times without one, in seconds east of UTC.
    public var timeOffset = 0
    /// Whether the machine's zone is used instead.
    public var usesSystemZone = false
    /// Whether a time that does not fit fails the parser.
    public var isTimeStrict = true
    /// Whether empty values are left out.
    public var skipsEmptyValues = true
    /// Types of fields: `integer`, `float`, `bool`, `string`, `hex`; Fluentd's `time:FORMAT`, `array:,`.
    public var types: [String: String] = [:]
    /// What is done to fields afterwards, in order.
    public var decoders: [Decoder] = []
    /// Whether bare keys of logfmt are left out (`logfmt_no_bare_keys`).
    public var refusesBareKeys = false

    /// Makes a rule.
    public init(_ form: Form) {
        self.form = form
    }
}
