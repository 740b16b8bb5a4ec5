import Basics
import Formats
import Records

extension FluentBitReader {
    /// Reads a file of parsers that `[SERVICE]` names.
    func readParsers(file property: FluentBitProperty) {
        let path = surroundings.resolved(property.value, below: surroundings.baseDirectory)
        let last = path.split(separator: "/").last.map(String.init) ?? path
        guard let bytes = surroundings.readFile(path) else {
            if FluentBitNames.shippedFiles.contains(last) {
                log.warn(
                    property.valuePlace,
                    "\(path) cannot be read; the parsers of Fluent Bit's image are there anyhow"
                )
            } else {
                log.error(property.valuePlace, "\(path) cannot be read")
            }
            return
        }
        guard bytes.count <= LogConfigurations.bytesMaximum else {
            log.error(property.valuePlace, "\(path) is too large")
            return
        }
        let text = LogText(name: path, bytes: bytes)
        let sections: [FluentBitSection]
        if last.hasSuffix(".yaml") || last.hasSuffix(".yml") {
            let reader = FluentBitTree(log: log, surroundings: surroundings, variables: variables)
            reader.read(text)
            sections = reader.sections
        } else {
            let reader = FluentBitText(log: log, surroundings: surroundings, variables: variables)
            reader.read(text)
            sections = reader.sections
        }
        for section in sections {
            // Parsers are not searched for variables: `${` may be part of an expression.
            if section.kind == "parser" || section.kind == "multiline_parser" {
                readParserSection(section)
            } else {
                log.error(
                    section.place,
                    "[\(section.kind.uppercased())] does not belong into a file of parsers",
                    "move it to the main file"
                )
            }
        }
    }

    /// `[PARSER]` and `[MULTILINE_PARSER]`; others are left alone.
    func readParserSection(_ section: FluentBitSection) {
        switch section.kind {
        case "parser": readParser(section)
        case "multiline_parser": readMultiline(section)
        default: break
        }
    }

    private func readParser(_ section: FluentBitSection) {
        let keys = FluentBitKeys(section, log: log)
        defer { keys.finish() }
        let name = keys.required("name")
        let format = keys.choice("format", ["json", "regex", "ltsv", "logfmt"])
        if format == nil, !keys.has("format") {
            log.error(section.place, "the parser has no format", "write Format json or regex")
        }
        let expression = keys.one("regex")
        var form = ParserRule.Form.json
        switch format {
        case "regex":
            guard let expression else {
                log.error(section.place, "the parser has no regular expression", "write Regex")
                break
            }
            let text = FluentBitPatterns.unslashed(expression.value)
            checkExpression(text, expression.valuePlace)
            if !text.contains("(?<"), !text.contains("(?P<"), !text.contains("(?'") {
                log.error(
                    expression.valuePlace,
                    "the expression names no group, so it would yield no field",
                    "write groups as (?<name>...)"
                )
            }
            form = .regex(text)
        case "ltsv": form = .ltsv
        case "logfmt": form = .logfmt
        default: break
        }
        if format != "regex", let expression {
            log.warn(expression.place, "Regex has no effect: the format is \(format ?? "none")")
        }
        var rule = ParserRule(form)
        readTimes(keys, &rule)
        rule.skipsEmptyValues = keys.bool("skip_empty_values") ?? true
        rule.refusesBareKeys = keys.bool("logfmt_no_bare_keys") ?? false
        readTypes(keys, &rule)
        readDecoders(keys, &rule)
        guard let name else { return }
        if configuration.parsers[name] != nil {
            log.warn(section.place, "the parser \"\(name)\" is there already; the first counts")
            return
        }
        configuration.parsers[name] = rule
    }

    private func readTimes(_ keys: FluentBitKeys, _ rule: inout ParserRule) {
        rule.timeFormat = keys.text("time_format")
        rule.timeKey = keys.text("time_key") ?? (rule.timeFormat == nil ? nil : "time")
        if rule.timeFormat == nil, keys.has("time_key"), let key = keys.one("time_key") {
            log.warn(key.place, "Time_Key has no effect without Time_Format", "write Time_Format")
        }
        rule.keepsTime = keys.bool("time_keep") ?? false
        rule.isTimeStrict = keys.bool("time_strict") ?? true
        rule.usesSystemZone = keys.bool("time_system_timezone") ?? false
        guard let offset = keys.one("time_offset") else { return }
        guard let seconds = Self.offset(offset.value) else {
            log.error(offset.valuePlace, "\"\(offset.value)\" is no offset", "write +0200")
            return
        }
        rule.timeOffset = seconds
    }

    /// Seconds east of UTC: `+0200`, `-05:00`, `Z`.
    static func offset(_ text: String) -> Int? {
        if text == "Z" || text == "UTC" { return 0 }
        let sign = text.hasPrefix("-") ? -1 : 1
        let digits = text.drop { $0 == "+" || $0 == "-" }.filter { $0 != ":" }
        guard digits.count == 4, let number = Int(digits), digits.allSatisfy(\.isNumber) else {
            return nil
        }
        let (hours, minutes) = (number / 100, number % 100)
        return hours <= 14 && minutes < 60 ? sign * (hours * 3600 + minutes * 60) : nil
    }

    private func readTypes(_ keys: FluentBitKeys, _ rule: inout ParserRule) {
        for property in keys.all("types") {
            for pair in property.value.split(whereSeparator: { $0 == " " || $0 == "\t" }) {
                guard let colon = pair.lastIndex(of: ":") else {
                    log.error(property.valuePlace, "\"\(pair)\" has no type", "write key:integer")
                    continue
                }
                let type = pair[pair.index(after: colon)...].lowercased()
                let known = ["integer", "float", "bool", "string", "hex"]
                guard known.contains(type) else {
                    let nearest = NearestMatch.of(type, among: known)
                    log.error(
                        property.valuePlace,
                        "\"\(type)\" is not one of \(known.joined(separator: ", "))",
                        nearest.map { "did you mean \"\($0)\"?" } ?? ""
                    )
                    continue
                }
                rule.types[String(pair[..<colon])] = type
            }
        }
    }

    private func readDecoders(_ keys: FluentBitKeys, _ rule: inout ParserRule) {
        _ = keys.all("decode_field") + keys.all("decode_field_as")
        for property in keys.section.properties {
            let key = property.key.lowercased()
            guard key == "decode_field" || key == "decode_field_as" else { continue }
            let words = FluentBitValues.words(property.value)
            let known = ["json", "escaped", "escaped_utf8", "mysql_quoted"]
            guard words.count == 2 || words.count == 3, known.contains(words[0]) else {
                log.error(
                    property.valuePlace,
                    "a decoder and a field are expected",
                    "write json log, with one of \(known.joined(separator: ", "))"
                )
                continue
            }
            let action = words.count == 3 ? words[2].lowercased() : ""
            guard ["", "try_next", "do_next"].contains(action) else {
                log.error(property.valuePlace, "\"\(action)\" is not try_next or do_next")
                continue
            }
            rule.decoders.append(
                ParserRule.Decoder(
                    replaces: key == "decode_field_as",
                    name: words[0],
                    key: words[1],
                    action: action
                )
            )
        }
    }

    // MARK: Several lines

    private func readMultiline(_ section: FluentBitSection) {
        let keys = FluentBitKeys(section, log: log)
        defer { keys.finish() }
        let name = keys.required("name")
        let type = keys.choice("type", ["regex", "endswith", "equal", "eq"]) ?? "regex"
        if !keys.has("type") {
            log.error(section.place, "the multiline parser has no type", "write Type regex")
        }
        var rule = MultilineRule(.states(states(keys)))
        switch type {
        case "endswith":
            rule.form = .endsWith(
                keys.required("match_string") ?? "",
                negated: keys.bool("negate") ?? false
            )
        case "regex":
            if case .states(let states) = rule.form, states.isEmpty, !log.hasErrors {
                log.error(section.place, "the multiline parser has no rule", "write Rule")
            }
        default:
            rule.form = .equals(
                keys.required("match_string") ?? "",
                negated: keys.bool("negate") ?? false
            )
        }
        if let flush = keys.one("flush_timeout") {
            // A bare number counts milliseconds here, unlike elsewhere.
            if let number = Int(flush.value) {
                rule.flush = .milliseconds(max(1, min(number, 86_400_000)))
            } else if let time = keys.time("flush_timeout") {
                rule.flush = time
            }
        }
        rule.keyContent = keys.text("key_content")
        rule.keyGroup = keys.text("key_group")
        rule.keyPattern = keys.text("key_pattern")
        if let parser = keys.one("parser") {
            rule.parser = parser.value
            useParser(parser.value, parser.valuePlace)
        }
        guard let name else { return }
        if configuration.multilines[name] != nil {
            log.warn(section.place, "the parser \"\(name)\" is there already; the first counts")
            return
        }
        configuration.multilines[name] = rule
    }

    private func states(_ keys: FluentBitKeys) -> [MultilineRule.State] {
        var states: [MultilineRule.State] = []
        for property in keys.all("rule") {
            let words = FluentBitValues.words(property.value)
            guard words.count == 3 else {
                log.error(
                    property.valuePlace,
                    "a state, an expression and the next state are expected",
                    "write \"start_state\" \"/^begin/\" \"cont\""
                )
                continue
            }
            let pattern = FluentBitPatterns.unslashed(words[1])
            checkExpression(pattern, property.valuePlace)
            let from = words[0].split(separator: ",").map { String($0.trimmed) }
            states.append(MultilineRule.State(from: from, pattern: pattern, next: words[2]))
        }
        guard let first = states.first, let property = keys.all("rule").first else { return [] }
        if !first.from.contains("start_state") {
            log.error(property.valuePlace, "the first rule must be that of start_state")
        }
        let names = Set(states.flatMap(\.from))
        for (state, property) in zip(states, keys.all("rule")) where !names.contains(state.next) {
            log.error(
                property.valuePlace,
                "there is no rule for the state \"\(state.next)\"",
                NearestMatch.of(state.next, among: names.sorted()).map { "did you mean \"\($0)\"?" }
                    ?? ""
            )
        }
        return states
    }
}
