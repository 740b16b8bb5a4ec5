/// Cuts a script into tokens.
struct Lexer {
    private let source: [UInt8]
    private var position = 0
    private var tokens: [Token] = []

    /// Cuts a script.
    ///
    /// - Returns: Its tokens, an `end` last.
    /// - Throws: Errors 206 to 209.
    static func tokens(of source: [UInt8]) throws(SyntaxError) -> [Token] {
        var lexer = Self(source: source)
        while try lexer.next() {}
        return lexer.tokens
    }

    private init(source: [UInt8]) {
        self.source = source
        tokens.reserveCapacity(source.count / 4)
    }

    private func peek(_ distance: Int = 0) -> UInt8? {
        position + distance < source.count ? source[position + distance] : nil
    }

    private mutating func add(_ kind: TokenKind, _ length: Int) {
        tokens.append(Token(kind: kind, span: position..<position + length))
        position += length
    }

    private mutating func next() throws(SyntaxError) -> Bool {
        while let byte = peek(), byte == 0x20 || byte == 0x09 || byte == 0x0D { position += 1 }
        guard let byte = peek() else {
            add(.end, 0)
            return false
        }
        switch byte {
        case UInt8(ascii: "#"):
            while let byte = peek(), byte != 0x0A { position += 1 }
        case UInt8(ascii: "\""):
            try string()
        case UInt8(ascii: "r") where peek(1) == 0x27: try quoted(.regex)
        case UInt8(ascii: "s") where peek(1) == 0x27: try quoted(.rawString)
        case UInt8(ascii: "t") where peek(1) == 0x27: try quoted(.timestamp)
        case _ where Self.continuesWord(byte) && !Self.isDigit(byte): word()
        case _ where Self.isDigit(byte): try number()
        case UInt8(ascii: "-"):
            if peek(1) == UInt8(ascii: ">") {
                add(.arrow, 2)
            } else if let next = peek(1), Self.isDigit(next),
                !(tokens.last?.kind.endsValue ?? false)
            {
                try number()
            } else {
                add(.minus, 1)
            }
        default:
            if let kind = Self.single[byte] {
                add(kind, 1)
            } else {
                symbol(byte)
            }
        }
        return true
    }

    private static let single: [UInt8: TokenKind] = [
        0x0A: .newline, UInt8(ascii: ";"): .semicolon, UInt8(ascii: ","): .comma,
        UInt8(ascii: ":"): .colon, UInt8(ascii: "."): .dot, UInt8(ascii: "%"): .percent,
        UInt8(ascii: "("): .openParenthesis, UInt8(ascii: ")"): .closeParenthesis,
        UInt8(ascii: "["): .openBracket, UInt8(ascii: "]"): .closeBracket,
        UInt8(ascii: "{"): .openBrace, UInt8(ascii: "}"): .closeBrace,
        UInt8(ascii: "+"): .plus, UInt8(ascii: "*"): .star, UInt8(ascii: "/"): .slash,
    ]

    private mutating func symbol(_ byte: UInt8) {
        let next = peek(1)
        switch (byte, next) {
        case (UInt8(ascii: "="), UInt8(ascii: "=")): add(.equal, 2)
        case (UInt8(ascii: "="), _): add(.assign, 1)
        case (UInt8(ascii: "!"), UInt8(ascii: "=")): add(.unequal, 2)
        case (UInt8(ascii: "!"), _): add(.bang, 1)
        case (UInt8(ascii: "<"), UInt8(ascii: "=")): add(.lessOrEqual, 2)
        case (UInt8(ascii: "<"), _): add(.less, 1)
        case (UInt8(ascii: ">"), UInt8(ascii: "=")): add(.greaterOrEqual, 2)
        case (UInt8(ascii: ">"), _): add(.greater, 1)
        case (UInt8(ascii: "&"), UInt8(ascii: "&")): add(.and, 2)
        case (UInt8(ascii: "&"), _): add(.ampersand, 1)
        case (UInt8(ascii: "|"), UInt8(ascii: "|")): add(.or, 2)
        case (UInt8(ascii: "|"), UInt8(ascii: "=")): add(.mergeAssign, 2)
        case (UInt8(ascii: "|"), _): add(.pipe, 1)
        case (UInt8(ascii: "?"), UInt8(ascii: "?")): add(.coalesce, 2)
        case (UInt8(ascii: "?"), _): add(.question, 1)
        default:
            // All bytes of a character that is no ASCII are one token.
            var length = 1
            while let byte = peek(length), byte & 0xC0 == 0x80, length < 4 { length += 1 }
            add(.invalid, length)
        }
    }

    // MARK: Words and numbers

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    static func continuesWord(_ byte: UInt8) -> Bool {
        byte >= 0x61 && byte <= 0x7A || byte >= 0x41 && byte <= 0x5A || isDigit(byte)
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "@")
    }

    private static let keywords: [String: TokenKind] = [
        "if": .ifWord, "else": .elseWord, "null": .nullWord, "true": .trueWord,
        "false": .falseWord, "abort": .abortWord, "return": .returnWord, "for": .forWord,
        "break": .breakWord, "continue": .continueWord,
    ]

    /// Words that later versions of the language may use.
    static let reserved: Set<String> = [
        "array", "bool", "boolean", "do", "emit", "float", "forall",
        "foreach", "all", "each", "any", "try", "undefined", "int", "integer", "iter", "object",
        "regex", "string", "traverse", "timestamp", "duration", "unless", "walk", "while", "loop",
    ]

    private mutating func word() {
        var length = 1
        while let byte = peek(length), Self.continuesWord(byte) { length += 1 }
        if length == 1, peek() == UInt8(ascii: "_") {
            add(.underscore, 1)
            return
        }
        let text = String(decoding: source[position..<position + length], as: UTF8.self)
        // A reserved word with a parenthesis calls the function of that name.
        let after = peek(length)
        let isCall =
            after == UInt8(ascii: "(")
            || after == UInt8(ascii: "!") && peek(length + 1) == UInt8(ascii: "(")
        if let kind = Self.keywords[text], !isCall || kind != .abortWord {
            add(kind, length)
        } else {
            add(Self.reserved.contains(text) && !isCall ? .reserved : .identifier, length)
        }
    }

    private mutating func number() throws(SyntaxError) {
        var length = 1
        while let byte = peek(length), Self.isDigit(byte) || byte == UInt8(ascii: "_") {
            length += 1
        }
        if let byte = peek(length), Self.continuesWord(byte), peek() != UInt8(ascii: "-") {
            word()
            return
        }
        if peek(length) == UInt8(ascii: ".") {
            length += 1
            while let byte = peek(length), Self.isDigit(byte) || byte == UInt8(ascii: "_") {
                length += 1
            }
            add(.float, length)
        } else {
            add(.integer, length)
        }
    }

    // MARK: Quoted texts

    private mutating func quoted(_ kind: TokenKind) throws(SyntaxError) {
        var length = 2
        while let byte = peek(length) {
            if byte == 0x27 {
                add(kind, length + 1)
                return
            }
            length += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        throw SyntaxError(208, "invalid literal", at: position..<position + 1, "invalid literal")
    }

    private mutating func string() throws(SyntaxError) {
        var length = 1
        while let byte = peek(length) {
            if byte == UInt8(ascii: "\"") {
                add(.string, length + 1)
                return
            }
            length += byte == UInt8(ascii: "\\") ? try escape(at: length) : 1
        }
        throw SyntaxError(
            207,
            "invalid string literal",
            at: position..<position + 1,
            "invalid string literal"
        )
    }

    /// The length of an escape that stands so far in.
    private func escape(at distance: Int) throws(SyntaxError) -> Int {
        let start = position + distance
        guard let byte = peek(distance + 1) else { return 1 }
        if "\n'\"\\nrt{}0".utf8.contains(byte) { return 2 }
        guard byte == UInt8(ascii: "u"), peek(distance + 2) == UInt8(ascii: "{") else {
            throw Self.badEscape(source, start)
        }
        var length = 3
        while let byte = peek(distance + length), byte != UInt8(ascii: "}"), length < 10 {
            guard Self.isHexadecimal(byte) else { throw Self.badEscape(source, start + length - 1) }
            length += 1
        }
        let digits = source[min(start + 3, source.count)..<min(start + length, source.count)]
        let number = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        guard peek(distance + length) == UInt8(ascii: "}"), let number,
            Unicode.Scalar(number) != nil
        else { throw Self.badEscape(source, start) }
        return length + 1
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte >= 0x61 && byte <= 0x66 || byte >= 0x41 && byte <= 0x46
    }

    private static func badEscape(_ source: [UInt8], _ start: Int) -> SyntaxError {
        let rest = String(
            decoding: source[(start + 1)..<min(start + 5, source.count)],
            as: UTF8.self
        )
        let character = rest.first.map(String.init) ?? "none"
        return SyntaxError(
            209,
            "invalid escape character: \\\(character)",
            at: start + 1..<start + 1 + character.utf8.count,
            "invalid escape character: \(character)"
        )
    }
}
