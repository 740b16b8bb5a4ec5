public import Basics
public import Reactor

/// A running pipeline: sources, graph and sinks, from the start to an end in order.
@MainLoop public final class Pipeline {
    /// The pauses between attempts to start a source or sink again that could not go on.
    private static let restarts = Backoff.Policy(
        initial: .milliseconds(500),
        factor: 2,
        cap: .seconds(30),
        resetAfter: .seconds(60),
        jitterPercent: 0
    )

    /// The accounts.
    public var books: Books { graph.books }
    /// How its parts hang together.
    public let graph: Graph
    /// Its sources.
    public var sources: [any Source] { inputs.map(\.source) }
    /// Its sources with the doors at which their records go in.
    public var doors: [(source: any Source, door: Graph.Door)] { inputs }
    private let inputs: [(source: any Source, door: Graph.Door)]
    private let tags: TagTable
    /// Its sinks.
    public let sinks: [any Sink]
    private let journal: Journal
    private let keeper: BookKeeper?
    private let clock: WallClock
    private var feeds: [Feed] = []
    private var sourceTasks: [Task<Void, Never>] = []
    private var sinkTasks: [Task<Void, Never>] = []
    private var alarm: Alarm?
    private var alarmTime: Instant?
    private var isFinishing = false
    private var isHurried = false
    private var over: AsyncQueue<Bool>?
    private var running = 0
    private let sourcesEnded = AsyncQueue<Bool>(capacity: 1)
    /// What went wrong with a part, by its name; it is gone when the part goes on.
    public private(set) var troubles: [String: String] = [:]

    /// Takes the parts; nothing runs yet.
    ///
    /// - Parameters:
    ///   - graph: How they hang together.
    ///   - tags: The tags that its stages know.
    ///   - sources: Where records come from, with the door at which they go in.
    ///   - sinks: Where they go; every sink of the graph.
    ///   - journal: For what goes wrong.
    ///   - keeper: Who writes the books down; nobody if nil.
    ///   - clock: Where the time of day is taken from.
    public init(
        graph: Graph,
        tags: TagTable,
        sources: [(source: any Source, door: Graph.Door)],
        sinks: [any Sink],
        journal: Journal,
        keeper: BookKeeper? = nil,
        clock: WallClock = .machine
    ) {
        self.graph = graph
        self.tags = tags
        inputs = sources
        self.sinks = sinks
        self.journal = journal
        self.keeper = keeper
        self.clock = clock
    }

    // MARK: Running

    /// Begins reading and delivering.
    public func start() {
        for sink in sinks {
            sinkTasks.append(
                Task { @MainLoop [weak self] in await self?.keep(sink) }
            )
        }
        running = inputs.count
        for (source, door) in inputs {
            let feed = Feed(
                source: source,
                door: door,
                graph: graph,
                tags: tags,
                clock: clock
            ) { [weak self] in
                self?.setAlarm()
                self?.keeper?.touch()
            }
            feeds.append(feed)
            sourceTasks.append(
                Task { @MainLoop [weak self] in
                    await self?.keep(source, feed)
                    self?.sourceEnded()
                }
            )
        }
    }

    /// Waits until every source has ended by itself: standard input, files that end at their end.
    public func untilSourcesEnd() async {
        while running > 0, await sourcesEnded.next() != nil {}
    }

    private func sourceEnded() {
        running -= 1
        sourcesEnded.send(true)
    }

    private func keep(_ source: any Source, _ feed: Feed) async {
        var backoff = Backoff(Self.restarts)
        while !Task.isCancelled {
            do throws(Failure) {
                try await source.run(into: feed)
                troubles[source.id] = nil
                return
            } catch {
                if isFinishing || error.code == .cancelled { return }
                let pause = backoff.next(at: Loop.main.now)
                report(source.id, error, pause)
                try? await Loop.main.sleep(for: pause)
            }
        }
    }

    private func keep(_ sink: any Sink) async {
        var backoff = Backoff(Self.restarts)
        while !Task.isCancelled {
            do throws(Failure) {
                try await sink.run { [weak self] in self?.roomAgain() }
                troubles[sink.id] = nil
                return
            } catch {
                if error.code == .cancelled { return }
                let pause = backoff.next(at: Loop.main.now)
                report(sink.id, error, pause)
                try? await Loop.main.sleep(for: pause)
            }
        }
    }

    private func report(_ id: String, _ failure: Failure, _ pause: Duration) {
        if troubles[id] != "\(failure)" {
            journal.error("\(id): \(failure)", ["again in": pause.humanText])
        }
        troubles[id] = "\(failure)"
    }

    private func roomAgain() {
        for feed in feeds { feed.wake() }
    }

    /// Sets the alarm for the stage that wants to be woken first.
    private func setAlarm() {
        guard let wake = graph.nextWake else {
            alarm = nil
            alarmTime = nil
            return
        }
        guard alarmTime != wake else { return }
        alarmTime = wake
        alarm = Alarm(at: wake) { [weak self] in
            guard let self else { return }
            alarmTime = nil
            graph.wake(at: clock.moment)
            setAlarm()
        }
    }

    // MARK: Ending

    /// Ends in order: sources read to their end, stages let go what they kept, sinks deliver, and what was
    /// settled is written down.
    ///
    /// - Parameter deadline: When it is over in any case; sources get half of the time.
    /// - Returns: What is still open.
    public func finish(by deadline: Instant) async -> Ending {
        let now = Loop.main.now
        let half = now + .nanoseconds(max(0, deadline.nanoseconds(since: now)) / 2)
        for source in sources { source.finish(by: isHurried ? now : half) }
        return await end(sourcesBy: half, by: deadline)
    }

    /// Ends without reading on, so that another pipeline can go on from where this one was.
    ///
    /// - Parameter deadline: When it is over in any case.
    /// - Returns: What is still open; it will be read again where the source can.
    public func pause(by deadline: Instant) async -> Ending {
        for task in sourceTasks { task.cancel() }
        let now = Loop.main.now
        for source in sources { source.finish(by: now) }
        let ending = await end(sourcesBy: now + .seconds(1), by: deadline)
        books.withdraw()
        return ending
    }

    /// Lets an end that is under way come at once.
    public func hurry() {
        isHurried = true
        let now = Loop.main.now
        for source in sources { source.finish(by: now) }
        for sink in sinks { sink.finish(by: now) }
        over?.send(false)
    }

    private func end(sourcesBy half: Instant, by deadline: Instant) async -> Ending {
        isFinishing = true
        await wait(for: sourceTasks, until: half)
        for feed in feeds { feed.end() }
        for task in sourceTasks { task.cancel() }
        graph.wake(at: clock.moment, isLast: true)
        alarm = nil
        for sink in sinks { sink.finish(by: isHurried ? Loop.main.now : deadline) }
        await wait(for: sinkTasks, until: deadline)
        for task in sinkTasks { task.cancel() }
        for source in sources { await source.close() }
        keeper?.close()
        return Ending(books.now)
    }

    private func wait(for tasks: [Task<Void, Never>], until deadline: Instant) async {
        guard !isHurried else { return }
        let over = AsyncQueue<Bool>(capacity: 1)
        self.over = over
        let alarm = Alarm(at: deadline) { over.send(false) }
        let all = Task { @MainLoop in
            for task in tasks { await task.value }
            over.send(true)
        }
        _ = await over.next()
        self.over = nil
        alarm.cancel()
        all.cancel()
    }

    /// Why it is not ready; nil if it is: every sink can deliver and no source has failed.
    public var trouble: String? {
        if let trouble = sinks.lazy.compactMap({ sink in sink.trouble.map { "\(sink.id): \($0)" } })
            .first
        {
            return trouble
        }
        return troubles.min { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    }
}
