import Basics
import Reactor
import Records

/// How a source of sockets turns bytes into records.
@MainLoop protocol MessageReader: AnyObject {
    /// A framer for a new connection.
    func framer() -> any MessageFramer
    /// Where messages lie in a datagram.
    func messages(in datagram: [UInt8]) -> FoundMessages
    /// Records of messages from one sender.
    func events(
        of found: FoundMessages,
        from sender: String,
        tag: Tag,
        at moment: Moment
    ) -> [Event]
}

/// Lines as records.
@MainLoop final class LineReader: MessageReader {
    private let limit: Int
    private var shape: LineShape

    init(_ settings: LineSettings, isJSON: Bool) {
        limit = settings.lineLimit
        shape = LineShape(settings, isJSON: isJSON)
    }

    func framer() -> any MessageFramer { LineFramer(limit: limit, skipsEmpty: true) }

    func messages(in datagram: [UInt8]) -> FoundMessages {
        var framer = LineFramer(limit: limit, skipsEmpty: true)
        if datagram.last == 10 { return framer.take(datagram) }
        return framer.take(datagram + [10])
    }

    func events(
        of found: FoundMessages,
        from sender: String,
        tag: Tag,
        at moment: Moment
    ) -> [Event] {
        shape.events(of: found, tag: tag, at: moment)
    }
}

/// Syslog messages as records.
///
/// A message that the parser does not understand becomes a record with its text, so that none is lost.
@MainLoop final class SyslogMessages: MessageReader {
    private let settings: SyslogSourceSettings
    private let parser: CompiledParser
    private let owner = QuietOwner()

    init(_ settings: SyslogSourceSettings, parser: CompiledParser) {
        self.settings = settings
        self.parser = parser
    }

    func framer() -> any MessageFramer { SyslogFramer(limit: settings.messageLimit) }

    func messages(in datagram: [UInt8]) -> FoundMessages {
        var found = FoundMessages(datagram)
        var end = min(datagram.count, settings.messageLimit)
        found.skipped = datagram.count - end
        while end > 0, [0, 10, 13].contains(datagram[end - 1]) { end -= 1 }
        if end > 0 { found.ranges = [0..<end] }
        return found
    }

    func events(
        of found: FoundMessages,
        from sender: String,
        tag: Tag,
        at moment: Moment
    ) -> [Event] {
        guard !found.ranges.isEmpty else { return [] }
        let receipt = Receipt(owner.lot(of: found.ranges.count))
        return found.ranges.map { range in
            let text = found.block.span.extracting(range)
            var (fields, time) = (Fields(), moment.wall)
            if let read = parser.parse(text, receivedAt: moment.wall) {
                fields = read.fields
                if let own = read.time { time = own }
            } else {
                fields.append("message", .bytes(Bytes(copying: text)))
            }
            if let key = settings.rawKey { fields.update(key, .bytes(Bytes(copying: text))) }
            if let key = settings.senderKey, !sender.isEmpty { fields.update(key, .text(sender)) }
            return Event(.fields(fields), time: time, tag: tag, receipt: receipt)
        }
    }
}
