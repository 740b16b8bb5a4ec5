public import Basics

/// A parser that is ready for texts.
///
/// Owned and used by one thread.
public final class CompiledParser {
    private enum Form {
        case json
        case pattern(NamedPattern)
        case ltsv
        case logfmt
        case csv([String], CSVReader)
        case cri
        case syslog
        case none(String)
        case any([CompiledParser])
    }

    /// What it was made of.
    public let rule: ParserRule
    private let form: Form
    private let timeKey: String?
    private let timeFormat: StrptimeFormat?
    private let zone: Zone
    private let types: [(key: String, type: FieldType)]
    private let decoder: FieldDecoder

    /// Makes a parser ready.
    ///
    /// - Parameters:
    ///   - rule: What it does.
    ///   - systemZone: The machine's zone, for rules that use it.
    /// - Throws: `invalid` if an expression, a format of times or a type is not understood.
    public init(_ rule: ParserRule, systemZone: Zone = .utc) throws(Failure) {
        self.rule = rule
        switch rule.form {
        case .json: form = .json
        case .regex(let text): form = .pattern(try NamedPattern(onigmo: text))
        case .ltsv: form = .ltsv
        case .logfmt: form = .logfmt
        case .csv(let names, let delimiter): form = .csv(names, CSVReader(delimiter: delimiter))
        case .cri: form = .cri
        case .syslog: form = .syslog
        case .none(let key): form = .none(key)
        case .any(let rules):
            var parsers: [CompiledParser] = []
            for rule in rules {
                parsers.append(try CompiledParser(rule, systemZone: systemZone))
            }
            form = .any(parsers)
        case .named(let name):
            guard let text = ParserRules.expressions[name] else {
                throw Failure(
                    .invalid,
                    "there is no format \"\(name)\"",
                    remedy: "use one of \(ParserRules.expressions.keys.sorted())"
                )
            }
            form = .pattern(try NamedPattern(onigmo: text))
        }
        timeKey = rule.timeKey ?? (rule.timeFormat == nil ? nil : "time")
        if let text = rule.timeFormat {
            do {
                timeFormat = try StrptimeFormat(text)
            } catch {
                throw Failure(
                    .invalid,
                    "the format of times \"\(text)\" is not understood",
                    remedy: "use conversions of strptime, and %L for a fraction"
                )
            }
        } else {
            timeFormat = nil
        }
        zone = rule.usesSystemZone ? systemZone : Zone(offset: rule.timeOffset)
        var types: [(String, FieldType)] = []
        for (key, name) in rule.types.sorted(by: { $0.key < $1.key }) {
            guard let type = try? FieldType(name) else {
                throw Failure(
                    .invalid,
                    "\"\(name)\" is no type for the field \"\(key)\"",
                    remedy: "use integer, float, bool, string or hex"
                )
            }
            types.append((key, type))
        }
        self.types = types
        decoder = FieldDecoder(rule.decoders)
    }

    /// Parses a text.
    ///
    /// - Parameters:
    ///   - bytes: The text, without its line's end.
    ///   - receivedAt: When it came; times without a date or a year are near it.
    /// - Returns: nil if the text is not of the form.
    public func parse(_ bytes: Span<UInt8>, receivedAt: Timestamp) -> ParsedRecord? {
        if case .any(let parsers) = form {
            for parser in parsers {
                if let record = parser.parse(bytes, receivedAt: receivedAt) { return record }
            }
            return nil
        }
        var known: Timestamp?
        guard var fields = fields(bytes, receivedAt, &known) else { return nil }
        // JSON's times may be in what a decoder adds.
        let isJSON = if case .json = form { true } else { false }
        if isJSON, !decoder.isEmpty { decoder.apply(to: &fields) }
        var record = ParsedRecord(fields, time: known)
        if timeKey != nil { takeTime(&record, receivedAt) }
        for (key, type) in types {
            guard case .bytes(let text)? = record.fields[key] else { continue }
            record.fields.update(key, type.value(of: text, now: receivedAt, zone: zone))
        }
        if !isJSON, !decoder.isEmpty { decoder.apply(to: &record.fields) }
        return record
    }

    private func fields(
        _ bytes: Span<UInt8>,
        _ receivedAt: Timestamp,
        _ time: inout Timestamp?
    ) -> Fields? {
        switch form {
        case .json: return try? JSONReader.fields(bytes, repair: .keep)
        case .pattern(let pattern):
            return pattern.fields(bytes, skipsEmpty: rule.skipsEmptyValues)
        case .ltsv: return LTSVReader.fields(bytes)
        case .logfmt:
            return LogfmtReader.fields(bytes, refusesBareKeys: rule.refusesBareKeys)
        case .csv(let names, let reader): return reader.fields(bytes, names: names)
        case .cri:
            guard let line = CRILine(bytes) else { return nil }
            time = line.timestamp(in: bytes)
            return [
                "time": .bytes(Bytes(copying: bytes.extracting(line.time))),
                "stream": .text(line.stream), "logtag": .text(line.isPartial ? "P" : "F"),
                "message": .bytes(Bytes(copying: bytes.extracting(line.text))),
            ]
        case .syslog:
            guard let message = try? SyslogMessage(bytes, now: receivedAt, zone: zone) else {
                return nil
            }
            time = message.timestamp
            return message.fields
        case .none(let key): return [key: .bytes(Bytes(copying: bytes))]
        case .any: return nil
        }
    }

    // MARK: Times

    private func takeTime(_ record: inout ParsedRecord, _ receivedAt: Timestamp) {
        guard let timeKey, let place = record.fields.index(of: timeKey) else { return }
        let value = record.fields.entries[place].value
        if case .null = value { return }
        guard let time = time(of: value, receivedAt) else {
            record.isTimeBroken = true
            return
        }
        record.time = time
        if !rule.keepsTime { record.fields.remove(at: place) }
    }

    private func time(of value: Value, _ receivedAt: Timestamp) -> Timestamp? {
        switch value {
        case .timestamp(let time): return time
        case .integer(let seconds):
            // A format of dates does not fit a number.
            guard timeFormat == nil || rule.timeFormat?.hasPrefix("%s") == true else { return nil }
            return Timestamp(unix: seconds)
        case .float(let seconds):
            guard timeFormat == nil || rule.timeFormat?.hasPrefix("%s") == true else { return nil }
            return Timestamp(unix: seconds)
        case .bytes(let text):
            if let timeFormat {
                return timeFormat.parse(text.span, now: receivedAt, zone: zone)
            }
            if let time = try? Timestamp(rfc3339: text.span) { return time }
            return Double(text.text).flatMap { Timestamp(unix: $0) }
        default: return nil
        }
    }
}
