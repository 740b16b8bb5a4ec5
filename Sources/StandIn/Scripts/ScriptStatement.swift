/// A simple command of a script, with what ends it.
struct ScriptStatement: Hashable, Sendable {
    var words: [String] = []
    /// Whether no word holds a variable or another command.
    var isPlain = true
    /// Whether it reads from or writes to files.
    var hasRedirects = false
    /// `;`, `&&`, `||`, `|`, `&`, `(`, `)`, or nothing at the end of the script.
    var end = ""

    /// The first word, without the directories before it.
    var program: String { words.first.map(StandInRequest.baseName) ?? "" }

    /// Takes tokens apart into commands; empty ones are left out.
    static func list(_ tokens: [ScriptToken]) -> [ScriptStatement] {
        var list: [ScriptStatement] = []
        var next = ScriptStatement()
        var isFile = false
        func isEmpty(_ statement: ScriptStatement) -> Bool {
            statement.words.isEmpty && !statement.hasRedirects
        }
        for token in tokens {
            switch token {
            case .word(let text, let isPlain):
                if isFile {
                    isFile = false
                } else {
                    next.words.append(text)
                    next.isPlain = next.isPlain && isPlain
                }
            case .redirect:
                next.hasRedirects = true
                isFile = true
            case .sign(let sign):
                next.end = sign
                // An empty line is no command; any other sign without one is kept and refused later.
                if !isEmpty(next) || sign != ";" { list.append(next) }
                next = ScriptStatement()
                isFile = false
            }
        }
        if !isEmpty(next) { list.append(next) }
        return list
    }

    /// Only `NAME=value`.
    var isAssignment: Bool {
        guard let word = words.first, words.count == 1, let equals = word.firstIndex(of: "=") else {
            return false
        }
        return equals != word.startIndex && end != "|"
            && word[..<equals].allSatisfy { $0 == "_" || $0.isLetter || $0.isNumber }
    }

    /// It changes how the shell itself works.
    var isSetting: Bool { program == "set" && words.dropFirst().allSatisfy { $0.first == "-" } }

    /// It tells the reader something, or changes only the shell.
    var isHarmless: Bool {
        guard ["", ";", "&&"].contains(end) else { return false }
        if isAssignment || isSetting { return true }
        switch program {
        case "echo", "printf", "date": return !hasRedirects
        case "true", ":": return true
        case "exit": return words.dropFirst().first ?? "0" == "0"
        default: return false
        }
    }

    /// It asks whether something is there.
    var isCheck: Bool {
        Self.checks.contains(program) && !["&", "(", ")"].contains(end)
    }

    private static let checks: Set<String> = [
        "[", "curl", "dig", "getent", "host", "mysqladmin", "nc", "ncat", "netcat", "nslookup",
        "pg_isready", "redis-cli", "test", "timeout", "wget", "grep",
    ]
}
