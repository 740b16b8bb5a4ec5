import Basics

/// Times as texts, appended to bytes.
enum TimeText {
    /// Appends a time in UTC as RFC 3339, with 0, 3, 6 or 9 digits of the second as it needs them
    /// (chrono's `AutoSi`): `2006-01-02T15:04:05.123Z`.
    static func append(rfc3339 time: Timestamp, to output: inout [UInt8]) {
        let civil = CivilTime(time, offset: 0)
        append(rfc3339: civil, to: &output)
        output.append(UInt8(ascii: "Z"))
    }

    /// The same without an offset.
    static func append(rfc3339 civil: CivilTime, to output: inout [UInt8]) {
        if (0...9999).contains(civil.year) {
            appendUsual(civil, to: &output)
            appendFraction(civil.nanosecond, to: &output)
            return
        }
        append(year: civil.year, to: &output)
        output.append(UInt8(ascii: "-"))
        NumberText.append(civil.month, width: 2, to: &output)
        output.append(UInt8(ascii: "-"))
        NumberText.append(civil.day, width: 2, to: &output)
        output.append(UInt8(ascii: "T"))
        NumberText.append(civil.hour, width: 2, to: &output)
        output.append(UInt8(ascii: ":"))
        NumberText.append(civil.minute, width: 2, to: &output)
        output.append(UInt8(ascii: ":"))
        NumberText.append(civil.second, width: 2, to: &output)
        appendFraction(civil.nanosecond, to: &output)
    }

    /// Appends a time whose year has four digits.
    private static func appendUsual(_ civil: CivilTime, to output: inout [UInt8]) {
        var text = InlineArray<19, UInt8>(repeating: UInt8(ascii: "-"))
        func set(_ place: Int, _ value: Int) {
            text[place] = 0x30 &+ UInt8(truncatingIfNeeded: value / 10)
            text[place + 1] = 0x30 &+ UInt8(truncatingIfNeeded: value % 10)
        }
        set(0, civil.year / 100)
        set(2, civil.year % 100)
        set(5, civil.month)
        set(8, civil.day)
        text[10] = UInt8(ascii: "T")
        set(11, civil.hour)
        text[13] = UInt8(ascii: ":")
        set(14, civil.minute)
        text[16] = UInt8(ascii: ":")
        set(17, civil.second)
        unsafe text.span.withUnsafeBytes { unsafe output.append(contentsOf: $0) }
    }

    static func append(year: Int, to output: inout [UInt8]) {
        if year > 9999 { output.append(UInt8(ascii: "+")) }
        NumberText.append(year, width: 4, to: &output)
    }

    /// Appends a point and 3, 6 or 9 digits, or nothing.
    static func appendFraction(_ nanosecond: Int, to output: inout [UInt8]) {
        guard nanosecond != 0 else { return }
        let digits = nanosecond % 1_000_000 == 0 ? 3 : nanosecond % 1000 == 0 ? 6 : 9
        output.append(UInt8(ascii: "."))
        append(nanosecond, digits: digits, to: &output)
    }

    /// Appends the first digits of nanoseconds.
    static func append(_ nanosecond: Int, digits: Int, to output: inout [UInt8]) {
        var value = nanosecond
        for _ in min(digits, 9)..<9 { value /= 10 }
        NumberText.append(value, width: min(digits, 9), to: &output)
    }

    static func append(offset: Int, _ form: TimeStep.Offset, to output: inout [UInt8]) {
        output.append(UInt8(ascii: offset < 0 ? "-" : "+"))
        let total = abs(offset)
        NumberText.append(total / 3600, width: 2, to: &output)
        if form == .hours { return }
        if form != .plain { output.append(UInt8(ascii: ":")) }
        NumberText.append(total / 60 % 60, width: 2, to: &output)
        if form == .seconds {
            output.append(UInt8(ascii: ":"))
            NumberText.append(total % 60, width: 2, to: &output)
        }
    }
}
