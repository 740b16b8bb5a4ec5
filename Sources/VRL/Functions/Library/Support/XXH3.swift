/// XXH3 with 64 and 128 bits (Cyan4973/xxHash, `xxhash_spec.md`), without a seed and with the usual secret.
struct XXH3 {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    private static let secret: [UInt8] = [
        0xBE4B_A423_396C_FEB8, 0x1CAD_21F7_2C81_017C, 0xDB97_9083_E96D_D4DE,
        0x1F67_B3B7_A4A4_4072, 0x78E5_C0CC_4EE6_79CB, 0x2172_FFCC_7DD0_5A82,
        0x8E24_43F7_7446_08B8, 0x4C26_3A81_E690_35E0, 0xCB00_C391_BB52_283C,
        0xA32E_531B_8B65_D088, 0x4EF9_0DA2_9748_6471, 0xD8AC_DEA9_46EF_1938,
        0x3F34_9CE3_3F76_FAA8, 0x1D4F_0BC7_C7BB_DCF9, 0x3159_B4CD_4BE0_518A,
        0x6473_78D9_C97E_9FC8, 0xC3EB_D334_83AC_C5EA, 0xEB63_13FA_FFA0_81C5,
        0x49DA_F0B7_51DD_0D17, 0x9E68_D429_2655_16D3, 0xFCA1_477D_58BE_162B,
        0xCE31_D07A_D1B8_F88F, 0x2804_1695_8F3A_CB45, 0x7E40_4BBB_CAFB_D7AF,
    ].flatMap { (word: UInt64) in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }

    private static let p32: (UInt64, UInt64, UInt64) = (0x9E37_79B1, 0x85EB_CA77, 0xC2B2_AE3D)
    private static let p1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let p2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let p3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let p4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let p5: UInt64 = 0x27D4_EB2F_1656_67C5
    private static let mixer: UInt64 = 0x9FB2_1C65_1E98_DF25

    private static func word(_ bytes: [UInt8], _ place: Int, _ count: Int = 8) -> UInt64 {
        (0..<count).reduce(0) { $0 | UInt64(bytes[place + $1]) << (8 * $1) }
    }

    private func input(_ place: Int, _ count: Int = 8) -> UInt64 { Self.word(bytes, place, count) }

    private static func key(_ place: Int, _ count: Int = 8) -> UInt64 {
        word(secret, place, count)
    }

    /// Two words of the secret, one over the other.
    private static func keys(_ place: Int) -> UInt64 { key(place) ^ key(place + 8) }

    private static func rotated(_ value: UInt64, _ count: Int) -> UInt64 {
        value << count | value >> (64 - count)
    }

    private static func folded(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let (high, low) = left.multipliedFullWidth(by: right)
        return high ^ low
    }

    private static func avalanche(_ value: UInt64) -> UInt64 {
        let value = (value ^ value >> 37) &* 0x1656_6791_9E37_79F9
        return value ^ value >> 32
    }

    private static func olderAvalanche(_ value: UInt64) -> UInt64 {
        var value = (value ^ value >> 33) &* p2
        value = (value ^ value >> 29) &* p3
        return value ^ value >> 32
    }

    /// Sixteen bytes of the input, mixed with as many of the secret.
    private func mixed(_ place: Int, _ secret: Int) -> UInt64 {
        Self.folded(
            input(place) ^ Self.key(secret),
            input(place + 8) ^ Self.key(secret + 8)
        )
    }

    /// The few bytes of an input of one to three, in one word.
    private var few: UInt64 {
        let count = bytes.count
        return UInt64(bytes[0]) << 16 | UInt64(bytes[count / 2]) << 24 | UInt64(bytes[count - 1])
            | UInt64(count) << 8
    }

    /// 64 bits.
    var hash64: UInt64 {
        let count = bytes.count
        let length = UInt64(count)
        switch count {
        case 0: return Self.olderAvalanche(Self.keys(56))
        case 1...3: return Self.olderAvalanche(few ^ Self.key(0, 4) ^ Self.key(4, 4))
        case 4...8:
            var sum = (input(count - 4, 4) &+ input(0, 4) << 32) ^ Self.keys(8)
            sum = (sum ^ Self.rotated(sum, 49) ^ Self.rotated(sum, 24)) &* Self.mixer
            sum = (sum ^ ((sum >> 35) &+ length)) &* Self.mixer
            return sum ^ sum >> 28
        case 9...16:
            let (low, high) = (input(0) ^ Self.keys(24), input(count - 8) ^ Self.keys(40))
            return Self.avalanche(length &+ low.byteSwapped &+ high &+ Self.folded(low, high))
        case 17...128:
            var sum = length &* Self.p1
            for pair in 0...((count - 1) / 32) {
                sum &+= mixed(16 * pair, 32 * pair)
                sum &+= mixed(count - 16 * (pair + 1), 32 * pair + 16)
            }
            return Self.avalanche(sum)
        case 129...240:
            var sum = length &* Self.p1
            for part in 0..<8 { sum &+= mixed(16 * part, 16 * part) }
            sum = Self.avalanche(sum)
            for part in 8..<(count / 16) { sum &+= mixed(16 * part, 16 * (part - 8) + 3) }
            return Self.avalanche(sum &+ mixed(count - 16, 119))
        default: return Self.merged(lanes, 11, length &* Self.p1)
        }
    }

    /// 128 bits.
    var hash128: (high: UInt64, low: UInt64) {
        let count = bytes.count
        let length = UInt64(count)
        switch count {
        case 0: return (Self.olderAvalanche(Self.keys(80)), Self.olderAvalanche(Self.keys(64)))
        case 1...3:
            let swapped = UInt32(truncatingIfNeeded: few).byteSwapped
            let other = UInt64(swapped << 13 | swapped >> 19)
            return (
                Self.olderAvalanche(other ^ Self.key(8, 4) ^ Self.key(12, 4)),
                Self.olderAvalanche(few ^ Self.key(0, 4) ^ Self.key(4, 4))
            )
        case 4...8:
            let keyed = (input(0, 4) &+ input(count - 4, 4) << 32) ^ Self.keys(16)
            var (high, low) = keyed.multipliedFullWidth(by: Self.p1 &+ length << 2)
            high = high &+ low << 1
            low ^= high >> 3
            low = (low ^ low >> 35) &* Self.mixer
            return (Self.avalanche(high), low ^ low >> 28)
        case 9...16:
            let last = input(count - 8)
            var (high, low) = (input(0) ^ last ^ Self.keys(32))
                .multipliedFullWidth(by: Self.p1)
            low = low &+ (length - 1) << 54
            let keyed = last ^ Self.keys(48)
            high = high &+ keyed &+ (keyed & 0xFFFF_FFFF) &* (Self.p32.1 - 1)
            low ^= high.byteSwapped
            let product = low.multipliedFullWidth(by: Self.p2)
            return (
                Self.avalanche(product.high &+ high &* Self.p2), Self.avalanche(product.low)
            )
        case 17...240: return middling
        default:
            let lanes = lanes
            return (
                Self.merged(lanes, 117, ~(length &* Self.p2)),
                Self.merged(lanes, 11, length &* Self.p1)
            )
        }
    }

    /// 128 bits of 17 to 240 bytes.
    private var middling: (high: UInt64, low: UInt64) {
        let count = bytes.count
        let length = UInt64(count)
        var (high, low): (UInt64, UInt64) = (0, length &* Self.p1)
        func mix(_ one: Int, _ other: Int, _ secret: Int) {
            low = (low &+ mixed(one, secret)) ^ (input(other) &+ input(other + 8))
            high = (high &+ mixed(other, secret + 16)) ^ (input(one) &+ input(one + 8))
        }
        if count <= 128 {
            for pair in (0...((count - 1) / 32)).reversed() {
                mix(16 * pair, count - 16 * (pair + 1), 32 * pair)
            }
        } else {
            for part in 0..<4 { mix(32 * part, 32 * part + 16, 32 * part) }
            (high, low) = (Self.avalanche(high), Self.avalanche(low))
            for part in 4..<(count / 32) { mix(32 * part, 32 * part + 16, 32 * (part - 4) + 3) }
            mix(count - 16, count - 32, 103)
        }
        let sum = low &* Self.p1 &+ high &* Self.p4 &+ length &* Self.p2
        return (0 &- Self.avalanche(sum), Self.avalanche(low &+ high))
    }

    /// The eight sums of an input of more than 240 bytes.
    private var lanes: [UInt64] {
        var lanes = [
            Self.p32.2, Self.p1, Self.p2, Self.p3, Self.p4, Self.p32.1, Self.p5, Self.p32.0,
        ]
        func add(_ place: Int, _ secret: Int) {
            for lane in 0..<8 {
                let value = input(place + 8 * lane)
                let keyed = value ^ Self.key(secret + 8 * lane)
                lanes[lane ^ 1] &+= value
                lanes[lane] &+= (keyed & 0xFFFF_FFFF) &* (keyed >> 32)
            }
        }
        let stripes = (bytes.count - 1) / 64
        for stripe in 0..<stripes {
            add(64 * stripe, 8 * (stripe % 16))
            guard stripe % 16 == 15 else { continue }
            for lane in 0..<8 {
                let sum = lanes[lane]
                lanes[lane] = (sum ^ sum >> 47 ^ Self.key(128 + 8 * lane)) &* Self.p32.0
            }
        }
        add(bytes.count - 64, 121)
        return lanes
    }

    private static func merged(_ lanes: [UInt64], _ secret: Int, _ start: UInt64) -> UInt64 {
        let sum = (0..<4).reduce(start) { sum, pair in
            sum
                &+ folded(
                    lanes[2 * pair] ^ key(secret + 16 * pair),
                    lanes[2 * pair + 1] ^ key(secret + 16 * pair + 8)
                )
        }
        return avalanche(sum)
    }
}
