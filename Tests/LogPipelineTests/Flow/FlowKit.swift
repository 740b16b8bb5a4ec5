import Basics
import Reactor
import Records

@testable import LogPipeline

/// A source's side of the books: which lots were settled.
@MainLoop final class LotKeeper: LotOwner {
    private(set) var settled: [Int64] = []

    func settled(_ lot: Lot) {
        settled.append(lot.mark)
    }
}

/// A sink that keeps what it gets and ends it when told.
@MainLoop final class KeepingSink: Sink {
    let id: String
    let books: Books
    private(set) var events: [Event] = []
    var isFull = false
    var trouble: String? { nil }

    init(_ id: String, _ books: Books) {
        self.id = id
        self.books = books
    }

    func accept(_ events: [Event], at moment: Moment) {
        books.sink(id) { account in
            for event in events { account.received += UInt64(event.receipt.count) }
        }
        self.events += events
    }

    func deliver() {
        for event in events {
            event.receipt.end()
            books.sink(id) { $0.delivered += UInt64(event.receipt.count) }
        }
        events = []
    }

    var texts: [String] {
        events.map { event in
            var event = event
            guard case .bytes(let bytes)? = event.fields["log"] else { return "" }
            return bytes.text
        }
    }

    func run(onRoom: @escaping @MainLoop () -> Void) async throws(Failure) {}
    func finish(by deadline: Instant) {}
}

/// The surroundings of one test.
@MainLoop struct FlowKit {
    let books = Books()
    let keeper = LotKeeper()
    let tags = TagTable()
    let graph: Graph
    static let start = Moment(instant: .zero, wall: Timestamp(seconds: 1_700_000_000))

    init() {
        graph = Graph(books: books)
    }

    /// Records of one lot, each with a text in `log`.
    func events(_ texts: [String], tag: String = "t", mark: Int64 = 1) -> [Event] {
        fields(texts.map { ["log": .text($0)] }, tag: tag, mark: mark)
    }

    /// Records of one lot.
    func fields(_ all: [Fields], tag: String = "t", mark: Int64 = 1) -> [Event] {
        let lot = Lot(owner: keeper, group: 0, mark: mark, count: all.count)
        return all.map {
            Event(
                .fields($0),
                time: Self.start.wall,
                tag: tags.tag(tag),
                receipt: Receipt(lot)
            )
        }
    }

    /// Counts records as read and puts them in.
    func put(_ events: [Event], from id: String, at moment: Moment = start) {
        books.source(id) { $0.read += UInt64(events.count) }
        graph.put(events, from: Graph.Door(id), at: moment)
    }

    /// What a stage makes of records, without a graph.
    func run(_ stage: any Stage, _ events: [Event], at moment: Moment = start) -> [Fields] {
        let outlet = Outlet()
        stage.process(events, at: moment, into: outlet)
        return outlet.passed.map { event in
            var event = event
            return event.fields
        }
    }
}
