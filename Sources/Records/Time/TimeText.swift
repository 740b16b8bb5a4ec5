import Basics

/// Times as texts, appended to bytes.
enum TimeText {
    /// Appends a time in UTC as RFC 3339, with 0, 3, 6 or 9 digits of the second as it needs them
    /// (chrono's `AutoSi`): `2006-01-02T15:04:05.123Z`.
    static func append(rfc3339 time: Timestamp, to output: inout [UInt8]) {
        let civil = CivilTime(time, offset: 0)
        append(date: civil, to: &output)
        output.append(UInt8(ascii: "T"))
        append(clock: civil, to: &output)
        appendFraction(civil.nanosecond, to: &output)
        output.append(UInt8(ascii: "Z"))
    }

    /// Appends `2006-01-02`.
    static func append(date civil: CivilTime, to output: inout [UInt8]) {
        if civil.year > 9999 { output.append(UInt8(ascii: "+")) }
        NumberText.append(civil.year, width: 4, to: &output)
        output.append(UInt8(ascii: "-"))
        NumberText.append(civil.month, width: 2, to: &output)
        output.append(UInt8(ascii: "-"))
        NumberText.append(civil.day, width: 2, to: &output)
    }

    /// Appends `15:04:05`.
    static func append(clock civil: CivilTime, to output: inout [UInt8]) {
        NumberText.append(civil.hour, width: 2, to: &output)
        output.append(UInt8(ascii: ":"))
        NumberText.append(civil.minute, width: 2, to: &output)
        output.append(UInt8(ascii: ":"))
        NumberText.append(civil.second, width: 2, to: &output)
    }

    /// Appends a point and 3, 6 or 9 digits, or nothing.
    static func appendFraction(_ nanosecond: Int, to output: inout [UInt8]) {
        guard nanosecond != 0 else { return }
        output.append(UInt8(ascii: "."))
        if nanosecond % 1_000_000 == 0 {
            NumberText.append(nanosecond / 1_000_000, width: 3, to: &output)
        } else if nanosecond % 1000 == 0 {
            NumberText.append(nanosecond / 1000, width: 6, to: &output)
        } else {
            NumberText.append(nanosecond, width: 9, to: &output)
        }
    }
}
