/// Bytes appended to bytes.
extension [UInt8] {
    /// Appends a part of other bytes.
    @inline(__always)
    mutating func append(_ bytes: [UInt8], _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe append(contentsOf: UnsafeBufferPointer(rebasing: buffer[range]))
        }
    }

    /// Appends a span.
    @inline(__always)
    mutating func append(_ span: Span<UInt8>) {
        unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// Appends the UTF-8 of a text.
    @inline(__always)
    mutating func append(text: String) {
        append(contentsOf: text.utf8)
    }

    /// Appends a number in decimal.
    mutating func append(decimal number: Int64) {
        if number < 0 { append(0x2D) }
        var digits = InlineArray<20, UInt8>(repeating: 0x30)
        var first = 20
        var rest = number.magnitude
        repeat {
            let (tens, ones) = rest.quotientAndRemainder(dividingBy: 10)
            first &-= 1
            digits[first] = 0x30 &+ UInt8(truncatingIfNeeded: ones)
            rest = tens
        } while rest != 0
        for index in first..<20 { append(digits[index]) }
    }

    /// Appends a number of exactly so many digits, with zeros in front.
    @inline(__always)
    mutating func append(_ number: Int, digits: Int) {
        var divisor = 1
        for _ in 1..<Swift.max(digits, 1) { divisor &*= 10 }
        while divisor > 0 {
            append(0x30 &+ UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
    }
}
