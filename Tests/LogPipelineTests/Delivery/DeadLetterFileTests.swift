import Basics
import Formats
import Reactor
import TestKit
import Testing

@testable import LogPipeline

@Suite("Dead letters") @MainLoop struct DeadLetterFileTests {
    static func keep(_ file: DeadLetterFile, _ record: String, _ code: Int? = 400) throws(Failure) {
        try file.keep(
            record: Array(record.utf8).span,
            sink: "es",
            reason: "mapper \"x\"",
            code: code,
            at: Timestamp(seconds: 1_700_000_000)
        )
    }

    @Test func `are lines of JSON`() async throws {
        let folder = try TemporaryDirectory()
        let file = DeadLetterFile(path: folder.file("deep/dead.jsonl"))
        try Self.keep(file, "{\"a\":\n1}")
        try Self.keep(file, "no \"map\"\n", nil)
        try await file.sync()
        let lines = try folder.text(of: "deep/dead.jsonl").split(separator: "\n").map(String.init)
        #expect(lines.count == 2 && file.count == 2)
        #expect(
            lines[0]
                == #"{"time":"2023-11-14T22:13:20.000000000Z","sink":"es","code":400,"#
                + #""reason":"mapper \"x\"","record":{"a": 1}}"#
        )
        let second = try JSON.parse(lines[1])
        #expect(second["record"]?.string == "no \"map\"\n" && second["code"]?.isNull == true)
    }

    @Test func `old files are kept in a bounded number`() throws {
        let folder = try TemporaryDirectory()
        let file = DeadLetterFile(path: folder.file("dead"), limit: 300, keptFiles: 2)
        for number in 0..<20 { try Self.keep(file, "{\"n\":\(number)}") }
        #expect(try folder.text(of: "dead").contains("\"n\":19"))
        #expect(try folder.text(of: "dead.1").utf8.count <= 300)
        #expect(try folder.text(of: "dead.2").utf8.count <= 300)
        #expect(throws: (any Error).self) { try folder.text(of: "dead.3") }
    }

    @Test func `go on in the file that is there`() throws {
        let folder = try TemporaryDirectory()
        try Self.keep(DeadLetterFile(path: folder.file("dead")), "{\"n\":1}")
        try Self.keep(DeadLetterFile(path: folder.file("dead")), "{\"n\":2}")
        #expect(try folder.text(of: "dead").split(separator: "\n").count == 2)
    }

    @Test func `say when they cannot be kept`() {
        let file = DeadLetterFile(path: "/proc/nowhere/dead")
        #expect(throws: Failure.self) { try Self.keep(file, "{}") }
    }
}
