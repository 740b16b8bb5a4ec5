/// Request lines and status lines.
enum StartLine {
    /// Reads a request line; an incomplete one is an error too.
    ///
    /// - Returns: Where the next line starts.
    static func request(
        _ bytes: Span<UInt8>,
        from start: Int,
        into head: inout RequestHead,
        _ facts: inout FramingFacts
    ) throws(WireViolation) -> Int {
        let methodEnd = bytes.tokenEnd(from: start)
        guard methodEnd < bytes.count, bytes[methodEnd] == 0x20 else {
            throw WireViolation(.startLine)
        }
        let targetStart = methodEnd &+ 1
        let targetEnd = bytes.targetEnd(from: targetStart)
        guard targetEnd > targetStart, targetEnd < bytes.count else {
            throw WireViolation(.startLine)
        }
        guard bytes[targetEnd] == 0x20 else {
            let isLineEnd = bytes[targetEnd] == 0x0D || bytes[targetEnd] == 0x0A
            throw WireViolation(isLineEnd ? .startLine : .target)
        }
        let versionEnd = targetEnd &+ 9
        guard versionEnd < bytes.count else { throw WireViolation(.startLine) }
        head.version = try version(bytes.word(at: targetEnd &+ 1))
        let next = try FieldLine.lineEnd(bytes, at: versionEnd, isStrict: true)
        head.setMethod(bytes.extracting(start..<methodEnd))
        try RequestTarget.read(bytes.extracting(targetStart..<targetEnd), into: &head, &facts)
        return next
    }

    /// Reads a status line without its reason phrase; an incomplete one is an error too.
    ///
    /// - Returns: Where the next line starts.
    static func response(
        _ bytes: Span<UInt8>,
        into head: inout ResponseHead
    ) throws(WireViolation) -> Int {
        guard bytes.count >= 8 else { throw WireViolation(.startLine) }
        head.version = try version(bytes.word(at: 0))
        guard bytes.count > 12, bytes[8] == 0x20, bytes[9].isDigit, bytes[9] != 0x30,
            bytes[10].isDigit,
            bytes[11].isDigit
        else { throw WireViolation(.startLine) }
        head.status =
            Int(bytes[9] &- 0x30) * 100 + Int(bytes[10] &- 0x30) * 10 + Int(bytes[11] &- 0x30)
        guard bytes[12] == 0x20 || bytes[12] == 0x0D || bytes[12] == 0x0A else {
            throw WireViolation(.startLine)
        }
        let end = bytes.fieldValueEnd(from: 12)
        return try FieldLine.lineEnd(bytes, at: end, isStrict: false)
    }

    /// Recognises other protocols by their first bytes, so that nobody waits for the rest.
    static func checkBeginning(_ bytes: Span<UInt8>) throws(WireViolation) {
        let expected = HeaderBlock.span("HTTP/1.")
        for index in 0..<min(expected.count, bytes.count) where bytes[index] != expected[index] {
            // Any version is one of HTTP.
            throw WireViolation(index < 5 ? .startLine : .version)
        }
    }

    private static func version(_ word: UInt64) throws(WireViolation) -> HTTPVersion {
        // "HTTP/1.1" and "HTTP/1.0", the first character in the lowest bits.
        if word == 0x312E_312F_5054_5448 { return .http11 }
        if word == 0x302E_312F_5054_5448 { return .http10 }
        let isHTTP = word & 0xFF_FFFF_FFFF == 0x2F_5054_5448
        let isNumber =
            UInt8(truncatingIfNeeded: word >> 40).isDigit
            && UInt8(truncatingIfNeeded: word >> 48) == 0x2E
            && UInt8(truncatingIfNeeded: word >> 56).isDigit
        throw WireViolation(isHTTP && isNumber ? .version : .startLine)
    }
}
