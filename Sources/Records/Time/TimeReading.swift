public import Basics

extension Timestamp {
    /// Reads RFC 3339: `2006-01-02T15:04:05.123Z`, also with a blank for the `T`.
    ///
    /// Digits behind the ninth of the second are skipped. Nothing is allocated.
    ///
    /// - Throws: Why it is none.
    public init(rfc3339 bytes: Span<UInt8>) throws(TimeMistake) {
        var cursor = TimeCursor(bytes)
        let year = try cursor.number(4, 4)
        try cursor.expect(0x2D)
        let month = try cursor.number(2, 2)
        try cursor.expect(0x2D)
        let day = try cursor.number(2, 2)
        guard let mark = cursor.peek else { throw .tooShort }
        guard mark | 0x20 == 0x74 || mark == 0x20 else { throw .invalid }
        cursor.at += 1
        let hour = try cursor.number(2, 2)
        try cursor.expect(0x3A)
        let minute = try cursor.number(2, 2)
        try cursor.expect(0x3A)
        let second = try cursor.number(2, 2)
        var nanosecond = 0
        if cursor.peek == 0x2E {
            cursor.at += 1
            nanosecond = try cursor.fraction()
        }
        let offset = try cursor.offset(zulu: true, needsColon: true)
        guard cursor.left == 0 else { throw .tooLong }
        guard (1...12).contains(month), day >= 1, day <= Gregorian.days(in: month, of: year),
            hour < 24, minute < 60, second <= 60, abs(offset) < 86400
        else { throw .outOfRange }
        let local =
            Gregorian.day(year: year, month: month, day: day) * 86400 + hour * 3600 + minute * 60
            + second
        guard let time = Timestamp(seconds: local - offset, nanosecond: nanosecond) else {
            throw .outOfRange
        }
        self = time
    }

    /// Reads RFC 2822: `Wed, 16 Oct 2019 12:00:00 +0000`, also with the old names of zones.
    ///
    /// - Throws: Why it is none.
    public init(rfc2822 bytes: Span<UInt8>) throws(TimeMistake) {
        var cursor = TimeCursor(bytes)
        var parts = TimeParts()
        cursor.skipSpace()
        if let key = cursor.key, TimeNames.weekday(key) != nil {
            try parts.set(.daysFromSunday, cursor.weekday(isLong: false))
            guard cursor.peek == 0x2C else { throw .invalid }
            cursor.at += 1
        }
        cursor.skipSpace()
        try parts.set(.day, cursor.number(1, 2))
        try Self.space(&cursor)
        try parts.set(.month, cursor.month(isLong: false))
        try Self.space(&cursor)
        let start = cursor.at
        var year = try cursor.number(2, 18)
        switch cursor.at - start {
        case 2: year += year < 50 ? 2000 : 1900
        case 3: year += 1900
        default: break
        }
        try parts.set(.year, year)
        try Self.space(&cursor)
        try parts.set(.hour, cursor.number(2, 2))
        cursor.skipSpace()
        try cursor.expect(0x3A)
        cursor.skipSpace()
        try parts.set(.minute, cursor.number(2, 2))
        if cursor.peek == 0x3A {
            cursor.at += 1
            try parts.set(.second, cursor.number(2, 2))
        }
        try Self.space(&cursor)
        try parts.set(offset: Self.oldOffset(&cursor))
        cursor.skipSpace()
        guard cursor.left == 0 else { throw .tooLong }
        self = try parts.withOffset()
    }

    private static func space(_ cursor: inout TimeCursor) throws(TimeMistake) {
        guard let byte = cursor.peek else { throw .tooShort }
        guard byte.isSpace else { throw .invalid }
        cursor.skipSpace()
    }

    /// An offset, or a name of RFC 2822; names that are not known there mean Greenwich.
    private static func oldOffset(_ cursor: inout TimeCursor) throws(TimeMistake) -> Int {
        guard let first = cursor.peek, first.isLetter else {
            return try cursor.offset(zulu: false)
        }
        var name = ""
        while let byte = cursor.peek, byte.isLetter {
            name.unicodeScalars.append(Unicode.Scalar(byte & 0xDF))
            cursor.at += 1
        }
        let known = ["EDT", "EST", "CDT", "CST", "MDT", "MST", "PDT", "PST"]
        return known.contains(name) ? TimeNames.offsets[name] ?? 0 : 0
    }

    /// The text in UTC, with 0, 3, 6 or 9 digits of the second as it needs them.
    public var rfc3339Short: [UInt8] {
        var output: [UInt8] = []
        TimeText.append(rfc3339: self, to: &output)
        return output
    }
}

/// How Unix times count.
public enum UnixUnit: Int64, Sendable, Hashable {
    /// By seconds.
    case seconds = 1_000_000_000
    /// By thousandths.
    case milliseconds = 1_000_000
    /// By millionths.
    case microseconds = 1_000
    /// By billionths.
    case nanoseconds = 1
}

extension Timestamp {
    /// Makes a time of a Unix time.
    ///
    /// - Returns: nil if it is not between the years 1678 and 2262.
    public init?(unix: Int64, _ unit: UnixUnit = .seconds) {
        let (nanoseconds, over) = unix.multipliedReportingOverflow(by: unit.rawValue)
        guard !over else { return nil }
        self.init(nanoseconds: nanoseconds)
    }

    /// Makes a time of seconds since 1970 with a fraction.
    ///
    /// - Returns: nil if it is not between the years 1678 and 2262.
    public init?(unix: Double) {
        guard unix.isFinite, unix.magnitude < 9_223_372_036 else { return nil }
        let whole = Int64(unix)
        let rest = (unix - Double(whole)) * 1_000_000_000
        self.init(nanoseconds: whole * 1_000_000_000 + Int64(rest + (rest < 0 ? -0.5 : 0.5)))
    }

    /// The Unix time, rounded down.
    public func unix(_ unit: UnixUnit) -> Int64 {
        let (quotient, rest) = nanoseconds.quotientAndRemainder(dividingBy: unit.rawValue)
        return rest < 0 ? quotient - 1 : quotient
    }
}
