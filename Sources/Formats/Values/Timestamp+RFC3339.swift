public import Basics

extension Timestamp {
    /// Reads an RFC 3339 text: `2006-01-02T15:04:05Z`, with an optional fraction and offset.
    ///
    /// Fractions beyond nanoseconds are cut. `nil` if the text is no such time, or outside
    /// the years 1678 to 2262, which 64 bits of nanoseconds can hold.
    public init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.count <= 40 else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            var value = 0
            for byte in bytes[range] {
                guard byte &- UInt8(ascii: "0") < 10 else { return nil }
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
            }
            return value
        }
        guard let year = number(0..<4), bytes[4] == UInt8(ascii: "-"),
            let month = number(5..<7), bytes[7] == UInt8(ascii: "-"), let day = number(8..<10),
            bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t"),
            let hour = number(11..<13), bytes[13] == UInt8(ascii: ":"),
            let minute = number(14..<16), bytes[16] == UInt8(ascii: ":"),
            let second = number(17..<19),
            (1...12).contains(month), day >= 1, day <= Calendar.days(in: month, of: year),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var place = 19
        var fraction = 0
        if bytes[place] == UInt8(ascii: ".") {
            let digits = bytes[20...].prefix { $0 &- UInt8(ascii: "0") < 10 }
            guard !digits.isEmpty else { return nil }
            place += 1 + digits.count
            for index in 20..<29 {
                let digit = index < place ? Int(bytes[index] - UInt8(ascii: "0")) : 0
                fraction = fraction * 10 + digit
            }
        }
        guard let offset = Self.offset(bytes[place...]) else { return nil }
        let days = Calendar.dayNumber(year: year, month: month, day: day)
        let seconds = days * 86400 + hour * 3600 + minute * 60 + second - offset
        let (scaled, overflow) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = scaled.addingReportingOverflow(Int64(fraction))
        guard !overflow, !carry else { return nil }
        self.init(nanoseconds: sum)
    }

    /// `Z` or `+hh:mm`, in seconds east of Greenwich.
    private static func offset(_ slice: ArraySlice<UInt8>) -> Int? {
        let text = String(decoding: slice, as: UTF8.self)
        if text == "Z" || text == "z" { return 0 }
        let parts = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        guard text.first == "+" || text.first == "-", parts.count == 2,
            parts.allSatisfy({ $0.utf8.count == 2 && $0.first != "+" && $0.first != "-" }),
            let hours = Int(parts[0]), let minutes = Int(parts[1]), hours < 24, minutes < 60
        else { return nil }
        return (hours * 3600 + minutes * 60) * (text.first == "-" ? -1 : 1)
    }

    /// The text with whole seconds, as API objects carry it: `2006-01-02T15:04:05Z`.
    public var rfc3339: String { civil + "Z" }

    /// The text with six digits of the second, as `MicroTime`: `2006-01-02T15:04:05.000000Z`.
    public var rfc3339Micro: String { civil + "." + fraction(digits: 6) + "Z" }

    /// The text with nine digits of the second, as CRI log lines carry it.
    public var rfc3339Nano: String { civil + "." + fraction(digits: 9) + "Z" }

    /// The text for people, in UTC (RFC 1123 with a numeric zone): `Sat, 21 Nov 2026 05:47:35 +0000`.
    public var rfc1123: String {
        let (days, time) = dayAndTime
        let (year, month, day) = Calendar.civil(dayNumber: days)
        // Day 0 was a Thursday.
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        return "\(weekdays[(days % 7 + 7) % 7]), \(Self.two(day)) \(months[month - 1]) "
            + "\(Self.four(year)) \(Self.clock(time)) +0000"
    }

    private func fraction(digits: Int) -> String {
        // Wraps and comes back near the earliest time.
        let nanos = nanoseconds &- seconds &* 1_000_000_000
        let text = String(nanos)
        let padded = String(repeating: "0", count: 9 - text.utf8.count) + text
        return String(padded.prefix(digits))
    }

    private var civil: String {
        let (days, time) = dayAndTime
        let (year, month, day) = Calendar.civil(dayNumber: days)
        return "\(Self.four(year))-\(Self.two(month))-\(Self.two(day))T\(Self.clock(time))"
    }

    /// The number of the day since 1970-01-01, and the seconds since its beginning.
    private var dayAndTime: (days: Int, time: Int) {
        let total = Int(seconds)
        let days = total >= 0 ? total / 86400 : (total - 86399) / 86400
        return (days, total - days * 86400)
    }

    private static func clock(_ time: Int) -> String {
        two(time / 3600) + ":" + two(time / 60 % 60) + ":" + two(time % 60)
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

    private static func four(_ year: Int) -> String {
        String(repeating: "0", count: max(0, 4 - "\(year)".utf8.count)) + "\(year)"
    }
}

/// The proleptic Gregorian calendar (after Howard Hinnant's `days_from_civil`).
enum Calendar {
    static func days(in month: Int, of year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// Days since 1970-01-01.
    static func dayNumber(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    static func civil(dayNumber: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = dayNumber + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
