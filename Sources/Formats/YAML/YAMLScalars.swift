/// What a scalar's text means: the core types of YAML 1.1 as Kubernetes resolves them.
enum YAMLScalars {
    static let prefix = "tag:yaml.org,2002:"

    /// Resolves a scalar by its tag, or by its text if it is plain and has no tag.
    static func resolve(
        _ text: String,
        isPlain: Bool,
        tag: String?,
        at position: Position
    ) throws(FormatError) -> PositionedScalar {
        guard let tag else {
            let value: JSON = isPlain ? try plain(text, at: position) : .string(text)
            return PositionedScalar(value, text: text, isPlain: isPlain)
        }
        let value: JSON
        switch tag {
        case "!", prefix + "str", prefix + "timestamp": value = .string(text)
        case prefix + "null" where text.isEmpty || plainWord(text) == .null: value = .null
        case prefix + "bool":
            let scalar = PositionedScalar(
                plainWord(text) ?? .string(text),
                text: text,
                isPlain: true
            )
            guard let truth = scalar.bool else { throw mismatch(text, "a boolean", at: position) }
            value = .bool(truth)
        case prefix + "int":
            guard let number = integer(text) else {
                throw mismatch(text, "an integer", at: position)
            }
            value = number
        case prefix + "float":
            guard let number = integer(text)?.double ?? float(text) else {
                throw mismatch(text, "a number", at: position)
            }
            value = .double(number)
        default: throw unsupported(tag, at: position)
        }
        return PositionedScalar(value, text: text, isPlain: false)
    }

    /// Whether a string, written plain, would be read as something else by some YAML 1.1 reader.
    static func isAmbiguous(_ text: String) -> Bool {
        guard let value = try? plain(text, at: .start), case .string = value else { return true }
        if PositionedScalar(value, text: text, isPlain: true).bool != nil { return true }
        return looksLikeTime(text) || looksSexagesimal(text)
    }

    /// `2006-01-02`, alone or with a time after `T` or a blank.
    private static func looksLikeTime(_ text: String) -> Bool {
        let date = text.prefix { $0 != "T" && $0 != "t" && $0 != " " }
        let parts = date.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4,
            parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isDigit) }),
            parts.dropFirst().allSatisfy({ $0.utf8.count <= 2 })
        else { return false }
        let rest = text.dropFirst(date.count + 1)
        return rest.isEmpty || rest.utf8.first.map(isDigit) == true && rest.contains(":")
    }

    /// Numbers to the base of 60, such as `12:30` and `8080:80`.
    private static func looksSexagesimal(_ text: String) -> Bool {
        let unsigned = text.first == "-" || text.first == "+" ? text.dropFirst() : text[...]
        let parts = unsigned.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count > 1, let first = parts.first, let last = parts.last,
            first.utf8.first.map(isDigit) == true,
            first.utf8.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: "_") })
        else { return false }
        let whole = last.prefix { $0 != "." }
        return (parts.dropFirst().dropLast() + [whole]).allSatisfy { part in
            part.utf8.allSatisfy(isDigit) && Int(part).map { $0 < 60 } == true
                && part.utf8.count <= 2
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    static func unsupported(_ tag: String, at position: Position) -> FormatError {
        let name = tag.hasPrefix(prefix) ? "!!" + tag.dropFirst(prefix.count) : tag
        return FormatError(
            "the tag \(name) is not supported here",
            remedy: "remove the tag",
            at: position
        )
    }

    private static func mismatch(
        _ text: String,
        _ kind: String,
        at position: Position
    ) -> FormatError {
        FormatError("\"\(text)\" is not \(kind), as its tag says", at: position)
    }

    private static func plain(_ text: String, at position: Position) throws(FormatError) -> JSON {
        if let value = plainWord(text) { return value }
        guard let first = text.utf8.first else { return .null }
        let isNumeric = first &- UInt8(ascii: "0") < 10 || "+-.".utf8.contains(first)
        guard isNumeric else { return .string(text) }
        if specialFloats.contains(text) {
            throw FormatError(
                "\(text) is no number that Kubernetes knows",
                remedy: "write a finite number, or quote it if a text is meant",
                at: position
            )
        }
        if let number = integer(text) { return number }
        if let number = float(text) { return .double(number) }
        return .string(text)
    }

    private static func plainWord(_ text: String) -> JSON? {
        switch text {
        case "", "~", "null", "Null", "NULL": .null
        case "true", "True", "TRUE": .bool(true)
        case "false", "False", "FALSE": .bool(false)
        default: nil
        }
    }

    private static let specialFloats: Set<String> = [
        ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF",
        ".nan", ".NaN", ".NAN",
    ]

    /// Decimal, `0x`, `0b`, `0o` and octal with a leading zero, with `_` between digits.
    private static func integer(_ text: String) -> JSON? {
        var digits = text.filter { $0 != "_" }[...]
        let isNegative = digits.first == "-"
        if isNegative || digits.first == "+" { digits = digits.dropFirst() }
        guard digits.utf8.first.map({ $0 &- UInt8(ascii: "0") < 10 }) == true else { return nil }
        var radix = 10
        if digits.first == "0", digits.count > 1 {
            switch digits.dropFirst().first {
            case "x", "X": (radix, digits) = (16, digits.dropFirst(2))
            case "b", "B": (radix, digits) = (2, digits.dropFirst(2))
            case "o", "O": (radix, digits) = (8, digits.dropFirst(2))
            default: (radix, digits) = (8, digits.dropFirst())
            }
        }
        guard let first = digits.first, first != "+", first != "-" else { return nil }
        if let number = Int64((isNegative ? "-" : "") + digits, radix: radix) {
            return .int(number)
        }
        // Beyond 64 bits it is still a number, as in JSON.
        guard radix == 10, digits.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) else {
            return nil
        }
        return Double(digits).flatMap { $0.isFinite ? .double(isNegative ? -$0 : $0) : nil }
    }

    /// What matches this expression.
    ///
    /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
    private static func float(_ text: String) -> Double? {
        var rest = Array(text.utf8)[...]
        func digits() -> Int {
            let count = rest.prefix { $0 &- UInt8(ascii: "0") < 10 }.count
            rest = rest.dropFirst(count)
            return count
        }
        let isSign = { (byte: UInt8?) in byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") }
        if isSign(rest.first) { rest = rest.dropFirst() }
        let whole = digits()
        var fraction = 0
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = digits()
        }
        guard whole + fraction > 0 else { return nil }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if isSign(rest.first) { rest = rest.dropFirst() }
            guard digits() > 0 else { return nil }
        }
        guard rest.isEmpty, let number = Double(text), number.isFinite else { return nil }
        return number
    }
}
