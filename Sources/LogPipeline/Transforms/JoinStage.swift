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

    private struct Line {
        var text: [UInt8]
        var isPartial: Bool?
        var event: Event
    }

    private let joiners: [MultilineJoiner<Stream, Event>]
    private let containers: [Container]
    private let key: String?
    private let streamKeys: [RecordPath]
    private let joinsPartial: Bool
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
    ///   - joinsPartial: Whether fields `partial_message` say what goes on.
    ///   - containers: Whether lines may be of a container's log, and of which kind.
    ///   - shelf: Parsers.
    /// - Throws: `invalid` if a rule has a mistake.
    init(
        _ rules: [MultilineRule],
        key: String?,
        streamKeys: [String] = [],
        joinsPartial: Bool = false,
        containers: [Container] = [],
        shelf: ParserShelf
    ) throws(Failure) {
        var joiners: [MultilineJoiner<Stream, Event>] = []
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
        if joinsPartial || !containers.isEmpty {
            joiners.append(try MultilineJoiner(MultilineRule(.builtIn("cri"))))
            lineParsers.append(nil)
            firstLineParsers.append(nil)
        }
        self.joiners = joiners
        self.lineParsers = lineParsers
        self.firstLineParsers = firstLineParsers
        self.key = key
        self.containers = containers
        self.joinsPartial = joinsPartial
        self.streamKeys = streamKeys.map { RecordPath(accessor: $0) }
    }

    // MARK: Records come

    func process(_ events: [Event], at moment: Moment, into outlet: Outlet) {
        var records: [JoinedLines<Stream, Event>] = []
        for event in events {
            guard let line = line(of: event) else {
                hand(&records, into: outlet)
                outlet.pass(event)
                continue
            }
            add(line, stream(of: line.event), at: moment.instant, to: &records)
            hand(&records, into: outlet)
        }
    }

    var nextWake: Instant? { joiners.lazy.compactMap(\.nextFlush).min() }

    func wake(at moment: Moment, isLast: Bool, into outlet: Outlet) {
        var records: [JoinedLines<Stream, Event>] = []
        for joiner in joiners {
            if isLast {
                joiner.finish(to: &records)
            } else {
                joiner.flush(now: moment.instant, to: &records)
            }
        }
        hand(&records, into: outlet)
    }

    private func add(
        _ line: Line,
        _ stream: Stream,
        at now: Instant,
        to records: inout [JoinedLines<Stream, Event>]
    ) {
        if line.isPartial != nil {
            joiners[joiners.count - 1].append(
                line.text.span,
                isPartial: line.isPartial,
                group: stream,
                reference: line.event,
                now: now,
                to: &records
            )
            return
        }
        let count = joiners.count - (joinsPartial || !containers.isEmpty ? 1 : 0)
        let first = active.removeValue(forKey: stream)
        var order = Array(0..<count)
        if let first, first < count {
            order.remove(at: first)
            order.insert(first, at: 0)
        }
        for number in order {
            let before = records.count
            let pending = joiners[number].pendingCount
            let text = self.text(of: line, for: number)
            joiners[number].append(
                text.span,
                group: stream,
                reference: line.event,
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
                JoinedLines(text: line.text, group: stream, references: [line.event], isCut: false)
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
            guard case .bytes(let bytes)? = event.fields[key ?? "log"] else { return nil }
            text = bytes.array
        }
        if joinsPartial, let says = event.fields["partial_message"] {
            let goesOn =
                Self.isTrue(says) && !(event.fields["partial_last"].map(Self.isTrue) ?? false)
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
            fields.append("time", .bytes(Bytes(Array(text[line.time]))))
            fields.append("stream", .text(line.stream))
            fields.append("_p", .text(line.isPartial ? "P" : "F"))
            fields.append("log", .bytes(Bytes(inner)))
            result = (inner, line.isPartial)
        case .docker:
            guard text.first == 0x7B, let line = DockerLine(text.span) else { return nil }
            if let time = line.time {
                event.time = time
                fields.append("time", .timestamp(time))
            }
            fields.append("stream", .bytes(line.stream))
            fields.append("log", .bytes(line.text))
            result = (line.text.array, line.isPartial)
        }
        if case .line(let line) = event.body {
            for entry in line.frame.added { fields.update(entry.key, entry.value) }
        }
        event.body = .fields(fields)
        return result
    }

    /// The text that a rule looks at: the line, or a field of it if the rule parses lines first.
    private func text(of line: Line, for number: Int) -> [UInt8] {
        guard let parser = lineParsers[number],
            let parsed = parser.parse(line.text.span, receivedAt: line.event.time),
            let name = joiners[number].rule.keyContent,
            case .bytes(let bytes)? = parsed.fields[name]
        else { return line.text }
        return bytes.array
    }

    private func stream(of event: Event) -> Stream {
        var event = event
        var keys: [Value] = []
        if !streamKeys.isEmpty {
            let fields = event.fields
            keys = streamKeys.map { $0.value(in: fields) ?? .null }
        }
        if !containers.isEmpty || joinsPartial {
            keys.append(event.fields["stream"] ?? .null)
            if joinsPartial { keys.append(event.fields["partial_id"] ?? .null) }
        }
        return Stream(group: event.receipt.lot.group, tag: ObjectIdentifier(event.tag), keys: keys)
    }

    private static func isTrue(_ value: Value) -> Bool {
        value == .boolean(true) || value == .text("true")
    }

    // MARK: Records go

    private func hand(_ records: inout [JoinedLines<Stream, Event>], into outlet: Outlet) {
        for record in records {
            guard var event = record.references.first else { continue }
            for other in record.references.dropFirst() { outlet.join(other, to: &event) }
            let name: String
            if case .line(let line) = event.body {
                name = line.frame.key
            } else {
                name = key ?? "log"
            }
            let number = active[record.group]
            if record.references.count > 1 || !containers.isEmpty {
                event.fields.update(name, .bytes(Bytes(record.text)))
            }
            if joinsPartial {
                for field in ["partial_message", "partial_id", "partial_ordinal", "partial_last"] {
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
