import PodModel
import Testing

@Suite("Schedules and lists of indexes") struct CronScheduleTests {
    @Test(arguments: [
        ("", "empty spec string"), ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
        ("60 * * * *", "end of range (60) above maximum (59): 60"),
        ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("* * * * 7", "end of range (7) above maximum (6): 7"),
        ("9-3 * * * *", "beginning of range (9) beyond end of range (3): 9-3"),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
        ("1-2-3 * * * *", "too many hyphens: 1-2-3"), ("*/2/3 * * * *", "too many slashes: */2/3"),
        (
            "x * * * *",
            "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax"
        ),
        ("@never", "unrecognized descriptor: @never"),
        (
            "@every day",
            "failed to parse duration @every day: time: invalid duration \"day\""
        ),
    ])
    func `what is no schedule`(text: String, why: String) {
        #expect(throws: CronSchedule.Complaint.self) { try CronSchedule(text) }
        do throws(CronSchedule.Complaint) { _ = try CronSchedule(text) } catch {
            #expect(error.description == why)
        }
    }

    @Test func `fields, names, ranges and steps`() throws {
        let schedule = try CronSchedule("0,30 8-10/2 1 JAN,mar Sun-tue")
        guard case .calendar(let fields) = schedule.form else {
            Issue.record("no calendar")
            return
        }
        #expect(fields.minutes == [0, 30] && fields.hours == [8, 10] && fields.days == [1])
        #expect(fields.months == [1, 3] && fields.weekdays == [0, 1, 2] && !fields.needsBothDays)
        #expect(fields.fits(day: 1, weekday: 5) && fields.fits(day: 9, weekday: 2))
        #expect(!fields.fits(day: 9, weekday: 5))
        #expect(try CronSchedule("@every 1h30m").form == .every(seconds: 5400))
        #expect(try CronSchedule("@every 10ms").form == .every(seconds: 1))
    }

    @Test(arguments: [
        ([], ""), ([4], "4"), ([1, 2], "1,2"), ([3, 1, 2], "1-3"),
        ([0, 2, 3, 4, 9, 10], "0,2-4,9,10"),
    ])
    func `lists of indexes`(indexes: [Int], text: String) {
        #expect(IndexList(indexes).description == text)
        #expect(IndexList(text)?.indexes == indexes.sorted())
    }

    @Test(arguments: ["a", "1-", "-1", "3,1", "2-1", "1,,2", "1-2-3", "99999999"])
    func `what is no list of indexes`(text: String) {
        #expect(IndexList(text) == nil)
    }
}
