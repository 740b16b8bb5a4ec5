import Basics

/// A type that a parser gives to a field: Fluent Bit's `integer float bool string hex`, and Fluentd's
/// `time:FORMAT` and `array:,` besides.
enum FieldType: Sendable, Hashable {
    case integer
    case float
    case boolean
    case text
    case hexadecimal
    case time(StrptimeFormat?)
    case array([UInt8])

    /// The type of a name; nil if there is none.
    init?(_ name: String) throws(TimeMistake) {
        let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let rest = parts.count > 1 ? String(parts[1]) : nil
        switch parts[0].lowercased() {
        case "integer", "int": self = .integer
        case "float": self = .float
        case "bool", "boolean": self = .boolean
        case "string": self = .text
        case "hex": self = .hexadecimal
        case "array": self = .array(Array((rest ?? ",").utf8))
        case "time":
            guard let rest, !rest.isEmpty else {
                self = .time(nil)
                return
            }
            self = .time(try StrptimeFormat(rest))
        default: return nil
        }
    }

    /// The value of a text; a text that is none of the type stays a text.
    func value(of text: Bytes, now: Timestamp, zone: Zone) -> Value {
        switch self {
        case .text: return .bytes(text)
        case .integer: return .integer(Self.integer(text.array))
        case .hexadecimal: return Self.hexadecimal(text.array)
        case .float: return .float(Self.float(text.array))
        case .boolean: return Self.boolean(text)
        case .time(let format):
            let time =
                format.map { $0.parse(text.span, now: now, zone: zone) }
                ?? (try? Timestamp(rfc3339: text.span))
            return time.map { .timestamp($0) } ?? .bytes(text)
        case .array(let delimiter):
            guard let first = delimiter.first else { return .array([.bytes(text)]) }
            let parts = text.array.split(separator: first, omittingEmptySubsequences: false)
            return .array(parts.map { .bytes(Bytes(Array($0))) })
        }
    }

    /// As C's `atoll`: the digits at the beginning, zero if there are none.
    static func integer(_ bytes: [UInt8]) -> Int64 {
        var at = bytes.firstIndex { !$0.isSpace } ?? bytes.count
        var isNegative = false
        if at < bytes.count, bytes[at] == 0x2D || bytes[at] == 0x2B {
            isNegative = bytes[at] == 0x2D
            at += 1
        }
        var value: Int64 = 0
        while at < bytes.count, bytes[at].isDigit {
            let digit = Int64(bytes[at] &- 0x30)
            let (tens, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) =
                isNegative
                ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
            guard !over, !carry else { return isNegative ? .min : .max }
            value = sum
            at += 1
        }
        return value
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> Value {
        var rest = bytes.drop { $0.isSpace }
        if rest.starts(with: [0x30, 0x78]) || rest.starts(with: [0x30, 0x58]) {
            rest = rest.dropFirst(2)
        }
        var value: UInt64 = 0
        for byte in rest {
            guard let digit = byte.hexValue else { break }
            guard value >> 60 == 0 else { return .float(Double(UInt64.max)) }
            value = value << 4 | UInt64(digit)
        }
        return Int64(exactly: value).map { .integer($0) } ?? .float(Double(value))
    }

    /// As C's `atof`: the number at the beginning, zero if there is none.
    private static func float(_ bytes: [UInt8]) -> Double {
        let text = bytes.drop { $0.isSpace }
        var end = text.startIndex
        var hasExponent = false
        while end < text.endIndex {
            let byte = text[end]
            let isSign = byte == 0x2D || byte == 0x2B
            let isExponent = byte | 0x20 == 0x65 && !hasExponent && end > text.startIndex
            guard
                byte.isDigit || byte == 0x2E || isExponent
                    || isSign && (end == text.startIndex || text[end - 1] | 0x20 == 0x65)
            else { break }
            if isExponent { hasExponent = true }
            end += 1
        }
        while end > text.startIndex {
            let part = String(decoding: text[text.startIndex..<end], as: UTF8.self)
            if let number = Double(part) { return number.isFinite ? number : 0 }
            // `1e` and `1.` and `1.2.3` begin with numbers.
            end -= 1
        }
        return 0
    }

    private static func boolean(_ text: Bytes) -> Value {
        let folded = text.array.prefix(5).map(\.asciiFolded)
        if folded.starts(with: "true".utf8) || folded.elementsEqual("yes".utf8)
            || folded.elementsEqual("1".utf8)
        {
            return .boolean(true)
        }
        if folded.starts(with: "false".utf8) || folded.elementsEqual("no".utf8)
            || folded.elementsEqual("0".utf8)
        {
            return .boolean(false)
        }
        return .bytes(text)
    }
}
