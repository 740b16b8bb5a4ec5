import Basics
import Formats
import PodModel
import Records
import System
import Testing

@testable import Node

@Suite("CronJobs") struct CronTests {
    private func time(_ text: String) throws -> Timestamp {
        try #require(Timestamp(rfc3339: text))
    }

    private func times(_ schedule: String, _ zone: String = "UTC") throws -> CronTimes {
        let zone = try #require(Zone(named: zone) { try? Files.read($0) })
        return CronTimes(schedule: try CronSchedule(schedule), zone: zone)
    }

    @Test(arguments: [
        ("* * * * *", "2026-01-01T10:00:00Z", "2026-01-01T10:01:00Z"),
        ("* * * * *", "2026-01-01T10:00:59Z", "2026-01-01T10:01:00Z"),
        ("*/15 * * * *", "2026-01-01T10:46:00Z", "2026-01-01T11:00:00Z"),
        ("5/20 * * * *", "2026-01-01T10:06:00Z", "2026-01-01T10:25:00Z"),
        ("30 2 * * *", "2026-01-01T02:30:00Z", "2026-01-02T02:30:00Z"),
        ("0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"),
        ("0 9 * * mon-fri", "2026-01-02T09:00:00Z", "2026-01-05T09:00:00Z"),
        ("0 0 * * 0", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"),
        // A day of the month or of the week, unless one is a star.
        ("0 0 13 * 5", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
        ("0 0 13 * *", "2026-01-01T00:00:00Z", "2026-01-13T00:00:00Z"),
        ("0 0 1 jan,jul ?", "2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z"),
        ("@hourly", "2026-01-01T10:20:30Z", "2026-01-01T11:00:00Z"),
        ("@daily", "2026-12-31T10:00:00Z", "2027-01-01T00:00:00Z"),
        ("@weekly", "2026-01-05T00:00:00Z", "2026-01-11T00:00:00Z"),
        ("@monthly", "2026-01-05T00:00:00Z", "2026-02-01T00:00:00Z"),
        ("@yearly", "2026-01-05T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("@every 90s", "2026-01-01T10:00:05Z", "2026-01-01T10:01:35Z"),
    ])
    func `the next time`(schedule: String, after: String, expected: String) throws {
        #expect(try times(schedule).next(after: time(after))?.rfc3339 == expected)
    }

    @Test(arguments: [
        // Clocks are put forward from 2 to 3: what lies between does not come.
        ("30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z"),
        ("0 3 * * *", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"),
        ("0 12 * * *", "2026-03-28T12:00:00Z", "2026-03-29T10:00:00Z"),
        // Put back from 3 to 2: what lies between comes twice.
        ("30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
        ("30 2 * * *", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
        ("0 0 * * *", "2026-06-01T12:00:00Z", "2026-06-01T22:00:00Z"),
    ])
    func `clocks that are put`(schedule: String, after: String, expected: String) throws {
        let times = try times(schedule, "Europe/Paris")
        #expect(times.next(after: try time(after))?.rfc3339 == expected)
    }

    @Test func `a day that never comes is given up`() throws {
        #expect(try times("0 0 30 2 *").next(after: time("2026-01-01T00:00:00Z")) == nil)
    }

    /// Every time that is found fits, and none that fits is passed over, minute by minute.
    @Test(arguments: ["*/7 3-5 * * *", "0 */6 1,15 * *", "59 23 * 2 1-3", "10-12 0 * * 6"])
    func `nothing is passed over`(schedule: String) throws {
        let times = try times(schedule)
        guard case .calendar(let fields) = times.schedule.form else { return }
        let start = try time("2026-01-28T00:00:00Z")
        var expected: [Int64] = []
        for minute in 1...(40 * 1440) {
            let at = Int(start.seconds) + minute * 60
            let days = at / 86400
            let civil = CivilTime(Timestamp(seconds: Int64(at)), offset: 0)
            if fields.minutes.contains(at / 60 % 60), fields.hours.contains(at / 3600 % 24),
                fields.months.contains(civil.month),
                fields.fits(day: civil.day, weekday: (days + 4) % 7)
            {
                expected.append(Int64(at))
            }
        }
        var found: [Int64] = []
        var at = start
        while found.count < expected.count, let next = times.next(after: at) {
            found.append(next.seconds)
            at = next
        }
        #expect(found == expected)
    }

    // MARK: Plans

    private let every = "0 * * * *"

    private func plan(
        _ wishes: CronPlan.Wishes = .init(),
        now: String,
        last: String? = nil,
        created: String = "2026-01-01T00:30:00Z",
        jobs: [CronPlan.OwnJob] = [],
        known: [String: String] = [:]
    ) throws -> CronPlan {
        CronPlan(
            wishes,
            times: try times(every),
            created: try time(created),
            lastSchedule: try last.map(time),
            lastSuccess: nil,
            known: known,
            jobs: jobs,
            at: try time(now)
        )
    }

    @Test func `a Job is made once for each time`() throws {
        let early = try plan(now: "2026-01-01T00:59:50Z")
        #expect(early.due == nil && early.wait == .seconds(10) + .milliseconds(100))
        let due = try plan(now: "2026-01-01T01:00:00Z")
        #expect(try due.due == time("2026-01-01T01:00:00Z"))
        #expect(try due.lastSchedule == time("2026-01-01T01:00:00Z"))
        let again = try plan(now: "2026-01-01T01:00:05Z", last: "2026-01-01T01:00:00Z")
        #expect(again.due == nil && again.wait == CronPlan.patience)
        #expect(try plan(.init(isSuspended: true), now: "2026-01-01T05:00:00Z").due == nil)
    }

    @Test func `after a long time only the last Job is made, and many missed are told`() throws {
        let night = try plan(now: "2026-01-01T09:10:00Z", last: "2026-01-01T01:00:00Z")
        #expect(try night.due == time("2026-01-01T09:00:00Z") && night.notices.isEmpty)
        let week = try plan(now: "2026-01-08T09:10:00Z", last: "2026-01-01T01:00:00Z")
        #expect(try week.due == time("2026-01-08T09:00:00Z"))
        #expect(week.notices.first?.reason == "TooManyMissedTimes")
        let years = try plan(now: "2046-01-08T09:10:00Z", last: "2026-01-01T01:00:00Z")
        #expect(try years.due == time("2046-01-08T09:00:00Z"))
        #expect(years.notices.first?.reason == "TooManyMissedTimes")
    }

    @Test func `a Job that is too late is left out`() throws {
        let wishes = CronPlan.Wishes(lateness: .seconds(300))
        #expect(try plan(wishes, now: "2026-01-01T03:04:00Z").due == time("2026-01-01T03:00:00Z"))
        let late = try plan(wishes, now: "2026-01-01T03:06:00Z")
        #expect(late.due == nil && late.wait == CronPlan.patience)
    }

    @Test func `a clock that is set back makes nothing twice`() throws {
        let back = try plan(now: "2026-01-01T02:30:00Z", last: "2026-01-01T05:00:00Z")
        #expect(back.due == nil)
        let again = try plan(now: "2026-01-01T06:00:01Z", last: "2026-01-01T05:00:00Z")
        #expect(try again.due == time("2026-01-01T06:00:00Z"))
    }

    private func running(_ name: String) -> CronPlan.OwnJob { .init(name: name, uid: name) }

    @Test func `Jobs that still run are let be, waited for or replaced`() throws {
        let now = "2026-01-01T02:00:00Z"
        let jobs = [running("a")]
        let allowed = try plan(now: now, jobs: jobs, known: ["a": "a"])
        #expect(allowed.due != nil && allowed.active == ["a"])
        let waiting = try plan(.init(concurrency: .forbid), now: now, jobs: jobs)
        #expect(waiting.due == nil && waiting.notices.map(\.reason) == ["JobAlreadyActive"])
        let replaced = try plan(.init(concurrency: .replace), now: now, jobs: jobs)
        #expect(replaced.due != nil && replaced.replaced == ["a"] && replaced.active.isEmpty)
        let byHand = CronPlan.OwnJob(name: "m", uid: "m", isScheduled: false)
        #expect(try plan(.init(concurrency: .forbid), now: now, jobs: [byHand]).due != nil)
    }

    @Test func `ended Jobs are told, and the oldest go`() throws {
        let jobs = try (0..<5).map { number in
            CronPlan.OwnJob(
                name: "j\(number)",
                uid: "u\(number)",
                end: number == 4 ? .failed : .succeeded(try time("2026-01-01T0\(number):00:00Z")),
                started: try time("2026-01-01T0\(number):00:00Z")
            )
        }
        let plan = try plan(
            .init(successfulKept: 1, failedKept: 0),
            now: "2026-01-01T00:31:00Z",
            jobs: jobs,
            known: ["u3": "j3", "gone": "g"]
        )
        #expect(plan.forgotten == ["j0", "j1", "j2", "j4"])
        #expect(try plan.lastSuccess == time("2026-01-01T03:00:00Z"))
        #expect(
            plan.notices.map(\.message) == [
                "Saw completed job: j3, condition: Complete", "Active job went missing: g",
            ]
        )
        #expect(plan.active.isEmpty)
    }
}
