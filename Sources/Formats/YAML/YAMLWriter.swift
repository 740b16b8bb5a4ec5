extension YAML {
    /// The YAML text of a value as `kubectl -o yaml` writes it: keys sorted, block style, lists not
    /// indented below their key, quotes where a plain text would be read as something else.
    ///
    /// - Parameters:
    ///   - value: what to write.
    ///   - sortedKeys: `false` keeps the order of the keys.
    /// - Returns: the text with a line end.
    public static func text(of value: JSON, sortedKeys: Bool = true) -> String {
        var writer = YAMLWriter(sortedKeys: sortedKeys)
        writer.write(value)
        return writer.output
    }
}

struct YAMLWriter {
    private(set) var output = ""
    private let sortedKeys: Bool

    init(sortedKeys: Bool) {
        self.sortedKeys = sortedKeys
    }

    mutating func write(_ value: JSON) {
        switch value {
        case .object(let object) where !object.isEmpty: mapping(object, indent: 0, inline: true)
        case .array(let elements) where !elements.isEmpty: sequence(elements, indent: 0)
        default:
            scalar(value, indent: 0)
            output += "\n"
        }
    }

    /// A mapping; `inline` means that the cursor already stands where the first key goes.
    private mutating func mapping(_ object: JSONObject, indent: Int, inline: Bool) {
        let members = sortedKeys ? object.sorted().members : object.members
        for (index, member) in members.enumerated() {
            if index > 0 || !inline { output += String(repeating: " ", count: indent) }
            output += Self.key(member.key) + ":"
            nested(member.value, indent: indent)
        }
    }

    private mutating func nested(_ value: JSON, indent: Int) {
        switch value {
        case .object(let object) where !object.isEmpty:
            output += "\n"
            mapping(object, indent: indent + 2, inline: false)
        case .array(let elements) where !elements.isEmpty:
            output += "\n"
            sequence(elements, indent: indent)
        default:
            output += " "
            scalar(value, indent: indent)
            output += "\n"
        }
    }

    private mutating func sequence(_ elements: [JSON], indent: Int, inline: Bool = false) {
        for (index, element) in elements.enumerated() {
            if index > 0 || !inline { output += String(repeating: " ", count: indent) }
            output += "- "
            switch element {
            case .object(let object) where !object.isEmpty:
                mapping(object, indent: indent + 2, inline: true)
            case .array(let inner) where !inner.isEmpty:
                sequence(inner, indent: indent + 2, inline: true)
            default:
                scalar(element, indent: indent)
                output += "\n"
            }
        }
    }

    private mutating func scalar(_ value: JSON, indent: Int) {
        switch value {
        case .string(let text): output += Self.string(text, indent: indent)
        case .array: output += "[]"
        case .object: output += "{}"
        default: output += value.text()
        }
    }

    // MARK: Strings

    /// Keys stand on one line; the longest that YAML allows without `? ` is 1,024 characters.
    private static func key(_ text: String) -> String {
        let shape = Shape(text)
        if text.isEmpty || shape.needsDouble || shape.hasBreak { return double(text) }
        if YAMLScalars.isAmbiguous(text) || text == "<<" { return double(text) }
        return shape.isPlain ? text : single(text)
    }

    private static func string(_ text: String, indent: Int) -> String {
        if text.isEmpty { return "\"\"" }
        let shape = Shape(text)
        if shape.hasBreak {
            return shape.allowsBlock ? literal(text, indent: indent + 2) : double(text)
        }
        if shape.needsDouble || YAMLScalars.isAmbiguous(text) { return double(text) }
        return shape.isPlain && text != "<<" ? text : single(text)
    }

    private static func single(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
            + "'"
    }

    private static func double(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case "\0": result += "\\0"
            case let scalar where !Shape.isPrintable(scalar):
                let digits = String(scalar.value, radix: 16, uppercase: true)
                let (mark, width) =
                    scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
                result += "\\" + mark + String(repeating: "0", count: width - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static func literal(_ text: String, indent: Int) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        var header = "|"
        if text.hasPrefix(" ") || text.hasPrefix("\n") { header += "2" }
        var body = lines[...]
        if text.hasSuffix("\n") {
            body = body.dropLast()
            if text.hasSuffix("\n\n") || text == "\n" { header += "+" }
        } else {
            header += "-"
        }
        let prefix = String(repeating: " ", count: indent)
        return header + body.map { $0.isEmpty ? "\n" : "\n" + prefix + $0 }.joined()
    }

    /// What libyaml's emitter looks at before it chooses a style.
    private struct Shape {
        var isPlain = true
        var needsDouble = false
        var hasBreak = false
        var allowsBlock = true

        init(_ text: String) {
            let scalars = Array(text.unicodeScalars)
            if text.hasPrefix("---") || text.hasPrefix("...") { isPlain = false }
            for (index, scalar) in scalars.enumerated() {
                let previous = index > 0 ? scalars[index - 1] : nil
                let next = index + 1 < scalars.count ? scalars[index + 1] : nil
                let endsWord = next == nil || next == " " || next == "\t" || next == "\n"
                switch scalar {
                case "\n":
                    hasBreak = true
                    if previous == " " || previous == "\t" { allowsBlock = false }
                case " ": if next == nil { allowsBlock = false }
                case "\t":
                    needsDouble = true
                    allowsBlock = false
                case "#" where index == 0 || previous == " ": isPlain = false
                case ":" where endsWord: isPlain = false
                case "-" where index == 0 && endsWord: isPlain = false
                case "?" where index == 0 && endsWord: isPlain = false
                default:
                    if index == 0, ",[]{}&*!|>'\"%@`".unicodeScalars.contains(scalar) {
                        isPlain = false
                    }
                    if !Self.isPrintable(scalar) {
                        needsDouble = true
                        allowsBlock = false
                    }
                }
            }
            if scalars.first == " " || scalars.last == " " { isPlain = false }
        }

        static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.value {
            case 0x0A, 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE,
                0xFF00...0xFFFD, 0x10000...0x10FFFF:
                true
            default: scalar == "\t"
            }
        }
    }
}
