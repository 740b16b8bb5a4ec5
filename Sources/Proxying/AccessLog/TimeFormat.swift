internal import Basics

/// A moment as text in UTC, in `strftime`'s words and Envoy's `%3f`.
///
/// What is the same within a second is worked out once for it.
final class TimeFormat {
    private enum Piece {
        case text([UInt8])
        case field(UInt8)
        /// So many digits of the fraction of the second.
        case fraction(Int)
        /// The seconds since 1970 with so many digits of the fraction.
        case seconds(Int)
    }

    /// The digits of a fraction of the second within the text of that second.
    private struct Fraction {
        var offset: Int
        var digits: Int
    }

    private var pieces: [Piece] = []
    /// The second whose text is kept.
    private var second = Int64.min
    private var text: [UInt8] = []
    private var fractions: [Fraction] = []

    /// Envoy's default, ISO 8601 with milliseconds.
    static let standard = "%Y-%m-%dT%H:%M:%S.%3fZ"

    init(_ text: String = standard) {
        let bytes = Array(text.utf8)
        var literal: [UInt8] = []
        var index = 0
        func piece(after start: Int) -> (Piece?, next: Int) {
            var at = start
            var digits = 0
            while at < bytes.count, bytes[at] &- 0x30 < 10 {
                // More than nine is nothing, however much more.
                digits = min(10, digits * 10 + Int(bytes[at] - 0x30))
                at += 1
            }
            guard at < bytes.count, digits <= 9 else { return (nil, at) }
            switch bytes[at] {
            case UInt8(ascii: "f"): return (.fraction(digits == 0 ? 9 : digits), at + 1)
            case UInt8(ascii: "s"):
                // Envoy: `%s.%3f` and `%s%3f` both read as seconds, then a fraction.
                return (.seconds(0), at + 1)
            case let field where Self.known.contains(field): return (.field(field), at + 1)
            default: return (nil, at)
            }
        }
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 1 < bytes.count {
                if bytes[index + 1] == UInt8(ascii: "%") {
                    literal.append(bytes[index])
                    index += 2
                    continue
                }
                let (found, next) = piece(after: index + 1)
                if let found {
                    if !literal.isEmpty { pieces.append(.text(literal)) }
                    literal = []
                    pieces.append(found)
                    index = next
                    continue
                }
            }
            literal.append(bytes[index])
            index += 1
        }
        if !literal.isEmpty { pieces.append(.text(literal)) }
    }

    private static let known = Set("YmdHMSyjeabABTFDRIpzZhntcuwCkl".utf8)
    private static let days: [StaticString] = [
        "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    ]
    private static let months: [StaticString] = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ]

    /// Writes the moment.
    func write(_ time: Timestamp, into buffer: inout ByteBuffer) {
        if time.seconds != second { keep(time.seconds) }
        var start = 0
        for index in fractions.indices {
            let fraction = fractions[index]
            buffer.append(text, in: start..<fraction.offset)
            var value = UInt(time.nanoseconds - second * 1_000_000_000)
            for _ in fraction.digits..<9 { value /= 10 }
            buffer.append(decimal: value, digits: fraction.digits)
            start = fraction.offset
        }
        buffer.append(text, in: start..<text.count)
    }

    private func keep(_ seconds: Int64) {
        second = seconds
        fractions = []
        var made = ByteBuffer()
        let date = CivilTime(seconds: seconds)
        for piece in pieces {
            switch piece {
            case .text(let bytes): made.append(bytes.span)
            case .field(let field): date.write(field, into: &made)
            case .seconds: made.append(decimal: Int(seconds))
            case .fraction(let digits):
                fractions.append(Fraction(offset: made.count, digits: digits))
            }
        }
        text = Array(copying: made.readable)
    }

    /// A date and time of day of the Gregorian calendar in UTC.
    private struct CivilTime {
        var year: Int
        var month: Int
        var day: Int
        var hour: Int
        var minute: Int
        var second: Int
        var weekday: Int
        var dayOfYear: Int

        /// Days to dates as by Hinnant's `civil_from_days`.
        init(seconds: Int64) {
            let days = Int(seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400)
            let rest = Int(seconds) - days * 86400
            (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60)
            weekday = ((days + 4) % 7 + 7) % 7
            let shifted = days + 719_468
            let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
            let dayOfEra = shifted - era * 146_097
            let yearOfEra =
                (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
            let dayOfMarchYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
            let shiftedMonth = (5 * dayOfMarchYear + 2) / 153
            day = dayOfMarchYear - (153 * shiftedMonth + 2) / 5 + 1
            month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
            year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            dayOfYear =
                dayOfMarchYear >= 306
                ? dayOfMarchYear - 305 : dayOfMarchYear + 60 + (isLeap ? 1 : 0)
        }

        func write(_ field: UInt8, into buffer: inout ByteBuffer) {
            switch Character(UnicodeScalar(field)) {
            case "Y": buffer.append(decimal: year)
            case "C": buffer.append(decimal: year / 100, digits: 2)
            case "m": buffer.append(decimal: month, digits: 2)
            case "d": buffer.append(decimal: day, digits: 2)
            case "e": padded(day, into: &buffer)
            case "H": buffer.append(decimal: hour, digits: 2)
            case "k": padded(hour, into: &buffer)
            case "I": buffer.append(decimal: (hour + 11) % 12 + 1, digits: 2)
            case "l": padded((hour + 11) % 12 + 1, into: &buffer)
            case "M": buffer.append(decimal: minute, digits: 2)
            case "S": buffer.append(decimal: second, digits: 2)
            case "y": buffer.append(decimal: year % 100, digits: 2)
            case "j": buffer.append(decimal: dayOfYear, digits: 3)
            case "p": buffer.append(hour < 12 ? "AM" : "PM")
            case "u": buffer.append(decimal: weekday == 0 ? 7 : weekday)
            case "w": buffer.append(decimal: weekday)
            case "a": short(TimeFormat.days[weekday], into: &buffer)
            case "A": buffer.append(TimeFormat.days[weekday])
            case "b", "h": short(TimeFormat.months[month - 1], into: &buffer)
            case "B": buffer.append(TimeFormat.months[month - 1])
            case "T": several("HMS", ":", into: &buffer)
            case "R": several("HM", ":", into: &buffer)
            case "F": several("Ymd", "-", into: &buffer)
            case "D": several("mdy", "/", into: &buffer)
            case "c": several("abeTY", " ", into: &buffer)
            case "z": buffer.append("+0000")
            case "Z": buffer.append("UTC")
            case "n": buffer.append(byte: 0x0A)
            case "t": buffer.append(byte: 0x09)
            default: break
            }
        }

        private func several(
            _ fields: StaticString,
            _ between: StaticString,
            into buffer: inout ByteBuffer
        ) {
            for index in 0..<fields.utf8CodeUnitCount {
                if index > 0 { buffer.append(between) }
                write(unsafe fields.utf8Start[index], into: &buffer)
            }
        }

        private func padded(_ number: Int, into buffer: inout ByteBuffer) {
            if number < 10 { buffer.append(byte: 0x20) }
            buffer.append(decimal: number)
        }

        private func short(_ name: StaticString, into buffer: inout ByteBuffer) {
            for index in 0..<3 { buffer.append(byte: unsafe name.utf8Start[index]) }
        }
    }
}

extension ByteBuffer {
    fileprivate mutating func append(decimal number: Int, digits: Int) {
        append(decimal: UInt(number.magnitude), digits: digits)
    }
}
