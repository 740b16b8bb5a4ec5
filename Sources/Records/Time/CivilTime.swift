public import Basics

/// A time as people write it: a date, a time of the day, and how far the place is east of Greenwich.
public struct CivilTime: Sendable, Hashable {
    /// The year; 0 is the one before 1.
    public var year: Int
    /// The month, from 1.
    public var month: Int
    /// The day of the month, from 1.
    public var day: Int
    /// The hour, 0 to 23.
    public var hour: Int
    /// The minute, 0 to 59.
    public var minute: Int
    /// The second, 0 to 60.
    public var second: Int
    /// Nanoseconds of the second.
    public var nanosecond: Int
    /// Seconds east of Greenwich.
    public var offset: Int

    /// Makes a time of its parts.
    public init(
        year: Int,
        month: Int,
        day: Int,
        hour: Int = 0,
        minute: Int = 0,
        second: Int = 0,
        nanosecond: Int = 0,
        offset: Int = 0
    ) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.nanosecond = nanosecond
        self.offset = offset
    }

    /// What the clock shows at a place.
    public init(_ time: Timestamp, offset: Int) {
        let seconds = Int(time.seconds)
        self.init(seconds: seconds, offset: offset)
        nanosecond = Int(time.nanoseconds &- Int64(seconds) &* 1_000_000_000)
    }

    /// What the clock shows at a place, so many seconds after 1970 in Greenwich.
    init(seconds: Int, offset: Int) {
        let local = seconds + offset
        let days = local >= 0 ? local / 86400 : (local - 86399) / 86400
        let rest = local - days * 86400
        let date = Gregorian.date(ofDay: days)
        self.init(
            year: date.year,
            month: date.month,
            day: date.day,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
            offset: offset
        )
    }

    /// Days since 1970-01-01.
    public var dayNumber: Int { Gregorian.day(year: year, month: month, day: day) }

    /// The day of the week, Sunday is 0.
    public var weekday: Int { Gregorian.weekday(ofDay: dayNumber) }

    /// The day of the year, from 1.
    public var dayOfYear: Int {
        dayNumber - Gregorian.day(year: year, month: 1, day: 1) + 1
    }

    /// Seconds since 1970 by the clock of the place, as if it were in Greenwich.
    var localSeconds: Int { dayNumber * 86400 + hour * 3600 + minute * 60 + second }

    /// The point in time.
    ///
    /// - Returns: nil if it is not between the years 1678 and 2262, which 64 bits of nanoseconds hold.
    public var timestamp: Timestamp? {
        guard (-10_000_000...10_000_000).contains(year) else { return nil }
        return Timestamp(seconds: localSeconds - offset, nanosecond: nanosecond)
    }
}

extension Timestamp {
    /// Makes a time of seconds and nanoseconds; nil beyond what 64 bits of nanoseconds hold.
    init?(seconds: Int, nanosecond: Int) {
        // Before 1970 both parts pull in different directions: only their sum must fit.
        let up = seconds < 0 ? 1 : 0
        let (scaled, over) =
            Int64(seconds + up).multipliedReportingOverflow(by: 1_000_000_000)
        let rest = Int64(nanosecond) - (up == 1 ? 1_000_000_000 : 0)
        let (sum, carry) = scaled.addingReportingOverflow(rest)
        guard !over, !carry else { return nil }
        self.init(nanoseconds: sum)
    }
}

/// The proleptic Gregorian calendar (after Howard Hinnant's `days_from_civil`).
enum Gregorian {
    static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01.
    static func day(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }

    static func date(ofDay day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let part = (5 * dayOfYear + 2) / 153
        let month = part < 10 ? part + 3 : part - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
            dayOfYear - (153 * part + 2) / 5 + 1
        )
    }

    /// The day of the week, Sunday is 0; day 0 was a Thursday.
    static func weekday(ofDay day: Int) -> Int {
        let rest = (day + 4) % 7
        return rest < 0 ? rest + 7 : rest
    }
}
