/// Takes a script's statements one by one; loops and `case` stay whole.
package struct ShellStatements: Sendable {
    /// Behind these a command begins.
    private static let openers: Set<String> = [
        "while", "until", "do", "if", "then", "else", "elif", "!", "{",
    ]
    private let tokens: [ShellToken]
    private var at = 0

    /// Begins with the first.
    package init(_ tokens: [ShellToken]) {
        self.tokens = tokens
    }

    /// What was not taken yet.
    package var rest: ArraySlice<ShellToken> { tokens[at...] }

    /// The next statement and the sign that ended it.
    package mutating func next() -> (tokens: [ShellToken], end: ShellToken?)? {
        guard at < tokens.count else { return nil }
        var taken: [ShellToken] = []
        var depth = 0
        // A word is the shell's own only where a command may begin: `echo waiting for it` has none.
        var isBeginning = true
        while at < tokens.count {
            let token = tokens[at]
            at += 1
            if case .word(let parts, isPlain: true, _) = token, parts.count == 1,
                case .text(let word) = parts[0], isBeginning
            {
                if ["while", "until", "for", "case"].contains(word) { depth += 1 }
                if word == "done" || word == "esac" { depth -= 1 }
                isBeginning = Self.openers.contains(word)
            } else if case .sign = token {
                isBeginning = true
            } else {
                isBeginning = false
            }
            if depth <= 0, case .sign(let sign, _) = token, sign != "|", sign != "(", sign != ")" {
                return (taken, token)
            }
            taken.append(token)
        }
        return (taken, nil)
    }
}
