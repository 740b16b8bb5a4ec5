public import Basics
public import Reactor
import Records

/// What sources need of the program.
@MainLoop public struct SourceContext {
    /// Where they tell what happens.
    public var journal: Journal
    /// The machine's name.
    public var hostName = "localhost"
    /// The lines of the program's own log.
    public var ownLines: JournalTap?
    private let shelf: ParserShelf

    /// Makes one.
    ///
    /// - Parameters:
    ///   - journal: Where sources tell what happens.
    ///   - configuration: What the sources are a part of: its parsers are used.
    public init(journal: Journal, configuration: LogConfiguration = LogConfiguration()) {
        self.journal = journal
        shelf = ParserShelf(configuration)
    }

    /// The parser of syslog messages: one of a name, or both kinds by what they look like.
    func syslogParser(_ name: String?) throws(Failure) -> CompiledParser {
        if let name { return try shelf.parser(name) }
        return try shelf.compile(ParserRule(.syslog), "syslog")
    }
}
