internal import Basics
internal import Reactor
internal import Records

/// Joins lines or records of several lines, as `multiline` of Fluent Bit and Vector and `concat` of Fluentd do.
///
/// Streams are kept apart: by the file or connection, the tag, and the fields that the settings name. A line that no
/// rule begins a record with goes on alone.
@MainLoop final class JoinStage: Stage {
    /// Which stream a line belongs to.
    private struct Stream: Hashable {
        var group: Int
        var tag: ObjectIdentifier
        var keys: [Value]
    }

    /// How a line of a container's log is told from others.
    enum Container {
        case docker
        case cri
    }

    /// The fields of a container's line.
    struct Names {
        var text = "log"
        /// For the time as a point in time; nil: as the line has it, in `time`.
        var time: String?
    }

    /// How records say that their texts go on.
    struct Partial {
        var key = "partial_message"
        var value = "true"
        var keepsKey = false
        var separator = ""
        var flush = Duration.seconds(4)
    }

    private struct Line {
        var text: [UInt8]
        var isPartial: Bool?
        var event: Event
    }

    /// A line's event as a rule sees it, and the field that is joined.
    private struct Piece {
        var event: Event
        var name: String
    }

    private let joiners: [MultilineJoiner<Stream, Piece>]
    private let containers: [Container]
    private let names: Names
    private let key: String?
    private let streamKeys: [RecordPath]
    private let partial: Partial?
    private let keepsFirstTime: Bool
    private let lineParsers: [CompiledParser?]
    private let firstLineParsers: [CompiledParser?]
    /// The rule that a stream's record was begun with.
    private var active: [Stream: Int] = [:]

    /// Makes rules ready.
    ///
    /// - Parameters:
    ///   - rules: The rules in the order in which they are tried.
    ///   - key: The field that is joined; nil: the line.
    ///   - streamKeys: Fields whose values keep streams apart.
    ///   - partial: How fields say what goes on; nil: none does.
    ///   - containers: Whether lines may be of a container's log, and of which kind.
    ///   - names: The fields of a container's line.
    ///   - keepsFirstTime: Whether a joined record has the time of its first line, not of what completed it.
    ///   - shelf: Parsers.
    /// - Throws: `invalid` if a rule has a mistake.
    init(
        _ rules: [MultilineRule],
        key: String?,
        streamKeys: [String] = [],
        partial: Partial? = nil,
        containers: [Container] = [],
        names: Names = Names(),
        keepsFirstTime: Bool = true,
        shelf: ParserShelf
    ) throws(Failure) {
        var joiners: [MultilineJoiner<Stream, Piece>] = []
        var lineParsers: [CompiledParser?] = []
        var firstLineParsers: [CompiledParser?] = []
        for rule in rules {
            joiners.append(try MultilineJoiner(rule))
            lineParsers.append(
                try rule.parser.map { name throws(Failure) in try shelf.parser(name) }
            )
            firstLineParsers.append(
                try rule.firstLineParser.map { name throws(Failure) in try shelf.parser(name) }
            )
        }
        if partial != nil || !containers.isEmpty {
            var rule = MultilineRule(.builtIn("cri"))
            if let partial {
                rule.partialSeparator = partial.separator
                rule.flush = partial.flush
            }
            joiners.append(try MultilineJoiner(rule))
            lineParsers.append(nil)
            firstLineParsers.append(nil)
        }
        self.joiners = joiners
        self.lineParsers = lineParsers
        self.firstLineParsers = firstLineParsers
        self.key = key
        self.containers = containers
        self.names = names
        self.partial = partial
        self.keepsFirstTime = keepsFirstTime
        self.streamKeys = streamKeys.map { RecordPath(accessor: $0) }
    }

    // MARK: Records come

    func process(_ events: [Event], at moment: Moment, into outlet: Outlet) {
        var records: [JoinedLines<Stream, Piece>] = []
        for event in events {
            guard let line = line(of: event) else {
                hand(&records, completedAt: event.time, into: outlet)
                outlet.pass(event)
                continue
            }
            add(line, stream(of: line.event), at: moment.instant, to: &records)
            hand(&records, completedAt: event.time, into: outlet)
        }
    }

    var nextWake: Instant? { joiners.lazy.compactMap(\.nextFlush).min() }

    func wake(at moment: Moment, isLast: Bool, into outlet: Outlet) {
        var records: [JoinedLines<Stream, Piece>] = []
        for joiner in joiners {
            if isLast {
                joiner.finish(to: &records)
            } else {
                joiner.flush(now: moment.instant, to: &records)
            }
        }
        hand(&records, completedAt: isLast ? nil : moment.wall, into: outlet)
    }

    private func add(
        _ line: Line,
        _ stream: Stream,
        at now: Instant,
        to records: inout [JoinedLines<Stream, Piece>]
    ) {
        if line.isPartial != nil {
            joiners[joiners.count - 1].append(
                line.text.span,
                isPartial: line.isPartial,
                group: stream,
                reference: piece(of: line.event),
                now: now,
                to: &records
            )
            return
        }
        let count = joiners.count - (partial != nil || !containers.isEmpty ? 1 : 0)
        let first = active.removeValue(forKey: stream)
        var order = Array(0..<count)
        if let first, first < count {
            order.remove(at: first)
            order.insert(first, at: 0)
        }
        for number in order {
            let before = records.count
            let pending = joiners[number].pendingCount
            let (text, judged, piece, group) = seen(line, stream, by: number)
            joiners[number].append(
                text.span,
                judging: judged.span,
                group: group,
                reference: piece,
                now: now,
                to: &records
            )
            let isAlone =
                joiners[number].pendingCount <= pending && records.count > before
                && records[records.count - 1].references.count == 1
                && records[records.count - 1].text.count == text.count
                && joiners[number].pendingCount == pending - (records.count - before - 1)
            if !isAlone {
                active[stream] = number
                return
            }
            // No rule of this one begins a record here; another may.
            if number != order.last { records.removeLast() }
        }
        if count == 0 {
            records.append(
                JoinedLines(
                    text: line.text,
                    group: stream,
                    references: [piece(of: line.event)],
                    isCut: false
                )
            )
        }
    }

    // MARK: Texts

    private func line(of event: Event) -> Line? {
        var event = event
        var text: [UInt8]
        switch event.body {
        case .line(let line) where key == nil || line.frame.key == key:
            text = Array(copying: line.span)
        default:
            guard case .bytes(let bytes)? = event.fields[key ?? names.text] else { return nil }
            text = bytes.array
        }
        if let partial, let says = event.fields[partial.key] {
            let goesOn =
                ValueText.text(says) == partial.value
                && !(event.fields["partial_last"].map(Self.isTrue) ?? false)
            return Line(text: text, isPartial: goesOn, event: event)
        }
        for container in containers {
            guard let found = take(container, text, &event) else { continue }
            text = found.text
            return Line(text: text, isPartial: found.isPartial, event: event)
        }
        return Line(text: text, isPartial: nil, event: event)
    }

    /// Takes a line of a container's log apart; the record gets its fields.
    private func take(
        _ container: Container,
        _ text: [UInt8],
        _ event: inout Event
    ) -> (text: [UInt8], isPartial: Bool)? {
        var fields = Fields()
        let result: (text: [UInt8], isPartial: Bool)
        switch container {
        case .cri:
            guard let line = CRILine(text.span) else { return nil }
            let inner = Array(text[line.text])
            if let time = line.timestamp(in: text.span) { event.time = time }
            if let key = names.time {
                fields.append(key, .timestamp(event.time))
                fields.append("stream", .text(line.stream))
            } else {
                fields.append("time", .bytes(Bytes(Array(text[line.time]))))
                fields.append("stream", .text(line.stream))
                fields.append("_p", .text(line.isPartial ? "P" : "F"))
            }
            fields.append(names.text, .bytes(Bytes(inner)))
            result = (inner, line.isPartial)
        case .docker:
            guard text.first == 0x7B, let line = DockerLine(text.span) else { return nil }
            if let time = line.time {
                event.time = time
                fields.append(names.time ?? "time", .timestamp(time))
            }
            fields.append("stream", .bytes(line.stream))
            fields.append(names.text, .bytes(line.text))
            result = (line.text.array, line.isPartial)
        }
        if case .line(let line) = event.body {
            for entry in line.frame.added where entry.key != names.time {
                fields.update(entry.key, entry.value)
            }
        }
        event.body = .fields(fields)
        return result
    }

    /// What a rule makes of a line: the text that is joined, the one that is looked at, the record, and whose it is.
    ///
    /// A rule with a parser parses lines first, and the record has the parser's fields.
    private func seen(
        _ line: Line,
        _ stream: Stream,
        by number: Int
    ) -> (text: [UInt8], judged: [UInt8], piece: Piece, group: Stream) {
        let rule = joiners[number].rule
        guard let parser = lineParsers[number],
            let parsed = parser.parse(line.text.span, receivedAt: line.event.time),
            let name = rule.keyContent, case .bytes(let content)? = parsed.fields[name]
        else { return (line.text, line.text, piece(of: line.event), stream) }
        var event = line.event
        if let time = parsed.time { event.time = time }
        if case .line(let own) = event.body {
            var fields = parsed.fields
            for entry in own.frame.added { fields.update(entry.key, entry.value) }
            event.body = .fields(fields)
        } else {
            for entry in parsed.fields { event.fields.update(entry.key, entry.value) }
        }
        var group = stream
        if let key = rule.keyGroup { group.keys.append(parsed.fields[key] ?? .null) }
        var judged = content.array
        if let key = rule.keyPattern, case .bytes(let text)? = parsed.fields[key] {
            judged = text.array
        }
        return (content.array, judged, Piece(event: event, name: name), group)
    }

    private func piece(of event: Event) -> Piece {
        if case .line(let line) = event.body { return Piece(event: event, name: line.frame.key) }
        return Piece(event: event, name: key ?? names.text)
    }

    private func stream(of event: Event) -> Stream {
        var event = event
        var keys: [Value] = []
        if !streamKeys.isEmpty {
            let fields = event.fields
            keys = streamKeys.map { $0.value(in: fields) ?? .null }
        }
        if !containers.isEmpty || partial != nil {
            keys.append(event.fields["stream"] ?? .null)
            if partial != nil { keys.append(event.fields["partial_id"] ?? .null) }
        }
        return Stream(group: event.receipt.lot.group, tag: ObjectIdentifier(event.tag), keys: keys)
    }

    private static func isTrue(_ value: Value) -> Bool {
        value == .boolean(true) || value == .text("true")
    }

    // MARK: Records go

    private func hand(
        _ records: inout [JoinedLines<Stream, Piece>],
        completedAt time: Timestamp?,
        into outlet: Outlet
    ) {
        for record in records {
            guard let first = record.references.first else { continue }
            var event = first.event
            let name = first.name
            for other in record.references.dropFirst() { outlet.join(other.event, to: &event) }
            if !keepsFirstTime, let time { event.time = time }
            let number = active[record.group]
            if record.references.count > 1 || !containers.isEmpty {
                event.fields.update(name, .bytes(Bytes(record.text)))
            }
            if let partial, !partial.keepsKey {
                let fields = [
                    partial.key, "partial_message", "partial_id", "partial_ordinal", "partial_last",
                ]
                for field in fields {
                    event.fields.removeValue(forKey: field)
                }
            }
            if let number, let parser = firstLineParsers[number] {
                parse(record.text, parser, name, &event)
            }
            outlet.pass(event)
        }
        records.removeAll(keepingCapacity: true)
    }

    /// Parses the first line; the others are a part of its last text.
    private func parse(
        _ text: [UInt8],
        _ parser: CompiledParser,
        _ name: String,
        _ event: inout Event
    ) {
        let end = text.firstIndex(of: 10) ?? text.count
        guard let parsed = parser.parse(text.span.extracting(0..<end), receivedAt: event.time)
        else { return }
        if let time = parsed.time { event.time = time }
        event.fields.removeValue(forKey: name)
        for entry in parsed.fields { event.fields.update(entry.key, entry.value) }
        guard end < text.count,
            let last = parsed.fields.entries.last(where: {
                if case .bytes = $0.value { true } else { false }
            }),
            case .bytes(var bytes) = last.value
        else { return }
        bytes.array += text[end...]
        event.fields.update(last.key, .bytes(bytes))
    }
}
