import Basics
import Foundation
import Reactor
import Records
import System
import TestKit
import Testing

@testable import LogPipeline

/// The source on real files; each test waits for what it wants to see.
@Suite("Tail source", .serialized) @MainLoop struct TailSourceTests {
    private let directory: TemporaryDirectory
    private let store = MemoryCheckpoints()
    private let intake = LineIntake()

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func settings(_ patterns: String..., fromHead: Bool? = true) -> TailSettings {
        var settings = TailSettings(paths: patterns.map { directory.file($0) })
        settings.readsFromHead = fromHead
        return settings
    }

    private func start(_ settings: TailSettings, tag: String = "test") -> RunningTail {
        RunningTail(settings, tag: tag, checkpoints: store, intake: intake)
    }

    private func append(_ text: String, to name: String) throws {
        try Files.append(directory.file(name), Array(text.utf8))
    }

    @Test func `lines come as they are written, and the last at the end`() async throws {
        try append("one\ntwo\n", to: "a.log")
        let tail = start(settings("*.log"))
        try await tail.lines(2)
        try append("three\nfo", to: "a.log")
        try await tail.lines(3)
        try append("ur\nrest", to: "a.log")
        try await tail.lines(4)
        #expect(await tail.finish() == nil)
        #expect(intake.lines == ["one", "two", "three", "four", "rest"])
        #expect(intake.bytes == 23)
    }

    @Test func `files that appear are read from their beginning, with tag and fields`() async throws
    {
        intake.keepsFields = true
        var settings = settings("new/*.log", fromHead: false)
        settings.pathKey = "file"
        settings.offsetKey = "offset"
        settings.hostKey = "host"
        settings.timeKey = "timestamp"
        settings.key = "message"
        settings.added = ["source_type": .text("file")]
        let tail = start(settings, tag: "app.*")
        try await eventually(within: .seconds(5), "the start") { tail.source.reader != nil }
        try Files.makeDirectories(directory.file("new"))
        try append("one\ntwo\n", to: "new/a.log")
        try await tail.lines(2)
        #expect(await tail.finish() == nil)
        let path = directory.file("new/a.log")
        #expect(intake.tags.first == TailTag.expand("app.*", path: path))
        let last = try #require(intake.fields.last)
        #expect(last["message"] == .text("two") && last["file"] == .text(path))
        #expect(last["offset"] == .integer(4) && last["source_type"] == .text("file"))
        #expect(last["host"] == .text(Host.hostname))
        guard case .timestamp? = last["timestamp"] else {
            Issue.record("no time")
            return
        }
    }

    @Test func `rotation by name loses nothing`() async throws {
        try append("one\n", to: "a.log")
        var settings = settings("a.log")
        settings.rotateWait = .milliseconds(50)
        let tail = start(settings)
        try await tail.lines(1)
        try Files.rename(directory.file("a.log"), to: directory.file("a.log.1"))
        try append("two\n", to: "a.log.1")
        try append("three\n", to: "a.log")
        try append("four", to: "a.log.1")
        try await tail.lines(4)
        #expect(Set(intake.lines) == ["one", "two", "three", "four"])
        try await eventually(within: .seconds(5), "the old file's end") {
            tail.source.numbers.files == 1
        }
        #expect(tail.source.numbers.rotated == 1 && tail.source.numbers.open == 1)
        #expect(await tail.finish() == nil)
    }

    @Test func `a renamed file stays open until everything of it came to its end`() async throws {
        intake.settles = false
        try append("one\n", to: "a.log")
        var settings = settings("a.log")
        settings.rotateWait = .milliseconds(10)
        let tail = start(settings)
        try await tail.lines(1)
        try Files.remove(directory.file("a.log"))
        try append("two\n", to: "a.log")
        try await tail.lines(2)
        try await Loop.main.sleep(for: .milliseconds(100))
        #expect(tail.source.numbers.open == 2)
        intake.settleAll()
        try await eventually(within: .seconds(5), "the end") { tail.source.numbers.open == 1 }
        #expect(await tail.finish() == nil)
    }

    @Test func `copytruncate begins anew, whatever the size is then`() async throws {
        try append("one\ntwo\n", to: "a.log")
        let tail = start(settings("a.log"))
        try await tail.lines(2)
        // The same size, and a larger one, right after each other.
        try Files.write(directory.file("a.log"), "uno\ndos\n")
        try await tail.lines(4)
        try Files.write(directory.file("a.log"), "eins\nzwei\ndrei\n")
        try await tail.lines(7)
        try Files.write(directory.file("a.log"), "x\n")
        try await tail.lines(8)
        #expect(await tail.finish() == nil)
        #expect(
            intake.lines == ["one", "two", "uno", "dos", "eins", "zwei", "drei", "x"]
        )
        #expect(tail.source.numbers.truncated == 3 && tail.source.numbers.bytesLost == 0)
    }

    @Test func `a restart goes on where everything had ended`() async throws {
        try append("one\ntwo\n", to: "a.log")
        let first = start(settings("*.log"))
        try await first.lines(2)
        #expect(await first.finish() == nil)
        intake.clear()
        // Renamed while nobody looked, to a name that nobody follows.
        try append("three\n", to: "a.log")
        try Files.rename(directory.file("a.log"), to: directory.file("a.log.1"))
        try append("four\n", to: "a.log")
        let second = start(settings("*.log", fromHead: false))
        try await second.lines(2)
        #expect(await second.finish() == nil)
        #expect(Set(intake.lines) == ["three", "four"])
        #expect(intake.repeated == 0)
    }

    @Test func `what had not ended comes again after a kill, and is counted`() async throws {
        intake.settles = false
        try append("one\ntwo\n", to: "a.log")
        let first = start(settings("*.log"))
        try await first.lines(2)
        first.source.save()
        await first.kill()
        intake.settles = true
        intake.clear()
        try append("three\n", to: "a.log")
        let second = start(settings("*.log", fromHead: false))
        try await second.lines(3)
        #expect(await second.finish() == nil)
        #expect(intake.lines == ["one", "two", "three"] && intake.repeated == 2)
    }

    @Test func `links to a file and swaps of what they lead to are followed`() async throws {
        try directory.write("one\n", to: "..1/a.log")
        try Files.symlink(directory.file("..data"), to: "..1")
        try Files.symlink(directory.file("a.log"), to: "..data/a.log")
        try Files.symlink(directory.file("b.log"), to: "a.log")
        let tail = start(settings("*.log"))
        try await tail.lines(1)
        try append("two\n", to: "..1/a.log")
        try await tail.lines(2)
        try directory.write("three\n", to: "..2/a.log")
        try Files.symlink(directory.file("..tmp"), to: "..2")
        try Files.rename(directory.file("..tmp"), to: directory.file("..data"))
        try await tail.lines(3)
        #expect(await tail.finish() == nil)
        #expect(intake.lines == ["one", "two", "three"])
    }

    @Test func `a file behind a link is followed when it is rotated`() async throws {
        try directory.write("one\n", to: "pods/0.log")
        try directory.write("", to: "links/none")
        try Files.symlink(directory.file("links/x.log"), to: directory.file("pods/0.log"))
        let tail = start(settings("links/*.log"))
        try await tail.lines(1)
        try Files.rename(directory.file("pods/0.log"), to: directory.file("pods/0.log.old"))
        try append("two\n", to: "pods/0.log.old")
        try append("three\n", to: "pods/0.log")
        try await tail.lines(3)
        #expect(await tail.finish() == nil)
        #expect(Set(intake.lines) == ["one", "two", "three"])
    }

    @Test func `nothing is read while nobody takes records`() async throws {
        intake.limit = 1
        let text = (0..<5_000).map { "line \($0)\n" }.joined()
        try append(text, to: "a.log")
        let tail = start(settings("a.log"))
        try await tail.lines(1)
        try await Loop.main.sleep(for: .milliseconds(50))
        #expect(intake.lines.count <= TailMachine.recordsMaximum)
        intake.limit = .max
        try await tail.lines(5_000)
        #expect(await tail.finish() == nil)
        #expect(intake.lines.count == 5_000 && intake.lines.last == "line 4999")
    }

    @Test func `files from before the pod are read from their end`() async throws {
        try append("old\n", to: "a.log")
        let tail = RunningTail(
            settings("a.log", fromHead: nil),
            checkpoints: store,
            intake: intake,
            podStart: Timestamp(seconds: 99_999_999_999 / 11)
        )
        try await eventually(within: .seconds(5), "the look") {
            tail.source.reader?.machine.isFirstLook == false
        }
        try append("new\n", to: "a.log")
        try await tail.lines(1)
        #expect(await tail.finish() == nil)
        #expect(intake.lines == ["new"])
    }

    @Test func `the source ends by itself if it is asked to`() async throws {
        try append("one\ntwo", to: "a.log")
        var settings = settings("a.log")
        settings.endsAtEnd = true
        let source = TailSource(
            id: "tail",
            tag: "t",
            settings: settings,
            checkpoints: store,
            podStart: Timestamp(seconds: 0),
            journal: .silent
        )
        try await source.run(into: intake)
        await source.close()
        #expect(intake.lines == ["one", "two"])
    }

    @Test func `a file is removed after it was read if that is wanted`() async throws {
        try append("one\n", to: "a.log")
        var settings = settings("a.log")
        settings.removeAfter = .milliseconds(10)
        settings.rotateWait = .milliseconds(10)
        let tail = start(settings)
        try await eventually(within: .seconds(10), "the removal") {
            !Files.exists(directory.file("a.log"))
        }
        #expect(await tail.finish() == nil)
        #expect(intake.lines == ["one"] && tail.source.numbers.removed == 1)
    }

    @Test func `wide characters come as UTF-8 with their places`() async throws {
        intake.keepsFields = true
        let text = "aé\nb\n"
        let bytes: [UInt8] =
            [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        try Files.write(directory.file("a.log"), bytes)
        var settings = settings("a.log")
        settings.encoding = "utf-16le"
        settings.offsetKey = "at"
        let tail = start(settings)
        try await tail.lines(2)
        #expect(await tail.finish() == nil)
        #expect(intake.lines == ["aé", "b"])
        #expect(intake.fields.map { $0["at"] } == [.integer(2), .integer(8)])
    }
}
