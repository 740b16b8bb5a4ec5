/// Snappy's block format (google/snappy, `format_description.txt`).
enum Snappy {
    /// Compresses bytes.
    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var length = bytes.count
        repeat {
            result.append(UInt8(length & 127) | (length > 127 ? 128 : 0))
            length >>= 7
        } while length > 0
        // Where four bytes were seen last, by their hash.
        var table = [Int](repeating: -1, count: 1 << 12)
        var place = 0
        var literal = 0
        while place + 4 <= bytes.count {
            let word = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[place + $1]) << (8 * $1) }
            let slot = Int((word &* 0x1E35_A7BD) >> 20)
            let candidate = table[slot]
            table[slot] = place
            guard candidate >= 0, place - candidate < 1 << 16,
                bytes[candidate..<(candidate + 4)].elementsEqual(bytes[place..<(place + 4)])
            else {
                place += 1
                continue
            }
            var count = 4
            while place + count < bytes.count, count < 64,
                bytes[candidate + count] == bytes[place + count]
            {
                count += 1
            }
            append(bytes[literal..<place], to: &result)
            let distance = place - candidate
            result += [UInt8((count - 1) << 2 | 2), UInt8(distance & 255), UInt8(distance >> 8)]
            place += count
            literal = place
        }
        append(bytes[literal...], to: &result)
        return result
    }

    private static func append(_ literal: ArraySlice<UInt8>, to result: inout [UInt8]) {
        guard !literal.isEmpty else { return }
        let count = literal.count - 1
        switch count {
        case ..<60: result.append(UInt8(count << 2))
        case ..<256: result += [60 << 2, UInt8(count)]
        case ..<65536: result += [61 << 2, UInt8(count & 255), UInt8(count >> 8)]
        default:
            result.append(63 << 2)
            for shift in [0, 8, 16, 24] { result.append(UInt8(truncatingIfNeeded: count >> shift)) }
        }
        result += literal
    }

    /// The bytes of a block; nil if it is broken or has more than `limit`.
    static func decode(_ block: [UInt8], limit: Int) -> [UInt8]? {
        var place = 0
        func next() -> Int? {
            guard place < block.count else { return nil }
            place += 1
            return Int(block[place - 1])
        }
        var size = 0
        var shift = 0
        while true {
            guard let byte = next(), shift <= 28 else { return nil }
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128 { break }
        }
        guard size <= limit else { return nil }
        var result: [UInt8] = []
        while place < block.count {
            guard let tag = next() else { return nil }
            var count = tag >> 2
            var distance = 0
            switch tag & 3 {
            case 0:
                if count >= 60 {
                    var long = 0
                    for index in 0..<(count - 59) {
                        guard let byte = next() else { return nil }
                        long |= byte << (8 * index)
                    }
                    count = long
                }
                count += 1
                guard count <= block.count - place, result.count + count <= size else { return nil }
                result += block[place..<(place + count)]
                place += count
                continue
            case 1:
                guard let low = next() else { return nil }
                distance = (tag & 0xE0) << 3 | low
                count = (tag >> 2 & 7) + 4
            default:
                for index in 0..<(tag & 3 == 2 ? 2 : 4) {
                    guard let byte = next() else { return nil }
                    distance |= byte << (8 * index)
                }
                count += 1
            }
            guard distance > 0, distance <= result.count, result.count + count <= size else {
                return nil
            }
            for _ in 0..<count { result.append(result[result.count - distance]) }
        }
        return result.count == size ? result : nil
    }
}
