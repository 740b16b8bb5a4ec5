/// Numbers in decimal, appended to bytes.
enum NumberText {
    /// Appends a whole number.
    static func append(_ number: Int64, to output: inout [UInt8]) {
        if number < 0 { output.append(0x2D) }
        append(number.magnitude, to: &output)
    }

    static func append(_ number: UInt64, to output: inout [UInt8]) {
        var digits = InlineArray<20, UInt8>(repeating: 0x30)
        var first = 20
        var rest = number
        repeat {
            let (tens, ones) = rest.quotientAndRemainder(dividingBy: 10)
            first &-= 1
            digits[first] = 0x30 &+ UInt8(truncatingIfNeeded: ones)
            rest = tens
        } while rest != 0
        unsafe digits.span.withUnsafeBytes { all in
            unsafe output.append(contentsOf: UnsafeRawBufferPointer(rebasing: all[first...]))
        }
    }

    /// Appends a number with zeros in front, so that it has a width.
    static func append(
        _ number: Int,
        width: Int,
        pad: UInt8 = 0x30,
        to output: inout [UInt8]
    ) {
        var limit = 10
        var digits = 1
        let magnitude = Int(clamping: number.magnitude)
        while digits < 18, magnitude >= limit {
            limit *= 10
            digits += 1
        }
        if number < 0 { output.append(0x2D) }
        var missing = width - digits
        while missing > 0 {
            output.append(pad)
            missing -= 1
        }
        append(number.magnitude, to: &output)
    }

    private static func append(_ number: UInt, to output: inout [UInt8]) {
        append(UInt64(number), to: &output)
    }

    /// Appends a float as serde_json writes it: the shortest digits that read back as the number, with a
    /// point or an exponent (`1.0`, `1e16`, `1e-7`); what is not finite becomes `null`.
    static func append(_ number: Double, to output: inout [UInt8]) {
        guard number.isFinite else {
            output.append(contentsOf: "null".utf8)
            return
        }
        if number.sign == .minus { output.append(0x2D) }
        let (digits, point) = shortest(number.magnitude)
        switch point {
        case _ where point >= digits.count && point <= 16:
            output.append(contentsOf: digits)
            output.append(contentsOf: repeatElement(0x30, count: point - digits.count))
            output.append(0x2E)
            output.append(0x30)
        case 1...16:
            output.append(contentsOf: digits[..<point])
            output.append(0x2E)
            output.append(contentsOf: digits[point...])
        case -4...0:
            output.append(0x30)
            output.append(0x2E)
            output.append(contentsOf: repeatElement(0x30, count: -point))
            output.append(contentsOf: digits)
        default:
            output.append(digits[0])
            if digits.count > 1 {
                output.append(0x2E)
                output.append(contentsOf: digits[1...])
            }
            output.append(UInt8(ascii: "e"))
            append(Int64(point - 1), to: &output)
        }
    }

    /// The digits of a number without zeros at the ends, and where the point stands among them.
    private static func shortest(_ number: Double) -> (digits: [UInt8], point: Int) {
        if number == 0 { return ([0x30], 1) }
        var digits: [UInt8] = []
        var point: Int?
        var exponent = 0
        var isExponent = false
        var isNegative = false
        for byte in number.description.utf8 {
            switch byte {
            case 0x2E: point = digits.count
            case 0x65: isExponent = true
            case 0x2D: isNegative = true
            case 0x30...0x39 where isExponent: exponent = exponent * 10 + Int(byte - 0x30)
            case 0x30...0x39: digits.append(byte)
            default: break
            }
        }
        var place = (point ?? digits.count) + (isNegative ? -exponent : exponent)
        while digits.count > 1, digits.last == 0x30 { digits.removeLast() }
        let zeros = digits.prefix { $0 == 0x30 }.count
        digits.removeFirst(zeros)
        place -= zeros
        return (digits, place)
    }
}
