internal import Basics
internal import Formats
internal import Reactor
internal import Records

/// Parses the lines of a source with its own parser.
///
/// A line that cannot be parsed goes on as it is. A JSON object that needs no change but that its time is taken
/// out goes on as it was written.
@MainLoop final class LineParserStage: Stage {
    private let parser: CompiledParser
    private let key: String
    private var scan: JSONScan
    private let timeFormat: StrptimeFormat?
    /// Whether objects may go on as they were written.
    private let keepsWriting: Bool
    private let zone: Zone
    /// Whether what a record says itself is better than what the source adds.
    private let keepsOwn: Bool
    /// The field for the time that was found, if records hold their time in one.
    private let timeField: String?
    private let journal: Journal
    private let id: String
    /// How many lines were no text of the parser's form, and how many times were none of its format.
    private(set) var failures = (lines: 0, times: 0)
    private var lastRemark: Instant?

    init(
        _ parser: CompiledParser,
        key: String,
        id: String,
        service: ServiceSettings = ServiceSettings(),
        journal: Journal
    ) {
        keepsOwn = service.keepsOwnFields
        timeField = service.timeField
        self.parser = parser
        self.key = key
        self.id = id
        self.journal = journal
        let rule = parser.rule
        let timeKey = rule.timeKey ?? (rule.timeFormat == nil ? nil : "time")
        scan = JSONScan(keys: timeKey.map { [$0] } ?? [])
        timeFormat = rule.timeFormat.flatMap { try? StrptimeFormat($0) }
        zone = Zone(offset: rule.timeOffset)
        keepsWriting =
            rule.form == .json && rule.decoders.isEmpty && rule.types.isEmpty
            && !rule.usesSystemZone
    }

    func process(_ events: consuming [Event], at moment: Moment, into outlet: Outlet) {
        var events = consume events
        let before = failures
        for place in events.indices {
            switch events[place].body {
            case .line(let line): parse(line, &events[place], at: moment)
            case .fields(let fields): parse(fields, &events[place], at: moment)
            case .json: break
            }
        }
        if before != failures { remark(at: moment) }
        outlet.pass(events)
    }

    private func parse(_ line: LineText, _ event: inout Event, at moment: Moment) {
        let frame = line.frame
        if keepsWriting, frame.added.isEmpty, frame.offsetKey == nil,
            takeWritten(line, &event, at: moment)
        {
            return
        }
        guard let record = parser.parse(line.span, receivedAt: moment.wall) else {
            failures.lines += 1
            return
        }
        take(record, &event)
        guard !frame.added.isEmpty || frame.offsetKey != nil else { return }
        for entry in frame.added where !keepsOwn || event.fields[entry.key] == nil {
            event.fields.update(entry.key, entry.value)
        }
        if let key = frame.offsetKey {
            event.fields.update(key, .integer(frame.offset + Int64(line.start)))
        }
    }

    /// Lets an object go on as it was written, without its time.
    private func takeWritten(
        _ line: LineText,
        _ event: inout Event,
        at moment: Moment
    ) -> Bool {
        var range = Int(line.start)..<Int(line.end)
        // Blanks around it are no part of it.
        while let first = range.first, Self.isBlank(line.block[first]) {
            range = first + 1..<range.upperBound
        }
        while let last = range.last, Self.isBlank(line.block[last]) {
            range = range.lowerBound..<last
        }
        guard scan.scan(line.block.span.extracting(range)) == .valid else { return false }
        var object = WrittenObject(line.block, range)
        if !scan.keys.isEmpty, let place = scan[0] {
            let start = range.lowerBound
            let value = start + place.value.lowerBound..<start + place.value.upperBound
            guard let timeFormat else { return false }
            let text = line.block.span.extracting(value)
            // A text without escapes; anything else is read in full.
            guard text.count >= 2, text[0] == 0x22, !Self.hasEscape(text) else { return false }
            guard
                let time = timeFormat.parse(
                    text.extracting(1..<text.count - 1),
                    now: moment.wall,
                    zone: zone
                )
            else { return false }
            event.time = time
            if !parser.rule.keepsTime {
                object.cut = start + place.cut.lowerBound..<start + place.cut.upperBound
            }
        }
        event.body = .json(object)
        return true
    }

    private static func hasEscape(_ text: Span<UInt8>) -> Bool {
        for place in 0..<text.count where text[place] == 0x5C { return true }
        return false
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0D
    }

    /// Parses the source's field of a record that is no line any more: one that was joined.
    private func parse(_ fields: Fields, _ event: inout Event, at moment: Moment) {
        guard case .bytes(let text)? = fields[key] else { return }
        guard let record = parser.parse(text.span, receivedAt: moment.wall) else {
            failures.lines += 1
            return
        }
        take(record, &event)
        for entry in fields where entry.key != key {
            if keepsOwn, event.fields[entry.key] != nil { continue }
            event.fields.update(entry.key, entry.value)
        }
    }

    private func take(_ record: ParsedRecord, _ event: inout Event) {
        if record.isTimeBroken { failures.times += 1 }
        event.body = .fields(record.fields)
        guard let time = record.time else { return }
        event.time = time
        if let timeField, event.fields[timeField] == nil {
            event.fields.append(timeField, .timestamp(time))
        }
    }

    /// Says what failed, once a minute at most.
    private func remark(at moment: Moment) {
        if let last = lastRemark, moment.instant - last < .seconds(60) { return }
        lastRemark = moment.instant
        if failures.lines > 0 {
            journal.warning(
                "\(id): lines that the parser does not fit go on as they are",
                ["so far": "\(failures.lines)"]
            )
        }
        if failures.times > 0 {
            journal.warning(
                "\(id): times that are not of the parser's format are kept as fields",
                ["so far": "\(failures.times)"]
            )
        }
    }
}
