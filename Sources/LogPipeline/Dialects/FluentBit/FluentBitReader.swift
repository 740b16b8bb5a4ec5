import Basics
import Formats

/// Reads Fluent Bit's configurations, classic or YAML, into the one form.
final class FluentBitReader {
    let log: FindingLog
    let surroundings: LogSurroundings
    let variables: FluentBitVariables
    var configuration = LogConfiguration()
    /// The ids that are taken.
    private var ids: Set<String> = []
    /// How many instances of a plugin there are, by kind and name.
    private var instances: [String: Int] = [:]
    /// What the next filter takes in.
    private var ends: [String] = []
    /// `storage.path`.
    var storagePath: String?
    /// Whether an input asks for its records to lie on disk.
    var wantsDisk = false
    /// What inputs that cannot wait may hold together.
    var heldBytes = 0
    /// Where parsers' names were used, checked when all are known.
    private var parserUses: [(name: String, place: Place)] = []
    private var multilineUses: [(name: String, place: Place)] = []
    /// Whether some output says how often it tries.
    var saysRetryLimit = false

    init(log: FindingLog, surroundings: LogSurroundings) {
        self.log = log
        self.surroundings = surroundings
        variables = FluentBitVariables(surroundings, log: log)
    }

    /// Reads a classic file.
    func read(classic text: LogText) -> LogConfiguration {
        let reader = FluentBitText(log: log, surroundings: surroundings, variables: variables)
        reader.read(text)
        return configuration(of: reader.sections, file: text.name)
    }

    /// Reads a YAML file.
    func read(yaml text: LogText) -> LogConfiguration {
        let reader = FluentBitTree(log: log, surroundings: surroundings, variables: variables)
        reader.read(text)
        return configuration(of: reader.sections, file: text.name)
    }

    // MARK: Sections

    private static let kinds: Set = [
        "service", "input", "filter", "output", "parser", "multiline_parser", "custom",
        "stream_task", "plugins", "upstream", "node",
    ]

    private func configuration(of raw: [FluentBitSection], file: String) -> LogConfiguration {
        let sections = raw.map(filled)
        configuration.service.tool = "fluent-bit"
        configuration.service.retry = Self.pauses
        // Pages and parsers come first wherever they stand: the rest refers to them.
        for section in sections where section.kind == "service" { readService(section) }
        for section in sections { readParserSection(section) }
        if log.hasErrors, sections.isEmpty { return configuration }
        for section in sections where section.kind == "input" { readInput(section) }
        let emitted = sections.filter { $0.kind == "filter" && name(of: $0) == "rewrite_tag" }
        let entrance = ends
        let first = configuration.transforms.count
        for section in sections where section.kind == "filter" { readFilter(section) }
        if !emitted.isEmpty { reenter(at: first, after: entrance) }
        for section in sections where section.kind == "output" { readOutput(section) }
        for section in sections { refuse(section) }
        finish(file: file, sections)
        return configuration
    }

    /// A section whose values have their variables replaced.
    private func filled(_ section: FluentBitSection) -> FluentBitSection {
        // `${` may be part of a parser's expression.
        if section.kind.hasSuffix("parser") { return section }
        var section = section
        for index in section.properties.indices {
            let property = section.properties[index]
            section.properties[index].value = String(
                variables.filled(property.value, property.valuePlace).trimmed
            )
        }
        section.processors = section.processors.map(filled)
        return section
    }

    func name(of section: FluentBitSection) -> String {
        (section["name"]?.value ?? "").lowercased()
    }

    private func refuse(_ section: FluentBitSection) {
        switch section.kind {
        case "custom":
            log.unsupported(section.place, "[CUSTOM] is not supported", "remove the section")
        case "stream_task", "plugins", "upstream", "node":
            log.unsupported(
                section.place,
                "[\(section.kind.uppercased())] is not supported",
                "remove the section"
            )
        case let kind where !Self.kinds.contains(kind):
            log.unknown(
                section.place,
                "the section",
                kind,
                among: ["SERVICE", "INPUT", "FILTER", "OUTPUT", "PARSER", "MULTILINE_PARSER"]
            )
        default: break
        }
    }

    // MARK: Names

    /// The name of an instance: its alias, or `tail.0`.
    func id(_ keys: FluentBitKeys, _ kind: String, _ plugin: String) -> String {
        let number = instances["\(kind)/\(plugin)", default: 0]
        instances["\(kind)/\(plugin)"] = number + 1
        let standard = "\(plugin).\(number)"
        let scope = kind == "output" ? "output/" : ""
        if let alias = keys.text("alias"), ids.insert(scope + alias).inserted { return alias }
        var id = standard
        var suffix = 1
        while !ids.insert(scope + id).inserted {
            suffix += 1
            id = "\(standard)_\(suffix)"
        }
        return id
    }

    /// The plugin of a section; nil, and a finding, if it is none that is known.
    func plugin(
        _ keys: FluentBitKeys,
        _ kind: String,
        _ known: Set<String>,
        _ others: [String: String]
    ) -> String? {
        guard let property = keys.one("name") else {
            log.error(keys.place, "the \(kind) has no name", "write Name and a plugin")
            return nil
        }
        let name = property.value.lowercased()
        if known.contains(name) { return name }
        if let remedy = others[name] {
            log.unsupported(property.place, "the \(kind) \"\(name)\" is not supported", remedy)
        } else {
            log.unknown(
                property.place,
                "the \(kind)",
                name,
                among: known.sorted() + others.keys.sorted()
            )
        }
        return nil
    }

    // MARK: The graph

    func add(_ source: SourceSettings, outlet: String? = nil) {
        configuration.sources.append(source)
        ends.append(outlet ?? source.id)
    }

    /// Puts a filter after those that are there.
    func chain(_ transform: TransformKind, id: String, match: TagMatch, place: Place) {
        var settings = TransformSettings(
            id: id,
            inlet: Inlet(ends, match: match),
            kind: transform
        )
        settings.place = place.short
        configuration.transforms.append(settings)
        ends = [id]
    }

    var outlets: [String] { ends }

    /// Has what followed a source follow its last processor instead.
    func replaceOutlet(_ id: String, with last: String) {
        if let index = ends.firstIndex(of: id) { ends[index] = last }
    }

    /// Has records that were given another tag begin anew: at the first filter.
    private func reenter(at first: Int, after entrance: [String]) {
        guard configuration.transforms.indices.contains(first) else { return }
        let doors = configuration.transforms[first...].compactMap { transform -> String? in
            if case .rewriteTag = transform.kind { transform.id + ".emitted" } else { nil }
        }
        configuration.transforms[first].inlet.from = entrance + doors
    }

    /// Which records a filter or output takes.
    func match(_ keys: FluentBitKeys, isOutput: Bool) -> TagMatch {
        let pattern = keys.text("match")
        let expression = keys.one("match_regex")
        if pattern != nil, let expression {
            log.error(expression.place, "Match and Match_Regex exclude each other", "remove one")
        }
        if let pattern {
            return pattern == "*" ? TagMatch() : TagMatch([.wildcard(pattern)])
        }
        if let expression {
            checkExpression(expression.value, expression.valuePlace)
            return TagMatch([.expression(expression.value)])
        }
        if isOutput, configuration.sources.count == 1 { return TagMatch() }
        log.unsupported(
            keys.place,
            "Match is missing, so no record comes here",
            "write Match * for every record"
        )
        return TagMatch([])
    }

    // MARK: References

    func useParser(_ name: String, _ place: Place) { parserUses.append((name, place)) }
    func useMultiline(_ name: String, _ place: Place) { multilineUses.append((name, place)) }

    func checkExpression(_ text: String, _ place: Place) {
        if let complaint = FluentBitPatterns.complaint(about: text) {
            log.error(place, complaint)
        }
    }

    private func finish(file: String, _ sections: [FluentBitSection]) {
        let parsers = FluentBitNames.shippedParsers.union(configuration.parsers.keys)
        for use in parserUses where !parsers.contains(use.name) {
            let nearest = NearestMatch.of(use.name, among: parsers.sorted())
            log.error(
                use.place,
                "the parser \"\(use.name)\" is not there",
                nearest.map { "did you mean \"\($0)\"?" }
                    ?? "define it, or name its file in [SERVICE] with Parsers_File"
            )
        }
        let multilines = FluentBitNames.builtInMultilines.union(configuration.multilines.keys)
        for use in multilineUses where !multilines.contains(use.name) {
            let nearest = NearestMatch.of(use.name, among: multilines.sorted())
            log.error(
                use.place,
                "the multiline parser \"\(use.name)\" is not there",
                nearest.map { "did you mean \"\($0)\"?" }
                    ?? "define it, or name its file in [SERVICE] with Parsers_File"
            )
        }
        for index in configuration.sinks.indices {
            if wantsDisk, let storagePath {
                let id = configuration.sinks[index].id
                configuration.sinks[index].buffer.directory = storagePath + "/" + id
            }
            let held = min(max(heldBytes, 0), 256 << 20)
            if held > configuration.sinks[index].buffer.memory {
                configuration.sinks[index].buffer.memory = held
            }
        }
        if wantsDisk, storagePath == nil {
            log.warn(
                Place(file, nil),
                "storage.type filesystem needs storage.path in [SERVICE], so nothing is kept on "
                    + "disk"
            )
        }
        if !saysRetryLimit, !configuration.sinks.isEmpty {
            configuration.notes.append(
                "no Retry_Limit: deliveries are tried until they succeed, where Fluent Bit gives "
                    + "up after one retry"
            )
        }
        let isParsers = sections.contains { $0.kind.hasSuffix("parser") }
        if log.hasErrors { return }
        if configuration.sources.isEmpty {
            log.error(
                Place(file, nil),
                isParsers && configuration.sinks.isEmpty
                    ? "there are parsers only, so there is nothing to do" : "there is no input",
                isParsers && configuration.sinks.isEmpty
                    ? "name this file in [SERVICE] of another one with Parsers_File" : ""
            )
        } else if configuration.sinks.isEmpty {
            log.error(Place(file, nil), "there is no output, so records would go nowhere")
        }
    }
}
