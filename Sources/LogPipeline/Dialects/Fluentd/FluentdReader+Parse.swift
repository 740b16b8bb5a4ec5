import Basics
import Formats
import Records

/// What a `<parse>` says.
struct FluentdParse {
    /// The parser's name in the configuration; nil if lines stay as they are.
    var name: String?
    /// The parser.
    var rule: ParserRule?
    /// The field of a line that is not parsed.
    var key = "message"
    /// Records begin with lines that fit.
    var firstLine: String?
}

extension FluentdReader {
    private static let parameters: Set = [
        "time_key", "time_format", "keep_time_key", "types", "keys", "delimiter", "expression",
        "message_key", "timezone", "localtime", "utc", "null_value_pattern", "null_empty_string",
        "estimate_current_event", "time_type", "with_priority", "message_format",
        "label_delimiter", "format_firstline", "json_parser", "parser_type",
    ]

    /// The `<parse>` of an element, or what was written before there was one.
    func parseElement(_ keys: FluentdKeys) -> FluentdElement? {
        let inner = keys.elements("parse")
        for extra in inner.dropFirst() {
            log.error(extra.place, "<parse> is there twice", "remove one")
        }
        if let element = inner.first { return element }
        guard let format = keys.one("format") else { return nil }
        var element = FluentdElement(name: "parse", argument: "", place: format.place)
        if format.value.hasPrefix("/") {
            element.parameters.append(renamed(format, "expression"))
            var type = renamed(format, "@type")
            type.value = "regexp"
            element.parameters.append(type)
        } else {
            element.parameters.append(renamed(format, "@type"))
        }
        for parameter in keys.element.parameters
        where Self.parameters.contains(parameter.key)
            || parameter.key.hasPrefix("format")
                && parameter.key.dropFirst(6).allSatisfy(\.isNumber)
                && parameter.key != "format"
        {
            keys.accepted(parameter.key)
            element.parameters.append(parameter)
        }
        return element
    }

    private func renamed(_ parameter: FluentdParameter, _ key: String) -> FluentdParameter {
        var parameter = parameter
        parameter.key = key
        return parameter
    }

    /// Reads a `<parse>`; the rule is kept under a name.
    func parse(_ element: FluentdElement?, id: String, standard: String? = nil) -> FluentdParse {
        var result = FluentdParse()
        guard let element else {
            guard let standard else { return result }
            var rule = ParserRule(.json)
            rule.timeKey = "time"
            if standard == "syslog" { rule = ParserRule(.syslog) }
            result.rule = rule
            result.name = id
            configuration.parsers[id] = rule
            return result
        }
        let keys = FluentdKeys(element, log: log)
        defer { keys.finish() }
        guard let type = element.type?.value ?? standard else {
            log.error(element.place, "<parse> has no @type", "write @type json")
            return result
        }
        result.key = keys.text("message_key") ?? "message"
        guard var rule = rule(type, keys, &result) else {
            if type == "none" { _ = times(keys, ParserRule(.none(key: result.key))) }
            return result
        }
        rule = times(keys, rule)
        for (name, type) in keys.map("types") {
            let word = type.split(separator: ":").first.map(String.init) ?? ""
            let known = ["string", "integer", "float", "bool", "time", "array"]
            if known.contains(word) {
                rule.types[name] = type
            } else if let place = keys.one("types")?.valuePlace {
                log.error(
                    place,
                    "\"\(type)\" is not one of \(known.joined(separator: ", "))",
                    NearestMatch.of(type, among: known).map { "did you mean \"\($0)\"?" } ?? ""
                )
            }
        }
        rule.skipsEmptyValues = false
        keys.unsupported("null_value_pattern")
        keys.unsupported(switch: "null_empty_string", unless: false)
        _ = keys.bool("estimate_current_event")
        keys.accepted("json_parser", "timeout", "parser_type")
        result.rule = rule
        result.name = id
        configuration.parsers[id] = rule
        return result
    }

    private func rule(
        _ type: String,
        _ keys: FluentdKeys,
        _ result: inout FluentdParse
    ) -> ParserRule? {
        switch type {
        case "none": return nil
        case "json": return ParserRule(.json)
        case "ltsv":
            if let mark = keys.text("delimiter"), mark != "\t", mark != "\\t" {
                log.unsupported(keys.place, "pairs are parted by tabs only")
            }
            if let mark = keys.text("label_delimiter"), mark != ":" {
                log.unsupported(keys.place, "labels end in a colon only")
            }
            return ParserRule(.ltsv)
        case "logfmt": return ParserRule(.logfmt)
        case "csv", "tsv": return separated(type, keys)
        case "regexp": return expression(keys)
        case "multi_format": return several(keys)
        case "multiline": return multiline(keys, &result)
        case "cri": return cri(keys)
        case "syslog":
            _ = keys.choice("message_format", ["rfc3164", "rfc5424", "auto"])
            _ = keys.bool("with_priority")
            keys.accepted("rfc5424_time_format", "support_colonless_ident")
            return ParserRule(.syslog)
        case "apache", "apache2", "apache_error", "nginx":
            var rule = ParserRule(.named(type))
            rule.timeKey = "time"
            return rule
        default:
            guard let parameter = keys.element.type else { return nil }
            let known = [
                "none", "json", "regexp", "ltsv", "csv", "tsv", "syslog", "apache2",
                "apache_error", "nginx", "multiline", "logfmt", "cri",
            ]
            if let remedy = FluentdNames.others[type] {
                log.unsupported(parameter.place, "the parser \"\(type)\" is not supported", remedy)
                _ = keys.own()
            } else {
                log.unknown(parameter.place, "the parser", type, among: known)
            }
            return nil
        }
    }

    /// `multi_format`: the first `<pattern>` that fits.
    private func several(_ keys: FluentdKeys) -> ParserRule {
        var rules: [ParserRule] = []
        for element in keys.elements("pattern") {
            let inner = FluentdKeys(element, log: log)
            guard let format = inner.one("format") else {
                log.error(element.place, "\"format\" is missing", "write json, regexp or none")
                continue
            }
            var made = FluentdElement(name: "parse", argument: "", place: element.place)
            var type = renamed(format, "@type")
            if format.value.hasPrefix("/") {
                made.parameters.append(renamed(format, "expression"))
                type.value = "regexp"
            }
            made.parameters.append(type)
            made.parameters += element.parameters.filter { $0.key != "format" }
            if type.value == "none" {
                let key = element["message_key"]?.value ?? "message"
                rules.append(ParserRule(.none(key: key)))
                continue
            }
            let name = "multi_format pattern"
            if let rule = parse(made, id: name).rule { rules.append(rule) }
            configuration.parsers[name] = nil
        }
        if rules.isEmpty {
            log.error(keys.place, "<pattern> is missing", "write format json in it")
        }
        return ParserRule(.any(rules))
    }

    private func separated(_ type: String, _ keys: FluentdKeys) -> ParserRule {
        let names = keys.list("keys")
        if names.isEmpty { log.error(keys.place, "\"keys\" is missing", "name the fields") }
        var delimiter = type == "tsv" ? UInt8(9) : UInt8(ascii: ",")
        if let text = keys.one("delimiter")?.value {
            let plain = text == "\\t" ? "\t" : text
            if plain.utf8.count == 1, let byte = plain.utf8.first {
                delimiter = byte
            } else {
                log.error(keys.place, "the delimiter must be one character")
            }
        }
        return ParserRule(.csv(names: names, delimiter: delimiter))
    }

    private func expression(_ keys: FluentdKeys) -> ParserRule? {
        guard let parameter = keys.one("expression") else {
            log.error(keys.place, "\"expression\" is missing", "write /(?<name>...)/")
            return nil
        }
        let text = FluentBitPatterns.unslashed(parameter.value)
        check(text, parameter.valuePlace)
        if !text.contains("(?<") {
            log.error(
                parameter.valuePlace,
                "the expression names no group, so it would yield no field",
                "write groups as (?<name>...)"
            )
        }
        // Ruby's `m` has the dot fit line ends.
        let flags =
            (keys.bool("ignorecase") == true ? "i" : "")
            + (keys.bool("multiline") == true ? "s" : "")
        return ParserRule(.regex(flags.isEmpty ? text : "(?\(flags))" + text))
    }

    private func multiline(_ keys: FluentdKeys, _ result: inout FluentdParse) -> ParserRule? {
        var parts: [String] = []
        for number in 1...20 {
            guard let parameter = keys.one("format\(number)") else { continue }
            let text = FluentBitPatterns.unslashed(parameter.value)
            check(text, parameter.valuePlace)
            parts.append(text)
        }
        if let first = keys.one("format_firstline") {
            let text = FluentBitPatterns.unslashed(first.value)
            check(text, first.valuePlace)
            result.firstLine = text
        } else {
            log.unsupported(
                keys.place,
                "without format_firstline nothing says where a record begins",
                "write format_firstline"
            )
        }
        guard !parts.isEmpty else {
            log.error(keys.place, "\"format1\" is missing", "write /(?<message>.*)/")
            return nil
        }
        _ = keys.bool("unmatched_lines")
        // Ruby's `m` has the dot fit line ends: these expressions are for several lines.
        return ParserRule(.regex("(?s)" + parts.joined()))
    }

    private func cri(_ keys: FluentdKeys) -> ParserRule {
        var rule = ParserRule(
            .regex("^(?<time>[^ ]+) (?<stream>stdout|stderr) (?<logtag>[^ ]*) (?<message>.*)$")
        )
        rule.timeKey = "time"
        rule.timeFormat = "%Y-%m-%dT%H:%M:%S.%L%z"
        keys.unsupported(switch: "merge_cri_fields", unless: true)
        keys.unsupported(elements: "parse", instead: "use a filter parser after it")
        return rule
    }

    /// What concerns the time of records.
    func times(_ keys: FluentdKeys, _ given: ParserRule) -> ParserRule {
        var rule = given
        rule.timeKey = keys.text("time_key") ?? rule.timeKey ?? "time"
        if let format = keys.text("time_format"), format != "%iso8601" { rule.timeFormat = format }
        switch keys.choice("time_type", ["string", "float", "unixtime", "mixed"]) {
        case "unixtime": rule.timeFormat = "%s"
        case "float": rule.timeFormat = "%s.%N"
        default: break
        }
        keys.unsupported("time_format_fallbacks")
        rule.keepsTime = keys.bool("keep_time_key") ?? false
        let isUTC = keys.bool("utc") ?? (keys.bool("localtime").map { !$0 } ?? false)
        rule.usesSystemZone = !isUTC
        if let zone = keys.one("timezone") {
            if let offset = Self.offset(zone.value) {
                rule.timeOffset = offset
                rule.usesSystemZone = false
            } else {
                log.unsupported(
                    zone.valuePlace,
                    "the zone \"\(zone.value)\" is not supported",
                    "write +0900"
                )
            }
        }
        return rule
    }

    static func offset(_ text: String) -> Int? { FluentBitReader.offset(text) }

    func check(_ expression: String, _ place: Place) {
        if let complaint = FluentBitPatterns.complaint(about: expression) {
            log.error(place, complaint)
        }
    }
}
