import Basics
import Testing

@testable import LogPipeline

@Suite("Framers") struct FramerTests {
    @Test(arguments: [
        ("", [String]()),
        ("one\n", ["one"]),
        ("one\ntwo", ["one", "two"]),
        ("one\r\ntwo\r\n", ["one", "two"]),
        ("\n\n", ["", ""]),
        ("12345678\n", ["12345678"]),
        ("12345678\r\n", ["12345678"]),
        ("12345678\r", ["12345678"]),
        ("12345678\r9\r\n", ["12345678", "\r9"]),
        ("123456789\n", ["12345678", "9"]),
        ("1234567890123456\nx\n", ["12345678", "90123456", "x"]),
        ("1234567890123456789", ["12345678", "90123456", "789"]),
    ])
    func `lines are found however they come`(_ text: String, _ lines: [String]) {
        for pieces in cuts(Array(text.utf8)) {
            var framer = LineFramer(limit: 8)
            #expect(framer.texts(of: pieces).texts == lines, "\(pieces)")
        }
    }

    @Test func `a source may leave empty lines out`() {
        var framer = LineFramer(limit: 100, skipsEmpty: true)
        #expect(framer.texts(of: [Array("a\n\n\r\nb\n".utf8)]).texts == ["a", "b"])
    }

    @Test func `a block is shared and not copied when lines end with it`() {
        var framer = LineFramer(limit: 100)
        let piece = Array("a\nbb\n".utf8)
        let found = framer.take(piece)
        #expect(found.block == piece)
        #expect(found.ranges == [0..<1, 2..<4])
        #expect(framer.waiting == 0)
    }

    @Test(arguments: [
        ("<13>one\n<13>two\n", ["<13>one", "<13>two"], 0),
        ("<13>one\u{0}<13>two", ["<13>one", "<13>two"], 0),
        ("<13>one\r\n", ["<13>one"], 0),
        ("7 <13>one7 <13>two", ["<13>one", "<13>two"], 0),
        // A line feed inside of a counted message belongs to it.
        ("11 <13>one\ntwo7 <13>end", ["<13>one\ntwo", "<13>end"], 0),
        // Both ways on one connection, and line feeds after counted messages.
        ("7 <13>one\n<13>two\n7 <13>end\n", ["<13>one", "<13>two", "<13>end"], 0),
        // A number that counts nothing.
        ("12 monkeys\n", ["12 monkeys"], 0),
        ("2024-01-01 hello\n", ["2024-01-01 hello"], 0),
        ("1234567890123 <1>x\n", ["1234567890123 <1>x"], 0),
        ("0 <13>x\n", ["0 <13>x"], 0),
        // The limit is 20 bytes.
        ("<13>3456789012345678901234\n<13>x\n", ["<13>3456789012345678", "<13>x"], 6),
        ("26 <13>34567890123456789012347 <13>end", ["<13>3456789012345678", "<13>end"], 6),
        ("20 <13>3456", ["<13>3456"], 0),
        ("12", ["12"], 0),
    ])
    func `syslog messages are found however they come`(
        _ text: String,
        _ messages: [String],
        _ skipped: Int
    ) {
        for pieces in cuts(Array(text.utf8)) {
            var framer = SyslogFramer(limit: 20)
            let found = framer.texts(of: pieces)
            #expect(found.texts == messages, "\(pieces)")
            #expect(found.skipped == skipped, "\(pieces)")
        }
    }

    @Test func `what waits is bounded`() {
        var framer = SyslogFramer(limit: 64)
        for _ in 0..<100 {
            _ = framer.take(Array(repeating: 0x61, count: 50))
            #expect(framer.waiting < 64)
        }
        var lines = LineFramer(limit: 64)
        for _ in 0..<100 {
            _ = lines.take(Array(repeating: 0x61, count: 50))
            #expect(lines.waiting <= 64)
        }
    }

    @Test(arguments: [1, 7, 1000, 2500])
    func `many records of a rate are spread evenly`(_ rate: Int) {
        var clock = SampleClock(rate: rate, count: nil)
        var now = 5_000_000_000 as Int64
        var made = 0
        while now < 8_000_000_000 {
            let (count, next) = clock.due(at: .init(nanoseconds: now))
            made += count
            #expect(count <= 1000)
            let expected = Int((now - 5_000_000_000) * Int64(rate) / 1_000_000_000) + 1
            #expect(made <= expected)
            now = max(now + 1, next.nanoseconds)
        }
        // Three seconds, and what was due at their end.
        #expect(made >= 3 * rate - rate / 50 && made <= 3 * rate + 1, "\(made)")
    }

    @Test func `a number of records is an end`() {
        var clock = SampleClock(rate: 10, count: 3)
        var made = 0
        for step in 0..<10 where !clock.isDone {
            made += clock.due(at: .init(nanoseconds: Int64(step) * 1_000_000_000)).count
        }
        #expect(made == 3)
        #expect(clock.isDone)
    }
}
