internal import Basics
internal import Reactor

/// The way of one source's records into the graph.
@MainLoop final class Feed: Intake {
    private let id: String
    private let door: Graph.Door
    private let graph: Graph
    private let tags: TagTable
    let clock: WallClock
    private let sinks: [any Sink]
    private let tally: Books.Tally
    private let onWork: @MainLoop () -> Void
    /// The tasks of the source that wait for room: one for each connection.
    private var waiting: [AsyncQueue<Bool>] = []
    private var isOver = false
    /// Whether the source waits for room.
    var isWaiting: Bool { !waiting.isEmpty }

    init(
        source: any Source,
        door: Graph.Door,
        graph: Graph,
        tags: TagTable,
        clock: WallClock,
        onWork: @escaping @MainLoop () -> Void
    ) {
        id = source.id
        self.door = door
        self.graph = graph
        self.tags = tags
        self.clock = clock
        self.onWork = onWork
        sinks = graph.sinks(reachedFrom: door)
        tally = graph.books.tally(of: source.id, readsAgain: source.readsAgain)
    }

    func take(_ events: consuming [Event], bytes: Int) {
        guard !events.isEmpty else { return }
        var count = 0
        var lot: ObjectIdentifier?
        for place in events.indices {
            if events[place].receipt.isOne(of: lot) {
                count &+= 1
                continue
            }
            events[place].receipt.open(in: tally)
            count += events[place].receipt.count
            lot = ObjectIdentifier(events[place].receipt.lot)
        }
        tally.open += count
        graph.books.source(id) { account in
            account.read += UInt64(count)
            account.bytes += UInt64(bytes)
        }
        graph.put(consume events, from: door, at: clock.moment)
        onWork()
    }

    var hasRoom: Bool { sinks.allSatisfy { !$0.isFull } }

    func room() async throws(Failure) {
        // Others get their turn between two pieces, whether there is room or not.
        await Task.yield()
        while !hasRoom {
            let news = AsyncQueue<Bool>(capacity: 1)
            if isOver { news.finish() } else { waiting.append(news) }
            guard await news.next() != nil else {
                waiting.removeAll { $0 === news }
                throw Failure(.cancelled, "reading was ended")
            }
        }
    }

    /// A sink has room again.
    func wake() {
        let all = waiting
        waiting = []
        for news in all { news.send(true) }
    }

    /// Nobody waits for room any more.
    func end() {
        isOver = true
        for news in waiting { news.finish() }
    }

    func note(repeated: Int, skipped: Int) {
        graph.books.source(id) { account in
            account.repeated += UInt64(repeated)
            account.skipped += UInt64(skipped)
        }
    }

    func tag(_ text: String) -> Tag {
        tags.tag(text)
    }
}
