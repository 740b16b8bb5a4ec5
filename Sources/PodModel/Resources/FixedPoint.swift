/// The two transcendental functions that CPU weights need, without a mathematics library.
enum FixedPoint {
    /// The logarithm of a positive number to base 2, exact to 50 binary digits.
    static func log2(_ number: Int) -> Double {
        let whole = Int.bitWidth - 1 - number.leadingZeroBitCount
        var mantissa = Double(number) / Double(1 << whole)
        var result = Double(whole)
        var digit = 0.5
        for _ in 0..<50 {
            mantissa *= mantissa
            if mantissa >= 2 {
                mantissa /= 2
                result += digit
            }
            digit /= 2
        }
        return result
    }

    /// The smallest whole number that is not below 10 to that power, for powers from 0 to 4.
    static func ceilingOfPowerOf10(_ power: Double) -> Int {
        // log10(n) = log2(n) / log2(10); the search ends at the first n that is large enough.
        let bits = power * log2(10)
        var low = 1
        var high = 10_000
        while low < high {
            let middle = (low + high) / 2
            if log2(middle) >= bits - 1e-12 { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
