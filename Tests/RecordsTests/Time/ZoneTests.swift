import Basics
import Foundation
import LogFuzzSubjects
import Testing

@testable import Records

@Suite("Zones") struct ZoneTests {
    private static func zone(_ rule: String) throws -> Zone {
        let zone = Zone(file: fuzzZone(rule).span)
        return try #require(zone)
    }

    private static func time(_ text: String) throws -> Timestamp {
        try Timestamp(rfc3339: Array(text.utf8).span)
    }

    @Test(arguments: [
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2019-03-31T00:59:59Z", 3600, "CET"),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2019-03-31T01:00:00Z", 7200, "CEST"),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2019-10-27T00:59:59Z", 7200, "CEST"),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2019-10-27T01:00:00Z", 3600, "CET"),
        ("EST5EDT,M3.2.0,M11.1.0", "2050-07-01T00:00:00Z", -14400, "EDT"),
        ("EST5EDT", "2050-01-01T00:00:00Z", -18000, "EST"),
        ("AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-01-01T00:00:00Z", 39600, "AEDT"),
        ("AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-07-01T00:00:00Z", 36000, "AEST"),
        ("<+0545>-5:45", "2026-07-01T00:00:00Z", 20700, "+0545"),
        ("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-01-01T00:00:00Z", 0, "GMT"),
        ("AAA3BBB2,J60,300/4:30", "2024-03-01T05:00:00Z", -7200, "BBB"),
        ("AAA3BBB2,J60,300/4:30", "2024-03-01T04:59:59Z", -10800, "AAA"),
    ])
    func `a rule says the offset`(_ rule: String, _ time: String, _ offset: Int, _ name: String)
        throws
    {
        let zone = try Self.zone(rule)
        #expect(zone.offset(at: try Self.time(time)) == offset)
        #expect(zone.abbreviation(at: try Self.time(time)) == name)
    }

    @Test func `clocks that are put say a time never or twice`() throws {
        let zone = try Self.zone("CET-1CEST,M3.5.0,M10.5.0/3")
        let never = CivilTime(year: 2019, month: 3, day: 31, hour: 2, minute: 30)
        #expect(zone.meaning(of: never) == .never)
        let twice = CivilTime(year: 2019, month: 10, day: 27, hour: 2, minute: 30)
        #expect(zone.meaning(of: twice) == .twice(earlier: 7200, later: 3600))
        let once = CivilTime(year: 2019, month: 10, day: 27, hour: 3)
        #expect(zone.meaning(of: once) == .once(offset: 3600))
    }

    @Test(arguments: ["../../etc/passwd", "", "/UTC", "Europe//Paris", "A b"])
    func `a name that is a path is not read`(_ name: String) {
        let zone = Zone(named: name) { _ in
            Issue.record("\(name) was read")
            return nil
        }
        #expect(zone == nil)
    }

    @Test func `broken files are refused`() {
        let whole = fuzzZone("UTC0")
        for count in 0..<whole.count - 6 {
            #expect(Zone(file: Array(whole.prefix(count)).span) == nil)
        }
        #expect(Zone(named: "UTC") { _ in nil } == .utc)
    }

    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: "/usr/share/zoneinfo/Europe/Paris")),
        arguments: [
            "Europe/Paris", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe",
            "America/Sao_Paulo",
        ]
    )
    func `the zone database says what Foundation says`(_ name: String) throws {
        let read = { (path: String) in FileManager.default.contents(atPath: path).map(Array.init) }
        let zone = try #require(Zone(named: name, read: read))
        let other = try #require(TimeZone(identifier: name))
        for step in 0..<3000 {
            let seconds = -2_000_000_000 + step * 1_999_999
            let time = Timestamp(seconds: Int64(seconds))
            let known = other.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
            // Foundation rounds times of before the zones' beginning to minutes.
            if seconds > -1_000_000_000 { #expect(zone.offset(at: time) == known, "\(seconds)") }
        }
    }
}
