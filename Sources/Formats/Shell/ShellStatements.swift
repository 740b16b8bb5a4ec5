/// Takes a script's statements one by one; loops stay whole.
package struct ShellStatements: Sendable {
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
        while at < tokens.count {
            let token = tokens[at]
            at += 1
            if case .word(let parts, isPlain: true, _) = token, parts.count == 1,
                case .text(let word) = parts[0]
            {
                if word == "while" || word == "until" || word == "for" { depth += 1 }
                if word == "done" { depth -= 1 }
            }
            if depth <= 0, case .sign(let sign, _) = token, sign != "|", sign != "(", sign != ")" {
                return (taken, token)
            }
            taken.append(token)
        }
        return (taken, nil)
    }
}
