/// The hash that Envoy's rings are made with (xxHash, 64 bits), so that hosts agree with Envoy's.
enum XXHash64 {
    private static let prime1: UInt64 = 0x9e37_79b1_85eb_ca87
    private static let prime2: UInt64 = 0xc2b2_ae3d_27d4_eb4f
    private static let prime3: UInt64 = 0x1656_67b1_9e37_79f9
    private static let prime4: UInt64 = 0x85eb_ca77_c2b2_ae63
    private static let prime5: UInt64 = 0x27d4_eb2f_1656_67c5

    static func hash(_ bytes: [UInt8], seed: UInt64 = 0) -> UInt64 {
        hash(bytes.span, seed: seed)
    }

    static func hash(_ bytes: Span<UInt8>, seed: UInt64 = 0) -> UInt64 {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe hash(UnsafeRawBufferPointer(buffer), seed: seed)
        }
    }

    private static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        var position = 0
        var result: UInt64
        let count = bytes.count
        if count >= 32 {
            var lanes: (UInt64, UInt64, UInt64, UInt64) = (
                seed &+ prime1 &+ prime2, seed &+ prime2, seed, seed &- prime1
            )
            while position + 32 <= count {
                lanes.0 = unsafe round(lanes.0, word(bytes, position))
                lanes.1 = unsafe round(lanes.1, word(bytes, position + 8))
                lanes.2 = unsafe round(lanes.2, word(bytes, position + 16))
                lanes.3 = unsafe round(lanes.3, word(bytes, position + 24))
                position += 32
            }
            result = rotate(lanes.0, 1) &+ rotate(lanes.1, 7)
            result = result &+ rotate(lanes.2, 12) &+ rotate(lanes.3, 18)
            result = merge(merge(merge(merge(result, lanes.0), lanes.1), lanes.2), lanes.3)
        } else {
            result = seed &+ prime5
        }
        result &+= UInt64(count)
        while position + 8 <= count {
            let lane = unsafe round(0, word(bytes, position))
            result = rotate(result ^ lane, 27) &* prime1 &+ prime4
            position += 8
        }
        if position + 4 <= count {
            let half = unsafe bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)
            result ^= UInt64(UInt32(littleEndian: half)) &* prime1
            result = rotate(result, 23) &* prime2 &+ prime3
            position += 4
        }
        while position < count {
            result ^= unsafe UInt64(bytes[position]) &* prime5
            result = rotate(result, 11) &* prime1
            position += 1
        }
        result = (result ^ result >> 33) &* prime2
        result = (result ^ result >> 29) &* prime3
        return result ^ result >> 32
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> UInt64 {
        unsafe UInt64(
            littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
        )
    }

    private static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 {
        value &<< bits | value &>> (64 - bits)
    }

    private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
        rotate(lane &+ input &* prime2, 31) &* prime1
    }

    private static func merge(_ result: UInt64, _ lane: UInt64) -> UInt64 {
        (result ^ round(0, lane)) &* prime1 &+ prime4
    }
}
