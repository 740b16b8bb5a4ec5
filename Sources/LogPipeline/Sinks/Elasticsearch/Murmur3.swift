/// MurmurHash3, 128 bits for 64-bit machines (public domain, Austin Appleby): what Fluent Bit makes the numbers
/// of documents with.
enum Murmur3 {
    /// The hash of bytes as two words.
    static func hash(_ bytes: Span<UInt8>, seed: UInt64) -> (UInt64, UInt64) {
        let first: UInt64 = 0x87c3_7b91_1142_53d5
        let second: UInt64 = 0x4cf5_ad43_2745_937f
        var low = seed
        var high = seed
        let blocks = bytes.count / 16
        for block in 0..<blocks {
            low ^= rotated(little(bytes, block * 16, 8) &* first, 31) &* second
            low = (rotated(low, 27) &+ high) &* 5 &+ 0x52dc_e729
            high ^= rotated(little(bytes, block * 16 + 8, 8) &* second, 33) &* first
            high = (rotated(high, 31) &+ low) &* 5 &+ 0x3849_5ab5
        }
        let rest = bytes.count - blocks * 16
        if rest > 8 {
            high ^= rotated(little(bytes, blocks * 16 + 8, rest - 8) &* second, 33) &* first
        }
        if rest > 0 {
            low ^= rotated(little(bytes, blocks * 16, min(rest, 8)) &* first, 31) &* second
        }
        low ^= UInt64(bytes.count)
        high ^= UInt64(bytes.count)
        low &+= high
        high &+= low
        low = mixed(low)
        high = mixed(high)
        low &+= high
        high &+= low
        return (low, high)
    }

    private static func little(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> UInt64 {
        var word: UInt64 = 0
        for place in 0..<count { word |= UInt64(bytes[start + place]) << UInt64(8 * place) }
        return word
    }

    private static func rotated(_ word: UInt64, _ bits: UInt64) -> UInt64 {
        word << bits | word >> (64 - bits)
    }

    private static func mixed(_ word: UInt64) -> UInt64 {
        var word = word
        word ^= word >> 33
        word &*= 0xff51_afd7_ed55_8ccd
        word ^= word >> 33
        word &*= 0xc4ce_b9fe_1a85_ec53
        return word ^ word >> 33
    }
}
