import Basics
import Formats

/// A simple command of a shell, its words as the program gets them.
struct ShellCommand {
    /// Where output goes.
    enum Target: Hashable {
        case standard
        case errors
        case nowhere
        case file(String)
    }

    var words: [String] = []
    /// The parts of each word, for those that look into `$(...)`.
    var tokens: [ShellToken] = []
    var output = Target.standard
    var problems = Target.errors
    /// A file that is read or written only to see whether it can be opened.
    var opens: String?
}

extension ShellWaitReader {
    /// Cuts a script into tokens; nil if it is broken or has what is not known.
    func tokens(of script: String) -> [ShellToken]? {
        if let mark = Self.special(in: script) {
            refuse("\"\(mark)\" is not known here", nil)
            return nil
        }
        var lexer = ShellLexer(script, log: log)
        return lexer.tokens()
    }

    /// A parameter such as `$1` or `$?`, which the lexer takes for a text; nil if there is none.
    private static func special(in script: String) -> String? {
        var isSingle = false
        var isDouble = false
        var rest = Substring(script)
        while let character = rest.popFirst() {
            switch character {
            case "\\" where !isSingle: rest = rest.dropFirst()
            case "'" where !isDouble: isSingle.toggle()
            case "\"" where !isSingle: isDouble.toggle()
            case "$" where !isSingle:
                if let next = rest.first, "@*#?$!-0123456789'\"".contains(next) {
                    // "$" before the closing quote is a text.
                    if next == "\"" && isDouble { continue }
                    return "$\(next)"
                }
            default: break
            }
        }
        return nil
    }

    /// Whether nothing of a word was quoted.
    func isPlain(_ token: ShellToken) -> Bool {
        if case .word(_, isPlain: true, _) = token { true } else { false }
    }

    /// Takes `NAME=value`; false if it is no such word.
    func assign(_ token: ShellToken) -> Bool {
        guard case .word(let parts, _, let position) = token, case .text(let text) = parts.first,
            let equals = text.firstIndex(of: "=")
        else { return false }
        let name = String(text[..<equals])
        guard let first = name.unicodeScalars.first, first == "_" || first.properties.isAlphabetic,
            name.unicodeScalars.allSatisfy({
                $0 == "_" || $0.properties.isAlphabetic || ("0"..."9").contains($0)
            })
        else { return false }
        let rest = String(text[text.index(after: equals)...])
        let value = (rest.isEmpty ? [] : [ShellPart.text(rest)]) + parts.dropFirst()
        guard let value = self.text(of: value, position) else { return true }
        variables[name] = value
        return true
    }

    /// What a variable holds; nil if it is not set.
    func value(of name: String) -> String? { variables[name] ?? environment[name] }

    /// A text with its variables filled in; nil if a part is not known, which is then said.
    func text(of parts: [ShellPart], _ position: Position) -> String? {
        var text = ""
        for part in parts {
            switch part {
            case .text(let piece): text += piece
            case .variable(let name, let standard):
                let value = value(of: name)
                if let standard, value ?? "" == "" {
                    guard !standard.contains(where: { "$`\\'\"".contains($0) }) else {
                        refuse("what stands for ${\(name)} is not known here", position)
                        return nil
                    }
                    text += standard
                } else {
                    if value == nil, name.isEmpty {
                        refuse("${} is not known here", position)
                        return nil
                    }
                    text += value ?? ""
                }
            case .command(let code):
                refuse("$(\(code)) is not known here", position)
                return nil
            }
        }
        return text
    }

    /// The words that a word becomes; nil if it is not known.
    func words(of token: ShellToken) -> [String]? {
        guard case .word(let parts, let isPlain, let position) = token else { return nil }
        guard let text = text(of: parts, position) else { return nil }
        guard isPlain else { return [text] }
        let isFixed = parts.allSatisfy { if case .text = $0 { true } else { false } }
        if isFixed {
            let isPattern = text.contains(where: { "*?[".contains($0) })
            // A bracket alone is the program.
            if isPattern, text != "[", text != "[[", !text.contains("://") {
                refuse("\"\(text)\" may stand for names of files", position, "quote it")
                return nil
            }
            if text.hasPrefix("~") {
                refuse("\"\(text)\" is not known here", position, "write the path out")
                return nil
            }
            return [text]
        }
        return text.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\n" }).map(
            String.init
        )
    }

    /// A command and where its output goes; nil if a word or redirection is not known.
    func command(_ tokens: some Collection<ShellToken>) -> ShellCommand? {
        var command = ShellCommand()
        var rest = Array(tokens)[...]
        while let token = rest.popFirst() {
            switch token {
            case .word:
                guard let words = words(of: token) else { return nil }
                command.words += words
                command.tokens += [ShellToken](repeating: token, count: words.count)
            case .sign(let sign, let position):
                refuse("\"\(sign)\" is not known here", position)
                return nil
            case .redirect(let number, let sign, let target, let position):
                guard redirect(number, sign, target, position, &rest, &command) else { return nil }
            }
        }
        return command
    }

    private func redirect(
        _ number: Int,
        _ sign: String,
        _ other: String?,
        _ position: Position,
        _ rest: inout ArraySlice<ShellToken>,
        _ command: inout ShellCommand
    ) -> Bool {
        var target: ShellCommand.Target
        if let other {
            switch other {
            case "1": target = command.output
            case "2": target = command.problems
            default:
                refuse("this redirection is not known here", position)
                return false
            }
        } else {
            guard let token = rest.popFirst(), let path = words(of: token)?.first, !path.isEmpty
            else {
                refuse("the redirection names no file", position)
                return false
            }
            if path.hasPrefix("/dev/tcp/") {
                command.opens = path
                return true
            }
            switch path {
            case "/dev/null": target = .nowhere
            case "/dev/stdout": target = command.output
            case "/dev/stderr": target = command.problems
            default: target = .file(path)
            }
            if sign == "<" {
                guard target == .nowhere else {
                    refuse("reading from \(path) is not known here", position)
                    return false
                }
                return true
            }
        }
        switch number {
        case 1: command.output = target
        case 2: command.problems = target
        default:
            refuse("this redirection is not known here", position)
            return false
        }
        return true
    }
}
