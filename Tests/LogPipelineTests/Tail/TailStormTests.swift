import Basics
import Reactor
import System
import TestKit
import Testing

@testable import LogPipeline

/// Real files under storm: writers rotate and truncate while the source reads, is killed and comes back.
@Suite("Tail storm", .serialized) @MainLoop struct TailStormTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private final class Writer {
        var random: SeededGenerator
        let directory: TemporaryDirectory
        var written: Set<String> = []
        private var number = 0
        private var rotations = 0
        private var descriptor: Int32?

        init(seed: UInt64, _ directory: TemporaryDirectory) {
            random = SeededGenerator(seed: seed)
            self.directory = directory
        }

        func open() throws -> Int32 {
            if let descriptor { return descriptor }
            let made = try Descriptors.openLog(directory.file("app.log")).release()
            descriptor = made
            return made
        }

        func append() throws {
            var text = ""
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                number += 1
                let line = "\(number) " + String(repeating: "x", count: number % 97)
                written.insert(line)
                text += line + "\n"
            }
            // A line may come in two writes.
            let bytes = Array(text.utf8)
            let cut = Int.random(in: 0...bytes.count, using: &random)
            try Descriptors.writeAll(open(), Array(bytes[..<cut]))
            try Descriptors.writeAll(open(), Array(bytes[cut...]))
        }

        func rotate() throws {
            rotations += 1
            try Files.rename(
                directory.file("app.log"),
                to: directory.file("app.log.\(rotations)")
            )
            // What is written late goes to the old file.
            if rotations % 2 == 0 { try append() }
            if let descriptor { Descriptors.close(descriptor) }
            descriptor = nil
            try append()
        }

        func close() {
            if let descriptor { Descriptors.close(descriptor) }
        }
    }

    /// Waits until the source has looked around.
    private func hasBegun(_ tail: RunningTail) async throws {
        try await eventually(within: .seconds(10), "a look", every: .milliseconds(1)) {
            tail.source.startedAt != nil
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func `kills and rotations lose no line`(_ seed: UInt64) async throws {
        let writer = Writer(seed: seed, directory)
        defer { writer.close() }
        let file = directory.file("positions.db")
        var settings = TailSettings(paths: [directory.file("app.log")])
        settings.readsFromHead = true
        settings.rotateWait = .milliseconds(20)
        var delivered: [String] = []
        try writer.append()
        var random = SeededGenerator(seed: seed &* 77)
        for round in 0..<12 {
            let intake = LineIntake()
            let store = try SQLiteCheckpoints(path: file) { Issue.record("\($0)") }
            let tail = RunningTail(settings, checkpoints: store, intake: intake)
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                try writer.append()
                if Int.random(in: 0..<4, using: &random) == 0 { try writer.rotate() }
                try await Loop.main.sleep(for: .milliseconds(.random(in: 0...4, using: &random)))
            }
            try await hasBegun(tail)
            if round == 11 {
                #expect(await tail.finish() == nil)
            } else {
                if round % 3 == 0 { try await Loop.main.sleep(for: .milliseconds(220)) }
                await tail.kill()
                // While nobody looks it goes on.
                try writer.append()
                for _ in 0..<(round % 3) { try writer.rotate() }
            }
            delivered += intake.lines
        }
        let (lost, strange) = (
            writer.written.subtracting(delivered).count,
            Set(delivered).subtracting(writer.written).count
        )
        #expect(lost == 0 && strange == 0)
    }

    @Test func `without a kill each line comes once, in order`() async throws {
        let writer = Writer(seed: 99, directory)
        defer { writer.close() }
        var settings = TailSettings(paths: [directory.file("app.log")])
        settings.readsFromHead = true
        settings.rotateWait = .milliseconds(50)
        let intake = LineIntake()
        try writer.append()
        let tail = RunningTail(settings, checkpoints: MemoryCheckpoints(), intake: intake)
        try await tail.lines(1)
        for step in 0..<200 {
            try writer.append()
            if step % 20 == 19 {
                try writer.rotate()
                try await Loop.main.sleep(for: .milliseconds(5))
            }
        }
        #expect(await tail.finish() == nil)
        #expect(intake.lines.count == writer.written.count)
        let isEqual = Set(intake.lines) == writer.written
        #expect(isEqual)
    }

    @Test func `ten thousand files are followed with few open`() async throws {
        for number in 0..<10_000 {
            try Files.write(directory.file("\(number).log"), "first \(number)\n")
        }
        var settings = TailSettings(paths: [directory.file("*.log")])
        settings.readsFromHead = true
        settings.openMaximum = 100
        let intake = LineIntake()
        let store = MemoryCheckpoints()
        let tail = RunningTail(settings, checkpoints: store, intake: intake)
        try await tail.lines(10_000)
        #expect(tail.source.numbers.open <= 100 && tail.source.numbers.files == 10_000)
        for number in stride(from: 0, to: 10_000, by: 100) {
            try Files.append(directory.file("\(number).log"), Array("second\n".utf8))
        }
        try await tail.lines(10_100)
        #expect(await tail.finish() == nil)
        #expect(intake.lines.count == 10_100)
        #expect(store.load(source: "tail").count == 10_000)
    }

    @Test func `a line of 100 MB takes little room`() async throws {
        let megabyte = [UInt8](repeating: 120, count: 1 << 20)
        for _ in 0..<100 { try Files.append(directory.file("a.log"), megabyte) }
        try Files.append(directory.file("a.log"), Array("\nlast\n".utf8))
        var settings = TailSettings(paths: [directory.file("a.log")])
        settings.readsFromHead = true
        settings.lineLimit = 64 << 10
        settings.longLines = .truncate
        let intake = LineIntake()
        let tail = RunningTail(settings, checkpoints: MemoryCheckpoints(), intake: intake)
        try await tail.lines(2)
        #expect(await tail.finish() == nil)
        #expect(intake.lines.map(\.utf8.count) == [64 << 10, 4])
        #expect(intake.skipped == (100 << 20) - (64 << 10))
        #expect(tail.source.numbers.linesTruncated == 1)
    }

    @Test func `a disk that is full loses no position`() async throws {
        let store = FailingCheckpoints()
        let intake = LineIntake()
        var settings = TailSettings(paths: [directory.file("a.log")])
        settings.readsFromHead = true
        try Files.write(directory.file("a.log"), "one\n")
        let tail = RunningTail(settings, checkpoints: store, intake: intake)
        try await tail.lines(1)
        store.isFull = true
        try Files.append(directory.file("a.log"), Array("two\n".utf8))
        try await tail.lines(2)
        try await eventually(within: .seconds(5), "the complaint") { tail.source.trouble != nil }
        store.isFull = false
        try await eventually(within: .seconds(5), "the relief") { tail.source.trouble == nil }
        #expect(store.kept.load(source: "tail").map(\.position) == [8])
        #expect(await tail.finish() == nil)
    }
}

/// Positions on a disk that is full at times.
@MainLoop final class FailingCheckpoints: Checkpoints {
    let kept = MemoryCheckpoints()
    var isFull = false
    var place: String? { nil }

    func load(source: String) throws(Failure) -> [Checkpoint] { kept.load(source: source) }
    func account(source: String) throws(Failure) -> [String: Int64] { kept.account(source: source) }

    func save(
        source: String,
        changed: [Checkpoint],
        forgotten: [Int64],
        account: [String: Int64]
    ) throws(Failure) {
        if isFull { throw Failure(.exhausted, "cannot write", cause: "the disk is full") }
        kept.save(source: source, changed: changed, forgotten: forgotten, account: account)
    }
}
