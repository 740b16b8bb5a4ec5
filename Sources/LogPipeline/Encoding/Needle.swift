/// A short text that is looked for in many others.
///
/// Eight bytes at a time are looked through for its least usual byte.
struct Needle: Sendable {
    private let bytes: [UInt8]
    private let anchor: UInt8
    private let offset: Int

    /// Looks for bytes; there must be some.
    init(_ bytes: [UInt8]) {
        precondition(!bytes.isEmpty, "nothing to look for")
        self.bytes = bytes
        var best = 0
        for (place, byte) in bytes.enumerated()
        where Self.rank(byte) < Self.rank(bytes[best]) { best = place }
        anchor = bytes[best]
        offset = best
    }

    /// Looks for a name in quotes.
    init(quoted name: String) {
        self.init([0x22] + Array(name.utf8) + [0x22])
    }

    /// How usual a byte is in JSON.
    private static func rank(_ byte: UInt8) -> Int {
        switch byte {
        case 0x22, 0x20, 0x2C, 0x3A: 9
        case UInt8(ascii: "e"), UInt8(ascii: "t"), UInt8(ascii: "a"), UInt8(ascii: "o"),
            UInt8(ascii: "i"), UInt8(ascii: "n"), UInt8(ascii: "s"), UInt8(ascii: "r"):
            8
        case UInt8(ascii: "j"), UInt8(ascii: "q"), UInt8(ascii: "x"), UInt8(ascii: "z"),
            UInt8(ascii: "k"), UInt8(ascii: "v"):
            3
        case UInt8(ascii: "a")...UInt8(ascii: "z"): 6
        case 0x30...0x39, 0x2D, 0x2E: 7
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): 4
        case UInt8(ascii: "_"): 5
        default: 1
        }
    }

    /// Whether it stands in a part of some bytes.
    func isIn(_ hay: [UInt8], _ range: Range<Int>) -> Bool {
        precondition(range.lowerBound >= 0 && range.upperBound <= hay.count)
        return unsafe hay.withUnsafeBytes { all in
            unsafe search(UnsafeRawBufferPointer(rebasing: all[range]))
        }
    }

    private func search(_ hay: UnsafeRawBufferPointer) -> Bool {
        // The anchor stands so far from the beginning at least, and from the end.
        let last = hay.count - (bytes.count - offset)
        guard last >= offset else { return false }
        let spread = 0x0101_0101_0101_0101 &* UInt64(anchor)
        var at = offset
        while at <= last {
            if at &+ 8 <= hay.count {
                let word = unsafe hay.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                let mixed = UInt64(littleEndian: word) ^ spread
                let hits = (mixed &- 0x0101_0101_0101_0101) & ~mixed & 0x8080_8080_8080_8080
                if hits == 0 {
                    at &+= 8
                    continue
                }
                at &+= hits.trailingZeroBitCount >> 3
                if at > last { return false }
            }
            if unsafe hay[at] == anchor, unsafe matches(hay, at &- offset) { return true }
            at &+= 1
        }
        return false
    }

    private func matches(_ hay: UnsafeRawBufferPointer, _ start: Int) -> Bool {
        for place in bytes.indices {
            guard unsafe hay[start &+ place] == bytes[place] else { return false }
        }
        return true
    }
}
