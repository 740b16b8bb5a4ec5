package import Formats

/// The words of a command line as people write it, without a shell that would run it.
///
/// Blanks part words; quotes and backslashes work as in a shell. What only a shell could do (pipes,
/// redirections, variables, several commands) is refused, since it would silently not happen.
package enum CommandWords {
    /// Takes a command line apart.
    ///
    /// - Returns: At least one word.
    /// - Throws: What cannot be done without a shell, an open quote, or that there is no word.
    package static func of(_ text: String) throws(FormatError) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Unicode.Scalar?
        var column = 0
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            column += 1
            if let open = quote {
                if scalar == open {
                    quote = nil
                } else if scalar == "\\", open == "\"", let next = rest.first,
                    "\"\\$`".unicodeScalars.contains(next)
                {
                    word?.unicodeScalars.append(next)
                    rest.removeFirst()
                    column += 1
                } else {
                    if open == "\"", "$`".unicodeScalars.contains(scalar) {
                        throw refused(scalar, column)
                    }
                    word?.unicodeScalars.append(scalar)
                }
                continue
            }
            switch scalar {
            case " ", "\t", "\n":
                if let whole = word { words.append(whole) }
                word = nil
            case "'", "\"":
                quote = scalar
                word = word ?? ""
            case "\\":
                guard let next = rest.popFirst() else {
                    throw FormatError("nothing follows the backslash", at: place(column))
                }
                column += 1
                word = (word ?? "") + String(next)
            case "|", "&", ";", "<", ">", "(", ")", "$", "`", "*", "?":
                throw refused(scalar, column)
            case "#" where word == nil:
                throw refused(scalar, column)
            default: word = (word ?? "") + String(scalar)
            }
        }
        if let quote { throw FormatError("the quote \(quote) is not closed", at: place(column)) }
        if let whole = word { words.append(whole) }
        guard !words.isEmpty else { throw FormatError("there is no command", at: place(1)) }
        return words
    }

    private static func place(_ column: Int) -> Position {
        Position(line: 1, column: max(column, 1))
    }

    private static func refused(_ scalar: Unicode.Scalar, _ column: Int) -> FormatError {
        FormatError(
            "only a shell knows what \(scalar) means",
            remedy: "quote it, or write sh -c '...'",
            at: place(column)
        )
    }
}
