/// A hash of bytes for tables in memory (FNV-1a over eight bytes at a time, mixed at the end).
///
/// Not kept anywhere and not safe against peers who choose keys on purpose: tables that use it have a limit.
struct ByteHash {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    /// Adds some bytes of an array.
    @inline(__always)
    mutating func add(_ bytes: [UInt8], _ range: Range<Int>) {
        let bytes = unsafe bytes.span.bytes
        var place = range.lowerBound
        while place &+ 8 <= range.upperBound {
            state = (state ^ bytes.word(at: place)) &* 0x9E37_79B9_7F4A_7C15
            state ^= state &>> 29
            place &+= 8
        }
        while place < range.upperBound {
            state = (state ^ UInt64(bytes.byte(at: place))) &* 0x0000_0100_0000_01B3
            place &+= 1
        }
    }

    /// Adds a number.
    @inline(__always)
    mutating func add(_ number: Int) {
        state = (state ^ UInt64(bitPattern: Int64(number))) &* 0x9E37_79B9_7F4A_7C15
    }

    /// The hash of what was added.
    var value: UInt64 {
        var mixed = state
        mixed = (mixed ^ (mixed &>> 32)) &* 0xD6E8_FEB8_6659_FD93
        return mixed ^ (mixed &>> 32)
    }

    /// The hash of a whole array.
    static func of(_ bytes: [UInt8]) -> UInt64 {
        var hash = ByteHash()
        hash.add(bytes, 0..<bytes.count)
        return hash.value
    }
}
