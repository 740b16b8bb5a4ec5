import Formats

/// What a script that a manifest hands to a shell is for.
///
/// Whether it waits or fetches is for those to say who will do it: a line that they do not know would only fail in the
/// container.
enum ShellPurpose: Hashable, Sendable {
    /// It follows a log file.
    case logs
    /// It waits for something; the first thing it asks.
    case wait(String)
    /// It fetches files with curl or wget.
    case fetch
    /// It writes to the output and sleeps, and nothing else.
    case idle
    /// It runs one command, whose words stand fast; of a command of the shell, why it does not wait or fetch.
    case command([String], why: String? = nil)
    /// Anything else, and why.
    case other(String)

    /// Reads a script as a whole: what has one part that is not known is `other`.
    ///
    /// - Parameters:
    ///   - script: The script.
    ///   - shell: The shell's name: bash knows more than others.
    ///   - environment: The variables of the container.
    ///   - isUnknown: Whether a variable has a value that only the container will know.
    /// - Returns: What it is for; `other` with the reason if nothing of that is known.
    static func of(
        _ script: String,
        shell: String = "sh",
        environment: [String: String] = [:],
        isUnknown: @escaping (String) -> Bool = { _ in false }
    ) -> ShellPurpose {
        guard script.unicodeScalars.count <= ShellLexer.lengthMaximum else {
            return .other("it is too long")
        }
        let log = FindingLog(isLenient: false)
        var lexer = ShellLexer(script, log: log)
        guard let tokens = lexer.tokens() else {
            return .other(log.findings.first.map { "\($0)" } ?? "it cannot be taken apart")
        }
        let statements = ShellStatement.list(tokens)
        guard !statements.isEmpty else { return .other("it does nothing") }
        if statements.contains(where: { $0.program == "tail" }) { return logs(statements) }
        do throws(ConfigurationErrors) {
            let program = try ShellProgram.read(
                [shell, "-c", script],
                environment: environment,
                isUnknown: isUnknown
            )
            if program.fetches { return .fetch }
            if let question = program.firstQuestion {
                let isCurl = ["curl", "wget"].contains(
                    StandInRequest.baseName(String(question.prefix { $0 != " " }))
                )
                return isCurl && !program.hasLoops ? .fetch : .wait(question)
            }
            return command(statements).map { .command($0) } ?? .idle
        } catch {
            let why = error.findings.first.map { "\($0)" } ?? "it is not known"
            guard let words = command(statements) else { return .other(why) }
            return .command(words, why: ShellPlan.knows(words[0]) ? why : nil)
        }
    }

    /// `tail -F FILE`, alone or into `while read`; names may be set before it.
    private static func logs(_ statements: [ShellStatement]) -> ShellPurpose {
        let rest = statements.drop(while: \.isAssignment)
        guard let first = rest.first, first.program == "tail" else {
            return .other("something comes before tail")
        }
        let stages = first.stages
        guard follows(stages[0].compactMap(\.written)) else {
            return .other("tail does not follow a file")
        }
        guard rest.count == 1, first.sign == nil || first.sign == ";" else {
            return .other("more follows behind tail")
        }
        var writers = 0
        for stage in stages.dropFirst() {
            let isLoop =
                stage.first?.plainText == "while" && stage.contains { $0.plainText == "done" }
            if isLoop { writers += 1 }
            guard writers <= 1, isLoop || writers == 0 && isFilter(stage) else {
                let program = stage.first?.written ?? ""
                return .other(
                    "tail's lines go into \(program), and they are only chosen by grep, and written as "
                        + "they are or by one while read loop"
                )
            }
        }
        return .logs
    }

    /// Whether a stage only lets lines through that fit: a `grep` whose words stand fast.
    private static func isFilter(_ stage: ArraySlice<ShellToken>) -> Bool {
        let words = stage.compactMap(\.plainText)
        guard words.count == stage.count, let first = words.first,
            GrepWords.programs.contains(first),
            let grep = try? GrepWords(first, words.dropFirst())
        else { return false }
        return grep.passesLines
    }

    /// Whether the words of `tail` make it go on with a file.
    static func follows(_ words: [String]) -> Bool {
        words.dropFirst().contains { word in
            word.hasPrefix("--follow")
                || word.hasPrefix("-") && !word.hasPrefix("--")
                    && (word.contains("f") || word.contains("F"))
        }
    }

    /// A script of one command with words that stand fast.
    private static func command(_ statements: [ShellStatement]) -> [String]? {
        let others = statements.filter { !$0.isSetting }
        guard others.count == 1, let only = others.first, only.sign == nil || only.sign == ";",
            only.isSimple
        else { return nil }
        var words = only.tokens.compactMap(\.plainText)
        guard words.count == only.tokens.count else { return nil }
        if only.program == "exec" { words.removeFirst() }
        return words.isEmpty ? nil : words
    }
}

/// A statement of a script, with the sign that ended it.
private struct ShellStatement {
    var tokens: [ShellToken]
    /// `;`, `&&`, `||` or `&`; `nil` at the end of the script.
    var sign: String?

    /// Those of a script; empty lines are none.
    static func list(_ tokens: [ShellToken]) -> [ShellStatement] {
        var list: [ShellStatement] = []
        var all = ShellStatements(tokens)
        while let (tokens, end) = all.next() {
            var sign: String?
            if case .sign(let text, _) = end { sign = text }
            if !tokens.isEmpty || sign != ";" {
                list.append(ShellStatement(tokens: tokens, sign: sign))
            }
        }
        return list
    }

    /// The first word, without the directories before it.
    var program: String { StandInRequest.baseName(tokens.first?.plainText ?? "") }

    /// Only `NAME=value`.
    var isAssignment: Bool {
        guard tokens.count == 1, let word = tokens[0].written, let equals = word.firstIndex(of: "=")
        else { return false }
        return equals != word.startIndex
            && word[..<equals].allSatisfy { $0 == "_" || $0.isLetter || $0.isNumber }
    }

    /// It changes how the shell itself works.
    var isSetting: Bool {
        program == "set" && tokens.dropFirst().allSatisfy { $0.written?.first == "-" }
    }

    /// Only words.
    var isSimple: Bool { tokens.allSatisfy { if case .word = $0 { true } else { false } } }

    /// Its programs, parted where a pipe is; a loop is one.
    var stages: [ArraySlice<ShellToken>] {
        var depth = 0
        return tokens.split(omittingEmptySubsequences: false) { token in
            if token.plainText == "do" { depth += 1 }
            if token.plainText == "done" { depth -= 1 }
            if case .sign("|", _) = token { return depth == 0 }
            return false
        }
    }
}

extension ShellToken {
    /// A word much as it was written, its quotes taken off; `nil` for other tokens.
    fileprivate var written: String? {
        guard case .word(let parts, _, _) = self else { return nil }
        return parts.map { part in
            switch part {
            case .text(let text): text
            case .variable(let name, _): "$" + name
            case .command(let code): "$(\(code))"
            }
        }.joined()
    }
}
