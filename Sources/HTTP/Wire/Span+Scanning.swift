/// Reading and searching bytes eight at a time.
extension Span<UInt8> {
    /// Eight bytes, the first in the lowest bits.
    @inline(__always)
    func word(at offset: Int) -> UInt64 {
        precondition(offset >= 0 && offset &+ 8 <= count, "a word beyond the end")
        let word = unsafe withUnsafeBytes { bytes in
            unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        }
        return UInt64(littleEndian: word)
    }

    /// The offset of the first line feed from `start` on.
    func lineFeed(from start: Int) -> Int? {
        var at = start
        while at &+ 8 <= count {
            let hits = Swar.zeros(word(at: at) ^ Swar.all(0x0A))
            if hits != 0 { return at &+ Swar.first(hits) }
            at &+= 8
        }
        while at < count {
            if self[at] == 0x0A { return at }
            at &+= 1
        }
        return nil
    }

    /// The offset of the first byte that may not stand in a field value, or `count`.
    @inline(__always)
    func fieldValueEnd(from start: Int) -> Int {
        precondition(start >= 0)
        return unsafe withUnsafeBytes { bytes in
            var at = start
            while at &+ 8 <= bytes.count {
                let word = unsafe bytes.word(at)
                // Below a blank, or one below the high bit; carries may add hits, never hide one.
                var hits = ((word &- Swar.all(0x20)) | (word &+ Swar.all(1))) & ~word & Swar.highs
                while hits != 0 {
                    let place = at &+ Swar.first(hits)
                    if unsafe bytes[place].isForbiddenInValue { return place }
                    hits &= hits &- 1
                }
                at &+= 8
            }
            while at < bytes.count {
                if unsafe bytes[at].isForbiddenInValue { return at }
                at &+= 1
            }
            return bytes.count
        }
    }

    /// The offset of the first byte from `start` on that may not stand in a token, or `count`.
    @inline(__always)
    func tokenEnd(from start: Int) -> Int {
        precondition(start >= 0)
        return unsafe withUnsafeBytes { bytes in
            var at = start
            while at &+ 8 <= bytes.count {
                let others = Swar.nonLetters(unsafe bytes.word(at))
                if others == 0 {
                    at &+= 8
                    continue
                }
                at &+= Swar.first(others)
                guard unsafe bytes[at].isTokenByte else { return at }
                at &+= 1
            }
            while at < bytes.count, unsafe bytes[at].isTokenByte { at &+= 1 }
            return at
        }
    }

    /// The offset of the first byte that may not stand in a request target, or `count`: blanks, controls,
    /// `#` and what is not ASCII.
    @inline(__always)
    func targetEnd(from start: Int) -> Int {
        precondition(start >= 0)
        return unsafe withUnsafeBytes { bytes in
            var at = start
            while at &+ 8 <= bytes.count {
                let word = unsafe bytes.word(at)
                let hits =
                    Swar.below(word, 0x21) | Swar.zeros(word ^ Swar.all(0x7F)) | word & Swar.highs
                    | Swar.zeros(word ^ Swar.all(0x23))
                if hits != 0 { return at &+ Swar.first(hits) }
                at &+= 8
            }
            while at < bytes.count {
                let byte = unsafe bytes[at]
                guard byte > 0x20, byte < 0x7F, byte != 0x23 else { return at }
                at &+= 1
            }
            return at
        }
    }

    /// Whether the bytes are a text in lower case, whatever their own case.
    public func equalsFolded(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        let other = unsafe UnsafeBufferPointer(start: text.utf8Start, count: count)
        for index in 0..<count {
            guard self[index].asciiFolded == (unsafe other[index]) else { return false }
        }
        return true
    }

    /// Whether the bytes are the same as others when ASCII case is ignored.
    public func equalsFolded(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count {
            guard self[index].asciiFolded == other[index].asciiFolded else { return false }
        }
        return true
    }

    /// Whether the bytes are the same as others.
    public func equals(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count {
            guard self[index] == other[index] else { return false }
        }
        return true
    }

    /// The bytes without the blanks and tabs around them.
    @_lifetime(copy self)
    func trimmedBlanks() -> Span<UInt8> {
        var start = 0
        var end = count
        while start < end, self[start].isBlank { start &+= 1 }
        while end > start, self[end &- 1].isBlank { end &-= 1 }
        return extracting(start..<end)
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
    /// Whether it is a control character other than a tab.
    @inline(__always) var isForbiddenInValue: Bool {
        self < 0x20 && self != 0x09 || self == 0x7F
    }

    @inline(__always) var isBlank: Bool { self == 0x20 || self == 0x09 }

    @inline(__always) var asciiFolded: UInt8 {
        self &- 0x41 < 26 ? self | 0x20 : self
    }

    @inline(__always) var isDigit: Bool { self &- 0x30 < 10 }

    /// Whether it may stand in a method or a field name (`tchar`, RFC 9110 section 5.6.2).
    @inline(__always) var isTokenByte: Bool {
        // A bit for each ASCII character, the upper and the lower half.
        let low: UInt64 = 0x03FF_6CFA_0000_0000
        let high: UInt64 = 0x57FF_FFFF_C7FF_FFFE
        let bits = self < 64 ? low : high
        return self < 128 && bits >> UInt64(self & 63) & 1 != 0
    }
}

/// Arithmetic on the eight bytes of a word.
///
/// Results have the high bit of each byte that was hit; only the lowest hit is exact.
enum Swar {
    static let highs: UInt64 = 0x8080_8080_8080_8080

    @inline(__always) static func all(_ byte: UInt8) -> UInt64 {
        0x0101_0101_0101_0101 &* UInt64(byte)
    }

    /// Bytes that are zero.
    @inline(__always) static func zeros(_ word: UInt64) -> UInt64 {
        (word &- all(1)) & ~word & highs
    }

    /// Bytes below a limit of at most 128.
    @inline(__always) static func below(_ word: UInt64, _ limit: UInt8) -> UInt64 {
        (word &- all(limit)) & ~word & highs
    }

    /// Bytes other than ASCII letters and `-`, all of them exact.
    @inline(__always) static func nonLetters(_ word: UInt64) -> UInt64 {
        let low = (word | all(0x20)) & ~highs
        // Adding within seven bits never carries into the next byte.
        let letters = (low &+ all(0x80 - 0x61)) & ~(low &+ all(0x80 - 0x7B)) & ~word
        let dashes = ~(((word ^ all(0x2D)) & ~highs) &+ all(0x7F)) & ~word
        return ~(letters | dashes) & highs
    }

    /// Bytes other than ASCII letters, digits, `-` and `.`, all of them exact.
    @inline(__always) static func nonHost(_ word: UInt64) -> UInt64 {
        let low = word & ~highs
        let digits = (low &+ all(0x80 - 0x30)) & ~(low &+ all(0x80 - 0x3A))
        let marks = (low &+ all(0x80 - 0x2D)) & ~(low &+ all(0x80 - 0x2F))
        return nonLetters(word) & ~((digits | marks) & ~word)
    }

    /// The index of the lowest byte that was hit.
    @inline(__always) static func first(_ hits: UInt64) -> Int {
        hits.trailingZeroBitCount >> 3
    }
}
