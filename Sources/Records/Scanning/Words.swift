/// Arithmetic on the eight bytes of a word.
///
/// Results have the high bit of each byte that was hit; only the lowest hit is exact.
enum Words {
    static let highs: UInt64 = 0x8080_8080_8080_8080

    @inline(__always) static func all(_ byte: UInt8) -> UInt64 {
        0x0101_0101_0101_0101 &* UInt64(byte)
    }

    /// Bytes that are zero.
    @inline(__always) static func zeros(_ word: UInt64) -> UInt64 {
        (word &- all(1)) & ~word & highs
    }

    /// Bytes that a text of JSON does not take as they are: quote, backslash, controls, and what is not
    /// ASCII.
    @inline(__always) static func special(_ word: UInt64) -> UInt64 {
        let quotes = (word ^ all(0x22)) &- all(1)
        let slashes = (word ^ all(0x5C)) &- all(1)
        return (quotes | slashes | (word &- all(0x20)) | word) & highs
    }

    /// The index of the lowest byte that was hit.
    @inline(__always) static func first(_ hits: UInt64) -> Int {
        hits.trailingZeroBitCount >> 3
    }
}

extension UnsafeRawBufferPointer {
    /// Eight bytes, the first in the lowest bits; the caller has looked that they are there.
    @inline(__always)
    func word(_ offset: Int) -> UInt64 {
        unsafe UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}

extension UInt8 {
    @inline(__always) var isDigit: Bool { self &- 0x30 < 10 }

    @inline(__always) var isBlank: Bool { self == 0x20 || self == 0x09 }

    /// Whether it is white space: blank, tab, and the line's ends.
    @inline(__always) var isSpace: Bool { self == 0x20 || self &- 9 < 5 }

    @inline(__always) var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }

    @inline(__always) var asciiFolded: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

    /// What it is worth as a hexadecimal digit.
    @inline(__always) var hexValue: UInt8? {
        if isDigit { return self &- 0x30 }
        let letter = (self | 0x20) &- 0x61
        return letter < 6 ? letter + 10 : nil
    }
}
