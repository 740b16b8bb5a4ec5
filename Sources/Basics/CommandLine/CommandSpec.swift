/// A command of a program, declared: what it is called, takes and does.
///
/// Parsing, help and shell completion are all derived from this one declaration.
public struct CommandSpec: Sendable {
    /// A positional argument.
    public struct Argument: Sendable {
        /// How many values it takes.
        public enum Arity: Sendable {
            /// Exactly one.
            case one
            /// None or one.
            case optional
            /// Any number, none included.
            case any
            /// At least one.
            case some
        }

        /// Its name in capitals, as help shows it.
        public var name: String
        /// How many values it takes.
        public var arity: Arity
        /// One line of help.
        public var help: String

        /// Declares an argument.
        public init(_ name: String, _ arity: Arity = .one, help: String) {
            self.name = name
            self.arity = arity
            self.help = help
        }
    }

    /// The name typed by the user.
    public var name: String
    /// Further names that work as well.
    public var aliases: [String]
    /// One line, without a full stop.
    public var summary: String
    /// Paragraphs shown by `--help` below the options.
    public var discussion: String
    /// The positional arguments, in order; only the last may take any number.
    public var arguments: [Argument]
    /// The options.
    public var options: [OptionSpec]
    /// The subcommands; a command has either these or arguments.
    public var subcommands: [CommandSpec]
    /// Whether it also does something without a subcommand.
    public var runsAlone = false
    /// Whether the command is left out of help and completion.
    public var isHidden: Bool

    /// Declares a command.
    public init(
        _ name: String,
        aliases: [String] = [],
        summary: String,
        discussion: String = "",
        arguments: [Argument] = [],
        options: [OptionSpec] = [],
        subcommands: [CommandSpec] = [],
        isHidden: Bool = false
    ) {
        self.name = name
        self.aliases = aliases
        self.summary = summary
        self.discussion = discussion
        self.arguments = arguments
        self.options = options
        self.subcommands = subcommands
        self.isHidden = isHidden
    }

    /// The subcommand of that name or alias.
    public func subcommand(_ word: String) -> CommandSpec? {
        subcommands.first { $0.name == word || $0.aliases.contains(word) }
    }
}

/// An option of a command, declared.
public struct OptionSpec: Sendable {
    /// What follows the option's name.
    public enum Value: Sendable, Equatable {
        /// Nothing: the option is there or not (`--flag=false` is understood).
        case flag
        /// A text; the placeholder stands in help.
        case text(String)
        /// A whole number; the placeholder stands in help.
        case number(String)
        /// A duration such as `90s`, `5m`, `1h30m`, or plain seconds.
        case duration
        /// One of these words.
        case choice([String])
    }

    /// The long name, without dashes.
    public var name: String
    /// The one-letter name.
    public var letter: Character?
    /// What follows the name.
    public var value: Value
    /// Whether the option may be given several times, each adding a value.
    public var repeats: Bool
    /// One line of help.
    public var help: String
    /// The value that holds if the option is not given, for help only.
    public var byDefault: String?

    /// Declares an option.
    public init(
        _ name: String,
        _ letter: Character? = nil,
        _ value: Value = .flag,
        repeats: Bool = false,
        help: String,
        byDefault: String? = nil
    ) {
        self.name = name
        self.letter = letter
        self.value = value
        self.repeats = repeats
        self.help = help
        self.byDefault = byDefault
    }
}
