public import Basics
public import Reactor

/// What sources need of the program.
@MainLoop public struct SourceContext {
    /// Where they tell what happens.
    public var journal: Journal
    /// Parsers by name; nil for a name that nothing stands for.
    public var parser: (String) -> (any TextParser)? = { _ in nil }
    /// The machine's name.
    public var hostName = "localhost"
    /// The lines of the program's own log.
    public var ownLines: JournalTap?

    /// Makes one.
    public init(journal: Journal) {
        self.journal = journal
    }
}
