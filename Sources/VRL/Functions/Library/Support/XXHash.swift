/// xxHash with 32 and 64 bits (Cyan4973/xxHash, `xxhash_spec.md`), without a seed.
enum XXHash {
    private static func word32(_ bytes: [UInt8], _ place: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << (8 * $1) }
    }

    private static func word64(_ bytes: [UInt8], _ place: Int) -> UInt64 {
        UInt64(word32(bytes, place)) | UInt64(word32(bytes, place + 4)) << 32
    }

    private static func rotated<N: FixedWidthInteger>(_ value: N, _ count: Int) -> N {
        value << count | value >> (N.bitWidth - count)
    }

    /// 32 bits.
    static func hash32(_ bytes: [UInt8]) -> UInt32 {
        let (p1, p2, p3): (UInt32, UInt32, UInt32) = (0x9E37_79B1, 0x85EB_CA77, 0xC2B2_AE3D)
        let (p4, p5): (UInt32, UInt32) = (0x27D4_EB2F, 0x1656_67B1)
        var place = 0
        var sum = p5
        if bytes.count >= 16 {
            var lanes: [UInt32] = [p1 &+ p2, p2, 0, 0 &- p1]
            while place + 16 <= bytes.count {
                for lane in 0..<4 {
                    let word = word32(bytes, place + 4 * lane)
                    lanes[lane] = rotated(lanes[lane] &+ word &* p2, 13) &* p1
                }
                place += 16
            }
            sum =
                rotated(lanes[0], 1) &+ rotated(lanes[1], 7) &+ rotated(lanes[2], 12)
                &+ rotated(lanes[3], 18)
        }
        sum = sum &+ UInt32(truncatingIfNeeded: bytes.count)
        while place + 4 <= bytes.count {
            sum = rotated(sum &+ word32(bytes, place) &* p3, 17) &* p4
            place += 4
        }
        for byte in bytes[place...] { sum = rotated(sum &+ UInt32(byte) &* p5, 11) &* p1 }
        sum = (sum ^ sum >> 15) &* p2
        sum = (sum ^ sum >> 13) &* p3
        return sum ^ sum >> 16
    }

    /// 64 bits.
    static func hash64(_ bytes: [UInt8]) -> UInt64 {
        let p1: UInt64 = 0x9E37_79B1_85EB_CA87
        let p2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
        let p3: UInt64 = 0x1656_67B1_9E37_79F9
        let p4: UInt64 = 0x85EB_CA77_C2B2_AE63
        let p5: UInt64 = 0x27D4_EB2F_1656_67C5
        func round(_ sum: UInt64, _ word: UInt64) -> UInt64 { rotated(sum &+ word &* p2, 31) &* p1 }
        var place = 0
        var sum = p5
        if bytes.count >= 32 {
            var lanes: [UInt64] = [p1 &+ p2, p2, 0, 0 &- p1]
            while place + 32 <= bytes.count {
                for lane in 0..<4 {
                    lanes[lane] = round(lanes[lane], word64(bytes, place + 8 * lane))
                }
                place += 32
            }
            sum =
                rotated(lanes[0], 1) &+ rotated(lanes[1], 7) &+ rotated(lanes[2], 12)
                &+ rotated(lanes[3], 18)
            for lane in lanes { sum = (sum ^ round(0, lane)) &* p1 &+ p4 }
        }
        sum = sum &+ UInt64(bytes.count)
        while place + 8 <= bytes.count {
            sum = rotated(sum ^ round(0, word64(bytes, place)), 27) &* p1 &+ p4
            place += 8
        }
        if place + 4 <= bytes.count {
            sum = rotated(sum ^ UInt64(word32(bytes, place)) &* p1, 23) &* p2 &+ p3
            place += 4
        }
        for byte in bytes[place...] { sum = rotated(sum ^ UInt64(byte) &* p5, 11) &* p1 }
        sum = (sum ^ sum >> 33) &* p2
        sum = (sum ^ sum >> 29) &* p3
        return sum ^ sum >> 32
    }
}
