/// Patterns of tags in Fluentd's writing.
enum FluentdPatterns {
    /// The patterns of an element's argument; `**` for none.
    static func patterns(_ argument: String) -> [String] {
        let words = argument.split(whereSeparator: \.isWhitespace).map(String.init)
        return words.isEmpty ? ["**"] : words
    }

    static func match(_ patterns: [String]) -> [TagPattern] {
        patterns.map { pattern in
            if pattern.count > 2, pattern.hasPrefix("/"), pattern.hasSuffix("/") {
                return .expression(String(pattern.dropFirst().dropLast()))
            }
            return .parts(pattern)
        }
    }

    /// Whether every tag fits.
    static func fitsAll(_ patterns: [String]) -> Bool { patterns.contains("**") }

    /// A regular expression for what fits none of the patterns.
    static func complement(_ patterns: [String]) -> String {
        let all = patterns.map { pattern -> String in
            if pattern.count > 2, pattern.hasPrefix("/"), pattern.hasSuffix("/") {
                return "[\\s\\S]*(?:\(pattern.dropFirst().dropLast()))[\\s\\S]*"
            }
            return expression(pattern)
        }
        return "\\A(?!(?:\(all.joined(separator: "|")))\\z)"
    }

    /// The regular expression of a pattern.
    static func expression(_ pattern: String) -> String {
        var text = ""
        var depth = 0
        let characters = Array(pattern)
        var index = 0
        while index < characters.count {
            let character = characters[index]
            let rest = characters[index...]
            if rest.starts(with: ".**"),
                index + 3 == characters.count || characters[index + 3] == "."
            {
                text += "(?:\\..*)?"
                index += 3
                continue
            }
            if rest.starts(with: "**.") {
                text += "(?:.*\\.)?"
                index += 3
                continue
            }
            if rest.starts(with: "**") {
                text += ".*"
                index += 2
                continue
            }
            switch character {
            case "*": text += "[^.]*"
            case "{":
                depth += 1
                text += "(?:"
            case "}" where depth > 0:
                depth -= 1
                text += ")"
            case "," where depth > 0: text += "|"
            default:
                if character.isASCII, !character.isLetter, !character.isNumber, character != "_" {
                    text += "\\"
                }
                text.append(character)
            }
            index += 1
        }
        return text + String(repeating: ")", count: depth)
    }
}
