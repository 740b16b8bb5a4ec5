/// FNV-1a, 64 bits: the same for the same bytes in every process.
///
/// Source: draft-eastlake-fnv.
enum StableHash {
    /// The hash of bytes.
    static func of(_ bytes: Span<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for place in 0..<bytes.count {
            hash = (hash ^ UInt64(bytes[place])) &* 0x100_0000_01B3
        }
        return hash
    }
}
