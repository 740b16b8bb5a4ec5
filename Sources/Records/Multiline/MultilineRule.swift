/// A rule that joins lines: Fluent Bit's `[MULTILINE_PARSER]`, Vector's `multiline`, Fluentd's `multiline`.
public struct MultilineRule: Sendable, Hashable {
    /// How lines are joined.
    public enum Form: Sendable, Hashable {
        /// States and the expressions that lead from one to the next; the first is `start_state`.
        case states([State])
        /// A line that fits begins a record; all until the next such line belong to it.
        case firstLine(String)
        /// Vector's: where a record begins, the condition and what it means (`halt_before`, `halt_with`,
        /// `continue_through`, `continue_past`).
        case condition(start: String, condition: String, mode: String)
        /// A line that ends so ends the record; negated, one that does not (a backslash goes on).
        case endsWith(String, negated: Bool)
        /// A line that says just this ends the record; negated, one that does not.
        case equals(String, negated: Bool)
        /// One that is always there: `docker`, `cri`, `java`, `python`, `go`, `ruby`.
        case builtIn(String)
    }

    /// A state.
    public struct State: Sendable, Hashable {
        /// Names of states that it is entered from; `start_state` for the first.
        public var from: [String]
        /// The expression.
        public var pattern: String
        /// The state that follows.
        public var next: String

        /// Makes a state.
        public init(from: [String], pattern: String, next: String) {
            self.from = from
            self.pattern = pattern
            self.next = next
        }
    }

    /// How lines are joined.
    public var form: Form
    /// How long a record waits for more.
    public var flush = Duration.seconds(4)
    /// The field whose text is joined, where lines are parsed or records come; nil: the line.
    public var keyContent: String?
    /// The field of a parsed line that keeps streams apart; nil: none does.
    public var keyGroup: String?
    /// The field of a parsed line that the rule looks at; nil: the one that is joined.
    public var keyPattern: String?
    /// The parser that is applied to lines first, by name; the record then has its fields.
    public var parser: String?
    /// The parser that is applied to the joined text, by name (Fluent Bit's old `parser_firstline`).
    public var firstLineParser: String?
    /// The most bytes of a record.
    public var bytesMaximum = 2 << 20
    /// The most lines of a record.
    public var linesMaximum = 1000
    /// Whether a record of so many lines is complete, and does not wait for another line.
    public var endsAtMaximum = false
    /// What is put between lines.
    public var separator = "\n"
    /// What is put between lines that say themselves that they go on.
    public var partialSeparator = ""

    /// Makes a rule.
    public init(_ form: Form) {
        self.form = form
    }
}
