/// What a script that a manifest hands to a shell is for.
enum ScriptPurpose: Hashable, Sendable {
    /// It follows a log file.
    case logs
    /// It waits for something; the first thing it asks.
    case wait(String)
    /// It fetches files with curl.
    case fetch
    /// It runs one command, whose words stand fast.
    case command([String])
    /// Anything else, and why.
    case other(String)

    /// Reads a script as a whole: what has one part that is not known is `other`.
    static func of(_ script: String) -> ScriptPurpose {
        guard let tokens = ScriptLexer.tokens(script) else {
            return .other("it cannot be taken apart")
        }
        let statements = ScriptStatement.list(tokens)
        guard !statements.isEmpty else { return .other("it does nothing") }
        return logs(statements) ?? wait(statements) ?? fetch(statements) ?? command(statements)
    }

    /// `tail -F FILE`, alone or into `while read`; names may be set before it.
    private static func logs(_ statements: [ScriptStatement]) -> ScriptPurpose? {
        let rest = statements.drop { $0.isAssignment }
        guard let first = rest.first, first.program == "tail" else { return nil }
        guard follows(first.words) else { return .other("tail does not follow a file") }
        switch first.end {
        case "", ";": return rest.count == 1 ? .logs : .other("more follows behind tail")
        case "|":
            guard rest.dropFirst().first?.program == "while", rest.last?.program == "done",
                rest.dropFirst(2).first?.program == "do"
            else { return .other("tail's lines go into a program of another kind") }
            return .logs
        default: return .other("more follows behind tail")
        }
    }

    /// Whether the words of `tail` make it go on with a file.
    static func follows(_ words: [String]) -> Bool {
        words.dropFirst().contains { word in
            word.hasPrefix("--follow")
                || word.hasPrefix("-") && !word.hasPrefix("--")
                    && (word.contains("f") || word.contains("F"))
        }
    }

    /// `until CHECK; do ...; done` or `while ! CHECK; do ...; done`, with words to the reader around it.
    private static func wait(_ statements: [ScriptStatement]) -> ScriptPurpose? {
        var rest = statements[...]
        var checks: [String] = []
        while let statement = rest.first {
            if statement.isHarmless {
                rest.removeFirst()
                continue
            }
            guard statement.program == "until" || statement.program == "while" else { break }
            guard let check = loop(&rest) else { break }
            checks.append(check)
        }
        guard let first = checks.first else { return nil }
        guard let left = rest.first else { return .wait(first) }
        return .other("behind the waiting it runs \"\(left.program)\"")
    }

    private static func loop(_ rest: inout ArraySlice<ScriptStatement>) -> String? {
        var line = rest
        guard var head = line.popFirst() else { return nil }
        let isUntil = head.program == "until"
        head.words.removeFirst()
        if !isUntil {
            guard head.program == "!" else { return nil }
            head.words.removeFirst()
        }
        let check = head.words.joined(separator: " ")
        guard head.isCheck else { return nil }
        while head.end != ";", !head.end.isEmpty {
            guard let next = line.popFirst(), next.isCheck else { return nil }
            head = next
        }
        var isFirst = true
        while var statement = line.popFirst() {
            if isFirst {
                guard statement.program == "do" else { return nil }
                statement.words.removeFirst()
                isFirst = false
                if statement.words.isEmpty { continue }
            }
            if statement.program == "done" {
                guard ["", ";", "&&"].contains(statement.end) else { return nil }
                rest = line
                return check
            }
            guard statement.isHarmless || statement.program == "sleep" else { return nil }
        }
        return nil
    }

    /// Only `curl`, once or several times, with words to the reader around it.
    private static func fetch(_ statements: [ScriptStatement]) -> ScriptPurpose? {
        let others = statements.filter { !$0.isHarmless }
        guard !others.isEmpty, others.allSatisfy({ $0.program == "curl" }),
            statements.allSatisfy({ ["", ";", "&&"].contains($0.end) && !$0.hasRedirects })
        else { return nil }
        return .fetch
    }

    private static func command(_ statements: [ScriptStatement]) -> ScriptPurpose {
        let others = statements.filter { !$0.isSetting }
        guard others.count == 1, var only = others.first, only.end.isEmpty || only.end == ";",
            !only.hasRedirects
        else {
            let first = others.first { !$0.isHarmless } ?? others.first
            return .other(
                "it is a program of its own, which begins with \"\(first?.program ?? "")\""
            )
        }
        guard only.isPlain else {
            return .other("what it runs is put together from variables")
        }
        if only.program == "exec" { only.words.removeFirst() }
        return only.words.isEmpty ? .other("it does nothing") : .command(only.words)
    }
}
