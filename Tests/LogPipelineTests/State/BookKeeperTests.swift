import Basics
import Reactor
import Synchronization
import Testing

@testable import LogPipeline

@MainLoop struct BookKeeperTests {
    private let store = MemoryCheckpoints()

    /// Ten records were read, six delivered, four are on their way.
    private func books() -> Books {
        let books = Books()
        books.tally(of: "in", readsAgain: true).open = 4
        books.source("in") { $0.read += 10 }
        books.sink("out") {
            $0.received += 10
            $0.delivered += 6
        }
        return books
    }

    @Test func `a run goes on with the books of the one before`() throws {
        BookKeeper(books(), store: store, journal: .silent).save()
        let next = Books()
        let keeper = BookKeeper(next, store: store, journal: .silent)
        next.restore(try #require(keeper.earlier))
        #expect(next.now.read == 6 && next.now.isBalanced && next.buffered == 0)
        // The four come again.
        let tally = next.tally(of: "in", readsAgain: true)
        next.source("in") { $0.read += 4 }
        tally.open += 4
        next.sink("out") { $0.received += 4 }
        #expect(next.now.isBalanced && next.buffered == 4)
        tally.open -= 4
        next.sink("out") { $0.delivered += 4 }
        #expect(next.now.read == 10 && next.now.sinks["out"]?.delivered == 10)
        #expect(next.now.isBalanced && next.buffered == 0)
    }

    @Test func `counters begin anew with the program and never fall`() throws {
        BookKeeper(books(), store: store, journal: .silent).save()
        let next = Books()
        next.restore(
            try #require(BookKeeper(next, store: store, journal: .silent).earlier)
        )
        #expect(next.ofThisRun.read == 0 && next.ofThisRun.sinks["out"]?.delivered == 0)
        next.tally(of: "in", readsAgain: true).open = 5
        next.source("in") { $0.read += 5 }
        next.sink("out") { $0.received += 5 }
        next.withdraw()
        #expect(next.now.read == 6 && next.ofThisRun.read == 5)
        #expect(next.ofThisRun.sinks["out"]?.received == 5)
    }

    @Test func `only what changed is written`() throws {
        let books = books()
        let keeper = BookKeeper(books, store: store, journal: .silent)
        keeper.save()
        store.save(source: "", changed: [], forgotten: [], account: ["read in": 99])
        books.sink("out") { $0.retried += 1 }
        keeper.save()
        #expect(store.account(source: "")["read in"] == 99)
        #expect(store.account(source: "")["retried out"] == 1)
    }

    @Test func `books that cannot be true begin anew, and it is said`() {
        store.save(source: "", changed: [], forgotten: [], account: ["read in": 5])
        let said = Mutex("")
        let journal = Journal(level: .warning, isJSON: false, time: { "" }) { line in
            said.withLock { $0 += line }
        }
        #expect(BookKeeper(Books(), store: store, journal: journal).earlier == nil)
        #expect(said.withLock { $0.contains("the accounts of earlier runs do not balance") })
    }
}
