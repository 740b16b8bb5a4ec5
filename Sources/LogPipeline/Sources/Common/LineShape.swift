import Basics
import Reactor
import Records

/// Makes records of lines as a source's settings say.
@MainLoop struct LineShape {
    private let settings: LineSettings
    private let parser: (any TextParser)?
    private let isJSON: Bool
    private var frame: LineFrame
    private let owner: QuietOwner

    init(_ settings: LineSettings, parser: (any TextParser)?, isJSON: Bool = false) {
        self.settings = settings
        self.parser = parser
        self.isJSON = isJSON
        frame = LineFrame(key: settings.key, added: settings.added)
        owner = QuietOwner()
    }

    /// Records of messages, in one lot.
    mutating func events(of found: FoundMessages, tag: Tag, at moment: Moment) -> [Event] {
        guard !found.ranges.isEmpty else { return [] }
        if let key = settings.timeKey {
            var added = settings.added
            added.update(key, .timestamp(moment.wall))
            frame = LineFrame(key: settings.key, added: added)
        }
        let lot = owner.lot(of: found.ranges.count)
        let receipt = Receipt(lot)
        var events: [Event] = []
        events.reserveCapacity(found.ranges.count)
        for range in found.ranges {
            var (body, time) = (Body.line(LineText(found.block, range, frame: frame)), moment.wall)
            if isJSON || parser != nil {
                let text = found.block.span.extracting(range)
                if let read = parsed(text, moment.wall) {
                    var fields = read.fields
                    for entry in frame.added where fields[entry.key] == nil {
                        fields.append(entry.key, entry.value)
                    }
                    body = .fields(fields)
                    if let own = read.time { time = own }
                }
            }
            events.append(Event(body, time: time, tag: tag, receipt: receipt))
        }
        return events
    }

    private func parsed(
        _ text: Span<UInt8>,
        _ now: Timestamp
    ) -> (fields: Fields, time: Timestamp?)? {
        if let parser { return parser.parse(text, at: now) }
        guard let fields = try? JSONReader.fields(text, repair: .keep) else { return nil }
        return (fields, nil)
    }
}
