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
        from sender: Sender,
        tag: Tag,
        at moment: Moment
    ) -> [Event]
}

/// Lines as records.
@MainLoop final class LineReader: MessageReader {
    private let settings: SocketSourceSettings
    private var shape: LineShape

    init(_ settings: SocketSourceSettings, hostName: String) {
        self.settings = settings
        shape = LineShape(settings.lines, isJSON: settings.isJSON, hostName: hostName)
    }

    func framer() -> any MessageFramer { shape.framer(skipsEmpty: true) }

    func messages(in datagram: [UInt8]) -> FoundMessages { shape.messages(in: datagram) }

    func events(
        of found: FoundMessages,
        from sender: Sender,
        tag: Tag,
        at moment: Moment
    ) -> [Event] {
        var origin = Fields()
        if let key = settings.senderKey {
            origin.update(key, .text(settings.sendersAreURLs ? sender.url : sender.host))
        }
        if let key = settings.senderPortKey, let port = sender.port {
            origin.update(key, .integer(Int64(port)))
        }
        return shape.events(
            of: found,
            tag: tag,
            origin: origin,
            group: sender.connection,
            at: moment
        )
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
        from sender: Sender,
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
            add(sender, moment, to: &fields)
            return Event(.fields(fields), time: time, tag: tag, receipt: receipt)
        }
    }

    /// Adds where a message comes from, and what every record gets.
    private func add(_ sender: Sender, _ moment: Moment, to fields: inout Fields) {
        if let key = settings.senderKey, !sender.host.isEmpty {
            fields.update(key, .text(settings.sendersAreURLs ? sender.url : sender.host))
        }
        if let key = settings.hostKey {
            // What the message says of its origin is better than who handed it on.
            if let own = fields["hostname"] {
                fields.update(key, own)
            } else if !sender.host.isEmpty {
                fields.update(key, .text(sender.host))
            }
        }
        for entry in settings.added where fields[entry.key] == nil {
            fields.append(entry.key, entry.value)
        }
        if let key = settings.timeKey, fields[key] == nil {
            fields.append(key, .timestamp(moment.wall))
        }
    }
}
