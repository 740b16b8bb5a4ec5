import Basics
public import Formats

/// A configuration's file.
public struct LogText: Sendable, Hashable {
    /// Its name or path.
    public var name: String
    /// What it says.
    public var bytes: [UInt8]
    /// Where it belongs in the whole: `["sources", "app"]` for a file that is one component of Vector's; empty for a
    /// whole configuration.
    public var part: [String] = []

    /// Names a text.
    public init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }
}

/// Reads configurations for logs of every language into the one form.
public enum LogConfigurations {
    /// The most bytes of a configuration's file.
    public static let bytesMaximum = 16 << 20

    /// What was read, and what should be said about it.
    public struct Result: Sendable, Hashable {
        /// The configuration.
        public var configuration: LogConfiguration
        /// The language that it was written in.
        public var dialect: LogDialect
        /// What has no effect, or another one than the writer may think; warnings only.
        public var warnings: [ConfigurationFinding]
    }

    /// Reads a configuration of one file.
    ///
    /// - Parameters:
    ///   - bytes: The file's bytes.
    ///   - name: The file's name, for messages and to guess the language.
    ///   - dialect: The language; nil guesses it.
    ///   - surroundings: Other files and the environment.
    /// - Returns: The configuration, and the warnings.
    /// - Throws: Everything that is wrong with it, and the warnings.
    public static func read(
        _ bytes: [UInt8],
        name: String,
        dialect: LogDialect? = nil,
        surroundings: LogSurroundings = LogSurroundings()
    ) throws(ConfigurationErrors) -> Result {
        try read([LogText(name: name, bytes: bytes)], dialect: dialect, surroundings: surroundings)
    }

    /// Reads a configuration of one or, in Vector's language, several files.
    ///
    /// - Parameters:
    ///   - texts: The files.
    ///   - dialect: The language; nil guesses it from the first.
    ///   - surroundings: Other files and the environment.
    /// - Returns: The configuration, and the warnings.
    /// - Throws: Everything that is wrong with it, and the warnings.
    public static func read(
        _ texts: [LogText],
        dialect: LogDialect? = nil,
        surroundings: LogSurroundings = LogSurroundings()
    ) throws(ConfigurationErrors) -> Result {
        let log = FindingLog(isLenient: surroundings.isLenient)
        guard let first = texts.first else {
            log.error(Place("configuration", nil), "there is no file")
            throw ConfigurationErrors(log.sorted)
        }
        for text in texts where text.bytes.count > bytesMaximum {
            log.error(Place(text.name, nil), "it is larger than \(bytesMaximum >> 20) MiB")
        }
        if log.hasErrors { throw ConfigurationErrors(log.sorted) }
        let guessed =
            dialect
            ?? LogDialect.guess(
                text: String(decoding: first.bytes, as: UTF8.self),
                name: first.name
            )
        guard let dialect = guessed else {
            log.error(
                Place(first.name, nil),
                "it is not plain which language this is",
                "name it: \(LogDialect.ofFiles.map(\.rawValue).joined(separator: ", "))"
            )
            throw ConfigurationErrors(log.sorted)
        }
        if texts.count > 1, dialect != .vector {
            log.error(
                Place(texts[1].name, nil),
                "one file is expected, others are included from it"
            )
        }
        var surroundings = surroundings
        if surroundings.baseDirectory.isEmpty {
            surroundings.baseDirectory = LogSurroundings.directory(of: first.name)
        }
        let configuration = read(texts, first, dialect, log, surroundings)
        guard let configuration, !log.hasErrors else { throw ConfigurationErrors(log.sorted) }
        return Result(configuration: configuration, dialect: dialect, warnings: log.sorted)
    }

    /// Recognises a command line of a busybox log adapter; nothing of it is run.
    ///
    /// - Parameters:
    ///   - words: The program and its arguments: `tail -F app.log`, `sh -c SCRIPT`.
    ///   - surroundings: The environment.
    /// - Returns: The configuration, and the warnings.
    /// - Throws: What of it is not known.
    public static func read(
        command words: [String],
        surroundings: LogSurroundings = LogSurroundings()
    ) throws(ConfigurationErrors) -> Result {
        let log = FindingLog(isLenient: surroundings.isLenient)
        let configuration = ShellReader(log: log, surroundings: surroundings).read(words)
        // Half of a command is no command, even to who is lenient.
        guard let configuration, !log.hasErrors else { throw ConfigurationErrors(log.sorted) }
        return Result(configuration: configuration, dialect: .shell, warnings: log.sorted)
    }

    /// Makes a configuration where there is none, from the environment and what is mounted.
    ///
    /// - Parameters:
    ///   - program: The program whose place is taken: Fluent Bit or Fluentd.
    ///   - surroundings: The environment, and directories that are mounted read-only.
    /// - Returns: The configuration; what was decided is in its notes.
    /// - Throws: What of the environment is wrong.
    public static func read(
        environmentOf program: LogDialect,
        surroundings: LogSurroundings
    ) throws(ConfigurationErrors) -> Result {
        let log = FindingLog(isLenient: surroundings.isLenient)
        let reader = EnvironmentReader(log: log, surroundings: surroundings, program: program)
        let configuration = reader.read()
        guard !log.hasErrors else { throw ConfigurationErrors(log.sorted) }
        return Result(configuration: configuration, dialect: .environment, warnings: log.sorted)
    }

    private static func read(
        _ texts: [LogText],
        _ first: LogText,
        _ dialect: LogDialect,
        _ log: FindingLog,
        _ surroundings: LogSurroundings
    ) -> LogConfiguration? {
        switch dialect {
        case .fluentBit:
            return FluentBitReader(log: log, surroundings: surroundings).read(classic: first)
        case .fluentBitYAML:
            return FluentBitReader(log: log, surroundings: surroundings).read(yaml: first)
        case .fluentd:
            return FluentdReader(log: log, surroundings: surroundings).read(first)
        case .vector:
            var reader = VectorReader(log: log, surroundings: surroundings)
            return reader.read(texts)
        case .own: return OwnReader(log: log, surroundings: surroundings).read(first)
        case .shell, .environment:
            log.error(Place(first.name, nil), "\(dialect.rawValue) cannot be read from a file")
            return nil
        }
    }

    /// The root of the one document in a YAML or JSON text.
    static func tree(_ text: LogText, _ log: FindingLog) -> TreeNode? {
        do throws(FormatError) {
            let trees = try YAML.documents(in: text.bytes)
            guard let tree = trees.first else {
                log.error(Place(text.name, nil), "the file is empty")
                return nil
            }
            if trees.count > 1 {
                log.error(
                    Place(text.name, trees[1].position),
                    "one document is expected",
                    "remove the --- and what follows"
                )
            }
            return TreeNode(tree: tree, path: FieldPath(), file: text.name, log: log)
        } catch {
            log.error(Place(text.name, error.position), error.what, error.remedy)
            return nil
        }
    }
}
