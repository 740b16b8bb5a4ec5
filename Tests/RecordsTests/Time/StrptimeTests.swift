import Basics
import TestKit
import Testing

@testable import Records

@Suite("strptime") struct StrptimeTests {
    static let now = Timestamp(seconds: 1_500_500_000)

    private static func time(_ text: String, _ format: String, zone: Zone = .utc) throws -> Int64? {
        try StrptimeFormat(format).parse(Array(text.utf8).span, now: now, zone: zone)?.nanoseconds
    }

    // The texts of Fluent Bit's own table: one moment in many forms.
    @Test(
        arguments: [
            ("07/17/2017 20:17:03 +0000", "%m/%d/%Y %H:%M:%S %z", 0),
            ("07/18/2017 01:47:03 +0530", "%m/%d/%Y %H:%M:%S %z", 0),
            ("07/18/2017 05:17:03 +0900", "%m/%d/%Y %H:%M:%S %z", 0),
            ("07/17/2017 22:17:03.1 +0200", "%m/%d/%Y %H:%M:%S.%L %z", 100_000_000),
            ("07/17/2017 22:17:03,1 +0200", "%m/%d/%Y %H:%M:%S,%L %z", 100_000_000),
            ("07/17/2017 22:17:03:1 +02:00", "%m/%d/%Y %H:%M:%S:%L %z", 100_000_000),
            ("07/18/2017 01:47:03 +05:30", "%m/%d/%Y %H:%M:%S %z", 0),
            ("07/17/2017 20:17:03", "%m/%d/%Y %H:%M:%S", 0),
            ("07/17/2017 20:17:03Z", "%m/%d/%Y %H:%M:%SZ", 0),
            ("07/17/2017 20:17:03.1234Z", "%m/%d/%Y %H:%M:%S.%LZ", 123_400_000),
            ("Mon Jul 17 20:17:03.1234 2017", "%a %b %d %H:%M:%S.%L %Y", 123_400_000),
            ("17/Jul/2017:22:17:03 +0200", "%d/%b/%Y:%H:%M:%S %z", 0),
            ("2017-07-17T20:17:03.123456789Z", "%Y-%m-%dT%H:%M:%S.%L", 123_456_789),
            ("2017-07-17T20:17:03.123456789Z", "%Y-%m-%dT%H:%M:%S.%L%z", 123_456_789),
            // Without a fraction where there may be one.
            ("2017-07-17T20:17:03Z", "%Y-%m-%dT%H:%M:%S.%L%z", 0),
            ("2017-07-17T22:17:03+02:00", "%Y-%m-%dT%H:%M:%S.%L%z", 0),
            ("2017-07-17T20:17:03", "%Y-%m-%dT%H:%M:%S.%L", 0),
            ("1500322623.25", "%s.%L", 250_000_000), ("1500322623", "%s", 0),
            ("Jul 17 20:17:03", "%b %d %H:%M:%S", 0),
            ("july 17 2017 08:17:03 PM", "%B %e %Y %I:%M:%S %p", 0),
            ("2017 198 20:17:03", "%Y %j %T", 0), ("20170717201703", "%Y%m%d%H%M%S", 0),
            ("17-07-17 20:17:03", "%y-%m-%d %T", 0),
            ("07/17/17 20:17:03 EST tail", "%D %H:%M:%S", 0),
            ("07/17/17 15:17:03 EST", "%D %T %Z", 0),
            ("07/17/17 16:17:03 edt", "%D %T %z", 0), ("07/17/17 22:17:03 CEST", "%D %T %Z", 0),
            ("Mon, 17 Jul 2017 20:17:03 GMT", "%a, %d %b %Y %T %Z", 0),
            ("2017-07-17 20:17:03.5", "%F %T.%N", 500_000_000),
        ] as [(String, String, Int64)]
    )
    func `texts of one moment are read as it`(_ text: String, _ format: String, _ rest: Int64)
        throws
    {
        #expect(try Self.time(text, format) == 1_500_322_623_000_000_000 + rest)
    }

    @Test(arguments: [
        ("", "%Y"), ("2017", "%Y-%m"), ("2017-13-01", "%F"), ("2017-02-30 00:00:00", "%F %T"),
        ("x", "%d"),
        ("2017-07-17T24:17:03", "%FT%T"), ("13:00 PM", "%H:%M %p"), ("Foo 17", "%b %d"),
        ("12:00 ?", "%H:%M %z"),
        ("12:00 +1", "%H:%M %z"), ("12:00 XYZ", "%H:%M %Z"), ("2017.x", "%Y.%L"),
    ])
    func `other texts are refused`(_ text: String, _ format: String) throws {
        #expect(try Self.time(text, format) == nil)
    }

    @Test func `a time without an offset is the zone's`() throws {
        let east = Zone(offset: 19800)
        let seconds = try Self.time("07/18/2017 01:47:03", "%m/%d/%Y %T", zone: east)
        #expect(seconds == 1_500_322_623_000_000_000)
        let own = try Self.time("07/18/2017 01:47:03 +0000", "%m/%d/%Y %T %z", zone: east)
        #expect(own == 1_500_342_423_000_000_000)
    }

    @Test(arguments: [
        // Arrival, text, the time that is meant.
        ("2026-01-01T00:00:10Z", "Dec 31 23:59:59", "2025-12-31T23:59:59Z"),
        ("2025-12-31T23:59:50Z", "Jan  1 00:00:01", "2026-01-01T00:00:01Z"),
        ("2026-11-21T10:00:00Z", "Feb 16 04:06:58", "2026-02-16T04:06:58Z"),
        ("2025-03-01T00:00:00Z", "Feb 29 12:00:00", "2024-02-29T12:00:00Z"),
    ])
    func `a year that is missing is the nearest`(_ now: String, _ text: String, _ time: String)
        throws
    {
        let now = try Timestamp(rfc3339: Array(now.utf8).span)
        let found = try StrptimeFormat("%b %d %H:%M:%S").parse(Array(text.utf8).span, now: now)
        #expect(found.map { String(decoding: $0.rfc3339Short, as: UTF8.self) } == time)
    }

    @Test func `a time of the day alone is today's`() throws {
        let now = try Timestamp(rfc3339: Array("2026-11-21T10:00:00Z".utf8).span)
        let found = try StrptimeFormat("%H:%M").parse(Array("09:30".utf8).span, now: now)
        #expect(
            found.map { String(decoding: $0.rfc3339Short, as: UTF8.self) } == "2026-11-21T09:30:00Z"
        )
    }

    @Test(arguments: ["%", "%q", "%Y %", "%3"])
    func `a format that does not exist is refused`(_ format: String) {
        #expect(throws: TimeMistake.badFormat) { _ = try StrptimeFormat(format) }
    }

    @Test(arguments: [
        ("logstash-%Y.%m.%d", "logstash-2017.07.17"), ("%a %A %b %B %h", "Mon Monday Jul July Jul"),
        ("%e|%k|%l|%-d|%_m|%0e", "17|20| 8|17| 7|17"),
        ("%s %L %N %3N %6N", "1500322623 123 123456789 123 123456"),
        ("%z %:z %Z", "+0000 +00:00 UTC"), ("%j %U %W %V %G %g %u %w", "198 29 29 29 2017 17 1 1"),
        (
            "%D %F %R %T %r %c",
            "07/17/17 2017-07-17 20:17 20:17:03 08:17:03 PM Mon Jul 17 20:17:03 2017"
        ),
        ("%% %q %n%t| %C %y %P", "% %q \n\t| 20 17 pm"),
    ])
    func `times are written`(_ format: String, _ text: String) {
        var output: [UInt8] = []
        StrptimeFormat(writing: format).append(
            Timestamp(nanoseconds: 1_500_322_623_123_456_789),
            to: &output
        )
        #expect(String(decoding: output, as: UTF8.self) == text)
    }

    @Test func `reading usual formats allocates nothing`() throws {
        let pairs = [
            ("%d/%b/%Y:%H:%M:%S %z", "10/Oct/2000:13:55:36 -0700"),
            ("%Y-%m-%dT%H:%M:%S.%L%z", "2026-11-21T10:00:00.123456789Z"),
        ]
        for (format, text) in pairs {
            let format = try StrptimeFormat(format)
            let bytes = Array(text.utf8)
            _ = format.parse(bytes.span, now: Self.now)
            let count = Allocations.count {
                for _ in 0..<100 { _ = format.parse(bytes.span, now: Self.now) }
            }
            #expect(count < 100, "\(format.text)")
        }
    }

    @Test(arguments: ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%L", "%d.%m.%Y %H:%M:%S %z"])
    func `texts whose parts have their places are read as others are`(_ format: String) throws {
        let fixed = try StrptimeFormat(format)
        // White space that may be missing changes nothing but the way.
        let general = try StrptimeFormat("%n" + format)
        var random = SeededGenerator(seed: 11)
        let alphabet = Array("0123456789 -:.TZ+x".utf8)
        var read = 0
        for _ in 0..<20_000 {
            let second = Int64.random(in: -9_000_000_000...9_000_000_000, using: &random)
            var text: [UInt8] = []
            fixed.append(Timestamp(nanoseconds: second * 1_000_000_000 + 123_000_000), to: &text)
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                let place = Int.random(in: 0..<text.count, using: &random)
                text[place] = alphabet.randomElement(using: &random) ?? 0
            }
            if Int.random(in: 0..<10, using: &random) == 0 { text.removeLast() }
            let time = fixed.parse(text.span, now: Self.now)
            #expect(time == general.parse(text.span, now: Self.now))
            if time != nil { read += 1 }
        }
        #expect(read > 5000)
    }
}
