/// TOML's dates and times (RFC 3339): whether a word is one.
enum TOMLTime {
    static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    /// `2006-01-02`, a day that there is.
    static func isDate(_ bytes: ArraySlice<UInt8>) -> Bool {
        let text = Array(bytes)
        guard text.count == 10, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            let year = number(text[0..<4]), let month = number(text[5..<7]),
            let day = number(text[8..<10]), (1...12).contains(month), day >= 1
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return day <= days[month - 1]
    }

    /// A date, a time, or both with `T` or a blank between and perhaps an offset.
    static func isTime(_ bytes: ArraySlice<UInt8>) -> Bool {
        if isDate(bytes) { return true }
        if bytes.count > 11, isDate(bytes.prefix(10)) {
            let between = bytes[bytes.startIndex + 10]
            guard between | 0x20 == UInt8(ascii: "t") || between == 0x20 else { return false }
            return isClock(bytes.dropFirst(11), hasOffset: true)
        }
        return isClock(bytes, hasOffset: false)
    }

    /// `15:04:05` with a fraction, and if so wanted an offset.
    private static func isClock(_ bytes: ArraySlice<UInt8>, hasOffset: Bool) -> Bool {
        let text = Array(bytes.prefix(8))
        guard text.count == 8, text[2] == UInt8(ascii: ":"), text[5] == UInt8(ascii: ":"),
            let hour = number(text[0..<2]), let minute = number(text[3..<5]),
            let second = number(text[6..<8]), hour < 24, minute < 60, second <= 60
        else { return false }
        var rest = bytes.dropFirst(8)
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix(while: isDigit)
            guard !digits.isEmpty else { return false }
            rest = rest.dropFirst(1 + digits.count)
        }
        if rest.isEmpty { return true }
        guard hasOffset else { return false }
        return isOffset(rest)
    }

    /// `Z`, `+02:00` or `-07:00`.
    private static func isOffset(_ bytes: ArraySlice<UInt8>) -> Bool {
        let text = Array(bytes)
        if text.count == 1 { return text[0] | 0x20 == UInt8(ascii: "z") }
        guard text.count == 6, text[0] == UInt8(ascii: "+") || text[0] == UInt8(ascii: "-"),
            text[3] == UInt8(ascii: ":"), let hour = number(text[1..<3]),
            let minute = number(text[4..<6])
        else { return false }
        return hour < 24 && minute < 60
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard digits.allSatisfy(isDigit) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }
}
