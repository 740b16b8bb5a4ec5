public import Basics
public import Reactor
internal import Records

/// Makes a pipeline of a configuration.
@MainLoop public struct Assembly {
    /// Makes a source; given its settings.
    public typealias MakeSource = @MainLoop (SourceSettings) throws(Failure) -> any Source
    /// Makes a sink; given its settings.
    public typealias MakeSink = @MainLoop (SinkSettings) throws(Failure) -> any Sink

    /// The accounts of the pipeline; they may go on from those of one before.
    public var books = Books()
    /// Who writes them down; nobody if nil.
    public var keeper: BookKeeper?
    /// Where the time of day is taken from.
    public var clock = WallClock.machine
    /// For what goes wrong.
    public var journal: Journal
    /// The variables of the environment.
    public var environment: @Sendable (String) -> String?

    /// Makes an assembly.
    public init(journal: Journal, environment: @escaping @Sendable (String) -> String?) {
        self.journal = journal
        self.environment = environment
    }

    /// Makes the parts and puts them together; nothing runs yet.
    ///
    /// - Throws: `invalid` with what is wrong with the configuration; what the makers throw.
    public func pipeline(
        _ configuration: LogConfiguration,
        source makeSource: MakeSource,
        sink makeSink: MakeSink
    ) throws(Failure) -> Pipeline {
        let graph = Graph(books: books)
        let tags = TagTable()
        let stages = Stages(
            scripts: Scripts(
                zone: configuration.service.zone,
                environment: environment,
                journal: journal,
                clock: clock
            ),
            tags: tags,
            journal: journal,
            environment: environment,
            configuration: configuration,
            shelf: ParserShelf(configuration)
        )
        let wiring = Wiring(configuration)
        try wiring.check()
        var sources: [(source: any Source, door: Graph.Door)] = []
        for settings in configuration.sources {
            let chain = try stages.chain(behind: settings)
            // What the source's name stands for is what comes out of its last stage.
            var door = Graph.Door(settings.id, door: chain.isEmpty ? "" : "read")
            sources.append((try makeSource(settings), door))
            for (place, stage) in chain.enumerated() {
                let isLast = place + 1 == chain.count
                let id = isLast ? settings.id : "\(settings.id)#\(place + 1)"
                try graph.add(stage, id: id, from: [door])
                door = Graph.Door(id)
            }
        }
        for settings in try wiring.orderedTransforms() {
            try graph.add(
                try stages.make(settings),
                id: settings.id,
                from: wiring.doors(settings.inlet),
                match: settings.inlet.match
            )
        }
        var sinks: [any Sink] = []
        for settings in configuration.sinks {
            let sink = try makeSink(settings)
            sinks.append(sink)
            try graph.add(sink, from: wiring.doors(settings.inlet), match: settings.inlet.match)
        }
        return Pipeline(
            graph: graph,
            tags: tags,
            sources: sources,
            sinks: sinks,
            journal: journal,
            keeper: keeper,
            clock: clock
        )
    }
}
