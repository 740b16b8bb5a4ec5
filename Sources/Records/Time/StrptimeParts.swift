import Basics

/// What a text gave of a time, as the C library collects it: what comes later wins.
struct StrptimeParts {
    static let none = Int.min

    var year = none
    var century = none
    var yearOfCentury = none
    var month = none
    var day = none
    var dayOfYear = none
    var hour = 0
    var isHour12 = false
    var half = none
    var minute = 0
    var second = 0
    var nanosecond = 0
    var offset = none
    var unix = none

    /// A number of at most so many digits that is not above a limit: it ends before the digit with which
    /// it would be.
    private static func number(_ cursor: inout TimeCursor, _ least: Int, _ most: Int) -> Int? {
        guard let first = cursor.peek, first.isDigit else { return nil }
        var value = 0
        var limit = most
        repeat {
            value = value * 10 + Int((cursor.peek ?? 0x30) &- 0x30)
            cursor.at += 1
            limit /= 10
        } while value * 10 <= most && limit > 0 && (cursor.peek ?? 0).isDigit
        return value >= least && value <= most ? value : nil
    }

    mutating func read(_ number: TimeStep.Number, _ cursor: inout TimeCursor) -> Bool {
        func take(_ part: inout Int, _ range: ClosedRange<Int>) -> Bool {
            guard
                let value = Self.number(&cursor, range.lowerBound, range.upperBound)
            else { return false }
            part = value
            return true
        }
        var ignored = 0
        switch number {
        case .year: return take(&year, 0...9999)
        case .century: return take(&century, 0...99)
        case .yearOfCentury: return take(&yearOfCentury, 0...99)
        case .isoYear: return take(&ignored, 0...9999)
        case .isoYearOfCentury: return take(&ignored, 0...99)
        case .month: return take(&month, 1...12)
        case .day: return take(&day, 1...31)
        case .weekFromSunday, .weekFromMonday, .isoWeek: return take(&ignored, 0...53)
        case .daysFromSunday: return take(&ignored, 0...6)
        case .dayFromMonday: return take(&ignored, 1...7)
        case .dayOfYear: return take(&dayOfYear, 1...366)
        case .hour:
            isHour12 = false
            return take(&hour, 0...23)
        case .hour12:
            isHour12 = true
            return take(&hour, 1...12)
        case .minute: return take(&minute, 0...59)
        case .second: return take(&second, 0...60)
        case .nanosecond:
            guard let value = try? cursor.fraction() else { return false }
            nanosecond = value
            return true
        case .unix:
            guard let value = try? cursor.number(1, 16) else { return false }
            unix = value
            return true
        }
    }

    /// `Z`, `UTC`, `GMT`, `+hh`, `+hhmm`, `+hh:mm`, and North America's names.
    mutating func readOffset(_ cursor: inout TimeCursor) -> Bool {
        cursor.skipSpace()
        guard let first = cursor.peek else { return false }
        guard first == 0x2B || first == 0x2D else { return readName(&cursor) }
        cursor.at += 1
        guard let hours = try? cursor.number(2, 2) else { return false }
        var seconds = hours * 3600
        if cursor.peek == 0x3A { cursor.at += 1 }
        if let next = cursor.peek, next.isDigit {
            guard let minutes = try? cursor.number(2, 2) else { return false }
            seconds += minutes * 60
        }
        offset = first == 0x2D ? -seconds : seconds
        return true
    }

    /// An abbreviation that is known.
    mutating func readName(_ cursor: inout TimeCursor) -> Bool {
        let start = cursor.at
        while let byte = cursor.peek, byte.isLetter || byte.isDigit { cursor.at += 1 }
        let count = cursor.at - start
        guard count > 0, count <= 5 else { return false }
        if count == 1, cursor.bytes[start] | 0x20 == 0x7A {
            offset = 0
            return true
        }
        // Short texts take no memory of their own.
        var name = ""
        for index in start..<cursor.at {
            let byte = cursor.bytes[index]
            name.unicodeScalars.append(Unicode.Scalar(byte.isLetter ? byte & 0xDF : byte))
        }
        guard let known = TimeNames.offsets[name] else { return false }
        offset = known
        return true
    }

    // MARK: What it says

    func time(now: Timestamp, zone: Zone) -> Timestamp? {
        if unix != Self.none { return Timestamp(seconds: unix, nanosecond: nanosecond) }
        guard let hour = fullHour else { return nil }
        if let year = fullYear { return time(year, hour, nil, zone) }
        // Without a year it is that of the arrival, but around New Year's Eve.
        let today = zone.civil(now)
        guard let same = time(today.year, hour, today, zone) else {
            return time(today.year - 1, hour, today, zone)
        }
        let halfYear = Int64(183) * 86400 * 1_000_000_000
        if same.nanoseconds &- now.nanoseconds > halfYear {
            return time(today.year - 1, hour, today, zone) ?? same
        }
        if now.nanoseconds &- same.nanoseconds > halfYear * 2 - 14 * 86400 * 1_000_000_000 {
            return time(today.year + 1, hour, today, zone) ?? same
        }
        return same
    }

    private var fullYear: Int? {
        if yearOfCentury != Self.none {
            if century != Self.none { return century * 100 + yearOfCentury }
            return yearOfCentury + (yearOfCentury <= 68 ? 2000 : 1900)
        }
        return year == Self.none ? nil : year
    }

    private var fullHour: Int? {
        guard half != Self.none else { return hour }
        guard hour <= 12 else { return nil }
        return half == 1 ? (hour < 12 ? hour + 12 : 12) : hour % 12
    }

    /// Without a day that it arrived on, the text says the year.
    private func time(_ year: Int, _ hour: Int, _ today: CivilTime?, _ zone: Zone) -> Timestamp? {
        let dayNumber: Int
        if month == Self.none, day == Self.none, dayOfYear != Self.none {
            guard dayOfYear <= (Gregorian.isLeap(year) ? 366 : 365) else { return nil }
            dayNumber = Gregorian.day(year: year, month: 1, day: 1) + dayOfYear - 1
        } else {
            let isTimeAlone = month == Self.none && day == Self.none
            let month = month == Self.none ? today?.month ?? 1 : month
            let day = day == Self.none ? (isTimeAlone ? today?.day ?? 1 : 1) : day
            guard day <= Gregorian.days(in: month, of: year) else { return nil }
            dayNumber = Gregorian.day(year: year, month: month, day: day)
        }
        let local = dayNumber * 86400 + hour * 3600 + minute * 60 + second
        let offset = offset == Self.none ? zone.likelyOffset(ofLocal: local) : offset
        return Timestamp(seconds: local - offset, nanosecond: nanosecond)
    }
}
