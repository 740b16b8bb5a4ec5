import Basics
import Reactor

/// Takes records and lets them go; they count as delivered.
@MainLoop final class NowhereSink: Sink {
    let id: String
    private let books: Books
    private let ended = AsyncQueue<Bool>(capacity: 1)

    init(id: String, books: Books) {
        self.id = id
        self.books = books
    }

    var isFull: Bool { false }
    var trouble: String? { nil }

    func accept(_ events: [Event], at moment: Moment) {
        let count = events.reduce(0) { $0 + UInt64($1.receipt.count) }
        books.sink(id) {
            $0.received += count
            $0.delivered += count
        }
        for event in events { event.receipt.end() }
    }

    func run(onRoom: @escaping @MainLoop () -> Void) async throws(Failure) {
        _ = await ended.next()
    }

    func finish(by deadline: Instant) {
        ended.send(true)
    }
}
