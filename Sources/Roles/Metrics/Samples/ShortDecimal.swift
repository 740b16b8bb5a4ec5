/// The shortest decimal fraction that is read as a double, for numbers between 0.0001 and 9007199254740992.
///
/// It is found with whole numbers only, as Raffaello Giulietti's Schubfach finds it ("The Schubfach way to render
/// doubles", 2020): of the multiples of a power of ten next to the double, the one that is rounded to it. In this range
/// the products are exact.
struct ShortDecimal {
    /// Powers of ten.
    static let powers: [UInt64] = [
        1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000,
        10_000_000_000, 100_000_000_000, 1_000_000_000_000, 10_000_000_000_000,
        100_000_000_000_000, 1_000_000_000_000_000, 10_000_000_000_000_000,
        100_000_000_000_000_000,
    ]
    /// Powers of five.
    private static let fives: [UInt64] = [
        1, 5, 25, 125, 625, 3125, 15_625, 78_125, 390_625, 1_953_125, 9_765_625, 48_828_125,
        244_140_625, 1_220_703_125, 6_103_515_625, 30_517_578_125, 152_587_890_625,
        762_939_453_125, 3_814_697_265_625, 19_073_486_328_125, 95_367_431_640_625,
    ]

    /// All digits.
    private(set) var digits: UInt64
    /// How many of them stand behind the point.
    private(set) var places: Int

    /// Finds it; `nil` for numbers out of the range and powers of two.
    ///
    /// - Precondition: The number is not whole.
    init?(_ magnitude: Double) {
        guard magnitude >= 1e-4, magnitude < 0x1p53 else { return nil }
        let fraction = magnitude.significandBitPattern
        let exponent = Int(magnitude.exponentBitPattern) &- 1075
        // The neighbours of powers of two are not at the same distance.
        guard exponent < 0, fraction != 0 else { return nil }
        // Few places are frequent: a whole number of at most 15 digits over a power of ten is the only one of that
        // length that is read as this double.
        let scaled = magnitude * 1e3 + 0.5
        if scaled < 1e15, Double(UInt64(scaled)) / 1e3 == magnitude {
            (digits, places) = (UInt64(scaled), 3)
        } else {
            (digits, places) = Self.shortest(fraction | 1 << 52, exponent)
        }
        while digits % 10 == 0 {
            digits /= 10
            places &-= 1
        }
    }

    /// The digits and places of `mantissa * 2^exponent`.
    private static func shortest(_ mantissa: UInt64, _ exponent: Int) -> (UInt64, Int) {
        // The greatest power of ten that is not above the distance to the next double.
        let places = 0 &- (exponent &* 1_262_611) &>> 22
        let isOdd = mantissa & 1
        /// Quarters of that power, rounded down to an odd number unless exact.
        func quarters(_ value: UInt64) -> UInt64 {
            let product = value.multipliedFullWidth(by: fives[places])
            let shift = UInt64(0 &- exponent &- places)
            // One half times ten is exact, and fits.
            if shift == 0 { return product.low }
            let whole = product.high &<< (64 &- shift) | product.low &>> shift
            return whole | (product.low &<< (64 &- shift) == 0 ? 0 : 1)
        }
        let middle = quarters(mantissa &* 4)
        let (low, high) = (
            quarters(mantissa &* 4 &- 2) &+ isOdd, quarters(mantissa &* 4 &+ 2) &- isOdd
        )
        let whole = middle / 4
        let tenth = whole / 10
        let isTenthIn = low <= 40 &* tenth
        let isNextTenthIn = 40 &* tenth &+ 40 <= high
        if isTenthIn != isNextTenthIn { return (tenth &+ (isTenthIn ? 0 : 1), places &- 1) }
        let isWholeIn = low <= 4 &* whole
        let isNextIn = 4 &* whole &+ 4 <= high
        if isWholeIn != isNextIn { return (whole &+ (isWholeIn ? 0 : 1), places) }
        let half = 4 &* whole &+ 2
        let isUp = middle > half || middle == half && whole & 1 == 1
        return (whole &+ (isUp ? 1 : 0), places)
    }
}
