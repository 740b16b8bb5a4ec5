extension TOMLReader {
    /// Reads a value; `depth` is that of the table or list that it stands in.
    mutating func value(depth: Int) throws(FormatError) -> TOMLTable.Entry {
        let start = mark()
        switch byte {
        case UInt8(ascii: "\""):
            return text(startsMultiline ? try multilineBasic() : try basicString(), at: start)
        case UInt8(ascii: "'"):
            return text(startsMultiline ? try multilineLiteral() : try literalString(), at: start)
        case UInt8(ascii: "["):
            try limits.check(depth: depth + 1, at: start)
            return .value(try list(at: start, depth: depth + 1))
        case UInt8(ascii: "{"):
            try limits.check(depth: depth + 1, at: start)
            return .table(try braces(at: start, depth: depth + 1))
        case nil, 0x0A, 0x0D, UInt8(ascii: "#"):
            throw error("a value is expected", "write a text in quotes, a number, true or false")
        case UInt8(ascii: "$") where hasVariables: return .value(try variable(at: start))
        default: return .value(try word(at: start))
        }
    }

    private func text(_ text: String, at start: Position) -> TOMLTable.Entry {
        let scalar = PositionedScalar(.string(text), text: text, isPlain: false)
        return .value(PositionedTree(.scalar(scalar), at: start))
    }

    // MARK: Lists and braces

    private mutating func list(at start: Position, depth: Int) throws(FormatError) -> PositionedTree
    {
        place += 1
        var elements: [PositionedTree] = []
        while true {
            try skipLines(in: "list", from: start)
            if byte == UInt8(ascii: "]") { break }
            switch try value(depth: depth) {
            case .value(let tree): elements.append(tree)
            case .table(let table): elements.append(table.tree)
            case .tables: break
            }
            try skipLines(in: "list", from: start)
            if byte == UInt8(ascii: ",") {
                place += 1
                continue
            }
            guard byte == UInt8(ascii: "]") else {
                throw error("\(shown) follows a value in a list", "put a comma between values")
            }
            break
        }
        place += 1
        return PositionedTree(.sequence(elements), at: start)
    }

    private mutating func braces(at start: Position, depth: Int) throws(FormatError) -> TOMLTable {
        place += 1
        let table = TOMLTable(.dotted, at: start, depth: depth)
        skipBlanks()
        if byte == UInt8(ascii: "}") {
            place += 1
            table.close()
            return table
        }
        while true {
            skipBlanks()
            try checkBraces()
            if byte == UInt8(ascii: "}") {
                throw error("a comma stands before the closing brace", "remove the comma")
            }
            try member(of: table)
            skipBlanks()
            try checkBraces()
            if byte == UInt8(ascii: ",") {
                place += 1
                continue
            }
            guard byte == UInt8(ascii: "}") else {
                throw error("\(shown) follows a value in braces", "put a comma between keys")
            }
            place += 1
            table.close()
            return table
        }
    }

    private mutating func checkBraces() throws(FormatError) {
        guard byte == nil || byte == 0x0A || byte == 0x0D || byte == UInt8(ascii: "#") else {
            return
        }
        throw error(
            "a table in braces does not end on its line",
            "write it on one line, or give it a header"
        )
    }

    /// Skips blanks, line ends and comments between the values of a list.
    private mutating func skipLines(in what: String, from start: Position) throws(FormatError) {
        while true {
            skipBlanks()
            switch byte {
            case UInt8(ascii: "#"): try comment()
            case 0x0A, 0x0D: try newline()
            case nil: throw error("the \(what) that begins at \(start) does not end")
            default: return
            }
        }
    }

    // MARK: Words

    /// Variables and what stands directly beside them: `${HOST}:${PORT:-80}`.
    private mutating func variable(at start: Position) throws(FormatError) -> PositionedTree {
        let from = place
        var isOpen = false
        while let byte, byte != 0x0A, byte != 0x0D {
            if isOpen {
                isOpen = byte != UInt8(ascii: "}")
            } else if byte == UInt8(ascii: "{"), bytes[place - 1] == UInt8(ascii: "$") {
                isOpen = true
            } else if byte == 0x20 || byte == 0x09 || ",]}#".utf8.contains(byte) {
                break
            }
            guard !Self.isControl(byte) else { throw error("\(shown) cannot stand in a value") }
            place += 1
        }
        let text = String(decoding: bytes[from..<place], as: UTF8.self)
        let scalar = PositionedScalar(.string(text), text: text, isPlain: true)
        return PositionedTree(.scalar(scalar), at: start)
    }

    /// A number, a truth value, a date or a time.
    private mutating func word(at start: Position) throws(FormatError) -> PositionedTree {
        let from = place
        while let byte, Self.belongsToWord(byte) { place += 1 }
        // A date and a time may have a blank between them.
        if place - from == 10, byte == 0x20, place + 2 < bytes.count,
            TOMLTime.isDate(bytes[from..<place]), TOMLTime.isDigit(bytes[place + 1]),
            TOMLTime.isDigit(bytes[place + 2])
        {
            place += 1
            while let byte, Self.belongsToWord(byte) { place += 1 }
        }
        let text = String(decoding: bytes[from..<place], as: UTF8.self)
        if let value = try Self.value(of: text, bytes[from..<place], at: start) {
            let scalar = PositionedScalar(value, text: text, isPlain: true)
            return PositionedTree(.scalar(scalar), at: start)
        }
        place = from
        guard !text.isEmpty else { throw error("\(shown) begins no value") }
        throw FormatError(
            "\"\(text)\" is no value",
            remedy: "put it in quotes if a text is meant",
            at: start
        )
    }

    private static func belongsToWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
            UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: ":"):
            true
        default: byte >= 0x80
        }
    }

    private static func value(
        of text: String,
        _ bytes: ArraySlice<UInt8>,
        at start: Position
    ) throws(FormatError) -> JSON? {
        switch text {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "inf", "+inf", "-inf", "nan", "+nan", "-nan": return .string(text)
        default: break
        }
        if let number = try TOMLNumber.read(bytes, at: start) { return number }
        return TOMLTime.isTime(bytes) ? .string(text) : nil
    }
}
