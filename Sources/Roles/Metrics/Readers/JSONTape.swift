/// A document of JSON as a flat list of tokens, each knowing where its value ends: no trees, no strings.
///
/// The whole text is checked before anything is made of it, so half a document gives nothing. Besides RFC 8259 it
/// takes `NaN`, `Infinity` and `-Infinity`, which several libraries write.
struct JSONTape {
    /// What a token is.
    enum Kind: UInt8 {
        case object, array, key, string, escapedString, number, yes, no, null
    }

    /// A value, or the key of one.
    struct Token {
        /// Where its text begins and ends; of strings without the quotes.
        var start: UInt32
        var end: UInt32
        /// The token after its value.
        var next: UInt32
        var kind: Kind
        /// Whether a key has escapes.
        var isEscaped = false

        var range: Range<Int> { Int(start)..<Int(end) }
    }

    /// The deepest nesting.
    static let depthMaximum = 128
    /// The longest text: what tokens can point into.
    static let sizeMaximum = 1 << 31

    let bytes: [UInt8]
    private(set) var tokens: [Token] = []
    private var place = 0
    private var open: [Int32] = []

    /// Reads a text.
    ///
    /// - Throws: Where and why it is no JSON.
    init(_ bytes: [UInt8]) throws(ReadProblem) {
        self.bytes = bytes
        guard bytes.count < Self.sizeMaximum else { throw ReadProblem("the text is too long") }
        tokens.reserveCapacity(bytes.count / 8 + 8)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
        try read()
    }

    private mutating func read() throws(ReadProblem) {
        try value()
        while !open.isEmpty {
            skipBlanks()
            let parent = Int(open[open.count - 1])
            let isObject = tokens[parent].kind == .object
            guard place < bytes.count else { throw ended }
            let byte = bytes[place]
            if byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                place += 1
                tokens[parent].end = UInt32(place)
                tokens[parent].next = UInt32(tokens.count)
                open.removeLast()
                continue
            }
            if tokens.count > parent + 1 {
                guard byte == UInt8(ascii: ",") else { throw problem("a comma is missing") }
                place += 1
                skipBlanks()
            }
            if isObject { try key() }
            try value()
        }
        skipBlanks()
        guard place == bytes.count else { throw problem("there is text after the document") }
    }

    private mutating func key() throws(ReadProblem) {
        guard place < bytes.count else { throw ended }
        guard bytes[place] == UInt8(ascii: "\"") else { throw problem("a key is expected") }
        let (range, isEscaped) = try string()
        push(.key, range)
        tokens[tokens.count - 1].isEscaped = isEscaped
        skipBlanks()
        guard place < bytes.count else { throw ended }
        guard bytes[place] == UInt8(ascii: ":") else { throw problem("a colon is missing") }
        place += 1
    }

    private mutating func value() throws(ReadProblem) {
        skipBlanks()
        guard place < bytes.count else { throw ended }
        switch bytes[place] {
        case UInt8(ascii: "{"): try begin(.object)
        case UInt8(ascii: "["): try begin(.array)
        case UInt8(ascii: "\""):
            let (range, isEscaped) = try string()
            push(isEscaped ? .escapedString : .string, range)
        case UInt8(ascii: "t"): try word("true", .yes)
        case UInt8(ascii: "f"): try word("false", .no)
        case UInt8(ascii: "n"): try word("null", .null)
        case UInt8(ascii: "N"): try word("NaN", .number)
        case UInt8(ascii: "I"): try word("Infinity", .number)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        default: throw problem("a value is expected")
        }
    }

    private mutating func begin(_ kind: Kind) throws(ReadProblem) {
        guard open.count < Self.depthMaximum else {
            throw problem("values are nested more than \(Self.depthMaximum) levels deep")
        }
        open.append(Int32(tokens.count))
        push(kind, place..<place)
        place += 1
    }

    @inline(__always)
    private mutating func push(_ kind: Kind, _ range: Range<Int>) {
        tokens.append(
            Token(
                start: UInt32(range.lowerBound),
                end: UInt32(range.upperBound),
                next: UInt32(tokens.count + 1),
                kind: kind
            )
        )
    }

    private mutating func word(_ word: StaticString, _ kind: Kind) throws(ReadProblem) {
        let count = word.utf8CodeUnitCount
        guard bytes.count - place >= count else { throw ended }
        for (offset, byte) in word.description.utf8.enumerated()
        where bytes[place + offset] != byte {
            throw problem("a value is expected")
        }
        push(kind, place..<(place + count))
        place += count
    }

    private mutating func number() throws(ReadProblem) {
        let start = place
        if bytes[place] == UInt8(ascii: "-") { place += 1 }
        if place < bytes.count, bytes[place] == UInt8(ascii: "I") {
            try word("Infinity", .number)
            tokens[tokens.count - 1].start = UInt32(start)
            return
        }
        let first = place
        try digits()
        if place - first > 1, bytes[first] == UInt8(ascii: "0") {
            throw problem("a number begins with 0")
        }
        if place < bytes.count, bytes[place] == UInt8(ascii: ".") {
            place += 1
            try digits()
        }
        if place < bytes.count, bytes[place] | 0x20 == UInt8(ascii: "e") {
            place += 1
            if place < bytes.count,
                bytes[place] == UInt8(ascii: "+") || bytes[place] == UInt8(ascii: "-")
            {
                place += 1
            }
            try digits()
        }
        push(.number, start..<place)
    }

    @inline(__always)
    private mutating func digits() throws(ReadProblem) {
        let start = place
        while place < bytes.count, bytes[place] &- UInt8(ascii: "0") < 10 { place += 1 }
        guard place > start else {
            throw place < bytes.count ? problem("a digit is expected") : ended
        }
    }

    @inline(__always)
    private mutating func string() throws(ReadProblem) -> (Range<Int>, Bool) {
        place += 1
        let start = place
        var isEscaped = false
        while place < bytes.count {
            let byte = bytes[place]
            if byte == UInt8(ascii: "\"") {
                place += 1
                return (start..<(place - 1), isEscaped)
            }
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                guard let length = Self.escape(bytes.span, place) else {
                    throw place + 1 < bytes.count
                        ? problem("a string holds an escape that JSON does not have") : ended
                }
                place += length - 1
            } else if byte < 0x20 {
                throw problem("a string holds a raw control character")
            }
            place += 1
        }
        throw ended
    }

    @inline(__always)
    private mutating func skipBlanks() {
        while place < bytes.count {
            let byte = bytes[place]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            place += 1
        }
    }

    private var ended: ReadProblem {
        ReadProblem("the document ends in its middle", line: line(bytes.count))
    }

    private func problem(_ what: String) -> ReadProblem { ReadProblem(what, line: line(place)) }

    private func line(_ place: Int) -> Int {
        1 + bytes[..<min(place, bytes.count)].count { $0 == 0x0A }
    }
}

extension JSONTape {
    /// The length of the escape at a place; `nil` if it is none of JSON's.
    static func escape(_ bytes: Span<UInt8>, _ place: Int) -> Int? {
        guard place + 1 < bytes.count else { return nil }
        switch bytes[place + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return 2
        case UInt8(ascii: "u"):
            guard place + 6 <= bytes.count else { return nil }
            for offset in 2..<6 {
                let byte = bytes[place + offset]
                let letter = (byte | 0x20) &- UInt8(ascii: "a")
                guard byte &- UInt8(ascii: "0") < 10 || letter < 6 else { return nil }
            }
            return 6
        default: return nil
        }
    }

    /// The text of a key or string, with its escapes resolved.
    func text(_ index: Int) -> [UInt8] {
        let token = tokens[index]
        guard token.kind == .escapedString || token.isEscaped else {
            return Array(bytes[token.range])
        }
        var text: [UInt8] = []
        var place = Int(token.start)
        while place < Int(token.end) {
            let byte = bytes[place]
            place += 1
            guard byte == UInt8(ascii: "\\"), place < Int(token.end) else {
                text.append(byte)
                continue
            }
            let kind = bytes[place]
            place += 1
            switch kind {
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "u"): text += unicode(&place, Int(token.end)).utf8
            default: text.append(kind)
            }
        }
        return text
    }

    /// The scalar of `\uXXXX`, or of a pair of them; U+FFFD for half a pair and for what is no number.
    private func unicode(_ place: inout Int, _ end: Int) -> String {
        guard let high = quad(&place, end) else { return "\u{FFFD}" }
        if let scalar = Unicode.Scalar(high) { return String(scalar) }
        guard high < 0xDC00, place + 6 <= end, bytes[place] == UInt8(ascii: "\\"),
            bytes[place + 1] == UInt8(ascii: "u")
        else { return "\u{FFFD}" }
        var after = place + 2
        guard let low = quad(&after, end), (0xDC00..<0xE000).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        else { return "\u{FFFD}" }
        place = after
        return String(scalar)
    }

    /// The number of four digits; that they are some was seen when the string was read.
    private func quad(_ place: inout Int, _ end: Int) -> UInt32? {
        guard place + 4 <= end else { return nil }
        let text = String(decoding: bytes[place..<(place + 4)], as: UTF8.self)
        guard let value = UInt32(text, radix: 16) else { return nil }
        place += 4
        return value
    }

    /// The number of a number token.
    func number(_ index: Int) -> Double? { DecimalNumber.parse(bytes, tokens[index].range) }

    /// The value of a member of an object; `nil` if there is none.
    func member(_ object: Int, _ name: [UInt8]) -> Int? {
        guard tokens[object].kind == .object else { return nil }
        var index = object + 1
        let end = Int(tokens[object].next)
        while index < end {
            let token = tokens[index]
            if token.isEscaped
                ? text(index) == name : token.range.count == name.count && isEqual(token, name)
            {
                return index + 1
            }
            index = Int(tokens[index + 1].next)
        }
        return nil
    }

    @inline(__always)
    private func isEqual(_ token: Token, _ name: [UInt8]) -> Bool {
        for offset in 0..<name.count where bytes[Int(token.start) + offset] != name[offset] {
            return false
        }
        return true
    }
}
