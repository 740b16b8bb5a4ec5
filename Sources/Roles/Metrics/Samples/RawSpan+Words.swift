/// Bytes eight at a time.
extension RawSpan {
    /// The eight bytes at a place, the first in the lowest bits.
    @inline(__always)
    func word(at place: Int) -> UInt64 {
        // Any eight bytes are a number; that there are as many is checked.
        UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    /// The byte at a place.
    @inline(__always)
    func byte(at place: Int) -> UInt8 {
        unsafe unsafeLoadUnaligned(fromByteOffset: place, as: UInt8.self)
    }

    /// Whether so many bytes at a place are those at a place of another text.
    @inline(__always)
    func isEqual(_ place: Int, to other: RawSpan, _ start: Int, count: Int) -> Bool {
        var offset = 0
        while offset &+ 8 <= count {
            if word(at: place &+ offset) != other.word(at: start &+ offset) { return false }
            offset &+= 8
        }
        while offset < count {
            if byte(at: place &+ offset) != other.byte(at: start &+ offset) { return false }
            offset &+= 1
        }
        return true
    }

    /// Copies a range to a place of another memory, and up to 15 bytes more behind it: for who writes on there.
    @inline(__always)
    func copyFreely(_ range: Range<Int>, to target: inout MutableRawSpan, at place: Int) {
        var (start, place) = (range.lowerBound, place)
        while start < range.upperBound, start &+ 16 <= byteCount {
            let (first, second) = (word(at: start), word(at: start &+ 8))
            target.storeBytes(of: first, toByteOffset: place, as: UInt64.self)
            target.storeBytes(of: second, toByteOffset: place &+ 8, as: UInt64.self)
            start &+= 16
            place &+= 16
        }
        // The memory that is read ends soon.
        while start < range.upperBound {
            target.storeBytes(of: byte(at: start), toByteOffset: place, as: UInt8.self)
            start &+= 1
            place &+= 1
        }
    }
}

extension UInt64 {
    /// Whether one of the eight bytes is the end of a line.
    @inline(__always)
    var hasLineEnd: Bool {
        let zeros = self ^ 0x0A0A_0A0A_0A0A_0A0A
        return (zeros &- 0x0101_0101_0101_0101) & ~zeros & 0x8080_8080_8080_8080 != 0
    }
}
