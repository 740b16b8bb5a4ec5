import Basics
import Formats
import Records

/// Numbers, truths and times as texts, in the words that scripts see.
enum Scalars {
    /// The bytes of `true` and of `false`.
    static let yes = Array("true".utf8)
    static let no = Array("false".utf8)

    /// `true`, `yes`, `t`, `y`, their opposites, in any case, and whole numbers.
    static func boolean(_ text: String) throws(FunctionError) -> Bool {
        switch text.lowercased() {
        case "true", "t", "yes", "y": return true
        case "false", "f", "no", "n", "0": return false
        default:
            guard let number = Int64(text) else {
                throw FunctionError("Invalid boolean value \(quoted(text))")
            }
            return number != 0
        }
    }

    /// A whole number of at most 18 digits; nil for everything else.
    static func shortInteger(_ bytes: Span<UInt8>) -> Int64? {
        guard !bytes.isEmpty else { return nil }
        let isNegative = bytes[0] == 0x2D
        let start = isNegative ? 1 : 0
        guard (1...18).contains(bytes.count - start) else { return nil }
        var number: Int64 = 0
        for index in start..<bytes.count {
            guard (0x30...0x39).contains(bytes[index]) else { return nil }
            number = number * 10 + Int64(bytes[index] - 0x30)
        }
        return isNegative ? -number : number
    }

    /// A number of at most 15 digits with a dot between them; nil for everything else.
    ///
    /// Digits and the power of ten that they are divided by are exact, so the result is the nearest there is.
    static func shortDecimal(_ bytes: Span<UInt8>) -> Double? {
        guard !bytes.isEmpty, bytes.count <= 17 else { return nil }
        let isNegative = bytes[0] == 0x2D
        var digits = 0
        var fraction: Int?
        var mantissa: Int64 = 0
        for index in (isNegative ? 1 : 0)..<bytes.count {
            let byte = bytes[index]
            if byte == 0x2E {
                guard fraction == nil, digits > 0 else { return nil }
                fraction = 0
                continue
            }
            guard (0x30...0x39).contains(byte) else { return nil }
            digits += 1
            mantissa = mantissa * 10 + Int64(byte - 0x30)
            if let count = fraction { fraction = count + 1 }
        }
        guard digits <= 15, digits > 0, fraction != 0 else { return nil }
        var power = 1.0
        for _ in 0..<(fraction ?? 0) { power *= 10 }
        let number = Double(mantissa) / power
        return isNegative ? -number : number
    }

    /// A number, as Rust reads it.
    static func float(_ text: String) throws(FunctionError) -> Double {
        guard let number = decimal(text) else {
            let reason =
                text.isEmpty ? "cannot parse float from empty string" : "invalid float literal"
            throw FunctionError("Invalid floating point number \(quoted(text)): \(reason)")
        }
        guard !number.isNaN else { throw FunctionError("NaN number not supported \(quoted(text))") }
        return number
    }

    /// A number of digits, dot and exponent, `inf`, `infinity` or `nan`; nil for anything else.
    static func decimal(_ text: String) -> Double? {
        let bytes = Array(text.utf8)
        var rest = bytes[...]
        if rest.first == 0x2B || rest.first == 0x2D { rest = rest.dropFirst() }
        let word = String(decoding: rest, as: UTF8.self).lowercased()
        if ["inf", "infinity", "nan"].contains(word) {
            let number: Double = word == "nan" ? .nan : .infinity
            return bytes.first == 0x2D ? -number : number
        }
        let isPlain = rest.allSatisfy { byte in
            (0x30...0x39).contains(byte) || [0x2E, 0x65, 0x45, 0x2B, 0x2D].contains(byte)
        }
        guard isPlain, rest.contains(where: { (0x30...0x39).contains($0) }),
            rest.first != 0x65, rest.first != 0x45
        else { return nil }
        // Swift wants digits on both sides of a dot.
        var full = String(decoding: bytes, as: UTF8.self)
        if rest.first == 0x2E { full = (bytes.first == 0x2D ? "-0" : "0") + word }
        if full.hasSuffix(".") { full += "0" }
        if let dot = full.firstIndex(of: "."), full.index(after: dot) < full.endIndex,
            full[full.index(after: dot)].lowercased() == "e"
        {
            full.insert("0", at: full.index(after: dot))
        }
        return Double(full)
    }

    /// A whole number in a base from 2 to 36, as Rust reads it.
    static func integer(_ text: some StringProtocol, base: Int) throws(FunctionError) -> Int64 {
        guard !text.isEmpty else {
            throw FunctionError("cannot parse integer from empty string")
        }
        if let number = Int64(text, radix: base) { return number }
        let digits = text.first == "-" || text.first == "+" ? text.dropFirst() : text[...]
        let isNumber =
            !digits.isEmpty
            && digits.utf8.allSatisfy { byte in
                let folded = byte | 0x20
                let digit =
                    (0x30...0x39).contains(byte)
                    ? Int(byte) - 0x30
                    : (0x61...0x7A).contains(folded) ? Int(folded) - 0x57 : 99
                return digit < base
            }
        guard isNumber else { throw FunctionError("invalid digit found in string") }
        let side = text.first == "-" ? "small" : "large"
        throw FunctionError("number too \(side) to fit in target type")
    }

    /// A number without its fraction, brought into the range of whole numbers.
    static func whole(_ number: Double) -> Int64 {
        if number.isNaN { return 0 }
        return Int64(exactly: number.rounded(.towardZero)) ?? (number < 0 ? .min : .max)
    }

    /// A number in digits, never with an exponent: `1`, `20.5`.
    static func plain(_ number: Double) -> String {
        if number.isInfinite { return number < 0 ? "-inf" : "inf" }
        let text = "\(number)"
        guard let mark = text.firstIndex(where: { $0 == "e" }) else {
            return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
        }
        let exponent = Int(text[text.index(after: mark)...]) ?? 0
        let isNegative = text.first == "-"
        let mantissa = text[..<mark].drop { $0 == "-" }
        let parts = mantissa.split(separator: ".")
        let digits = String(parts[0] + (parts.count > 1 && parts[1] != "0" ? parts[1] : ""))
        let point = parts[0].count + exponent
        let plain: String
        if point <= 0 {
            plain = "0." + String(repeating: "0", count: -point) + digits
        } else if point >= digits.count {
            plain = digits + String(repeating: "0", count: point - digits.count)
        } else {
            plain = digits.prefix(point) + "." + digits.dropFirst(point)
        }
        return (isNegative ? "-" : "") + plain
    }

    /// A time in RFC 3339 with no, three, six or nine digits of the second, as many as it needs.
    static func text(of stamp: Timestamp) -> String {
        let nanos = stamp.nanoseconds &- stamp.seconds &* 1_000_000_000
        if nanos == 0 { return stamp.rfc3339 }
        if nanos % 1_000_000 == 0 { return String(stamp.rfc3339Nano.dropLast(7)) + "Z" }
        return nanos % 1000 == 0 ? stamp.rfc3339Micro : stamp.rfc3339Nano
    }

    /// A text in quotes, as Rust shows it when it hunts mistakes.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for character in text.unicodeScalars {
            switch character {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default: result.unicodeScalars.append(character)
            }
        }
        return result + "\""
    }
}
