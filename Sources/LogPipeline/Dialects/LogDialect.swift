/// The languages that configurations for logs are written in.
public enum LogDialect: String, Sendable, Hashable, CaseIterable {
    /// Fluent Bit's classic sections.
    case fluentBit = "fluent-bit"
    /// Fluent Bit's YAML.
    case fluentBitYAML = "fluent-bit-yaml"
    /// Fluentd's directives.
    case fluentd
    /// Vector's TOML, YAML and JSON.
    case vector
    /// Our own YAML, `logs.yaml`.
    case own
    /// A command line of a shell: `tail -F app.log`.
    case shell
    /// Variables of the environment, without a file.
    case environment

    /// The languages of files.
    public static let ofFiles: [LogDialect] = [.fluentBit, .fluentBitYAML, .fluentd, .vector, .own]

    /// The language that a program of that name reads.
    public static func of(program: String) -> LogDialect? {
        switch program.split(separator: "/").last ?? "" {
        case "fluent-bit", "td-agent-bit": .fluentBit
        case "fluentd", "td-agent": .fluentd
        case "vector": .vector
        case "tail", "sh", "ash", "bash", "busybox": .shell
        default: nil
        }
    }

    /// The language of a file, by its content and then its name; nil if nothing tells.
    ///
    /// - Parameters:
    ///   - text: The file's text.
    ///   - name: The file's name or path.
    /// - Returns: The language.
    public static func guess(text: String, name: String) -> LogDialect? {
        if let dialect = guess(text: text) { return dialect }
        let parts = name.lowercased().split(separator: "/")
        let last = String(parts.last ?? "")
        let isYAML = last.hasSuffix(".yaml") || last.hasSuffix(".yml")
        if last.hasPrefix("fluent-bit") || last.hasPrefix("td-agent-bit")
            || parts.contains("fluent-bit")
        {
            return isYAML ? .fluentBitYAML : .fluentBit
        }
        if last.hasPrefix("fluent") || last.hasPrefix("td-agent") || parts.contains("fluentd") {
            return .fluentd
        }
        if last.hasPrefix("vector") || last.hasSuffix(".toml") || parts.contains("vector") {
            return .vector
        }
        if isYAML { return .own }
        if last.hasSuffix(".json") { return .vector }
        if last.hasSuffix(".conf") { return .fluentBit }
        return nil
    }

    private static let fluentBitSections: Set = [
        "service", "input", "filter", "output", "parser", "multiline_parser", "plugins", "custom",
        "upstream", "node", "stream_task",
    ]
    private static let fluentBitKeys: Set = [
        "pipeline", "service", "parsers", "multiline_parsers", "includes", "env", "customs",
    ]
    /// Keys that both Fluent Bit's YAML and ours have; others must tell.
    private static let sharedKeys: Set = ["service", "parsers"]
    private static let ownKeys: Set = ["from", "to", "steps", "multilines"]
    private static let fluentdElements: Set = [
        "source", "match", "filter", "label", "system", "worker",
    ]
    /// Vector's tables; `sources` and `sinks` may be ours as well, as lists.
    private static let vectorTables: Set = [
        "sources", "transforms", "sinks", "api", "enrichment_tables", "schema", "secret",
        "tests",
    ]
    private static let vectorKeys: Set = [
        "data_dir", "timezone", "acknowledgements", "log_schema", "healthchecks",
        "wildcard_matching", "expire_metrics_secs",
    ]

    private static func guess(text: String) -> LogDialect? {
        var lines = text.split(whereSeparator: \.isNewline)[...]
        var looked = 0
        var undecided: LogDialect?
        while let line = lines.popFirst(), looked < 1000 {
            looked += 1
            let trimmed = line.drop { $0 == " " || $0 == "\t" || $0 == "{" }
            if trimmed.isEmpty || trimmed.hasPrefix("#") || trimmed == "---" { continue }
            let isIndented = line.first == " " || line.first == "\t"
            if trimmed.hasPrefix("@INCLUDE") || trimmed.hasPrefix("@SET") { return .fluentBit }
            if trimmed.hasPrefix("@include") { return .fluentd }
            if trimmed.hasPrefix("<") {
                let word = trimmed.dropFirst().prefix { $0.isLetter }
                return fluentdElements.contains(String(word)) ? .fluentd : nil
            }
            if trimmed.hasPrefix("[") {
                let word = trimmed.dropFirst().drop { $0 == "[" || $0 == " " }
                    .prefix { $0.isLetter || $0 == "_" }
                if vectorTables.contains(String(word)) || vectorKeys.contains(String(word)) {
                    return .vector
                }
                return fluentBitSections.contains(word.lowercased()) ? .fluentBit : nil
            }
            let word = trimmed.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "\"" }
            let bare = word.filter { $0 != "\"" }
            let rest = trimmed.dropFirst(word.count).drop { $0 == " " || $0 == "\t" }
            if rest.hasPrefix("=") || rest.hasPrefix(".") {
                return vectorKeys.contains(bare) || vectorTables.contains(bare) ? .vector : nil
            }
            guard rest.hasPrefix(":") else {
                if undecided != nil { continue }
                return nil
            }
            // JSON may have its first key on the line of the brace or below it.
            if isIndented, !text.drop(while: \.isWhitespace).hasPrefix("{") { continue }
            if ownKeys.contains(bare) { return .own }
            if sharedKeys.contains(bare) {
                undecided = .fluentBitYAML
                continue
            }
            if fluentBitKeys.contains(bare) { return .fluentBitYAML }
            if bare == "config" || bare == "system" { return .fluentd }
            if vectorKeys.contains(bare) { return .vector }
            if vectorTables.contains(bare) {
                return isMap(after: rest.dropFirst(), lines) ? .vector : .own
            }
        }
        return undecided
    }

    /// Whether a key's value is a map: on its line, or on the next one that says something.
    private static func isMap(after rest: Substring, _ lines: ArraySlice<Substring>) -> Bool {
        let value = rest.drop { $0 == " " || $0 == "\t" }
        if !value.isEmpty, !value.hasPrefix("#") { return value.hasPrefix("{") }
        for line in lines {
            let trimmed = line.drop { $0 == " " || $0 == "\t" }
            if trimmed.isEmpty || trimmed.hasPrefix("#") { continue }
            return !trimmed.hasPrefix("-") && !trimmed.hasPrefix("[")
        }
        return false
    }
}
