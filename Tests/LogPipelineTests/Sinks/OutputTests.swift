import Basics
import Reactor
import Records
import System
import TestKit
import Testing

@testable import LogPipeline

@Suite("Console and files", .timeLimit(.minutes(1))) struct OutputTests {
    @MainLoop private static func console(_ descriptor: Int32) -> ConsoleCarrier {
        ConsoleCarrier(ConsoleSettings(encoding: Encoding(.json)), descriptor: descriptor)
    }

    @Test @MainLoop func `a reader that takes nothing makes the sink wait, and nothing else`()
        async throws
    {
        let (stream, writing) = try ByteStream.readingPipe()
        let carrier = Self.console(writing)
        let text = String(repeating: "x", count: 1000)
        let events = (0..<500).map { SinkKit.event(["a": .text(text + "\($0)")]) }
        let load = SinkKit.load(carrier, events)
        let answer = Task { @MainLoop in await carrier.carry(load, partition: [], attempt: 1) }
        for _ in 0..<100 { await Loop.main.turn() }
        var read: [UInt8] = []
        while read.count < load.bytes.count {
            read += try await stream.read(deadline: Loop.main.now + .seconds(10))
        }
        let result = await answer.value
        #expect(result == .delivered)
        #expect(read == load.bytes)
        Descriptors.close(writing)
    }

    @Test @MainLoop func `a line that was begun goes on where it stopped`() async throws {
        let (stream, writing) = try ByteStream.readingPipe()
        let carrier = Self.console(writing)
        let events = (0..<300).map {
            SinkKit.event(["a": .text(String(repeating: "y", count: 999) + "\($0)")])
        }
        let load = SinkKit.load(carrier, events)
        let first = Task { @MainLoop in await carrier.carry(load, partition: [], attempt: 1) }
        for _ in 0..<100 { await Loop.main.turn() }
        first.cancel()
        guard case .partly(let verdicts) = await first.value else {
            Issue.record("some lines were written")
            return
        }
        #expect(verdicts.allSatisfy { $0.isRetriable })
        let rest = load.picking(verdicts.map(\.item))
        let second = Task { @MainLoop in await carrier.carry(rest, partition: [], attempt: 2) }
        var read: [UInt8] = []
        while read.count < load.bytes.count {
            read += try await stream.read(deadline: Loop.main.now + .seconds(10))
        }
        let answer = await second.value
        #expect(answer == .delivered)
        #expect(read == load.bytes)
        Descriptors.close(writing)
    }

    @Test @MainLoop func `a reader that is gone is said in a sentence`() async throws {
        let (stream, writing) = try ByteStream.readingPipe()
        let carrier = Self.console(writing)
        let first = await SinkKit.carry(carrier, [SinkKit.event(["a": .integer(1)])])
        #expect(first == .delivered)
        stream.close()
        let answer = await SinkKit.carry(carrier, [SinkKit.event(["a": .integer(1)])])
        guard case .failed(let setback) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(setback.reason.contains("its reader is gone"))
        Descriptors.close(writing)
    }

    @MainLoop private static func file(
        _ path: String,
        _ change: (inout FileSinkSettings) -> Void = { _ in }
    ) -> FileCarrier {
        var settings = FileSinkSettings(path: path)
        change(&settings)
        return FileCarrier(settings)
    }

    @Test @MainLoop func `the path depends on the record`() async throws {
        let folder = try TemporaryDirectory()
        let carrier = Self.file(folder.path + "/{{ host }}/%Y-%m-%d/$TAG.log") {
            $0.permissions = 0o640
        }
        let answer = await SinkKit.carry(carrier, [SinkKit.event(["host": .text("web")])])
        #expect(answer == .delivered)
        let path = folder.file("web/2023-11-14/app.log")
        #expect(try Files.text(path) == "{\"host\":\"web\"}\n")
        #expect(try Files.stat(path).mode == 0o640)
    }

    @Test(
        arguments: [
            ["host": .text("../../etc")], ["host": .text("a\u{0}b")], ["other": .integer(1)],
        ] as [Fields]
    )
    @MainLoop func `a record cannot lead elsewhere`(_ fields: Fields) throws {
        let folder = try TemporaryDirectory()
        let carrier = Self.file(folder.path + "/{{ host }}.log")
        let load = SinkKit.load(carrier, [SinkKit.event(fields)])
        #expect(load.count == 0)
    }

    @Test(arguments: [CompressionKind.none, .gzip])
    @MainLoop func `a file is begun anew at its size, and old ones are packed`(
        _ compression: CompressionKind
    ) async throws {
        let folder = try TemporaryDirectory()
        let carrier = Self.file(folder.file("a.log")) {
            $0.rotateBytes = 20
            $0.keptFiles = 2
            $0.compression = compression
            $0.syncs = true
        }
        for text in ["one", "two", "three", "four", "five", "six", "seven"] {
            let answer = await SinkKit.carry(carrier, [SinkKit.event(["a": .text(text)])])
            #expect(answer == .delivered)
        }
        let names = try Files.list(folder.path).sorted()
        #expect(try Files.text(folder.file("a.log")) == "{\"a\":\"seven\"}\n")
        if compression == .none {
            #expect(names == ["a.log", "a.log.1", "a.log.2"])
            #expect(try Files.text(folder.file("a.log.1")) == "{\"a\":\"six\"}\n")
        } else {
            #expect(names == ["a.log", "a.log.1.gz", "a.log.2.gz"])
            let result = try await TestProgram.run("gzip", ["-dc", folder.file("a.log.1.gz")])
            #expect(result.output == "{\"a\":\"six\"}\n")
        }
    }

    @Test @MainLoop func `a full disk makes records wait`() async throws {
        let carrier = Self.file("/dev/full")
        let answer = await SinkKit.carry(carrier, [SinkKit.event(["a": .integer(1)])])
        guard case .failed(let setback) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(setback.remedy == .retry)
        #expect(setback.reason.contains("free space"), "\(setback.reason)")
    }

    @Test @MainLoop func `an old database is kept, and has no more records than told`()
        async throws
    {
        let folder = try TemporaryDirectory()
        var settings = SQLiteSettings(path: folder.file("logs.db"))
        settings.recordMaximum = 3
        let carrier = SQLiteCarrier(settings)
        for number in 0..<5 {
            let answer = await SinkKit.carry(
                carrier,
                [SinkKit.event(["a": .integer(Int64(number)), "b": .text("\u{1F}")])]
            )
            #expect(answer == .delivered)
        }
        await carrier.close()
        let result = try await TestProgram.run(
            "python3",
            [
                "-c",
                "import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute("
                    + "'select time, data, tag from logs order by id').fetchall())",
                folder.file("logs.db"),
            ]
        )
        let row = { (number: Int) in
            "('2023-11-14T22:13:20.123456789Z', '{\"a\":\(number),\"b\":\"\\\\u001f\"}', 'app')"
        }
        #expect(result.output == "[\(row(2)), \(row(3)), \(row(4))]\n", "\(result.errors)")
    }
}
