/// SeaHash (ticki/tfs, `seahash`), with its usual seeds.
enum SeaHash {
    private static func diffuse(_ value: UInt64) -> UInt64 {
        var x = value &* 0x6EED_0E9D_A4D9_4A4F
        x ^= (x >> 32) >> (x >> 60)
        return x &* 0x6EED_0E9D_A4D9_4A4F
    }

    /// The hash of some bytes.
    static func hash(_ bytes: [UInt8]) -> UInt64 {
        var (a, b, c, d): (UInt64, UInt64, UInt64, UInt64) = (
            0x16F1_1FE8_9B0D_677C, 0xB480_A793_D8E6_C86C, 0x6FE2_E5AA_F078_EBC9,
            0x14F9_94A4_C525_9381
        )
        var place = 0
        while place < bytes.count {
            let end = min(place + 8, bytes.count)
            let word = (place..<end).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[$1]) }
            (a, b, c, d) = (b, c, d, diffuse(a ^ word))
            place = end
        }
        return diffuse(a ^ b ^ c ^ d ^ UInt64(bytes.count))
    }
}
