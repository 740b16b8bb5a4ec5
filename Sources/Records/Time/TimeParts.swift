/// The parts of a time that a text gave, as chrono collects them: a part given twice must be the same.
struct TimeParts {
    static let none = Int.min

    var year = none
    var century = none
    var yearOfCentury = none
    var isoYear = none
    var isoYearOfCentury = none
    var month = none
    var day = none
    var weekFromSunday = none
    var weekFromMonday = none
    var isoWeek = none
    var weekday = none
    var dayOfYear = none
    var half = none
    var hourOfHalf = none
    var minute = none
    var second = none
    var nanosecond = none
    var unix = none
    var offset = none

    static func set(
        _ part: inout Int,
        _ value: Int,
        _ range: ClosedRange<Int>
    ) throws(TimeMistake) {
        guard range.contains(value) else { throw .outOfRange }
        guard part == none || part == value else { throw .impossible }
        part = value
    }

    mutating func set(_ number: TimeStep.Number, _ value: Int) throws(TimeMistake) {
        switch number {
        case .year: try Self.set(&year, value, -262_144...262_143)
        case .century: try Self.set(&century, value, 0...2621)
        case .yearOfCentury: try Self.set(&yearOfCentury, value, 0...99)
        case .isoYear: try Self.set(&isoYear, value, -262_144...262_143)
        case .isoYearOfCentury: try Self.set(&isoYearOfCentury, value, 0...99)
        case .month: try Self.set(&month, value, 1...12)
        case .day: try Self.set(&day, value, 1...31)
        case .weekFromSunday: try Self.set(&weekFromSunday, value, 0...53)
        case .weekFromMonday: try Self.set(&weekFromMonday, value, 0...53)
        case .isoWeek: try Self.set(&isoWeek, value, 1...53)
        case .daysFromSunday: try Self.set(&weekday, value, 0...6)
        case .dayFromMonday:
            guard (1...7).contains(value) else { throw .outOfRange }
            try Self.set(&weekday, value % 7, 0...6)
        case .dayOfYear: try Self.set(&dayOfYear, value, 1...366)
        case .hour:
            guard (0...23).contains(value) else { throw .outOfRange }
            try Self.set(&half, value / 12, 0...1)
            try Self.set(&hourOfHalf, value % 12, 0...11)
        case .hour12:
            guard (1...12).contains(value) else { throw .outOfRange }
            try Self.set(&hourOfHalf, value % 12, 0...11)
        case .minute: try Self.set(&minute, value, 0...59)
        case .second: try Self.set(&second, value, 0...60)
        case .nanosecond: try Self.set(&nanosecond, value, 0...999_999_999)
        case .unix: try Self.set(&unix, value, -1 << 52...1 << 52)
        }
    }

    // MARK: What they say

    /// Seconds since 1970 by the clock of the place and nanoseconds; `offset` counts where there is a
    /// Unix time.
    func local(offset: Int) throws(TimeMistake) -> (seconds: Int, nanosecond: Int) {
        guard unix != Self.none else { return try plain() }
        var full = self
        let seconds = unix + offset
        let civil = CivilTime(seconds: seconds, offset: 0)
        try full.set(.year, civil.year)
        try full.set(.dayOfYear, civil.dayOfYear)
        try full.set(.hour, civil.hour)
        try full.set(.minute, civil.minute)
        if full.second != 60 { try full.set(.second, civil.second) }
        return try full.plain()
    }

    private func plain() throws(TimeMistake) -> (seconds: Int, nanosecond: Int) {
        let day = try date()
        guard half != Self.none, hourOfHalf != Self.none, minute != Self.none else {
            throw .notEnough
        }
        if second == Self.none, nanosecond != Self.none, nanosecond != 0 { throw .notEnough }
        let hour = half * 12 + hourOfHalf
        let seconds = second == Self.none ? 0 : second
        return (
            day * 86400 + hour * 3600 + minute * 60 + seconds,
            nanosecond == Self.none ? 0 : nanosecond
        )
    }

    private func fullYear(
        _ year: Int,
        _ century: Int,
        _ rest: Int
    ) throws(TimeMistake) -> Int? {
        if year != Self.none {
            if century != Self.none || rest != Self.none {
                guard year >= 0 else { throw .impossible }
                guard century == Self.none || century == year / 100,
                    rest == Self.none || rest == year % 100
                else { throw .impossible }
            }
            return year
        }
        if rest == Self.none {
            if century != Self.none { throw .notEnough }
            return nil
        }
        return century == Self.none ? rest + (rest < 70 ? 2000 : 1900) : century * 100 + rest
    }

    /// Days since 1970-01-01.
    private func date() throws(TimeMistake) -> Int {
        let year = try fullYear(year, century, yearOfCentury)
        let isoYear = try fullYear(isoYear, Self.none, isoYearOfCentury)
        let found: Int
        if let year, month != Self.none, day != Self.none {
            guard day <= Gregorian.days(in: month, of: year) else { throw .outOfRange }
            found = Gregorian.day(year: year, month: month, day: day)
        } else if let year, dayOfYear != Self.none {
            guard dayOfYear <= (Gregorian.isLeap(year) ? 366 : 365) else { throw .outOfRange }
            found = Gregorian.day(year: year, month: 1, day: 1) + dayOfYear - 1
        } else if let year, weekFromSunday != Self.none, weekday != Self.none {
            found = try day(year, week: weekFromSunday, day: weekday, first: 0)
        } else if let year, weekFromMonday != Self.none, weekday != Self.none {
            found = try day(year, week: weekFromMonday, day: (weekday + 6) % 7, first: 1)
        } else if let isoYear, isoWeek != Self.none, weekday != Self.none {
            guard isoWeek <= IsoWeek.count(in: isoYear) else { throw .outOfRange }
            found = IsoWeek.start(of: isoYear) + (isoWeek - 1) * 7 + (weekday + 6) % 7
        } else {
            throw .notEnough
        }
        guard isConsistent(found, year, isoYear) else { throw .impossible }
        return found
    }

    /// The day of a week of a year whose weeks begin on a weekday.
    private func day(
        _ year: Int,
        week: Int,
        day: Int,
        first: Int
    ) throws(TimeMistake) -> Int {
        let newYear = Gregorian.day(year: year, month: 1, day: 1)
        let start = (first - Gregorian.weekday(ofDay: newYear) + 7) % 7
        let found = newYear + start + (week - 1) * 7 + day
        guard found >= newYear, found < Gregorian.day(year: year + 1, month: 1, day: 1) else {
            throw .outOfRange
        }
        return found
    }

    private func isConsistent(_ day: Int, _ year: Int?, _ isoYear: Int?) -> Bool {
        let date = Gregorian.date(ofDay: day)
        func fits(_ part: Int, _ value: Int) -> Bool { part == Self.none || part == value }
        guard year == nil || year == date.year, fits(month, date.month), fits(self.day, date.day)
        else { return false }
        let weekday = Gregorian.weekday(ofDay: day)
        guard fits(self.weekday, weekday) else { return false }
        guard
            dayOfYear != Self.none || weekFromSunday != Self.none || weekFromMonday != Self.none
                || isoWeek != Self.none || isoYear != nil
        else { return true }
        let number = day - Gregorian.day(year: date.year, month: 1, day: 1)
        let iso = IsoWeek(ofDay: day)
        return fits(dayOfYear, number + 1)
            && fits(weekFromSunday, (number + 7 - weekday) / 7)
            && fits(weekFromMonday, (number + 7 - (weekday + 6) % 7) / 7)
            && fits(isoWeek, iso.week) && (isoYear == nil || isoYear == iso.year)
    }
}

/// A week of ISO 8601: it begins on Monday, and the first of a year has the year's first Thursday.
struct IsoWeek {
    var year: Int
    var week: Int

    init(ofDay day: Int) {
        // The Thursday of the week says to which year it belongs.
        let thursday = day - (Gregorian.weekday(ofDay: day) + 6) % 7 + 3
        year = Gregorian.date(ofDay: thursday).year
        week = (thursday - Gregorian.day(year: year, month: 1, day: 1)) / 7 + 1
    }

    /// The day on which the weeks of a year begin.
    static func start(of year: Int) -> Int {
        let fourth = Gregorian.day(year: year, month: 1, day: 4)
        return fourth - (Gregorian.weekday(ofDay: fourth) + 6) % 7
    }

    static func count(in year: Int) -> Int { (start(of: year + 1) - start(of: year)) / 7 }
}
