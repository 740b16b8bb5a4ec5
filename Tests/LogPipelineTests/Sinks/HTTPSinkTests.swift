import Basics
import Formats
import HTTP
import Reactor
import Records
import TestKit
import Testing

@testable import LogPipeline

@Suite("Sinks over HTTP") @MainLoop struct HTTPSinkTests {
    /// A sink, its server and the books.
    @MainLoop final class World {
        let server = FakeElasticsearch()
        let letters = KeptLetters()
        let books = Books()
        let lots = TestLots()
        var sink: any Sink
        private var running: Task<Void, any Error>?

        init(_ port: UInt16, _ change: (inout SinkSettings) -> Void = { _ in }) {
            var request = RequestSettings(endpoints: [
                EndpointSettings(host: "127.0.0.1", port: port)
            ])
            request.timeout = .seconds(5)
            request.authentication = .basic(user: "u", password: "p")
            request.headers = ["X-Own: yes"]
            var settings = SinkSettings(
                id: "es",
                inlet: Inlet([]),
                kind: .elasticsearch(ElasticsearchSettings(request: request, index: "i"))
            )
            settings.batch.wait = .milliseconds(5)
            settings.batch.records = 7
            var retry = RetrySettings()
            retry.initial = .milliseconds(1)
            retry.cap = .milliseconds(20)
            settings.retry = retry
            change(&settings)
            var context = SinkContext(books: books, journal: .silent, seed: 7)
            context.deadLetters = letters
            sink = HTTPSinks.make(settings, context) ?? KeepingSink("none", books)
        }

        func put(_ numbers: Range<Int>) {
            let lot = lots.lot(numbers.count, mark: Int64(numbers.lowerBound))
            let events = numbers.map { lots.event(.fields(["n": .integer(Int64($0))]), lot: lot) }
            books.source("in") { $0.read += UInt64(events.count) }
            sink.accept(events, at: Loop.main.moment)
        }

        func start() {
            let sink = sink
            running = Task { @MainLoop in try await sink.run {} }
        }

        var account: Accounts.Sink { books.now.sinks["es"] ?? Accounts.Sink() }

        func settled(_ count: UInt64) async throws {
            try await eventually(within: .seconds(20), "the records' ends", every: .milliseconds(2))
            {
                account.delivered + account.rejected >= count
            }
            #expect(account.received == count && account.buffered == 0 && books.buffered == 0)
        }

        func end(after grace: Duration = .seconds(5)) async throws {
            sink.finish(by: Loop.main.now + grace)
            try await running?.value
        }
    }

    static func run(
        _ change: @escaping (inout SinkSettings) -> Void = { _ in },
        _ test: @MainLoop (World) async throws -> Void
    ) async throws {
        // The world is made once the port is known.
        var world: World?
        try await withLoopback { request, responder in
            try await world?.server.handle(request, responder)
        } test: { loopback in
            let made = World(loopback.port, change)
            world = made
            made.start()
            try await test(made)
            try await made.end()
        }
    }

    @Test func `records are delivered, and their lots are told`() async throws {
        try await Self.run { world in
            world.put(0..<20)
            try await world.settled(20)
            #expect(
                world.server.stored == Dictionary(uniqueKeysWithValues: (0..<20).map { ($0, 1) })
            )
            #expect(world.lots.settled == [0])
            let head = try #require(world.server.heads.first)
            #expect(head.target == "/_bulk?")
            #expect(head.headers["Content-Type"] == "application/x-ndjson")
            #expect(head.headers["Authorization"] == "Basic dTpw" && head.headers["X-Own"] == "yes")
            #expect(
                world.account.errors == 0 && world.account.bytes > 0 && world.sink.trouble == nil
            )
        }
    }

    @Test(arguments: [CompressionKind.gzip, .zstd])
    func `bodies are made smaller`(_ kind: CompressionKind) async throws {
        try await Self.run {
            guard case .elasticsearch(var settings) = $0.kind else { return }
            settings.request.compression = kind
            $0.kind = .elasticsearch(settings)
        } _: { world in
            world.put(0..<10)
            try await world.settled(10)
            #expect(world.server.stored.count == 10)
        }
    }

    @Test func `refused records become dead letters, busy ones are sent again alone`() async throws
    {
        try await Self.run { world in
            world.server.moods = [.choosy(refuse: 5, busy: 3)]
            world.letters.failures = 1
            world.put(0..<30)
            try await world.settled(30)
            #expect(world.account.rejected == 6 && world.account.delivered == 24)
            #expect(world.letters.letters.count == 6)
            #expect(world.letters.letters.allSatisfy { $0.code == 400 && $0.reason == "t400: r" })
            let numbers = try world.letters.letters.map {
                try JSON.parse($0.record)["n"]?.int ?? -1
            }
            #expect(numbers.sorted() == [0, 5, 10, 15, 20, 25])
            // Nothing was stored twice.
            #expect(world.server.stored.values.allSatisfy { $0 == 1 })
            #expect(world.lots.settled == [0] && world.account.retried > 0)
        }
    }

    @Test(arguments: [
        FakeElasticsearch.Mood.status(503, "down"), .status(429, "slow"), .says("<html>no"),
        .silent,
        .says(#"{"took":1,"errors":true,"items":[]}"#), .status(401, "who"),
    ])
    func `a server that is not well delays records only`(_ mood: FakeElasticsearch.Mood)
        async throws
    {
        try await Self.run { world in
            world.server.moods = [mood, mood, mood, mood, .well]
            world.put(0..<10)
            try await world.settled(10)
            #expect(world.account.delivered == 10 && world.server.stored.count == 10)
            #expect(world.account.errors > 0)
            if case .silent = mood { #expect(world.account.uncertain > 0) }
            try await eventually(within: .seconds(5), "the trouble's end") {
                world.sink.trouble == nil
            }
        }
    }

    @Test func `a record that spoils a request is found`() async throws {
        try await Self.run { world in
            // Halves: 7 records, then 3 and 4, and so on.
            world.server.moods = [.spoiledBy(5, "bad line")]
            world.put(0..<7)
            try await world.settled(7)
            #expect(world.account.rejected == 1 && world.account.delivered == 6)
            #expect(world.letters.letters.map(\.reason) == ["HTTP status 400: bad line"])
            #expect(world.server.stored[5] == nil && world.server.stored.count == 6)
        }
    }

    @Test func `nobody there is no attempt, and the end comes at the deadline`() async throws {
        let world = World(9) {
            $0.retry?.limit = 0
        }
        world.start()
        world.put(0..<3)
        try await eventually(within: .seconds(10), "the trouble") { world.sink.trouble != nil }
        #expect(world.account.buffered == 3 && world.account.rejected == 0)
        let start = Loop.main.now
        try await world.end(after: .milliseconds(200))
        #expect(Loop.main.now - start < .seconds(4))
        // What is left is read again: its lot was not told.
        #expect(world.lots.settled == [] && world.books.buffered == 3)
    }

    @Test func `it is full while the server is away`() async throws {
        try await Self.run {
            $0.buffer.memory = 2000
        } _: { world in
            world.server.moods = [.status(503, "")]
            while !world.sink.isFull { world.put(0..<7) }
            let count = world.account.received
            world.server.moods = [.well]
            try await world.settled(count)
            #expect(!world.sink.isFull)
        }
    }

    @Test func `a buffer on disk outlives the program`() async throws {
        let folder = try TemporaryDirectory()
        let first = World(9) { $0.buffer.directory = folder.file("b") }
        first.start()
        first.put(0..<10)
        // On disk is safe: the lot is told although nobody has the records.
        try await eventually(within: .seconds(60), "the lot's end") { first.lots.settled == [0] }
        try await first.end(after: .milliseconds(50))
        #expect(first.account.delivered == 0)
        try await Self.run {
            $0.buffer.directory = folder.file("b")
        } _: { world in
            try await eventually(within: .seconds(20), "the old records") {
                world.account.delivered == 10
            }
            #expect(world.account.received == 10 && world.books.buffered == 0)
            world.put(10..<12)
            try await world.settled(12)
            #expect(world.server.stored.keys.sorted() == Array(0..<12))
        }
    }
}
