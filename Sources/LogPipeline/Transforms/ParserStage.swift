internal import Basics
internal import Reactor
internal import Records

/// Parses a field of each record, as Fluent Bit's and Fluentd's `parser` filters do.
@MainLoop final class ParserStage: Stage {
    private let settings: ParserTransform
    private let path: RecordPath
    private let parsers: [CompiledParser]

    /// Compiles parsers.
    ///
    /// - Throws: `invalid` if one is not there or has a mistake.
    init(_ settings: ParserTransform, _ shelf: ParserShelf) throws(Failure) {
        self.settings = settings
        path = RecordPath(accessor: settings.key)
        var parsers: [CompiledParser] = []
        if let rule = settings.rule { parsers.append(try shelf.compile(rule, "of the filter")) }
        for name in settings.parsers { parsers.append(try shelf.parser(name)) }
        guard !parsers.isEmpty else {
            throw Failure(.invalid, "the parser filter names no parser")
        }
        self.parsers = parsers
    }

    func process(_ events: [Event], at moment: Moment, into outlet: Outlet) {
        for event in events {
            var event = event
            let fields = event.fields
            guard case .bytes(let text)? = path.value(in: fields) else {
                outlet.pass(event)
                continue
            }
            var parsed: ParsedRecord?
            for parser in parsers where parsed == nil {
                parsed = parser.parse(text.span, receivedAt: event.time)
            }
            guard let parsed else {
                if settings.passesFailed { outlet.pass(event) } else { outlet.drop(event, .failed) }
                continue
            }
            event.body = .fields(join(parsed.fields, fields))
            if settings.setsTime, let time = parsed.time { event.time = time }
            outlet.pass(event)
        }
    }

    private func join(_ parsed: Fields, _ old: Fields) -> Fields {
        var fields = Fields()
        if settings.reservesData {
            fields = old
            if !settings.preservesKey { path.remove(from: &fields) }
        } else if settings.preservesKey, let value = path.value(in: old) {
            path.set(value, in: &fields)
        }
        if let key = settings.hashKey {
            fields.update(key, .object(parsed))
        } else {
            for entry in parsed { fields.update(entry.key, entry.value) }
        }
        return fields
    }
}
