/// Numbers as texts: read without making strings, written as Prometheus reads them.
enum DecimalNumber {
    /// Powers of ten that a double holds exactly.
    private static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    /// Reads a number that fills a range: digits, fraction, exponent, sign; also `NaN`, `Inf`, `Infinity`
    /// in any case.
    ///
    /// A number too large for a double is infinite, one too small is zero.
    static func parse(_ bytes: [UInt8], _ range: Range<Int>) -> Double? {
        var place = range.lowerBound
        let end = range.upperBound
        guard place < end else { return nil }
        var isNegative = false
        if bytes[place] == UInt8(ascii: "-") || bytes[place] == UInt8(ascii: "+") {
            isNegative = bytes[place] == UInt8(ascii: "-")
            place += 1
        }
        guard place < end else { return nil }
        if bytes[place] > UInt8(ascii: "9") { return word(bytes, place..<end, isNegative) }
        var mantissa: UInt64 = 0
        var digits = 0
        var exponent = 0
        var hasDigits = false
        var hasPoint = false
        var isExact = true
        scan: while place < end {
            let byte = bytes[place]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                hasDigits = true
                if digits < 19 {
                    mantissa = mantissa &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
                    if mantissa != 0 { digits += 1 }
                    if hasPoint { exponent -= 1 }
                } else {
                    isExact = false
                    if !hasPoint { exponent += 1 }
                }
            case UInt8(ascii: "."):
                if hasPoint { return nil }
                hasPoint = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                guard hasDigits, let given = integer(bytes, (place + 1)..<end) else { return nil }
                exponent += given
                place = end
                break scan
            default: return nil
            }
            place += 1
        }
        guard hasDigits else { return nil }
        if isExact, mantissa < 1 << 53, abs(exponent) <= 22 {
            let number = Double(mantissa)
            let value = exponent < 0 ? number / powers[-exponent] : number * powers[exponent]
            return isNegative ? -value : value
        }
        return Double(String(decoding: bytes[range], as: UTF8.self))
    }

    /// Reads a whole number with a sign that fills a range; one that is beyond any exponent is cut.
    static func integer(_ bytes: [UInt8], _ range: Range<Int>) -> Int? {
        var place = range.lowerBound
        guard place < range.upperBound else { return nil }
        var isNegative = false
        if bytes[place] == UInt8(ascii: "-") || bytes[place] == UInt8(ascii: "+") {
            isNegative = bytes[place] == UInt8(ascii: "-")
            place += 1
        }
        guard place < range.upperBound else { return nil }
        var value = 0
        while place < range.upperBound {
            let digit = bytes[place] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = min(value * 10 + Int(digit), 1_000_000_000_000_000)
            place += 1
        }
        return isNegative ? -value : value
    }

    private static func word(_ bytes: [UInt8], _ range: Range<Int>, _ isNegative: Bool) -> Double? {
        func isWord(_ text: StaticString) -> Bool {
            guard range.count == text.utf8CodeUnitCount else { return false }
            return text.withUTF8Buffer { buffer in
                for index in 0..<range.count
                where unsafe buffer[index] != bytes[range.lowerBound + index] | 0x20 {
                    return false
                }
                return true
            }
        }
        if isWord("nan") { return .nan }
        if isWord("inf") || isWord("infinity") { return isNegative ? -.infinity : .infinity }
        return nil
    }

    /// Appends a number as Prometheus and OpenMetrics read it: `17`, `0.25`, `1e+21`, `NaN`, `+Inf`.
    static func append(_ value: Double, to bytes: inout [UInt8]) {
        append(NumberText(value), to: &bytes)
    }

    /// Appends a whole number.
    static func append(_ value: Int64, to bytes: inout [UInt8]) {
        append(NumberText(value), to: &bytes)
    }

    private static func append(_ text: NumberText, to bytes: inout [UInt8]) {
        for place in 0..<text.count { bytes.append(text[place]) }
    }

    /// The text of a number, as `append` writes it.
    static func text(_ value: Double) -> String {
        var bytes: [UInt8] = []
        append(value, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
