import Basics
import Reactor
import Records

/// Makes records of lines as a source's settings say.
///
/// A line that is to be JSON and is none stays a line. Parsers are steps behind the source.
@MainLoop struct LineShape {
    private let settings: LineSettings
    private let isJSON: Bool
    private let added: Fields
    private var frame: LineFrame
    private let owner: QuietOwner

    init(_ settings: LineSettings, isJSON: Bool = false, hostName: String) {
        self.settings = settings
        self.isJSON = isJSON
        var added = settings.added
        if let key = settings.hostKey { added.update(key, .text(hostName)) }
        self.added = added
        frame = LineFrame(key: settings.key, added: added)
        owner = QuietOwner()
    }

    /// What finds lines in a stream.
    func framer(skipsEmpty: Bool = false) -> any MessageFramer {
        settings.framing.framer(limit: settings.lineLimit, skipsEmpty: skipsEmpty)
    }

    /// Where lines lie in a datagram.
    func messages(in datagram: [UInt8]) -> FoundMessages {
        settings.framing.messages(in: datagram, limit: settings.lineLimit)
    }

    /// Records of messages, in one lot.
    ///
    /// - Parameters:
    ///   - found: The messages.
    ///   - tag: Their tag.
    ///   - origin: Fields that tell where these come from.
    ///   - group: A number that keeps them apart from messages of other connections.
    ///   - moment: The time.
    /// - Returns: The records.
    mutating func events(
        of found: FoundMessages,
        tag: Tag,
        origin: Fields = Fields(),
        group: Int = 0,
        at moment: Moment
    ) -> [Event] {
        guard !found.ranges.isEmpty else { return [] }
        if settings.timeKey != nil || !origin.isEmpty || frame.added.count != self.added.count {
            var added = self.added
            for entry in origin { added.update(entry.key, entry.value) }
            if let key = settings.timeKey { added.update(key, .timestamp(moment.wall)) }
            frame = LineFrame(key: settings.key, added: added)
        }
        let lot = owner.lot(of: found.ranges.count, group: group)
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
