extension Quantity {
    /// Reads a quantity: a decimal number with an optional sign, then a suffix.
    ///
    /// The suffix is one of `n u m k M G T P E`, `Ki Mi Gi Ti Pi Ei`, or `e` or `E` and an integer.
    ///
    /// - Throws: why the text is no quantity.
    public init(_ text: String) throws(FormatError) {
        guard text.utf8.count <= 200 else {
            throw FormatError("a quantity has at most 200 characters")
        }
        var rest = Array(text.utf8)[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        var number = Self.decimal(&rest)
        guard number.isNumber else { throw Self.bad(text) }
        let suffix = String(decoding: rest, as: UTF8.self)
        var multiplier: Int128 = 1
        var format = Format.decimalSI
        if let power = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].firstIndex(of: suffix) {
            multiplier = 1 << (10 * Int128(power + 1))
            format = .binarySI
        } else if let index = Self.decimalSuffixes.firstIndex(of: suffix) {
            number.point += (index - 3) * 3
        } else if rest.count > 1, rest.first == 0x65 || rest.first == 0x45,
            let exponent = Int(String(decoding: rest.dropFirst(), as: UTF8.self)),
            exponent.magnitude < 10_000
        {
            number.point += exponent
            format = .decimalExponent
        } else {
            throw Self.bad(text)
        }
        let nanos = number.nanos(times: multiplier)
        self.init(nanos: isNegative ? -nanos : nanos, format: format)
    }

    /// Reads a quantity from a JSON string or number.
    ///
    /// - Throws: why the value is no quantity.
    public init(json: JSON) throws(FormatError) {
        switch json {
        case .string(let text): try self.init(text)
        case .int, .double: try self.init(json.text())
        default: throw FormatError("a quantity is expected, such as 500m or 1Gi")
        }
    }

    private static func bad(_ text: String) -> FormatError {
        FormatError(
            "\"\(text)\" is not a quantity",
            remedy: "write a number like 500m, 1.5 or 256Mi"
        )
    }

    /// Digits with the decimal point after the first `point` of them (may lie outside).
    private struct Decimal {
        var digits: [Int128] = []
        var point = 0
        var isNumber: Bool { !digits.isEmpty }

        /// The number times 10⁹ times `multiplier` (at most 2⁶⁰), rounded up, capped.
        func nanos(times multiplier: Int128) -> Int128 {
            let limit = Int128(Int64.max) * 1_000_000_000
            var whole: Int128 = 0
            for index in 0..<max(point, 0) {
                whole = whole * 10 + (index < digits.count ? digits[index] : 0)
                if whole > Int128(Int64.max) { return limit }
            }
            guard whole * multiplier <= Int128(Int64.max) else { return limit }
            // 18 digits of the fraction are exact; anything after them rounds up.
            var fraction: Int128 = 0
            for index in point..<point + 18 {
                fraction = fraction * 10 + (digits.indices.contains(index) ? digits[index] : 0)
            }
            let tail = digits.indices.contains { $0 >= point + 18 && digits[$0] != 0 }
            let product = fraction * multiplier
            let isExact = product % 1_000_000_000 == 0 && !tail
            return whole * multiplier * 1_000_000_000 + product / 1_000_000_000
                + (isExact ? 0 : 1)
        }
    }

    private static func decimal(_ rest: inout ArraySlice<UInt8>) -> Decimal {
        var number = Decimal()
        var seenPoint = false
        while let byte = rest.first {
            if byte == UInt8(ascii: "."), !seenPoint {
                seenPoint = true
            } else if byte &- UInt8(ascii: "0") < 10 {
                number.digits.append(Int128(byte - UInt8(ascii: "0")))
                if !seenPoint { number.point += 1 }
            } else {
                break
            }
            rest = rest.dropFirst()
        }
        return number
    }
}
