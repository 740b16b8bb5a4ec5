import Basics
import Reactor
import Records

/// Makes records of lines as a source's settings say.
///
/// A line that is to be JSON and is none stays a line. Parsers are steps behind the source.
@MainLoop struct LineShape {
    private let settings: LineSettings
    private let isJSON: Bool
    private var frame: LineFrame
    private let owner: QuietOwner

    init(_ settings: LineSettings, isJSON: Bool = false) {
        self.settings = settings
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
            var body = Body.line(LineText(found.block, range, frame: frame))
            if isJSON,
                var fields = try? JSONReader.fields(
                    found.block.span.extracting(range),
                    repair: .keep
                )
            {
                for entry in frame.added where fields[entry.key] == nil {
                    fields.append(entry.key, entry.value)
                }
                body = .fields(fields)
            }
            events.append(Event(body, time: moment.wall, tag: tag, receipt: receipt))
        }
        return events
    }
}
