public import Basics
public import Reactor

/// Makes sinks of their settings.
@MainLoop public enum Sinks {
    /// Makes a sink.
    ///
    /// - Parameters:
    ///   - settings: What it is.
    ///   - context: What it needs of the program.
    /// - Returns: The sink; nothing runs yet.
    public static func make(_ settings: SinkSettings, context: SinkContext) -> any Sink {
        switch settings.kind {
        case .elasticsearch, .loki, .http, .s3: overHTTP(settings, context)
        case .forward(let forward):
            sink(settings, context, ForwardCarrier(forward, hostName: context.hostName))
        case .syslog(let syslog):
            sink(settings, context, SyslogCarrier(syslog), isOrdered: true)
        case .socket(let socket):
            sink(settings, context, SocketCarrier(socket), isOrdered: true)
        case .file(let file): sink(settings, context, FileCarrier(file), isOrdered: true)
        case .console(let console):
            sink(settings, context, ConsoleCarrier(console), isOrdered: true)
        case .postgres(let postgres): sink(settings, context, PostgresCarrier(postgres))
        case .sqlite(let sqlite):
            sink(settings, context, SQLiteCarrier(sqlite), isOrdered: true)
        case .nowhere: NowhereSink(id: settings.id, books: context.books)
        }
    }

    private static func overHTTP(_ settings: SinkSettings, _ context: SinkContext) -> any Sink {
        guard let sink = HTTPSinks.make(settings, context) else {
            preconditionFailure("a sink over HTTP that nobody makes")
        }
        return sink
    }

    /// Puts a carrier under the machine that collects records and repeats attempts; one request at a time
    /// goes out if the order matters.
    private static func sink(
        _ settings: SinkSettings,
        _ context: SinkContext,
        _ carrier: some Carrier,
        isOrdered: Bool = false
    ) -> any Sink {
        var delivery = DeliverySettings(settings, service: context.service)
        delivery.isOrdered = isOrdered
        if settings.batch.wait == nil, isPrompt(settings.kind) {
            // What reaches a person or a file needs no company.
            delivery.batchWait = .zero
        }
        let spool = settings.buffer.directory.map {
            Spool(directory: $0, limit: settings.buffer.disk)
        }
        return DeliverySink(
            id: settings.id,
            carrier: carrier,
            settings: delivery,
            whenFull: settings.buffer.whenFull,
            spool: spool,
            books: context.books,
            deadLetters: context.deadLetters,
            seed: context.seed,
            journal: context.journal,
            clock: context.clock
        )
    }

    private static func isPrompt(_ kind: SinkKind) -> Bool {
        switch kind {
        case .console, .file: true
        default: false
        }
    }
}

/// What sinks need of the program.
@MainLoop public struct SinkContext {
    /// The accounts.
    public var books: Books
    /// Where refused records go; nil: they are only counted.
    public var deadLetters: (any DeadLetters)?
    /// What concerns the whole program.
    public var service = ServiceSettings()
    /// The machine's name.
    public var hostName = "localhost"
    /// Where they tell what happens.
    public var journal: Journal
    /// What the jitter of pauses is made from.
    public var seed: UInt64
    /// Where they take the time of day from.
    public var clock = WallClock.machine

    /// Makes one.
    public init(books: Books, journal: Journal, seed: UInt64) {
        self.books = books
        self.journal = journal
        self.seed = seed
    }
}
