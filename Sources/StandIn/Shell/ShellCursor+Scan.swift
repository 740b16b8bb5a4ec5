import Formats

extension ShellCursor {
    /// What tokens stand in.
    private enum Nest {
        /// Until `done`, `fi` or `}`.
        case block
        case parentheses
        /// Behind `case`, before its word; then before its `in`.
        case subject
        case head
        /// The patterns and the commands of an arm.
        case patterns
        case arm
    }

    /// Looks at the signs that follow and stand in nothing else, until one is enough, or what is around them ends.
    func scan(_ goesOn: (String) -> Bool) {
        var nests: [Nest] = []
        // Words of the shell are that only where a command begins.
        var isFirst = true
        for token in rest {
            let word: String? =
                if case .word(_, isPlain: true, _) = token { token.plainText } else { nil }
            var sign: String?
            if case .sign(let text, _) = token { sign = text }
            switch nests.last {
            case .subject: if sign == nil { nests[nests.count - 1] = .head }
            case .head: if word == "in" { nests[nests.count - 1] = .patterns }
            case .patterns:
                if word == "esac" {
                    nests.removeLast()
                    isFirst = false
                } else if sign == ")" {
                    nests[nests.count - 1] = .arm
                    isFirst = true
                }
            case .arm where sign == ";;": nests[nests.count - 1] = .patterns
            case nil, .block, .parentheses, .arm:
                if let sign {
                    isFirst = true
                    if sign == "(" { nests.append(.parentheses) }
                    if sign == ")" {
                        guard nests.popLast() != nil else { return }
                    } else if nests.isEmpty, !goesOn(sign) {
                        return
                    }
                } else if isFirst, let word {
                    isFirst = Self.openers.contains(word)
                    switch word {
                    case "case": nests.append(.subject)
                    case "while", "until", "for", "if", "{": nests.append(.block)
                    case "done", "fi", "}", "esac": guard nests.popLast() != nil else { return }
                    default: break
                    }
                } else {
                    isFirst = false
                }
            }
        }
    }

    /// Behind these a command begins.
    private static let openers: Set<String> = [
        "do", "then", "else", "elif", "while", "until", "if", "{", "!",
    ]
}
