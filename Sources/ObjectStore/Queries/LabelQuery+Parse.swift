public import Formats

extension LabelQuery {
    /// Reads a selector: `a=b`, `a==b`, `a!=b`, `a in (x,y)`, `a notin (x)`, `a`, `!a`, `a>1`,
    /// `a<1`, joined by commas.
    ///
    /// - Throws: what is not understood.
    public init(_ text: String) throws(FormatError) {
        var requirements: [Requirement] = []
        var tokens = Self.tokens(text)[...]
        while let token = tokens.popFirst() {
            if token == "!" {
                requirements.append(.missing(try Self.word(&tokens, text)))
            } else if Self.isWord(token) {
                requirements.append(try Self.requirement(token, &tokens, text))
            } else {
                throw Self.bad(text, token)
            }
            guard let comma = tokens.popFirst() else { break }
            guard comma == ",", !tokens.isEmpty else { throw Self.bad(text, comma) }
        }
        self.init(requirements)
    }

    private static func requirement(
        _ key: String,
        _ tokens: inout ArraySlice<String>,
        _ text: String
    ) throws(FormatError) -> Requirement {
        switch tokens.first {
        case nil, ",": return .exists(key)
        case "=", "==", "!=":
            let isEqual = tokens.removeFirst() != "!="
            // An empty value is allowed: `a=`.
            var value = ""
            if let next = tokens.first, isWord(next) { value = tokens.removeFirst() }
            return isEqual ? .oneOf(key, [value]) : .noneOf(key, [value])
        case ">", "<":
            let isGreater = tokens.removeFirst() == ">"
            guard let number = Int(try word(&tokens, text)) else { throw bad(text, key) }
            return isGreater ? .greater(key, number) : .less(key, number)
        case "in", "notin":
            let isIn = tokens.removeFirst() == "in"
            let values = try self.values(&tokens, text)
            return isIn ? .oneOf(key, values) : .noneOf(key, values)
        case .some(let other): throw bad(text, other)
        }
    }

    private static func values(
        _ tokens: inout ArraySlice<String>,
        _ text: String
    ) throws(FormatError) -> Set<String> {
        guard tokens.popFirst() == "(" else { throw bad(text, "in") }
        var values: Set<String> = []
        var value = ""
        while let token = tokens.popFirst() {
            switch token {
            case ")":
                values.insert(value)
                return values
            case ",":
                values.insert(value)
                value = ""
            case let word where isWord(word) && value.isEmpty: value = word
            default: throw bad(text, token)
            }
        }
        throw bad(text, "(")
    }

    private static func word(
        _ tokens: inout ArraySlice<String>,
        _ text: String
    ) throws(FormatError) -> String {
        guard let token = tokens.popFirst(), isWord(token) else { throw bad(text, "!") }
        return token
    }

    private static func bad(_ text: String, _ token: String) -> FormatError {
        FormatError(
            "unable to parse requirement: \"\(token)\" is not expected in \"\(text)\"",
            remedy: "write selectors like app=web,tier in (a,b),!old"
        )
    }

    private static func isWord(_ token: String) -> Bool {
        token.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."), UInt8(ascii: "/"):
                true
            default: false
            }
        }
    }

    private static func tokens(_ text: String) -> [String] {
        var tokens: [String] = []
        var word = ""
        func flush() {
            if !word.isEmpty { tokens.append(word) }
            word = ""
        }
        for character in text {
            switch character {
            case " ", "\t", "\n": flush()
            case ",", "(", ")", "!", ">", "<":
                flush()
                tokens.append(String(character))
            case "=":
                flush()
                if let last = tokens.last, last == "=" || last == "!" {
                    tokens[tokens.count - 1] = last + "="
                } else {
                    tokens.append("=")
                }
            default: word.append(character)
            }
        }
        flush()
        return tokens
    }
}
