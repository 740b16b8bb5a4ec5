public import Basics
public import Reactor
internal import System

/// The real sources and sinks of a configuration, and what they share.
@MainLoop public struct PipelineParts {
    private let configuration: LogConfiguration
    private let books: Books
    private let journal: Journal
    private let journalTap: JournalTap
    private let environment: @Sendable (String) -> String?
    private let state: StateDirectory
    private let keeper: BookKeeper
    private let deadLetters: any DeadLetters
    private let clock: WallClock

    /// Chooses where state is kept, and goes on with the accounts that are there.
    ///
    /// - Parameters:
    ///   - configuration: What is made.
    ///   - books: The accounts; they go on.
    ///   - isFirst: Whether the accounts of runs before are to be gone on with.
    ///   - journal: For what goes wrong.
    ///   - journalTap: The program's own lines, for sources that read them.
    ///   - environment: A variable of the environment.
    ///   - clock: Where the time of day is taken from.
    public init(
        configuration: LogConfiguration,
        books: Books,
        isFirst: Bool,
        journal: Journal,
        journalTap: JournalTap,
        environment: @escaping @Sendable (String) -> String?,
        clock: WallClock = .machine
    ) {
        self.configuration = configuration
        self.books = books
        self.journal = journal
        self.journalTap = journalTap
        self.environment = environment
        self.clock = clock
        state = StateDirectory(
            configured: configuration.service.directory,
            environment: environment("COMPANION_STATE"),
            journal: journal,
            clock: clock
        )
        let letters =
            configuration.service.deadLetters ?? state.path.map { $0 + "/dead-letters.jsonl" }
        // In the file of the first positions, which can be written where the usual place cannot.
        let positions = configuration.sources.lazy.compactMap { source -> String?? in
            guard case .tail(let tail) = source.kind, tail.keepsPositions else { return nil }
            return tail.checkpoints
        }
        keeper = BookKeeper(
            books,
            store: state.checkpoints(at: positions.first ?? nil),
            journal: journal
        )
        if isFirst, let earlier = keeper.earlier { books.restore(earlier) }
        deadLetters = DeadLetterFile(path: letters ?? "/tmp/companion-dead-letters.jsonl")
    }

    /// Makes the pipeline; nothing runs yet.
    ///
    /// - Throws: What is wrong with the configuration.
    public func pipeline() throws(Failure) -> Pipeline {
        var assembly = Assembly(journal: journal, environment: environment)
        assembly.books = books
        assembly.keeper = keeper
        assembly.clock = clock
        return try assembly.pipeline(
            configuration,
            source: { settings throws(Failure) in try source(settings) },
            sink: { settings throws(Failure) in try sink(settings) }
        )
    }

    /// Says what is wrong with a configuration, without touching anything.
    ///
    /// - Throws: The first thing that is wrong.
    public static func check(_ configuration: LogConfiguration) throws(Failure) {
        let parts = Trial.Placeholders()
        let assembly = Assembly(journal: .silent, environment: { _ in nil })
        _ = try assembly.pipeline(configuration, source: parts.source, sink: parts.sink)
    }

    // MARK: Sources

    private func source(_ settings: SourceSettings) throws(Failure) -> any Source {
        if case .tail(let tail) = settings.kind {
            let checkpoints: any Checkpoints =
                tail.keepsPositions ? state.checkpoints(at: tail.checkpoints) : MemoryCheckpoints()
            return TailSource(
                id: settings.id,
                tag: settings.tag,
                settings: tail,
                checkpoints: checkpoints,
                podStart: PodStart.guess(programStart: clock.wall),
                journal: journal,
                beforeSave: { [keeper] in keeper.save() }
            )
        }
        var context = SourceContext(journal: journal, configuration: configuration)
        context.hostName = Host.hostname
        context.ownLines = journalTap
        guard let source = try Sources.make(settings, context: context) else {
            throw Failure(.internalError, "\(settings.id): nothing makes this source")
        }
        return source
    }

    // MARK: Sinks

    private func sink(_ settings: SinkSettings) throws(Failure) -> any Sink {
        var context = SinkContext(books: books, journal: journal, seed: Random.number())
        context.deadLetters = deadLetters
        context.service = configuration.service
        context.clock = clock
        context.hostName = Host.hostname
        return Sinks.make(settings, context: context)
    }
}
