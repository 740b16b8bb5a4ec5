internal import HTTP

extension Span where Element == UInt8 {
    /// The bytes without blanks and tabs at both ends.
    var trimmed: Span<UInt8> {
        @_lifetime(copy self)
        get {
            var start = 0
            var end = count
            while start < end && (self[start] == 0x20 || self[start] == 9) { start += 1 }
            while end > start && (self[end - 1] == 0x20 || self[end - 1] == 9) { end -= 1 }
            return extracting(start..<end)
        }
    }

    /// Whether the bytes are those of a text in the program.
    func equals(_ text: StaticString) -> Bool {
        if count != text.utf8CodeUnitCount { return false }
        for index in indices where unsafe self[index] != text.utf8Start[index] { return false }
        return true
    }

    /// Whether the bytes begin with others.
    func hasPrefix(_ prefix: Span<UInt8>, ignoringCase: Bool = false) -> Bool {
        if prefix.count > count { return false }
        let head = extracting(0..<prefix.count)
        return ignoringCase ? head.equalsFolded(prefix) : head.equals(prefix)
    }

    /// Whether the bytes end with others.
    func hasSuffix(_ suffix: Span<UInt8>, ignoringCase: Bool = false) -> Bool {
        if suffix.count > count { return false }
        let tail = extracting(count - suffix.count..<count)
        return ignoringCase ? tail.equalsFolded(suffix) : tail.equals(suffix)
    }

    /// Where a byte stands first at or after a place.
    func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
        var index = start
        while index < count {
            if self[index] == byte { return index }
            index += 1
        }
        return nil
    }

    /// Whether others stand anywhere in the bytes.
    func contains(_ part: Span<UInt8>, ignoringCase: Bool = false) -> Bool {
        if part.isEmpty { return true }
        var start = 0
        while start + part.count <= count {
            let rest = extracting(start..<count)
            if rest.hasPrefix(part, ignoringCase: ignoringCase) { return true }
            start += 1
        }
        return false
    }
}

extension UInt8 {
    /// The byte, or the small letter of a capital one in ASCII.
    var folded: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }
}
