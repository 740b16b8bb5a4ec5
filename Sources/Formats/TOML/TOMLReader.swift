/// Reads a TOML document: headers, keys and the tables that they make.
struct TOMLReader {
    /// A key or a part of a dotted one.
    struct Part {
        var name: String
        var position: Position
    }

    let bytes: [UInt8]
    let limits: FormatLimits
    /// Whether `${NAME}` is a value.
    var hasVariables = false
    var place = 0
    var line = 1
    var lineStart = 0
    private var marked = (place: 0, column: 1)
    private let root: TOMLTable
    private var current: TOMLTable

    init(_ bytes: [UInt8], limits: FormatLimits) {
        self.bytes = bytes
        self.limits = limits
        root = TOMLTable(.header, at: .start, depth: 0)
        current = root
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            place = 3
            lineStart = 3
            marked.place = 3
        }
    }

    mutating func document() throws(FormatError) -> PositionedTree {
        try checkEncoding()
        while true {
            skipBlanks()
            guard let byte else { return root.tree }
            switch byte {
            case UInt8(ascii: "#"): try comment()
            case 0x0A, 0x0D: try newline()
            case UInt8(ascii: "["):
                try header()
                try endOfLine(after: "a table's header")
            default:
                try member(of: current)
                try endOfLine(after: "a value")
            }
        }
    }

    // MARK: Headers

    private mutating func header() throws(FormatError) {
        let start = mark()
        place += 1
        let isList = byte == UInt8(ascii: "[")
        if isList { place += 1 }
        skipBlanks()
        let parts = try key(ending: "the header")
        skipBlanks()
        for _ in 0..<(isList ? 2 : 1) {
            guard byte == UInt8(ascii: "]") else {
                throw error(
                    "the header of a table is not closed",
                    isList ? "end it with ]]" : "end it with ]"
                )
            }
            place += 1
        }
        var table = root
        for part in parts.dropLast() { table = try descend(from: table, into: part) }
        guard let last = parts.last else { return }
        current =
            isList
            ? try appendTable(last, to: table, at: start)
            : try openTable(last, in: table, at: start)
    }

    /// The table that a part of a header's way leads to; it is made if it is not there.
    private mutating func descend(
        from table: TOMLTable,
        into part: Part
    ) throws(FormatError) -> TOMLTable {
        switch table[part.name] {
        case nil: return try child(.implied, part, in: table, at: part.position)
        case .table(let next)?:
            guard next.origin != .inline else { throw closed(part, in: table) }
            return next
        case .tables(let list)?: return list.last
        case .value?: throw taken(part, in: table)
        }
    }

    private mutating func openTable(
        _ part: Part,
        in table: TOMLTable,
        at start: Position
    ) throws(FormatError) -> TOMLTable {
        switch table[part.name] {
        case nil: return try child(.header, part, in: table, at: start)
        case .table(let found)?:
            switch found.origin {
            case .implied:
                found.origin = .header
                return found
            case .header, .dotted:
                let first = table.position(of: part.name).map { " (first at \($0))" } ?? ""
                throw FormatError(
                    "the table \"\(part.name)\" is defined twice\(first)",
                    remedy: "put its keys together under one header",
                    at: part.position
                )
            case .inline: throw closed(part, in: table)
            }
        case .tables?:
            throw FormatError(
                "\"\(part.name)\" is a list of tables",
                remedy: "write [[ ]] to add one more to it",
                at: part.position
            )
        case .value?: throw taken(part, in: table)
        }
    }

    private mutating func appendTable(
        _ part: Part,
        to table: TOMLTable,
        at start: Position
    ) throws(FormatError) -> TOMLTable {
        switch table[part.name] {
        case nil:
            let fresh = TOMLTable(.header, at: start, depth: table.depth + 2)
            try limits.check(depth: fresh.depth, at: part.position)
            table.add(part.name, .tables(TOMLTableList(fresh, at: start)), at: part.position)
            return fresh
        case .tables(let list)?:
            let fresh = TOMLTable(.header, at: start, depth: table.depth + 2)
            list.append(fresh)
            return fresh
        case .table?:
            throw FormatError(
                "\"\(part.name)\" is a table and no list of tables",
                remedy: "write all its headers with [[ ]] or none",
                at: part.position
            )
        case .value?: throw taken(part, in: table)
        }
    }

    // MARK: Members

    /// Reads `key = value` into a table.
    mutating func member(of table: TOMLTable) throws(FormatError) {
        let parts = try key(ending: "the line")
        guard byte == UInt8(ascii: "=") else {
            throw error("an = is expected after the key", "write key = value")
        }
        place += 1
        skipBlanks()
        var owner = table
        for part in parts.dropLast() {
            switch owner[part.name] {
            case nil: owner = try child(.dotted, part, in: owner, at: part.position)
            case .table(let next)?:
                switch next.origin {
                case .implied:
                    next.origin = .dotted
                    owner = next
                case .dotted: owner = next
                case .header:
                    throw FormatError(
                        "the table \"\(part.name)\" has a header of its own",
                        remedy: "write the key below that header",
                        at: part.position
                    )
                case .inline: throw closed(part, in: owner)
                }
            case .tables?:
                throw FormatError(
                    "\"\(part.name)\" is a list of tables, which a dotted key cannot add to",
                    remedy: "write the key below a [[ ]] header",
                    at: part.position
                )
            case .value?: throw taken(part, in: owner)
            }
        }
        guard let last = parts.last else { return }
        guard owner[last.name] == nil else { throw taken(last, in: owner) }
        let value = try self.value(depth: owner.depth)
        owner.add(last.name, value, at: last.position)
    }

    private func child(
        _ origin: TOMLTable.Origin,
        _ part: Part,
        in table: TOMLTable,
        at position: Position
    ) throws(FormatError) -> TOMLTable {
        let fresh = TOMLTable(origin, at: position, depth: table.depth + 1)
        try limits.check(depth: fresh.depth, at: part.position)
        table.add(part.name, .table(fresh), at: part.position)
        return fresh
    }

    private func taken(_ part: Part, in table: TOMLTable) -> FormatError {
        let first = table.position(of: part.name).map { " (first at \($0))" } ?? ""
        return FormatError(
            "the key \"\(part.name)\" stands twice in one table\(first)",
            remedy: "remove one of them",
            at: part.position
        )
    }

    private func closed(_ part: Part, in table: TOMLTable) -> FormatError {
        FormatError(
            "\"\(part.name)\" is a table in braces, to which nothing can be added",
            remedy: "write the key between its braces, or give it a header",
            at: part.position
        )
    }

    // MARK: Keys

    private mutating func key(ending: String) throws(FormatError) -> [Part] {
        var parts: [Part] = []
        while true {
            let start = mark()
            let name: String
            switch byte {
            case UInt8(ascii: "\""): name = try basicString()
            case UInt8(ascii: "'"): name = try literalString()
            case let first? where Self.isBare(first):
                let from = place
                while let next = self.byte, Self.isBare(next) { place += 1 }
                name = String(decoding: bytes[from..<place], as: UTF8.self)
            case nil, 0x0A?, 0x0D?:
                throw error("a key is expected before the end of \(ending)")
            case UInt8(ascii: "=")?: throw error("a key is expected before the =")
            default:
                throw error(
                    "\(shown) cannot stand in a key",
                    "use letters, digits, _ and -, or put the key in quotes"
                )
            }
            parts.append(Part(name: name, position: start))
            try limits.check(depth: parts.count, at: start)
            skipBlanks()
            guard byte == UInt8(ascii: ".") else { return parts }
            place += 1
            skipBlanks()
        }
    }

    private static func isBare(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    // MARK: Lines

    /// The byte at the reader's place.
    var byte: UInt8? { place < bytes.count ? bytes[place] : nil }

    /// The character at the reader's place, for messages.
    var shown: String {
        guard let byte else { return "the end of the file" }
        guard byte >= 0x20, byte != 0x7F else { return "the control character \(byte)" }
        let text = String(decoding: bytes[place..<min(place + 4, bytes.count)], as: UTF8.self)
        return text.unicodeScalars.first.map { "\"\($0)\"" } ?? "this"
    }

    mutating func skipBlanks() {
        while let byte, byte == 0x20 || byte == 0x09 { place += 1 }
    }

    mutating func newline() throws(FormatError) {
        if byte == 0x0D {
            guard place + 1 < bytes.count, bytes[place + 1] == 0x0A else {
                throw error("a carriage return stands without its line feed")
            }
            place += 1
        }
        place += 1
        line += 1
        lineStart = place
        marked = (place, 1)
    }

    /// Reads to the end of the line; a comment holds no control characters.
    mutating func comment() throws(FormatError) {
        while let byte, byte != 0x0A {
            if byte == 0x0D, place + 1 < bytes.count, bytes[place + 1] == 0x0A { return }
            guard !Self.isControl(byte) else {
                throw error("\(shown) cannot stand in a comment", "remove it")
            }
            place += 1
        }
    }

    private mutating func endOfLine(after what: String) throws(FormatError) {
        skipBlanks()
        if byte == UInt8(ascii: "#") { try comment() }
        guard let byte else { return }
        guard byte == 0x0A || byte == 0x0D else {
            throw error("\(shown) follows \(what) on its line", "begin a new line")
        }
        try newline()
    }

    /// Control characters but the tab.
    static func isControl(_ byte: UInt8) -> Bool {
        byte < 0x20 && byte != 0x09 || byte == 0x7F
    }

    // MARK: Places

    /// The reader's place as line and column.
    mutating func mark() -> Position {
        var column = marked.column
        for index in marked.place..<place where bytes[index] & 0xC0 != 0x80 { column += 1 }
        marked = (place, column)
        return Position(line: line, column: column)
    }

    mutating func error(_ what: String, _ remedy: String = "") -> FormatError {
        FormatError(what, remedy: remedy, at: mark())
    }

    private func checkEncoding() throws(FormatError) {
        guard String(validating: bytes, as: UTF8.self) == nil else { return }
        var position = Position.start
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        while case .valid(let scalar) = parser.parseScalar(from: &iterator) {
            if scalar.first == 0x0A {
                position = Position(line: position.line + 1, column: 1)
            } else {
                position.column += 1
            }
        }
        throw FormatError(
            "the text is not UTF-8",
            remedy: "save it as UTF-8 text",
            at: position
        )
    }
}
