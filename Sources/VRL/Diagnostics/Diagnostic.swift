/// One complaint about a script.
public struct Diagnostic: Sendable, Hashable {
    /// How bad it is.
    public enum Severity: String, Sendable, Hashable {
        /// The script cannot run.
        case error
        /// It runs, but probably does not do what was meant.
        case warning
    }

    /// A remark at a place in the script.
    public struct Label: Sendable, Hashable {
        /// What is remarked.
        public var text: String
        /// The bytes in the source that it is about.
        public var span: Range<Int>
        /// Whether this is the place of the mistake itself.
        public var isPrimary: Bool

        static func primary(_ text: String, _ span: Range<Int>) -> Self {
            Self(text: text, span: span, isPrimary: true)
        }

        static func context(_ text: String, _ span: Range<Int>) -> Self {
            Self(text: text, span: span, isPrimary: false)
        }
    }

    /// How bad it is.
    public var severity: Severity
    /// VRL's number of the mistake, as in `E103`.
    public var code: Int
    /// The mistake in a few words.
    public var message: String
    /// Remarks at places in the script.
    public var labels: [Label]
    /// Hints, one line each.
    public var notes: [String]

    init(
        _ severity: Severity = .error,
        code: Int,
        message: String,
        labels: [Label] = [],
        notes: [String] = []
    ) {
        self.severity = severity
        self.code = code
        self.message = message
        self.labels = labels
        self.notes = notes
    }

    /// Where errors and how to handle them are described.
    static let errorHandling = "see \"Errors\" in Documentation/vrl.md about error handling"

    /// The lines of a way out: a title and code.
    static func solution(_ title: String, _ lines: [String]) -> [String] {
        ["try: " + title, ""] + lines.map { "    " + $0 } + [""]
    }
}
