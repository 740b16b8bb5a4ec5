import Basics
import Foundation
import HTTP
import Reactor
import Records
import TestKit
import Testing

@testable import LogPipeline

/// Pipelines whose clock of the wall is set again and again: nothing is lost, repeated or held up, and the books
/// are right.
@Suite("Clock jumps") @MainLoop struct ClockJumpTests {
    /// The real parts on a folder, with a server; run after run.
    @MainLoop final class World {
        let folder: TemporaryDirectory
        let server = FakeElasticsearch()
        let clock: JumpingClock
        let port: UInt16
        private(set) var books = Books()
        private(set) var pipeline: Pipeline?
        private var random: SeededGenerator
        private(set) var written = 0
        private var rotations = 0

        init(seed: UInt64, port: UInt16) throws {
            folder = try TemporaryDirectory()
            clock = JumpingClock(seed: seed)
            random = SeededGenerator(seed: seed &+ 1)
            self.port = port
            try FileManager.default.createDirectory(
                atPath: folder.file("logs"),
                withIntermediateDirectories: true
            )
        }

        private var configuration: LogConfiguration {
            get throws {
                let text = """
                    service: {flush: 3ms, directory: \(folder.file("state")), \
                    retry: {initial: 1ms, cap: 10ms, random: true}}
                    from:
                      - {tail: \(folder.file("logs"))/*.log, start: head, name: files, \
                         time_key: read_at, join: [dated]}
                    multilines:
                      dated: {first_line: '^\\{', flush: 20ms}
                    steps:
                      - {parse: json}
                      - {throttle: 1000000, window: 3, interval: 10ms}
                      - {rate: 1000000, window: 20ms}
                      - {remap: ".at = now()"}
                    to:
                      - {elasticsearch: "http://127.0.0.1:\(port)", name: search, \
                         index: "app-%Y.%m.%d", batch: {records: 16}, \
                         buffer: {directory: \(folder.file("buffer"))}}
                      - {file: \(folder.file("out"))/%Y-%m-%d, name: archive, rotate_after: 5ms, \
                         keep_files: 200}
                    """
                return try LogConfigurations.read(Array(text.utf8), name: "logs.yaml").configuration
            }
        }

        func start() throws {
            books = Books()
            let parts = PipelineParts(
                configuration: try configuration,
                books: books,
                isFirst: true,
                journal: .silent,
                journalTap: JournalTap(),
                environment: { _ in nil },
                clock: clock.clock
            )
            let pipeline = try parts.pipeline()
            self.pipeline = pipeline
            pipeline.start()
        }

        /// Writes lines, and moves files away now and then.
        func write() throws {
            let path = folder.file("logs/app.log")
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let count = Int.random(in: 1...20, using: &random)
                let lines = (written..<(written + count)).map { "{\"n\":\($0)}\n" }.joined()
                let handle = try Self.handle(path)
                try handle.seekToEnd()
                try handle.write(contentsOf: Data(lines.utf8))
                try handle.close()
                written += count
                if Int.random(in: 0..<3, using: &random) == 0 {
                    rotations += 1
                    try FileManager.default.moveItem(
                        atPath: path,
                        toPath: folder.file("logs/app.\(rotations).log")
                    )
                }
            }
            let isBusy = Bool.random(using: &random)
            server.moods = isBusy ? [.status(503, "busy"), .status(429, "later"), .well] : [.well]
        }

        private static func handle(_ path: String) throws -> FileHandle {
            if !FileManager.default.fileExists(atPath: path) {
                _ = FileManager.default.createFile(atPath: path, contents: nil)
            }
            guard let handle = FileHandle(forWritingAtPath: path) else {
                throw Trouble("cannot write \(path)")
            }
            return handle
        }

        /// Waits until everything that was written came to its end.
        func settle() async throws {
            let wanted = UInt64(2 * written)
            try await eventually(
                within: .seconds(20),
                "\(wanted) ends, not \(books.now.ended)",
                every: .milliseconds(2)
            ) {
                #expect(books.now.isBalanced)
                return books.now.ended >= wanted && books.buffered == 0
            }
        }

        func end() async {
            guard let pipeline else { return }
            let began = Loop.main.now
            let ending = await pipeline.finish(by: began + .seconds(10))
            #expect(ending.isComplete && Loop.main.now - began < .seconds(5))
            self.pipeline = nil
        }

        /// The numbers in the files that were written, and how often.
        func archived() throws -> [Int: Int] {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("out"))
            var found: [Int: Int] = [:]
            for name in names {
                for line in try folder.text(of: "out/" + name).split(separator: "\n") {
                    guard let start = line.firstRange(of: "\"n\":") else { continue }
                    let digits = line[start.upperBound...].prefix { $0.isNumber }
                    found[Int(digits) ?? -1, default: 0] += 1
                }
            }
            return found
        }
    }

    struct Trouble: Error, CustomStringConvertible {
        let description: String
        init(_ text: String) { description = text }
    }

    private func run(seed: UInt64) async throws {
        var world: World?
        try await withLoopback { request, responder in
            try await world?.server.handle(request, responder)
        } test: { loopback in
            let made = try World(seed: seed, port: loopback.port)
            world = made
            for _ in 0..<3 {
                // Some is there at the start, some comes while it runs.
                try made.write()
                try made.start()
                try made.write()
                try await made.settle()
                await made.end()
            }
            let once = Dictionary(uniqueKeysWithValues: (0..<made.written).map { ($0, 1) })
            #expect(made.server.stored == once, "seed \(seed)")
            #expect(try made.archived() == once, "seed \(seed)")
            let books = made.books.now
            #expect(
                books.isBalanced && books.read == UInt64(made.written),
                "seed \(seed): \(books)"
            )
            #expect(books.ended == UInt64(2 * made.written), "seed \(seed): \(books)")
            #expect(books.left.isEmpty && books.sources["files"]?.repeated == 0, "seed \(seed)")
            #expect(made.clock.jumps > 20)
        }
    }

    @Test(arguments: 0..<16 as Range<UInt64>)
    func `a whole pipeline delivers each record once, over three runs`(_ seed: UInt64) async throws
    {
        try await run(seed: seed)
    }

    // MARK: Stages

    private static let steps = """
        from: [{stdin: , name: in}]
        multilines:
          dated: {first_line: '^\\d', flush: 2s}
        steps:
          - {join: dated, key: log}
          - {dedupe: [log], cache: 5}
          - {throttle: 1, window: 3, interval: 1s}
          - {rate: 3, window: 2s, key: "{{ k }}"}
          - {reduce: [k], expire_after: 3s, flush: 1s, strategies: {log: concat}}
        to: [{nowhere: , name: out}]
        """

    /// What comes out of stages, record by record, while time goes on by itself and the clock of the wall as told.
    private func outcome(seed: UInt64, wall: () -> Timestamp) throws -> [String] {
        let configuration = try LogConfigurations.read(
            Array(Self.steps.utf8),
            name: "logs.yaml"
        ).configuration
        let kit = FlowKit()
        var assembly = Assembly(journal: .silent, environment: { _ in nil })
        assembly.books = kit.books
        let sink = KeepingSink("out", kit.books)
        let parts = Trial.Placeholders()
        let pipeline = try assembly.pipeline(
            configuration,
            source: parts.source,
            sink: { _ throws(Failure) in sink }
        )
        let door = try #require(pipeline.doors.first?.door)
        var random = SeededGenerator(seed: seed)
        var now = Instant.zero
        var lines: [String] = []
        for _ in 0..<200 {
            now = now + .milliseconds(Int64.random(in: 1...900, using: &random))
            if let wake = pipeline.graph.nextWake, wake <= now {
                pipeline.graph.wake(at: Moment(instant: now, wall: wall()))
            }
            let log =
                "\(Int.random(in: 0..<3, using: &random) == 0 ? " " : "1")"
                + "\(Int.random(in: 0..<90, using: &random))"
            let fields: Fields = [
                "log": .text(log), "k": .integer(Int64.random(in: 0..<2, using: &random)),
            ]
            kit.books.source("in") { $0.read += 1 }
            pipeline.graph.put(
                kit.fields([fields]),
                from: door,
                at: Moment(instant: now, wall: wall())
            )
            let left = kit.books.now.left.map { "\($0.key): \($0.value)" }.sorted()
            lines.append("\(sink.events.count) \(left)")
        }
        pipeline.graph.wake(at: Moment(instant: now, wall: wall()), isLast: true)
        lines += sink.texts
        #expect(kit.books.now.buffered == UInt64(sink.events.reduce(0) { $0 + $1.receipt.count }))
        sink.deliver()
        #expect(kit.books.buffered == 0)
        return lines
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `stages decide as if the clock were never set`(_ seed: UInt64) throws {
        let jumping = JumpingClock(seed: seed)
        let steady = try outcome(seed: seed) { FlowKit.start.wall }
        #expect(try outcome(seed: seed, wall: jumping.read) == steady)
        #expect(steady.contains { $0.contains("limited") })
    }
}
