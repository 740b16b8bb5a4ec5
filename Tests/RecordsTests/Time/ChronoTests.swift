import Basics
import LogFuzzSubjects
import TestKit
import Testing

@testable import Records

@Suite("Formats of chrono") struct ChronoTests {
    private static func read(_ text: String, _ format: String, zone: Zone = .utc) throws -> String {
        let time = try ChronoFormat(format).parse(Array(text.utf8).span, zone: zone)
        return String(decoding: time.rfc3339Short, as: UTF8.self)
    }

    // From the examples of chrono's and VRL's documentation and tests.
    @Test(
        arguments: [
            ("10-Oct-2020 16:00+00:00", "%v %R %:z", "2020-10-10T16:00:00Z"),
            ("16/10/2019:12:00:00 +0000", "%d/%m/%Y:%H:%M:%S %z", "2019-10-16T12:00:00Z"),
            ("2001-07-08T00:34:59.026490+09:30", "%+", "2001-07-07T15:04:59.026490Z"),
            ("2001-07-08 00:34:59UTC", "%+", "2001-07-08T00:34:59Z"),
            ("2001-07-08t00:34:59z", "%+", "2001-07-08T00:34:59Z"),
            ("5 sep 2013 23:56:04 +0200", "%d %b %Y %T %z", "2013-09-05T21:56:04Z"),
            ("1500322623", "%s", "2017-07-17T20:17:03Z"), ("-1", "%s", "1969-12-31T23:59:59Z"),
            ("1500322623.123", "%s%.3f", "2017-07-17T20:17:03.123Z"),
            ("1500322623123", "%s%3f", nil),
            ("2017-07-17 20:17:03.1", "%F %T%.f", "2017-07-17T20:17:03.100Z"),
            ("2017-07-17 20:17:03", "%F %T%.f", "2017-07-17T20:17:03Z"),
            ("2017-07-17 20:17:03.1234567891", "%F %T%.9f", "2017-07-17T20:17:03.123456789Z"),
            ("20170717201703123", "%Y%m%d%H%M%S%3f", "2017-07-17T20:17:03.123Z"),
            ("2017-07-17 20:17:03.026490", "%F %T.%f", "2017-07-17T20:17:03.000026490Z"),
            ("Sun Jul  8 00:34:59 2001", "%c", "2001-07-08T00:34:59Z"),
            ("07/08/01 12:34:59 AM", "%D %I:%M:%S %p", "2001-07-08T00:34:59Z"),
            ("July 8, 2001 11:11:04 pm", "%B %d, %Y %r", "2001-07-08T23:11:04Z"),
            ("2001 189 00:34", "%Y %j %R", "2001-07-08T00:34:00Z"),
            ("2001 W27-7 00:34", "%G W%V-%u %R", "2001-07-08T00:34:00Z"),
            ("2001 27 0 01:02", "%Y %U %w %R", "2001-07-08T01:02:00Z"),
            ("2001-07-08T00:34:59+09", "%FT%T%#z", "2001-07-07T15:34:59Z"),
            ("2001-07-08 00:34 +09 30", "%F %R %z", "2001-07-07T15:04:00Z"),
            ("69-01-01 00:00", "%y-%m-%d %R", "2069-01-01T00:00:00Z"),
            ("70-01-01 00:00", "%y-%m-%d %R", "1970-01-01T00:00:00Z"),
            ("+2020-1-2 3:4", "%Y-%m-%d %R", "2020-01-02T03:04:00Z"),
            ("2020-02-03T04:05:06 CST", "%FT%T %Z", nil),
            ("2015-06-30 23:59:60", "%F %T", "2015-07-01T00:00:00Z"),
            ("  2020 - 1", "%Y - %m", nil),
        ] as [(String, String, String?)]
    )
    func `a text is read`(_ text: String, _ format: String, _ time: String?) throws {
        let found = try? Self.read(text, format)
        #expect(found == time)
    }

    @Test(
        arguments: [
            ("2020", "%Y-%m", TimeMistake.tooShort), ("2020x01", "%Y-%m", .invalid),
            ("2020-13-01", "%F", .outOfRange), ("2020-01-01 00:00:00Z", "%F %T", .tooLong),
            ("2020-01-01", "%F", .notEnough), ("2020-01-01 10", "%F %H", .notEnough),
            ("2020-01-01 10:00", "%F %I:%M", .notEnough),
            ("Tue 2020-01-01 10:00", "%a %F %R", .impossible),
            ("2020-01-01 10:00 UTC", "%F %R %Z", .notEnough),
            ("2020-02-30 10:00", "%F %R", .outOfRange),
            ("x", "%q", .badFormat), ("x", "%", .badFormat), ("x", "%-Z", .badFormat),
            ("x", "%.4f", .badFormat), ("x", "%:j", .badFormat), ("", "%Y", .tooShort),
        ] as [(String, String, TimeMistake)]
    )
    func `other texts are refused with chrono's reason`(
        _ text: String,
        _ format: String,
        _ mistake: TimeMistake
    ) {
        #expect(throws: mistake) { _ = try Self.read(text, format) }
    }

    @Test(arguments: [
        ("%Y %C %y %m %b %B %h %d %e", "2001 20 01 07 Jul July Jul 08  8"),
        ("%a %A %w %u %U %W %G %g %V %j", "Sun Sunday 0 7 27 27 2001 01 27 189"),
        ("%D %x %F %v", "07/08/01 07/08/01 2001-07-08  8-Jul-2001"),
        ("%H %k %I %l %P %p %M %S", "00  0 12 12 am AM 34 59"),
        (
            "%f %.f %.3f %.6f %.9f %3f %6f %9f",
            "026490000 .026490 .026 .026490 .026490000 026 026490 026490000"
        ),
        ("%R %T %X %r %c", "00:34 00:34:59 00:34:59 12:34:59 AM Sun Jul  8 00:34:59 2001"),
        ("%z %:z %::z %:::z %Z", "+0930 +09:30 +09:30:00 +09 +09:30"),
        ("%+ %s", "2001-07-08T00:34:59.026490+09:30 994518299"),
        ("%t%n%% %-d %_d %0e %-j", "\t\n% 8  8 08 189"),
    ])
    func `the table of chrono's documentation holds`(_ format: String, _ text: String) throws {
        let time = Timestamp(nanoseconds: 994_518_299_026_490_000)
        var output: [UInt8] = []
        try ChronoFormat(format).append(time, zone: Zone(offset: 34_200), to: &output)
        #expect(String(decoding: output, as: UTF8.self) == text)
    }

    @Test func `a text without a zone is of the clocks of one`() throws {
        let file = fuzzZone("CET-1CEST,M3.5.0,M10.5.0/3")
        let zone = Zone(file: file.span)
        let paris = try #require(zone)
        let format = "%d/%m/%Y:%H:%M:%S"
        #expect(try Self.read("16/10/2019:12:00:00", format, zone: paris) == "2019-10-16T10:00:00Z")
        #expect(try Self.read("31/12/2019:12:00:00", format, zone: paris) == "2019-12-31T11:00:00Z")
        #expect(throws: TimeMistake.impossible) {
            _ = try Self.read("31/03/2019:02:30:00", format, zone: paris)
        }
        #expect(throws: TimeMistake.notEnough) {
            _ = try Self.read("27/10/2019:02:30:00", format, zone: paris)
        }
        #expect(try Self.read("1572136200", "%s", zone: paris) == "2019-10-27T00:30:00Z")
    }

    @Test(
        arguments: [
            ("2020-01-02T03:04:05Z", "2020-01-02T03:04:05Z"),
            ("2020-01-02t03:04:05.5z", "2020-01-02T03:04:05.500Z"),
            ("2020-01-02 03:04:05-01:30", "2020-01-02T04:34:05Z"),
            ("2020-01-02T03:04:05.0000000019Z", "2020-01-02T03:04:05.000000001Z"),
            ("2020-01-02T03:04:05", nil), ("2020-1-02T03:04:05Z", nil),
            ("2020-01-02T03:04:05+0100", nil),
            ("2020-02-30T03:04:05Z", nil), ("2020-01-02T24:04:05Z", nil),
            ("2020-01-02T03:04:05ZZ", nil), ("9999-01-01T00:00:00Z", nil),
            ("1677-09-21T00:12:43.145224192Z", "1677-09-21T00:12:43.145224192Z"),
        ] as [(String, String?)]
    )
    func `RFC 3339 is read`(_ text: String, _ time: String?) {
        let found = (try? Timestamp(rfc3339: Array(text.utf8).span))?.rfc3339Short
        #expect(found.map { String(decoding: $0, as: UTF8.self) } == time)
    }

    @Test(
        arguments: [
            ("Wed, 16 Oct 2019 12:00:00 +0000", "2019-10-16T12:00:00Z"),
            ("16 Oct 2019 12:00 EST", "2019-10-16T17:00:00Z"),
            ("Tue, 20 Jan 15 17:35:20 -0800", "2015-01-21T01:35:20Z"),
            ("Thu, 16 Oct 2019 12:00:00 +0000", nil), ("Wed 16 Oct 2019 12:00:00 +0000", nil),
        ] as [(String, String?)]
    )
    func `RFC 2822 is read`(_ text: String, _ time: String?) {
        let found = (try? Timestamp(rfc2822: Array(text.utf8).span))?.rfc3339Short
        #expect(found.map { String(decoding: $0, as: UTF8.self) } == time)
    }

    @Test func `Unix times count in four units`() {
        #expect(Timestamp(unix: 1_500, .milliseconds) == Timestamp(nanoseconds: 1_500_000_000))
        #expect(Timestamp(unix: .max) == nil)
        #expect(Timestamp(unix: 1.25) == Timestamp(nanoseconds: 1_250_000_000))
        #expect(Timestamp(unix: -1.5) == Timestamp(nanoseconds: -1_500_000_000))
        #expect(Timestamp(nanoseconds: -1).unix(.milliseconds) == -1)
    }

    @Test func `reading allocates nothing`() throws {
        let format = try ChronoFormat("%Y-%m-%dT%H:%M:%S%.f%:z")
        let bytes = Array("2026-11-21T10:00:00.123456789+01:00".utf8)
        _ = try format.parse(bytes.span)
        let count = try Allocations.count {
            for _ in 0..<100 { _ = try format.parse(bytes.span) }
        }
        #expect(count < 100)
    }

    @Test func `anything may be read and written`() throws {
        for input in try Corpora.inputs("RecordTime", mutations: 500) { fuzzRecordTime(input) }
    }
}
