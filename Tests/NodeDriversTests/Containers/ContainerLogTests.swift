import Basics
import Formats
import Foundation
import Reactor
import System
import TestKit
import Testing

@testable import NodeDrivers

/// CRI logs: reading, following and rotating them.
@Suite("Container logs") @MainLoop struct ContainerLogTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private static let lines = [
        "2024-05-01T10:00:00.100000000+00:00 stdout F one",
        "2024-05-01T10:00:01.000000000Z stderr F two",
        "2024-05-01T12:00:02.000000000+02:00 stdout P thr",
        "2024-05-01T10:00:02.500000000Z stdout F ee",
        "2024-05-01T10:00:03.000000000Z stdout F ",
        "2024-05-01T10:00:04.000000000Z stdout F:x four",
    ]

    private func read(
        _ options: LogOptions,
        _ lines: [String] = Self.lines
    ) async throws -> String {
        let path = try directory.write(lines.map { $0 + "\n" }.joined(), to: "0.log")
        let reader = try LogReader(path: path, options: options)
        var text: [UInt8] = []
        while let more = try await reader.next() { text += more }
        return String(decoding: text, as: UTF8.self)
    }

    @Test(arguments: [
        (LogOptions(), "one\ntwo\nthree\n\nfour\n"),
        (LogOptions(tailLines: 0), ""),
        (LogOptions(tailLines: 1), "four\n"),
        (LogOptions(tailLines: 3), "ee\n\nfour\n"),
        (LogOptions(tailLines: 100), "one\ntwo\nthree\n\nfour\n"),
        (LogOptions(limitBytes: 6), "one\ntw"),
        (LogOptions(stream: .output), "one\nthree\n\nfour\n"),
        (LogOptions(stream: .errors), "two\n"),
        (LogOptions(since: Timestamp(rfc3339: "2024-05-01T10:00:02.5Z")), "ee\n\nfour\n"),
        (
            LogOptions(tailLines: 4, timestamps: true),
            """
            2024-05-01T12:00:02.000000000+02:00 three
            2024-05-01T10:00:03Z \n2024-05-01T10:00:04Z four

            """
        ),
    ]) func `options choose what is shown`(options: LogOptions, expected: String) async throws {
        #expect(try await read(options) == expected)
    }

    @Test func `lines of another form are left out`() async throws {
        let lines = ["", "x", "2024 stdout", "t stdout X no", "t other F no", "t stdout F yes"]
        #expect(try await read(LogOptions(), lines) == "yes\n")
    }

    @Test func `a long log is read from its end`() async throws {
        let lines = (1...20_000).map { "2024-05-01T10:00:00Z stdout F line \($0)" }
        let text = try await read(LogOptions(tailLines: 2), lines)
        #expect(text == "line 19999\nline 20000\n")
    }

    @Test func `the filter does not depend on how its input is cut`() throws {
        let input = Array(Self.lines.map { $0 + "\n" }.joined().utf8)
        let whole = try ChunkVerifier.verify(input) { (pieces: [[UInt8]]) -> [UInt8] in
            var filter = LogFilter(LogOptions(timestamps: true))
            return pieces.flatMap { filter.feed($0) }
        }
        #expect(!whole.isEmpty)
    }

    @Test func `a followed log ends with its container`() async throws {
        try await TestNode.with { node in
            let id = try await node.start("echo a; read x < /run/gate; echo b; printf c") {
                makeFifo($0.rootfs + "/run/gate")
            }
            let record = try #require(node.runtime.record(of: id))
            let runtime = node.runtime
            let reader = try LogReader(path: record.log, options: LogOptions(follow: true)) {
                _ = await runtime.exit(of: id)
            }
            #expect(try await reader.next() == Array("a\n".utf8))
            try Files.append(node.layout.rootfs(of: id) + "/run/gate", Array("\n".utf8))
            var rest: [UInt8] = []
            while let more = try await reader.next() { rest += more }
            #expect(String(decoding: rest, as: UTF8.self) == "b\nc")
        }
    }

    @Test func `rotation loses no line, keeps five files and is followed`() async throws {
        try await TestNode.with { node in
            let id = try await node.start(
                "i=0; while read x; do seq $i $((i + 99)); i=$((i + 100)); done < /run/gate"
            ) { makeFifo($0.rootfs + "/run/gate") }
            let record = try #require(node.runtime.record(of: id))
            let runtime = node.runtime
            let reader = try LogReader(path: record.log, options: LogOptions(follow: true)) {
                _ = await runtime.exit(of: id)
            }
            let gate = try Descriptors.open(node.layout.rootfs(of: id) + "/run/gate", flags: 2)
            let policy = LogRotationPolicy(sizeLimit: 1000, files: 3)
            var seen: [UInt8] = []
            for round in 1...4 {
                try Descriptors.writeAll(gate.number, [0x0A])
                let mark = "\(round * 100 - 1)\n"
                while !String(decoding: seen, as: UTF8.self).hasSuffix(mark) {
                    seen += try #require(await reader.next())
                }
                #expect(await runtime.rotateLogs(policy) == 1)
                // Rotated files are named by the second.
                try await eventually(within: .seconds(10), "a new log file") {
                    Files.exists(record.log)
                }
                try await Loop.main.sleep(for: .milliseconds(1100))
            }
            #expect(
                String(decoding: seen, as: UTF8.self) == (0..<400).map { "\($0)\n" }.joined()
            )
            let folder = String(record.log.dropLast("/0.log".count))
            let names = try Files.list(folder).filter { !$0.hasSuffix(".tmp") }
            #expect(names.count == 3 && names.contains("0.log"))
            #expect(names.count { $0.hasSuffix(".gz") } == 1)
            runtime.killAll(id)
            while try await reader.next() != nil {}
        }
    }
}

private func makeFifo(_ path: String) { _ = mkfifo(path, 0o600) }
