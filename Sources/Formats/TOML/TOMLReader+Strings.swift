extension TOMLReader {
    /// Whether three quotes begin here.
    var startsMultiline: Bool {
        guard let byte, place + 2 < bytes.count else { return false }
        return bytes[place + 1] == byte && bytes[place + 2] == byte
    }

    /// A text in double quotes, on one line.
    mutating func basicString() throws(FormatError) -> String {
        let start = mark()
        place += 1
        var text: [UInt8] = []
        while let byte {
            switch byte {
            case UInt8(ascii: "\""):
                place += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0x0A, 0x0D: throw unclosed(start, "\"\"\"")
            default: try take(byte, into: &text)
            }
        }
        throw unclosed(start, "\"\"\"")
    }

    /// A text in single quotes, on one line.
    mutating func literalString() throws(FormatError) -> String {
        let start = mark()
        place += 1
        var text: [UInt8] = []
        while let byte {
            if byte == UInt8(ascii: "'") {
                place += 1
                return String(decoding: text, as: UTF8.self)
            }
            guard byte != 0x0A, byte != 0x0D else { throw unclosed(start, "'''") }
            try take(byte, into: &text)
        }
        throw unclosed(start, "'''")
    }

    mutating func multilineBasic() throws(FormatError) -> String {
        let start = mark()
        place += 3
        var text: [UInt8] = []
        try skipFirstNewline()
        while let byte {
            switch byte {
            case UInt8(ascii: "\""):
                if try closes(byte, into: &text) { return String(decoding: text, as: UTF8.self) }
            case UInt8(ascii: "\\"):
                if try !continuesLine() { try escape(into: &text) }
            case 0x0A, 0x0D:
                try newline()
                text.append(0x0A)
            default: try take(byte, into: &text)
            }
        }
        throw unclosedLines(start)
    }

    mutating func multilineLiteral() throws(FormatError) -> String {
        let start = mark()
        place += 3
        var text: [UInt8] = []
        try skipFirstNewline()
        while let byte {
            switch byte {
            case UInt8(ascii: "'"):
                if try closes(byte, into: &text) { return String(decoding: text, as: UTF8.self) }
            case 0x0A, 0x0D:
                try newline()
                text.append(0x0A)
            default: try take(byte, into: &text)
            }
        }
        throw unclosedLines(start)
    }

    // MARK: Parts

    private mutating func skipFirstNewline() throws(FormatError) {
        if byte == 0x0A || byte == 0x0D { try newline() }
    }

    /// Reads a run of quotes: three close the text, up to two before them belong to it.
    private mutating func closes(
        _ quote: UInt8,
        into text: inout [UInt8]
    ) throws(FormatError) -> Bool {
        var count = 0
        while place + count < bytes.count, bytes[place + count] == quote, count < 6 { count += 1 }
        guard count < 6 else { throw error("six quotes in a row close no text") }
        place += count
        let inside = count >= 3 ? count - 3 : count
        text += [UInt8](repeating: quote, count: inside)
        return count >= 3
    }

    /// Whether a backslash ends the line here; then it and all blanks and line ends after it are skipped.
    private mutating func continuesLine() throws(FormatError) -> Bool {
        var next = place + 1
        while next < bytes.count, bytes[next] == 0x20 || bytes[next] == 0x09 { next += 1 }
        guard next < bytes.count, bytes[next] == 0x0A || bytes[next] == 0x0D else { return false }
        place = next
        while let byte, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
            if byte == 0x0A || byte == 0x0D { try newline() } else { place += 1 }
        }
        return true
    }

    private mutating func take(_ byte: UInt8, into text: inout [UInt8]) throws(FormatError) {
        guard !Self.isControl(byte) else {
            throw error("\(shown) cannot stand in a text", "write it as \\u and four digits")
        }
        text.append(byte)
        place += 1
    }

    private mutating func escape(into text: inout [UInt8]) throws(FormatError) {
        guard place + 1 < bytes.count else { throw error("the text ends after a backslash") }
        let letter = bytes[place + 1]
        let short: [UInt8: UInt8] = [
            UInt8(ascii: "b"): 8, UInt8(ascii: "t"): 9, UInt8(ascii: "n"): 10,
            UInt8(ascii: "f"): 12, UInt8(ascii: "r"): 13, UInt8(ascii: "\""): 34,
            UInt8(ascii: "\\"): 92,
        ]
        if let byte = short[letter] {
            text.append(byte)
            place += 2
            return
        }
        let count = letter == UInt8(ascii: "u") ? 4 : letter == UInt8(ascii: "U") ? 8 : 0
        guard count > 0 else {
            throw error(
                "a backslash has no meaning before this character",
                "write \\\\ for a backslash, or put the text in single quotes"
            )
        }
        let digits = bytes[min(place + 2, bytes.count)..<min(place + 2 + count, bytes.count)]
        guard digits.count == count, digits.allSatisfy(TOMLNumber.isHexadecimal),
            let number = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
            let scalar = Unicode.Scalar(number)
        else {
            throw error("this is the number of no character", "write \\u and four hex digits")
        }
        text += Array(String(Character(scalar)).utf8)
        place += 2 + count
    }

    private func unclosed(_ start: Position, _ several: String) -> FormatError {
        FormatError(
            "the text that begins here does not end on its line",
            remedy: "close the quote, or use \(several) for several lines",
            at: start
        )
    }

    private func unclosedLines(_ start: Position) -> FormatError {
        FormatError(
            "the text that begins here does not end",
            remedy: "close it with three quotes",
            at: start
        )
    }
}
