import Basics
import Formats

/// Recognises lines of a shell that wait.
final class ShellWaitReader {
    let log: FindingLog
    let environment: [String: String]
    /// Variables that the line sets.
    var variables: [String: String] = [:]
    /// Only bash knows `/dev/tcp`.
    var isBash = false
    /// Whether a command that fails ends the script from here on (`set -e`).
    var endsOnFailure = false
    var notes: [String] = []
    private var count = 0

    init(log: FindingLog, environment: [String: String]) {
        self.log = log
        self.environment = environment
    }

    func refuse(_ what: String, _ position: Position?, _ remedy: String = "") {
        log.error(Place(ShellLexer.file, position), what, remedy)
    }

    func note(_ text: String) {
        if !notes.contains(text) { notes.append(text) }
    }

    /// The last part of a program's path.
    static func name(_ word: String) -> String {
        word.split(separator: "/").last.map(String.init) ?? word
    }

    /// Reads the words of a command line.
    func read(_ words: [String]) -> ShellWait? {
        var words = words[...]
        while let first = words.first {
            let name = Self.name(first)
            if name == "busybox" || name == "exec" {
                words = words.dropFirst()
                continue
            }
            guard let script = script(words) else { return nil }
            guard let steps = steps(of: script) else { return nil }
            return ShellWait(steps: steps, notes: notes)
        }
        refuse("there is no command", nil)
        return nil
    }

    /// The script of `sh -c SCRIPT`; sets which shell it is.
    func script(_ words: ArraySlice<String>) -> String? {
        guard let first = words.first else { return nil }
        let name = Self.name(first)
        guard ["sh", "ash", "bash", "dash"].contains(name) else {
            refuse("the program \"\(name)\" is no shell that is known here", nil, "sh -c is")
            return nil
        }
        isBash = name == "bash"
        var rest = words.dropFirst()
        while let word = rest.popFirst() {
            guard word.hasPrefix("-") || word.hasPrefix("+"), word.count > 1 else { break }
            let letters = word.dropFirst()
            if word.hasPrefix("--") {
                guard ["--norc", "--noprofile", "--posix"].contains(word) else {
                    refuse("the option \(word) of the shell is not known here", nil)
                    return nil
                }
                continue
            }
            guard letters.allSatisfy({ "ceuxlo".contains($0) }) else {
                refuse("the option \(word) of the shell is not known here", nil)
                return nil
            }
            if letters.contains("e") { endsOnFailure = word.hasPrefix("-") }
            if letters.contains("x") { note("the shell's trace (-x) is not written") }
            if letters.contains("o") { rest = rest.dropFirst() }
            guard letters.contains("c") else { continue }
            guard let script = rest.first else { break }
            guard script.unicodeScalars.count <= ShellLexer.lengthMaximum else {
                refuse("the script is too long", nil)
                return nil
            }
            return script
        }
        refuse("the shell has no script", nil, "write sh -c and a line in quotes")
        return nil
    }

    func steps(of script: String) -> [ShellWait.Step]? {
        guard let tokens = tokens(of: script) else { return nil }
        return steps(tokens, isBody: false)
    }

    // MARK: Statements

    func steps(_ tokens: [ShellToken], isBody: Bool) -> [ShellWait.Step]? {
        var statements = ShellStatements(tokens)
        var steps: [ShellWait.Step] = []
        while let statement = statements.next() {
            if case .sign(let sign, let position) = statement.end, sign != ";", sign != "&&" {
                refuse(
                    "\"\(sign)\" is not known here",
                    position,
                    "write one command after the other"
                )
                return nil
            }
            guard let first = statement.tokens.first else {
                if case .sign("&&", let position) = statement.end {
                    refuse("nothing stands before the &&", position)
                    return nil
                }
                continue
            }
            count += 1
            guard count <= ShellWait.stepsMaximum else {
                refuse("there are more than \(ShellWait.stepsMaximum) commands", first.position)
                return nil
            }
            guard let made = step(statement.tokens, first, isBody: isBody) else { return nil }
            steps += made
            if case .end = made.last, let more = statements.rest.first {
                refuse("what follows the exit is never reached", more.position, "leave it out")
                return nil
            }
        }
        return steps
    }

    private func step(
        _ tokens: [ShellToken],
        _ first: ShellToken,
        isBody: Bool
    ) -> [ShellWait.Step]? {
        let word = isPlain(first) ? first.plainText : nil
        if word == "until" || word == "while" {
            guard !isBody else {
                refuse("a loop within the loop is not known here", first.position)
                return nil
            }
            return loop(tokens, isUntil: word == "until").map { [$0] }
        }
        if let word, ["for", "if", "case", "{", "function", "select", "!"].contains(word) {
            refuse("\"\(word)\" is not known here", first.position, "until and while are")
            return nil
        }
        if tokens.count == 1, assign(first) { return [] }
        guard let command = command(tokens) else { return nil }
        guard let name = command.words.first else {
            refuse("this is not known here", first.position)
            return nil
        }
        switch Self.name(name) {
        case "echo": return say(command, first.position)
        case "printf": return printf(command, first.position)
        case "sleep": return pause(command, first.position)
        case ":", "true": return []
        case "set":
            for option in command.words.dropFirst() {
                let isKnown =
                    (option.hasPrefix("-") || option.hasPrefix("+"))
                    && option.dropFirst().allSatisfy { "euxo".contains($0) }
                guard isKnown || option == "pipefail" else {
                    refuse("set \(option) is not known here", first.position)
                    return nil
                }
                if option.contains("e") && isKnown { endsOnFailure = option.hasPrefix("-") }
                if option.contains("x") { note("the shell's trace (set -x) is not written") }
            }
            return []
        case "export" where tokens.count > 1:
            for token in tokens.dropFirst() where !assign(token) {
                refuse("this export is not known here", token.position)
                return nil
            }
            return []
        case "exit":
            let words = command.words.dropFirst()
            guard !isBody, words.count <= 1, let code = Int32(words.first ?? "0"),
                (0...255).contains(code)
            else {
                refuse("this exit is not known here", first.position)
                return nil
            }
            return [.end(code)]
        case let name:
            refuse(
                "the command \"\(name)\" is not known here",
                first.position,
                "echo, sleep, and a loop of until or while are"
            )
            return nil
        }
    }

    private func loop(_ tokens: [ShellToken], isUntil: Bool) -> ShellWait.Step? {
        let head = tokens[0].position
        guard let open = doIndex(tokens),
            let close = tokens.lastIndex(where: { isPlain($0) && $0.plainText == "done" }),
            open < close
        else {
            refuse("a loop without do and done", head)
            return nil
        }
        guard tokens.index(after: close) == tokens.endIndex else {
            refuse("what follows the loop is not known here", tokens[close + 1].position)
            return nil
        }
        guard let condition = condition(tokens[1..<open], head, isUntil: isUntil),
            let body = steps(Array(tokens[(open + 1)..<close]), isBody: true)
        else { return nil }
        return .until(condition, body: body)
    }

    /// The `do` of a loop stands where a command does.
    private func doIndex(_ tokens: [ShellToken]) -> Int? {
        tokens.indices.first { index in
            guard index > 0, isPlain(tokens[index]), tokens[index].plainText == "do" else {
                return false
            }
            if case .sign(";", _) = tokens[index - 1] { return true }
            return false
        }
    }

    // MARK: Commands of the shell

    private func say(_ command: ShellCommand, _ position: Position) -> [ShellWait.Step]? {
        var words = command.words.dropFirst()
        var ends = true
        var isEscaped = false
        while let word = words.first, word.hasPrefix("-"), word.count > 1,
            word.dropFirst().allSatisfy({ "neE".contains($0) })
        {
            if word.contains("n") { ends = false }
            if word.contains("e") { isEscaped = true }
            words = words.dropFirst()
        }
        var text = words.joined(separator: " ")
        if text.contains("\\"), isEscaped || !isBash {
            // dash always does, busybox and bash only when asked: what they agree on is few.
            guard isEscaped, let plain = Self.unescaped(text) else {
                refuse("a \\ in an echo means different things to shells", position)
                return nil
            }
            text = plain
        }
        return write(text + (ends ? "\n" : ""), command, position)
    }

    private func printf(_ command: ShellCommand, _ position: Position) -> [ShellWait.Step]? {
        let words = Array(command.words.dropFirst())
        guard let format = words.first, let plain = Self.unescaped(format) else {
            refuse("this printf is not known here", position, "'text\\n' and '%s\\n' are")
            return nil
        }
        var text = ""
        var arguments = words.dropFirst()
        var rest = plain[...]
        while let mark = rest.firstIndex(of: "%") {
            text += rest[..<mark]
            rest = rest[rest.index(after: mark)...]
            switch rest.first {
            case "%": text += "%"
            case "s": text += arguments.popFirst() ?? ""
            default:
                refuse("this printf is not known here", position, "%s is")
                return nil
            }
            rest = rest.dropFirst()
        }
        guard arguments.isEmpty else {
            refuse("this printf has more arguments than %s", position)
            return nil
        }
        return write(text + rest, command, position)
    }

    private func write(
        _ text: String,
        _ command: ShellCommand,
        _ position: Position
    ) -> [ShellWait.Step]? {
        switch command.output {
        case .standard: return text.isEmpty ? [] : [.say(text, isError: false)]
        case .errors: return text.isEmpty ? [] : [.say(text, isError: true)]
        case .nowhere: return []
        case .file(let path):
            refuse("writing to \(path) is not known here", position)
            return nil
        }
    }

    private func pause(_ command: ShellCommand, _ position: Position) -> [ShellWait.Step]? {
        let words = command.words.dropFirst()
        guard !words.isEmpty else {
            refuse("a sleep without a time", position)
            return nil
        }
        var whole = Duration.zero
        for word in words {
            guard let time = SleepTime(word), let limit = time.duration else {
                refuse("\"\(word)\" is no time to sleep that is known here", position)
                return nil
            }
            whole += limit
        }
        return [.pause(whole)]
    }

    /// The escapes on which all shells agree; nil for others.
    private static func unescaped(_ text: String) -> String? {
        var made = ""
        var rest = text[...]
        while let character = rest.popFirst() {
            guard character == "\\" else {
                made.append(character)
                continue
            }
            switch rest.popFirst() {
            case "n": made += "\n"
            case "t": made += "\t"
            case "r": made += "\r"
            case "\\": made += "\\"
            default: return nil
            }
        }
        return made
    }
}
