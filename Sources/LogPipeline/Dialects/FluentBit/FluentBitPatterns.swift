import Formats

/// Regular expressions in configurations.
enum FluentBitPatterns {
    /// What is wrong with an expression; nil if nothing is.
    ///
    /// Onigmo's writing is a little wider than PCRE2's: only what both refuse is reported, which is what
    /// brackets show.
    static func complaint(about text: String) -> String? {
        var depth = 0
        var isEscaped = false
        var classDepth = 0
        for character in text {
            if isEscaped {
                isEscaped = false
                continue
            }
            switch character {
            case "\\": isEscaped = true
            case "[": classDepth += 1
            case "]" where classDepth > 0: classDepth = 0
            case "(" where classDepth == 0: depth += 1
            case ")" where classDepth == 0:
                depth -= 1
                if depth < 0 { return "the expression has a ) too many" }
            default: break
            }
        }
        if isEscaped { return "the expression ends in a backslash" }
        if classDepth > 0 { return "the expression has a [ that does not end" }
        return depth > 0 ? "the expression has a ( that does not end" : nil
    }

    /// The expression between slashes, with the flags after them inside: `/a/i` is `(?i)a`.
    static func unslashed(_ text: String) -> String {
        guard text.hasPrefix("/"), let last = text.lastIndex(of: "/"), last > text.startIndex
        else { return text }
        let flags = text[text.index(after: last)...]
        guard flags.allSatisfy({ "imxo".contains($0) }) else { return text }
        let inner = String(text[text.index(after: text.startIndex)..<last])
        // Onigmo's `m` has the dot fit line ends, which is `s` elsewhere.
        let inside = flags.map { $0 == "m" ? "s" : String($0) }.filter { $0 != "o" }.joined()
        return inside.isEmpty ? inner : "(?\(inside))" + inner
    }
}
