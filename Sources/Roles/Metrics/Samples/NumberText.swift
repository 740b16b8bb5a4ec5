/// The text of a number in four words of memory: made without arrays and strings, eight digits at a time.
///
/// It is what Prometheus and OpenMetrics read: `17`, `0.25`, `1e+21`, `NaN`, `+Inf`; a number is told apart from all
/// others by its text, which is the shortest that does so.
struct NumberText {
    /// How many bytes it can have: those of `-1.2345678901234567e-300`, and some.
    static let room = 32

    private var words: InlineArray<4, UInt64> = [0, 0, 0, 0]
    private(set) var count = 0

    /// Writes a number.
    @inline(__always)
    init(_ value: Double) {
        if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 {
            self.init(whole)
        } else {
            self.init(other: value)
        }
    }

    /// Writes a whole number.
    @inline(__always)
    init(_ value: Int64) {
        if value < 0 { append(0x2D, 1) }
        append(whole: value.magnitude)
    }

    private init(other value: Double) {
        if let decimal = ShortDecimal(value.magnitude) {
            if value < 0 { append(0x2D, 1) }
            append(decimal.digits, places: decimal.places)
        } else if value.isNaN {
            append(0x4E_614E, 3)
        } else if value.isInfinite {
            append(value < 0 ? 0x66_6E49_2D : 0x66_6E49_2B, 4)
        } else {
            append(value.description)
        }
    }

    private mutating func append(_ text: String) {
        let view = text.utf8
        let bytes = unsafe view.span.bytes
        var place = 0
        while place &+ 8 <= bytes.byteCount {
            append(bytes.word(at: place), 8)
            place &+= 8
        }
        while place < bytes.byteCount {
            append(UInt64(bytes.byte(at: place)), 1)
            place &+= 1
        }
    }

    /// A byte of it.
    subscript(_ place: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: words[place &>> 3] &>> UInt64((place & 7) &* 8))
    }

    /// Writes it, and nothing behind it.
    @inline(__always)
    func write(to bytes: inout MutableRawSpan, at place: Int) {
        var (index, place, rest) = (0, place, count)
        // Whole words, the last of them with the bytes that stand behind the text.
        while rest > 0, place &+ 8 <= bytes.byteCount {
            var word = words[index]
            if rest < 8 {
                let kept = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self)
                word |= kept & (~0 &<< UInt64(rest &* 8))
            }
            bytes.storeBytes(of: word, toByteOffset: place, as: UInt64.self)
            (index, place, rest) = (index &+ 1, place &+ 8, rest &- 8)
        }
        while rest > 0 {
            bytes.storeBytes(of: self[count &- rest], toByteOffset: place, as: UInt8.self)
            (place, rest) = (place &+ 1, rest &- 1)
        }
    }

    /// Writes it, and whatever over `room` bytes: for who writes on behind it.
    @inline(__always)
    func writeFreely(to bytes: inout MutableRawSpan, at place: Int) {
        for index in 0..<4 {
            bytes.storeBytes(of: words[index], toByteOffset: place &+ index &* 8, as: UInt64.self)
        }
    }

    /// Writes digits, of which so many stand behind the point.
    @inline(__always)
    private mutating func append(_ digits: UInt64, places: Int) {
        guard places < ShortDecimal.powers.count else {
            append(0x2E30, 2)
            return append(fraction: digits, places: places)
        }
        let (whole, rest) = digits.quotientAndRemainder(dividingBy: ShortDecimal.powers[places])
        append(whole: whole)
        guard places < 8 else {
            append(0x2E, 1)
            return append(fraction: rest, places: places)
        }
        // The point and all places are one word.
        let digits = Self.eight(rest) &>> UInt64((8 &- places) &* 8)
        append(0x2E | digits &<< 8, places &+ 1)
    }

    /// Writes places behind the point eight at a time, the first of them fewer.
    private mutating func append(fraction: UInt64, places: Int) {
        var (part, left) = (fraction, places)
        while left > 0 {
            let length = (left &- 1) & 7 &+ 1
            left &-= length
            let power = left < ShortDecimal.powers.count ? ShortDecimal.powers[left] : .max
            let (digits, rest) = part.quotientAndRemainder(dividingBy: power)
            append(Self.eight(digits) &>> UInt64((8 &- length) &* 8), length)
            part = rest
        }
    }

    @inline(__always)
    private mutating func append(whole value: UInt64) {
        if value < 100_000_000 { return appendFirst(value) }
        let (high, low) = value.quotientAndRemainder(dividingBy: 100_000_000)
        appendHigh(high)
        append(Self.eight(low), 8)
    }

    private mutating func appendHigh(_ value: UInt64) {
        if value < 100_000_000 { return appendFirst(value) }
        let (high, low) = value.quotientAndRemainder(dividingBy: 100_000_000)
        appendFirst(high)
        append(Self.eight(low), 8)
    }

    /// Appends a number of at most eight digits without zeros before it.
    @inline(__always)
    private mutating func appendFirst(_ value: UInt64) {
        let digits = Self.eight(value)
        // Each digit has the bits of its figure in its low half; the last digit stands also if it is zero.
        let zeros = min(7, (digits & 0x0F0F_0F0F_0F0F_0F0F).trailingZeroBitCount &>> 3)
        append(digits &>> UInt64(zeros &* 8), 8 &- zeros)
    }

    /// The eight digits of a number below 100,000,000, the first in the lowest byte.
    ///
    /// Four digits, then two, then one are taken apart at once in the lanes of one word.
    @inline(__always)
    private static func eight(_ value: UInt64) -> UInt64 {
        let fours = value / 10_000 | (value % 10_000) &<< 32
        let hundreds = ((fours &* 10_486) &>> 20) & 0x0000_007F_0000_007F
        let twos = hundreds | (fours &- hundreds &* 100) &<< 16
        let tens = ((twos &* 103) &>> 10) & 0x000F_000F_000F_000F
        let ones = tens | (twos &- tens &* 10) &<< 8
        return ones | 0x3030_3030_3030_3030
    }

    /// Appends at most eight bytes, the first in the lowest bits; the others are zero.
    @inline(__always)
    private mutating func append(_ word: UInt64, _ length: Int) {
        let index = count &>> 3
        let shift = UInt64((count & 7) &* 8)
        words[index] |= word &<< shift
        // Twice, for a word cannot be shifted by its whole length.
        words[index &+ 1] |= (word &>> 8) &>> (56 &- shift)
        count &+= length
    }
}
