import Formats

extension ShellScriptReader {
    /// `case WORD in PATTERN | PATTERN) commands;; ... esac`.
    func selection(_ cursor: inout ShellCursor) -> Bool {
        let names = Self.assigned(in: cursor.rest)
        let position = cursor.position
        cursor.drop()
        guard let token = cursor.next, case .word = token else {
            return refuse("a case without its word", position) ?? false
        }
        guard let subject = word(token, mayBePattern: true) else { return false }
        cursor.drop()
        while cursor.takes(";") {}
        guard cursor.word == "in" else { return refuse("a case without its in", position) ?? false }
        cursor.drop()
        let choose = add(.nothing)
        let before = values
        var arms: [ShellArm] = []
        var ends: [Int] = []
        while true {
            while cursor.takes(";") {}
            if cursor.word == "esac" { break }
            guard cursor.next != nil else {
                return refuse("the script ends without a esac", cursor.last) ?? false
            }
            guard let patterns = patterns(&cursor) else { return false }
            arms.append(ShellArm(patterns: patterns, place: here))
            values = before
            guard list(&cursor, until: [";;", "esac"]) else { return false }
            if here == arms[arms.count - 1].place { add(.succeed) }
            ends.append(add(.nothing))
            if !cursor.takes(";;") { break }
        }
        cursor.drop()
        steps[choose].instruction = .choose(subject, arms, otherwise: here)
        for end in ends { steps[end].instruction = .jump(here) }
        values = before
        for name in names { values[name] = [] }
        return true
    }

    /// `PATTERN | PATTERN)`, perhaps with a `(` before it.
    private func patterns(_ cursor: inout ShellCursor) -> [ShellWord]? {
        _ = cursor.takes("(")
        var patterns: [ShellWord] = []
        repeat {
            guard let token = cursor.next, case .word = token else {
                return refuse("a pattern is missing", cursor.position ?? cursor.last)
            }
            guard let pattern = pattern(token) else { return nil }
            patterns.append(pattern)
            cursor.drop()
        } while cursor.takes("|")
        guard cursor.takes(")") else {
            return refuse("a pattern without its )", cursor.position ?? cursor.last)
        }
        return patterns
    }

    private func pattern(_ token: ShellToken) -> ShellWord? {
        let steps = here
        guard let word = word(token, mayBePattern: true) else { return nil }
        // It would only be worked out where no pattern before it fits.
        guard steps == here else {
            return refuse("$() in a pattern is not known here", token.position)
        }
        let fixed = word.pieces.map { if case .text(let text) = $0 { text } else { "" } }.joined()
        guard word.isPlain else {
            // Which of its characters were quoted is not told.
            guard !fixed.contains(where: { "*?[".contains($0) }) else {
                return refuse(
                    "quotes and marks of patterns in one pattern are not known here",
                    token.position,
                    "write it without quotes"
                )
            }
            return word
        }
        let known = word.fixed.map { [$0] } ?? samples(of: word).map { $0.joined(separator: " ") }
        guard !known.isEmpty, known.allSatisfy({ ShellGlob.isKnown($0) && $0.count <= 1000 }),
            !fixed.hasPrefix("~")
        else {
            return refuse("the pattern \"\(word.written)\" is not known here", token.position)
        }
        return word
    }
}
