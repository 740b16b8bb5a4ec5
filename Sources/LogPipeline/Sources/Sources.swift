public import Basics
public import Reactor

/// Makes sources of their settings.
@MainLoop public enum Sources {
    /// Makes a source.
    ///
    /// Parsers and rules that join lines are steps behind the source, not a part of it.
    /// - Parameters:
    ///   - settings: What it is.
    ///   - context: What it needs of the program.
    /// - Returns: nil for kinds that are made elsewhere: files.
    /// - Throws: `invalid` if a parser is not known.
    public static func make(
        _ settings: SourceSettings,
        context: SourceContext
    ) throws(Failure) -> (any Source)? {
        let (id, tag) = (settings.id, settings.tag)
        let journal = context.journal
        switch settings.kind {
        case .tail: return nil
        case .standardInput(let lines):
            return StandardInputSource(
                id: id,
                tag: tag,
                settings: lines,
                hostName: context.hostName
            )
        case .syslog(let syslog):
            return SocketSource(
                id: id,
                tag: tag,
                mode: syslog.mode,
                tls: syslog.tls,
                connectionMaximum: syslog.connectionMaximum,
                reader: SyslogMessages(
                    syslog,
                    parser: try context.syslogParser(syslog.parser)
                ),
                journal: journal
            )
        case .socket(let socket):
            return SocketSource(
                id: id,
                tag: tag,
                mode: socket.mode,
                tls: socket.tls,
                connectionMaximum: socket.connectionMaximum,
                reader: LineReader(socket, hostName: context.hostName),
                journal: journal
            )
        case .http(let http):
            return HTTPSource(id: id, tag: tag, settings: http, journal: journal)
        case .forward(let forward):
            return ForwardSource(
                id: id,
                tag: tag,
                settings: forward,
                hostName: context.hostName,
                journal: journal
            )
        case .sample(let sample):
            return SampleSource(
                id: id,
                tag: tag,
                settings: sample,
                hostName: context.hostName
            )
        case .command(let command):
            return CommandSource(
                id: id,
                tag: tag,
                settings: command,
                hostName: context.hostName,
                journal: journal
            )
        case .journal:
            return JournalSource(id: id, tag: tag, tap: context.ownLines ?? JournalTap())
        }
    }
}
