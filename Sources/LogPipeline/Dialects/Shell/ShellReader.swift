import Basics
import Formats
import Records

/// Recognises the command lines of busybox log adapters: `tail` alone, or in front of a loop that writes each line.
///
/// Nothing is run. What a line does is known exactly, or it is refused.
final class ShellReader {
    let log: FindingLog
    let surroundings: LogSurroundings
    /// The field for a line.
    static let key = "log"
    private var notes: [String] = []
    /// Variables that the script sets.
    var variables: [String: [ShellPart]] = [:]

    init(log: FindingLog, surroundings: LogSurroundings) {
        self.log = log
        self.surroundings = surroundings
    }

    /// Reads the words of a command line.
    func read(_ words: [String]) -> LogConfiguration? {
        var words = words[...]
        while let first = words.first {
            let name = first.split(separator: "/").last.map(String.init) ?? first
            if name == "busybox" || name == "exec" {
                words = words.dropFirst()
                continue
            }
            if ["sh", "ash", "bash", "dash"].contains(name) { return shell(words.dropFirst()) }
            if name == "tail" {
                // The words are no script: each stands as it is, with a place by its number.
                let tokens = words.enumerated().map { offset, word in
                    ShellToken.word(
                        word.isEmpty ? [] : [.text(word)],
                        isPlain: false,
                        Position(line: 1, column: offset + 1)
                    )
                }
                return configuration(tokens)
            }
            log.error(
                Place(ShellLexer.file, nil),
                "the program \"\(name)\" is not known",
                "tail is, alone or in a line of sh -c"
            )
            return nil
        }
        log.error(Place(ShellLexer.file, nil), "there is no command")
        return nil
    }

    /// `sh -c SCRIPT`, with other letters besides the `c`.
    private func shell(_ words: ArraySlice<String>) -> LogConfiguration? {
        var words = words
        while let word = words.popFirst() {
            if word == "-o" || word == "+o" {
                words = words.dropFirst()
                continue
            }
            guard word.hasPrefix("-") else { break }
            guard word.hasSuffix("c") || word.hasSuffix("o") else { continue }
            if word.hasSuffix("o") {
                words = words.dropFirst()
                continue
            }
            guard let script = words.first else { break }
            guard script.unicodeScalars.count <= ShellLexer.lengthMaximum else {
                log.error(Place(ShellLexer.file, nil), "the script is too long")
                return nil
            }
            var lexer = ShellLexer(script, log: log)
            guard let tokens = lexer.tokens() else { return nil }
            return configuration(tokens)
        }
        log.error(
            Place(ShellLexer.file, nil),
            "the shell has no script",
            "write sh -c and a line in quotes"
        )
        return nil
    }

    // MARK: Statements

    private func configuration(_ tokens: [ShellToken]) -> LogConfiguration? {
        var statements = ShellStatements(tokens)
        while let statement = statements.next() {
            if case .sign(let sign, let position) = statement.end, sign == "&" || sign == "||" {
                refuse("\"\(sign)\"", position, "write one command after the other")
                return nil
            }
            switch prelude(statement.tokens) {
            case .passed: continue
            case .refused: return nil
            case .main:
                let rest = statements.rest
                if let more = rest.first(where: { if case .word = $0 { true } else { false } }) {
                    refuse("what follows the tail", more.position, "it would never be reached")
                    return nil
                }
                return main(statement.tokens)
            }
        }
        log.error(
            Place(ShellLexer.file, nil),
            "there is no tail, so there is nothing to do",
            "write tail -F FILE"
        )
        return nil
    }

    func refuse(_ what: String, _ position: Position, _ remedy: String = "") {
        log.error(Place(ShellLexer.file, position), "\(what) is not known here", remedy)
    }

    private enum Prelude {
        case passed
        case refused
        case main
    }

    /// What may stand before the tail: it makes or waits for the file, which is done anyhow.
    private func prelude(_ tokens: [ShellToken]) -> Prelude {
        guard let first = tokens.first, let name = plain(first) else {
            if tokens.isEmpty { return .passed }
            if let first = tokens.first, assign(first), tokens.count == 1 { return .passed }
            tokens.first.map { refuse("this", $0.position) }
            return .refused
        }
        switch name.split(separator: "/").last.map(String.init) ?? name {
        case "tail", "exec", "stdbuf", "nice", "busybox": return .main
        case "mkdir", "touch", "sleep", "set", ":", "true", "chmod", "trap", "umask", "export":
            if name == "export" { tokens.dropFirst().forEach { _ = assign($0) } }
            return .passed
        case "echo", "printf":
            notes.append("\"\(name)\" before the tail writes nothing here")
            return .passed
        case "until", "while":
            // Waiting for the file: a tail waits anyhow.
            let words = tokens.compactMap(plain)
            guard words.contains("["), words.contains("sleep"), words.contains("done"),
                words.contains("-f") || words.contains("-e") || words.contains("-s")
            else {
                let isEndless = words.contains("true") || words.contains(":")
                refuse(
                    isEndless ? "a loop around the tail" : "this loop",
                    first.position,
                    isEndless ? "the tail goes on by itself: write it alone" : ""
                )
                return .refused
            }
            return .passed
        default:
            if assign(first), tokens.count == 1 { return .passed }
            refuse("the command \"\(name)\"", first.position, "a tail is, and a loop that reads it")
            return .refused
        }
    }

    /// Takes `NAME=value`.
    private func assign(_ token: ShellToken) -> Bool {
        guard case .word(let parts, _, _) = token, case .text(let text) = parts.first,
            let equals = text.firstIndex(of: "=")
        else { return false }
        let name = String(text[..<equals])
        guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) else {
            return false
        }
        let rest = String(text[text.index(after: equals)...])
        variables[name] = (rest.isEmpty ? [] : [.text(rest)]) + parts.dropFirst()
        return true
    }

    /// The text of a word without anything to be filled in.
    func plain(_ token: ShellToken) -> String? { token.plainText }

    /// The text of a word, variables of the environment filled in.
    func text(_ token: ShellToken) -> String? {
        guard case .word(let parts, _, let position) = token else { return nil }
        return text(parts, Place(ShellLexer.file, position))
    }

    func text(_ parts: [ShellPart], _ place: Place) -> String? {
        var text = ""
        for part in parts {
            switch part {
            case .text(let piece): text += piece
            case .variable(let name, let standard):
                text += value(of: name, standard, place)
            case .command(let code):
                guard ["hostname", "uname -n", "cat /etc/hostname"].contains(String(code.trimmed))
                else {
                    log.error(place, "$(\(code)) is not known here")
                    return nil
                }
                text += surroundings.hostname
            }
        }
        return text
    }

    func value(of name: String, _ standard: String?, _ place: Place) -> String {
        if let parts = variables[name] {
            variables[name] = nil
            defer { variables[name] = parts }
            return text(parts, place) ?? ""
        }
        if name == "HOSTNAME", surroundings.environment[name] == nil {
            return surroundings.hostname
        }
        if let value = surroundings.environment[name], !value.isEmpty { return value }
        if let standard { return standard }
        log.warn(place, "the variable \(name) is not set, so it is empty")
        return ""
    }

    // MARK: The tail

    /// `tail ... [| while read ...; do ...; done] [> file]`.
    private func main(_ tokens: [ShellToken]) -> LogConfiguration? {
        var stages: [[ShellToken]] = [[]]
        var depth = 0
        for token in tokens {
            if case .sign("|", _) = token, depth == 0 {
                stages.append([])
                continue
            }
            if let word = plain(token) {
                if word == "do" { depth += 1 }
                if word == "done" { depth -= 1 }
            }
            stages[stages.count - 1].append(token)
        }
        var target = ShellTarget.output
        guard let tail = tail(stages[0], &target) else { return nil }
        var pieces: [TemplatePiece]?
        var filters: [GrepTransform] = []
        for stage in stages.dropFirst() {
            guard let first = stage.first, let position = stage.first?.position else {
                refuse("an empty command", tokens[0].position)
                return nil
            }
            let name = plain(first) ?? ""
            if pieces == nil, ["while", "IFS="].contains(name) || name.hasPrefix("while") {
                guard let found = loop(stage, &target) else { return nil }
                pieces = found
            } else if name == "cat", stage.count == 1 {
                continue
            } else if pieces == nil, GrepWords.programs.contains(name) {
                guard let filter = filter(name, stage.dropFirst()) else { return nil }
                filters.append(filter)
            } else {
                refuse(
                    "the command \"\(name)\" behind the tail",
                    position,
                    "grep is, and behind it a loop: while read line; do echo \"$line\"; done"
                )
                return nil
            }
        }
        return configuration(tail, filters, pieces, target)
    }

    /// `grep`, which lets lines through that fit.
    private func filter(_ name: String, _ tokens: ArraySlice<ShellToken>) -> GrepTransform? {
        var words: [String] = []
        for token in tokens {
            guard case .word = token, let text = text(token) else {
                refuse("this", token.position)
                return nil
            }
            words.append(text)
        }
        let position = tokens.first?.position ?? .start
        do throws(GrepWords.Mistake) {
            let grep = try GrepWords(name, words)
            guard grep.passesLines else {
                refuse("a grep that does more than to let lines through", position)
                return nil
            }
            if !grep.writesAtOnce {
                notes.append(
                    "lines come through grep at once, where grep itself would hold them back until they are "
                        + "some KiB (--line-buffered)"
                )
            }
            let rule = GrepTransform.Rule(
                excludes: grep.isInverted,
                key: Self.key,
                pattern: grep.expression
            )
            return GrepTransform(rules: [rule])
        } catch {
            log.error(Place(ShellLexer.file, position), error.text)
            return nil
        }
    }

    private func tail(_ tokens: [ShellToken], _ target: inout ShellTarget) -> ShellTail? {
        var words: [(text: String, place: Place)] = []
        var rest = tokens[...]
        while let token = rest.popFirst() {
            if case .redirect(let number, let sign, let other, let position) = token {
                guard redirect(number, sign, other, position, &rest, &target) else { return nil }
                continue
            }
            guard case .word = token, let text = text(token) else {
                refuse("this", token.position)
                return nil
            }
            words.append((text, Place(ShellLexer.file, token.position)))
        }
        // Programs that only change how the tail is run.
        while let first = words.first, first.text != "tail", !first.text.hasSuffix("/tail") {
            if ["exec", "busybox", "nice"].contains(first.text) {
                words.removeFirst()
            } else if first.text == "stdbuf" {
                words.removeFirst()
                while words.first?.text.hasPrefix("-") == true { words.removeFirst() }
            } else {
                refuse("the command \"\(first.text)\"", first.place.position ?? .start)
                return nil
            }
        }
        words = Array(words.dropFirst())
        return ShellTail(words, log: log)
    }

    /// Takes a redirection; false if it is none that is known.
    func redirect(
        _ number: Int,
        _ sign: String,
        _ other: String?,
        _ position: Position,
        _ rest: inout ArraySlice<ShellToken>,
        _ target: inout ShellTarget
    ) -> Bool {
        if let other {
            if number == 1, other == "2" { target = .errors }
            if number == 2 || other == "1" || other == "2" { return true }
            refuse("this redirection", position)
            return false
        }
        guard sign != "<<" else {
            refuse("a text behind <<", position)
            return false
        }
        guard let word = rest.popFirst(), let path = text(word), !path.isEmpty else {
            log.error(Place(ShellLexer.file, position), "the redirection names no file")
            return false
        }
        if sign == "<" {
            if path == "/dev/null" { return true }
            refuse("reading from \(path)", position, "name the file as the tail's argument")
            return false
        }
        if number == 2 { return true }
        switch path {
        case "/dev/console", "/dev/stdout", "/proc/1/fd/1", "/proc/self/fd/1", "/dev/fd/1",
            "/dev/tty":
            target = .output
        case "/dev/stderr", "/proc/1/fd/2", "/proc/self/fd/2", "/dev/fd/2": target = .errors
        case "/dev/null": target = .nowhere
        default: target = .file(path)
        }
        return true
    }

    private func configuration(
        _ tail: ShellTail,
        _ filters: [GrepTransform],
        _ pieces: [TemplatePiece]?,
        _ target: ShellTarget
    ) -> LogConfiguration {
        var configuration = LogConfiguration()
        var settings = TailSettings(paths: tail.files)
        settings.key = Self.key
        settings.rescan = tail.interval ?? .seconds(1)
        let files = tail.files.joined(separator: ", ")
        notes.insert(
            "a busybox tail of \(files) was recognised: it is followed over rotation, and waited "
                + "for if it is not there",
            at: 0
        )
        switch tail.start {
        case .beginning: settings.readsFromHead = true
        case .end: settings.readsFromHead = false
        case .last:
            notes.append(
                "files younger than the pod are read from their beginning, others from their end, "
                    + "where tail shows their last lines"
            )
        }
        var source = SourceSettings(id: "tail", tag: "tail", kind: .tail(settings))
        source.place = ShellLexer.file
        configuration.sources = [source]
        let encoding = Encoding(pieces.map { .pieces($0) } ?? .text(key: Self.key))
        var last = "tail"
        for (index, filter) in filters.enumerated() {
            let id = "grep\(index + 1)"
            configuration.transforms.append(
                TransformSettings(id: id, inlet: Inlet([last]), kind: .grep(filter))
            )
            last = id
        }
        var sink = SinkSettings(id: "output", inlet: Inlet([last]), kind: .nowhere)
        switch target {
        case .output, .errors:
            var console = ConsoleSettings(encoding: encoding)
            console.isError = target == .errors
            sink.kind = .console(console)
        case .file(let path):
            var file = FileSinkSettings(path: path.replacing("%", with: "%%"))
            file.encoding = encoding
            file.makesDirectories = false
            sink.kind = .file(file)
        case .nowhere: break
        }
        sink.place = ShellLexer.file
        // Who watches a tail sees lines at once.
        sink.batch.wait = .milliseconds(20)
        configuration.sinks = [sink]
        configuration.notes = notes
        return configuration
    }
}

/// Where lines go.
enum ShellTarget: Hashable {
    case output
    case errors
    case nowhere
    case file(String)
}
