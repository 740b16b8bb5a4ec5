import System

/// A short text that is looked for in many others.
///
/// Its least usual byte is looked for first.
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
        let hay = hay.span.extracting(range)
        // The anchor stands so far from the beginning at least, and from the end.
        let end = hay.count - (bytes.count - offset) + 1
        var at = offset
        while at < end {
            guard let found = ByteSearch.first(anchor, in: hay, from: at, to: end) else {
                return false
            }
            if matches(hay, found &- offset) { return true }
            at = found &+ 1
        }
        return false
    }

    private func matches(_ hay: Span<UInt8>, _ start: Int) -> Bool {
        for place in bytes.indices where hay[start &+ place] != bytes[place] { return false }
        return true
    }
}
