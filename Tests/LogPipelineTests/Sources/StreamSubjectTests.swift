import LogFuzzSubjects
import TestKit
import Testing

@testable import LogPipeline

@Suite("Streams of bytes") struct StreamSubjectTests {
    private static func mutations(_ seeds: [[UInt8]], _ body: ([UInt8]) -> Void) {
        var generator = SeededGenerator(seed: 7)
        for seed in seeds {
            body(seed)
            for _ in 0..<300 {
                var bytes = seed
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    let place = Int.random(in: 0...bytes.count, using: &generator)
                    switch Int.random(in: 0..<3, using: &generator) {
                    case 0: bytes.insert(.random(in: 0...255, using: &generator), at: place)
                    case 1 where place < bytes.count: bytes.remove(at: place)
                    case 2 where place < bytes.count:
                        bytes[place] = .random(in: 0...255, using: &generator)
                    default: bytes = Array(bytes[..<place])
                    }
                }
                body(bytes)
            }
        }
    }

    @Test(
        arguments: [
            ("Forward", fuzzForward), ("ForwardHandshake", fuzzForwardHandshake),
            ("LineFrames", fuzzLineFrames),
            ("PostgresMessages", fuzzPostgresMessages), ("SyslogFrames", fuzzSyslogFrames),
        ] as [(String, @Sendable ([UInt8]) -> Void)]
    )
    func `what was found once holds`(
        _ name: String,
        _ subject: @Sendable ([UInt8]) -> Void
    ) throws {
        for bytes in try Corpora.inputs(name, mutations: 100) { subject(bytes) }
    }

    @Test func `Forward's handshake holds for every cut`() throws {
        for bytes in try Corpora.inputs("ForwardHandshake", mutations: 0) {
            for end in bytes.indices { fuzzForwardHandshake(Array(bytes[..<end])) }
        }
    }

    @Test func `syslog's framing holds for what is almost right`() {
        Self.mutations(
            [
                Array("<13>one\n<13>two\n".utf8), Array("7 <13>one7 <13>two".utf8),
                Array("99 <13>short".utf8), Array("<13>".utf8) + Array(repeating: 0x78, count: 200),
            ],
            fuzzSyslogFrames
        )
    }

    @Test func `Forward's messages hold for what is almost right`() {
        Self.mutations(ForwardMessageTests.modes.map(\.0), fuzzForward)
    }

    @Test func `PostgreSQL's messages hold for what is almost right`() {
        let ready: [UInt8] = [0x5A, 0, 0, 0, 5, 0x49]
        let error: [UInt8] = [0x45, 0, 0, 0, 14] + Array("C42P01".utf8) + [0, 0x4D, 0x78, 0]
        Self.mutations([ready, error, error + ready], fuzzPostgresMessages)
    }
}
