/// A line of a header or trailer section, as places in the bytes.
struct FieldLine {
    var name = 0..<0
    var value = 0..<0
    var id = HeaderID.other
    /// Where the next line starts.
    var next = 0
    /// Whether it is the empty line at the end.
    var isLast = false
    /// Whether it goes on with the value of the line before.
    var isFolded = false

    /// Reads the line at a place; an incomplete one is an error too.
    @inline(__always)
    static func read(
        _ bytes: Span<UInt8>,
        from start: Int,
        isStrict: Bool
    ) throws(WireViolation) -> FieldLine {
        var line = FieldLine()
        guard start < bytes.count else { throw WireViolation(.cut) }
        let colon = bytes.tokenEnd(from: start)
        var place = colon
        if colon == start {
            let first = bytes[start]
            if first == 0x0D || first == 0x0A {
                line.next = try lineEnd(bytes, at: start, isStrict: isStrict)
                line.isLast = true
                return line
            }
            guard first.isBlank else { throw WireViolation(.fieldName) }
            guard !isStrict else { throw WireViolation(.foldedField) }
            line.isFolded = true
        } else {
            if !isStrict {
                while place < bytes.count, bytes[place].isBlank { place &+= 1 }
            }
            guard place < bytes.count, bytes[place] == 0x3A, colon &- start <= UInt16.max else {
                throw WireViolation(.fieldName)
            }
            line.name = start..<colon
            line.id = FoldedName(bytes.extracting(line.name)).identifier
            place &+= 1
        }
        while place < bytes.count, bytes[place].isBlank { place &+= 1 }
        var end = bytes.fieldValueEnd(from: place)
        line.next = try lineEnd(bytes, at: end, isStrict: isStrict)
        while end > place, bytes[end &- 1].isBlank { end &-= 1 }
        line.value = place..<end
        return line
    }

    /// The end of a line whose content ends at a place.
    @inline(__always)
    static func lineEnd(
        _ bytes: Span<UInt8>,
        at end: Int,
        isStrict: Bool
    ) throws(WireViolation) -> Int {
        guard end < bytes.count else { throw WireViolation(.cut) }
        if bytes[end] == 0x0D {
            guard end &+ 1 < bytes.count, bytes[end &+ 1] == 0x0A else {
                throw WireViolation(.lineEnd)
            }
            return end &+ 2
        }
        guard bytes[end] == 0x0A else { throw WireViolation(.fieldValue) }
        guard !isStrict else { throw WireViolation(.lineEnd) }
        return end &+ 1
    }
}

extension HeaderID {
    /// Whether readers that differ about its value differ about the end of the message.
    var isFraming: Bool {
        self == .contentLength || self == .transferEncoding || self == .connection
    }
}
