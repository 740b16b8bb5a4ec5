/// A strict JSON reader (RFC 8259) over bytes.
///
/// Two walks share the grammar of scalars: `value` for plain values, `tree` with positions.
/// Positions are computed only where they are asked for, from the start of the current line.
struct JSONParser {
    private let bytes: [UInt8]
    private let limits: FormatLimits
    private var place = 0
    private var line = 1
    private var lineStart = 0
    private var marked = (place: 0, column: 1)

    init(_ bytes: [UInt8], limits: FormatLimits) {
        self.bytes = bytes
        self.limits = limits
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            place = 3
            lineStart = 3
        }
    }

    // MARK: Values

    mutating func value(depth: Int) throws(FormatError) -> JSON {
        skipBlanks()
        switch try peek() {
        case UInt8(ascii: "{"):
            try checkDepth(depth + 1)
            var object = JSONObject()
            try members { (parser, key, start) throws(FormatError) in
                guard !object.contains(key) else { throw parser.duplicate(key, from: start) }
                object.add(key, try parser.value(depth: depth + 1))
            }
            return .object(object)
        case UInt8(ascii: "["):
            try checkDepth(depth + 1)
            var elements: [JSON] = []
            try self.elements { (parser) throws(FormatError) in
                elements.append(try parser.value(depth: depth + 1))
            }
            return .array(elements)
        default: return try scalar()
        }
    }

    mutating func tree(depth: Int) throws(FormatError) -> PositionedTree {
        skipBlanks()
        let start = mark()
        switch try peek() {
        case UInt8(ascii: "{"):
            try checkDepth(depth + 1)
            var object: [PositionedTree.Member] = []
            var seen: Set<String> = []
            try members { (parser, key, from) throws(FormatError) in
                guard seen.insert(key).inserted else { throw parser.duplicate(key, from: from) }
                let keyPosition = parser.mark(from)
                object.append((key, keyPosition, try parser.tree(depth: depth + 1)))
            }
            return PositionedTree(.mapping(object), at: start)
        case UInt8(ascii: "["):
            try checkDepth(depth + 1)
            var elements: [PositionedTree] = []
            try self.elements { (parser) throws(FormatError) in
                elements.append(try parser.tree(depth: depth + 1))
            }
            return PositionedTree(.sequence(elements), at: start)
        default:
            let from = place
            let value = try scalar()
            let text = value.string ?? String(decoding: bytes[from..<place], as: UTF8.self)
            let isQuoted = value.string != nil
            return PositionedTree(
                .scalar(PositionedScalar(value, text: text, isPlain: !isQuoted)),
                at: start
            )
        }
    }

    /// Whether only blanks are left.
    var isAtEnd: Bool {
        mutating get {
            skipBlanks()
            return place == bytes.count
        }
    }

    mutating func end() throws(FormatError) {
        guard !isAtEnd else { return }
        throw error("there is text after the end of the value")
    }

    // MARK: Structure

    private mutating func members(
        _ body: (inout Self, String, Origin) throws(FormatError) -> Void
    ) throws(FormatError) {
        place += 1
        skipBlanks()
        if try peek() == UInt8(ascii: "}") {
            place += 1
            return
        }
        while true {
            skipBlanks()
            let start = Origin(place: place, line: line, lineStart: lineStart)
            guard try peek() == UInt8(ascii: "\"") else {
                throw error("a key in double quotes is expected")
            }
            let key = try string()
            skipBlanks()
            guard try peek() == UInt8(ascii: ":") else {
                throw error("a colon is expected after the key \"\(key)\"")
            }
            place += 1
            try body(&self, key, start)
            guard try continues(until: UInt8(ascii: "}")) else { return }
        }
    }

    private mutating func elements(
        _ body: (inout Self) throws(FormatError) -> Void
    ) throws(FormatError) {
        place += 1
        skipBlanks()
        if try peek() == UInt8(ascii: "]") {
            place += 1
            return
        }
        while true {
            try body(&self)
            guard try continues(until: UInt8(ascii: "]")) else { return }
        }
    }

    /// Consumes a comma (true) or the closing bracket (false).
    private mutating func continues(until bracket: UInt8) throws(FormatError) -> Bool {
        skipBlanks()
        let byte = try peek()
        guard byte == bracket || byte == UInt8(ascii: ",") else {
            throw error("a comma or \"\(Character(Unicode.Scalar(bracket)))\" is expected")
        }
        place += 1
        return byte != bracket
    }

    // MARK: Scalars

    private mutating func scalar() throws(FormatError) -> JSON {
        switch try peek() {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw error("a value is expected")
        }
    }

    private mutating func word(_ word: String, _ value: JSON) throws(FormatError) -> JSON {
        guard bytes[place...].starts(with: word.utf8) else { throw error("a value is expected") }
        place += word.utf8.count
        return value
    }

    private mutating func number() throws(FormatError) -> JSON {
        let start = place
        if bytes[place] == UInt8(ascii: "-") { place += 1 }
        if byte == UInt8(ascii: "0") {
            place += 1
            if isDigit { throw error("a number may not begin with 0") }
        } else {
            try digits()
        }
        var isInteger = true
        if byte == UInt8(ascii: ".") {
            isInteger = false
            place += 1
            try digits()
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            isInteger = false
            place += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { place += 1 }
            try digits()
        }
        let text = String(decoding: bytes[start..<place], as: UTF8.self)
        if isInteger, let number = Int64(text) { return .int(number) }
        guard let number = Double(text), number.isFinite else {
            place = start
            throw error("the number \(text) is too large")
        }
        return .double(number)
    }

    private mutating func digits() throws(FormatError) {
        guard isDigit else { throw error("a digit is expected") }
        while isDigit { place += 1 }
    }

    private mutating func string() throws(FormatError) -> String {
        place += 1
        let start = place
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "\""):
                let text = try validated(bytes[start..<place])
                place += 1
                return text
            case UInt8(ascii: "\\"): return try escapedString(from: start)
            case 0..<0x20: throw controlCharacter()
            default: place += 1
            }
        }
        throw error("the text ends inside a string")
    }

    /// A string with at least one escape; `place` is at the first one.
    private mutating func escapedString(from start: Int) throws(FormatError) -> String {
        var text = Array(bytes[start..<place])
        while place < bytes.count {
            let byte = bytes[place]
            switch byte {
            case UInt8(ascii: "\""):
                let string = try validated(text[...])
                place += 1
                return string
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw controlCharacter()
            default:
                text.append(byte)
                place += 1
            }
        }
        throw error("the text ends inside a string")
    }

    private mutating func escape(into text: inout [UInt8]) throws(FormatError) {
        place += 1
        switch try peek() {
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "u"):
            place += 1
            text.append(contentsOf: String(Character(try unicodeEscape())).utf8)
            return
        case let byte where byte == 0x22 || byte == 0x5C || byte == 0x2F: text.append(byte)
        default: throw error("this escape does not exist in JSON")
        }
        place += 1
    }

    private mutating func unicodeEscape() throws(FormatError) -> Unicode.Scalar {
        let first = try hexQuad()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, byte == UInt8(ascii: "\\"), place + 1 < bytes.count,
            bytes[place + 1] == UInt8(ascii: "u")
        else { throw error("half of a surrogate pair stands alone") }
        place += 2
        let second = try hexQuad()
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw error("half of a surrogate pair stands alone") }
        return scalar
    }

    private mutating func hexQuad() throws(FormatError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(try peek())).hexDigitValue else {
                throw error("four hexadecimal digits are expected after \\u")
            }
            value = value << 4 | UInt32(digit)
            place += 1
        }
        return value
    }

    private func validated(_ slice: ArraySlice<UInt8>) throws(FormatError) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw error("the string is not UTF-8")
        }
        return text
    }

    // MARK: Bytes

    private var byte: UInt8? { place < bytes.count ? bytes[place] : nil }

    private var isDigit: Bool {
        place < bytes.count && bytes[place] &- UInt8(ascii: "0") < 10
    }

    private func peek() throws(FormatError) -> UInt8 {
        guard place < bytes.count else { throw error("the text ends too early") }
        return bytes[place]
    }

    private mutating func skipBlanks() {
        while place < bytes.count {
            switch bytes[place] {
            case 0x20, 0x09, 0x0D: place += 1
            case 0x0A:
                place += 1
                line += 1
                lineStart = place
            default: return
            }
        }
    }

    /// Where something begins whose end may be on another line.
    private struct Origin {
        var place: Int
        var line: Int
        var lineStart: Int
    }

    /// The position of a place not before the last one marked, in amortised linear time.
    private mutating func mark() -> Position {
        mark(Origin(place: place, line: line, lineStart: lineStart))
    }

    private mutating func mark(_ origin: Origin) -> Position {
        if marked.place < origin.lineStart || marked.place > origin.place {
            marked = (origin.lineStart, 1)
        }
        marked.column += columns(from: marked.place, to: origin.place)
        marked.place = origin.place
        return Position(line: origin.line, column: marked.column)
    }

    private func columns(from start: Int, to end: Int) -> Int {
        var count = 0
        for index in start..<end where bytes[index] & 0xC0 != 0x80 { count += 1 }
        return count
    }

    private func position(of place: Int) -> Position {
        Position(line: line, column: 1 + columns(from: lineStart, to: place))
    }

    private func checkDepth(_ depth: Int) throws(FormatError) {
        guard depth > limits.depth else { return }
        try limits.check(depth: depth, at: position(of: place))
    }

    private func error(_ what: String) -> FormatError { FormatError(what, at: position(of: place)) }

    private func controlCharacter() -> FormatError {
        FormatError(
            "a string holds a raw control character",
            remedy: #"write it as an escape such as \n"#,
            at: position(of: place)
        )
    }

    /// The error for a key that begins at `start`.
    private func duplicate(_ key: String, from start: Origin) -> FormatError {
        FormatError(
            "the key \"\(key)\" stands twice in one map",
            remedy: "remove one of them",
            at: Position(
                line: start.line,
                column: 1 + columns(from: start.lineStart, to: start.place)
            )
        )
    }
}
