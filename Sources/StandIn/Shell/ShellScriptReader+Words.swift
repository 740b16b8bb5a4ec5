import Formats

extension ShellScriptReader {
    // MARK: Words

    /// A word, with steps before it for what its `$(...)` run.
    func word(_ token: ShellToken, mayBePattern: Bool = false) -> ShellWord? {
        guard case .word(let parts, let isPlain, let position) = token else { return nil }
        guard let pieces = pieces(parts, position) else { return nil }
        let written = parts.map { part in
            switch part {
            case .text(let text): text
            case .variable(let name, _): "$" + name
            case .command(let code): "$(\(code))"
            }
        }.joined()
        let word = ShellWord(
            pieces: pieces,
            isPlain: isPlain,
            position: position,
            written: written
        )
        guard isPlain, !mayBePattern, let text = word.fixed else { return word }
        // A bracket alone is the program.
        let isPattern = text.contains { "*?[".contains($0) }
        if isPattern, text != "[", text != "[[", !text.contains("://"), !text.hasPrefix("((") {
            return refuse("\"\(text)\" may stand for names of files", position, "quote it")
        }
        if text.hasPrefix("~") {
            return refuse("\"\(text)\" is not known here", position, "write the path out")
        }
        return word
    }

    private func pieces(_ parts: [ShellPart], _ position: Position) -> [ShellPiece]? {
        var pieces: [ShellPiece] = []
        for part in parts {
            switch part {
            case .text(let text): pieces.append(.text(text))
            case .variable(let name, let standard):
                guard Self.isName(name) || Self.parameters.contains(name) else {
                    return refuse("$\(name) is not known here", position)
                }
                guard let standard else {
                    pieces.append(.variable(name, standard: nil))
                    continue
                }
                guard let inner = inner(standard, position) else { return nil }
                pieces.append(.variable(name, standard: inner))
            case .command(let code):
                if code.hasPrefix("("), code.hasSuffix(")") {
                    guard let inner = inner(String(code.dropFirst().dropLast()), position) else {
                        return nil
                    }
                    pieces.append(.arithmetic(inner))
                    continue
                }
                guard capture(code, position) else { return nil }
                pieces.append(.output)
            }
        }
        return pieces
    }

    private static let parameters: Set<String> = [
        "?", "#", "@", "*", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9",
    ]

    /// A text that is read as if it stood in quotes.
    private func inner(_ text: String, _ position: Position) -> [ShellPiece]? {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMaximum else {
            return refuse("calculations stand too deep in one another", position)
        }
        guard text.contains(where: { "$`\\\"'".contains($0) }) else { return [.text(text)] }
        guard !text.contains("\""), !text.contains("'"),
            case .word(let parts, _, _)? = tokens(of: "\"\(text)\"")?.first
        else { return refuse("quotes within ${} and $(()) are not known here", position) }
        return pieces(parts, position)
    }

    /// The steps of a `$(...)`.
    private func capture(_ code: String, _ position: Position) -> Bool {
        guard let tokens = tokens(of: code) else { return false }
        guard !tokens.isEmpty else { return refuse("$() is empty", position) ?? false }
        let (old, heard, outer) = (values, isHeard, loops)
        isHeard = true
        loops = 0
        let enter = add(.nothing)
        var cursor = ShellCursor(tokens)
        guard list(&cursor, until: []) else { return false }
        (values, isHeard, loops) = (old, heard, outer)
        add(.leave)
        steps[enter].instruction = .enterCapture(end: here, isPipe: false)
        return true
    }

    /// `{1..3}` and `{a,b}`, as bash makes words of them.
    static func expandingBraces(_ word: ShellWord) -> [ShellWord] {
        guard word.isPlain, let text = word.fixed, let found = range(text) else { return [word] }
        return found.map { text in
            var made = word
            made.pieces = [.text(text)]
            return made
        }
    }

    /// The words that a text with braces stands for; nil if it has none.
    static func range(_ text: String) -> [String]? {
        guard let open = text.firstIndex(of: "{"), let close = text[open...].firstIndex(of: "}")
        else { return nil }
        let inner = text[text.index(after: open)..<close]
        let (head, tail) = (String(text[..<open]), String(text[text.index(after: close)...]))
        var middle: [String] = []
        let dots = inner.split(separator: "..", omittingEmptySubsequences: false)
        if dots.count == 2 || dots.count == 3, let first = Int(dots[0]), let last = Int(dots[1]),
            abs(first) < 1_000_000, abs(last) < 1_000_000
        {
            let width = max(abs((dots.count == 3 ? Int(dots[2]) : 1) ?? 1), 1)
            guard abs(last - first) / width < 10_000 else { return nil }
            middle = stride(from: first, through: last, by: first <= last ? width : -width).map {
                String($0)
            }
        } else if inner.contains(",") {
            middle = inner.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        } else {
            return nil
        }
        return middle.map { head + $0 + tail }
    }

    // MARK: Samples

    /// What a variable may hold here; none if it cannot be told.
    private func values(of name: String) -> [String] {
        if let known = values[name] { return known }
        if name == "?" || name == "#" || isUnknown(name) { return [] }
        return [environment[name] ?? ""]
    }

    /// The words that a word may become; none if it cannot be told.
    func samples(of word: ShellWord) -> [[String]] {
        guard let texts = texts(of: word.pieces) else { return [] }
        return texts.map { text in
            guard word.isPlain, word.fixed == nil else { return [text] }
            return text.split { $0 == " " || $0 == "\t" || $0 == "\n" }.map(String.init)
        }
    }

    private func texts(of pieces: [ShellPiece]) -> [String]? {
        var texts = [""]
        for piece in pieces {
            let next: [String]
            switch piece {
            case .text(let text): next = [text]
            case .variable(let name, let standard):
                let known = values(of: name)
                guard !known.isEmpty else { return nil }
                if known.contains(""), let standard {
                    guard let others = self.texts(of: standard) else { return nil }
                    next = known.filter { !$0.isEmpty } + others
                } else {
                    next = known
                }
            case .output, .arithmetic: return nil
            }
            texts = Array(texts.flatMap { head in next.map { head + $0 } }.prefix(64))
        }
        return texts
    }

    /// The words that a word may become, with something in the place of what is not known.
    private func guesses(_ word: ShellWord) -> [[String]] {
        let known = samples(of: word)
        if !known.isEmpty { return known }
        func guess(_ pieces: [ShellPiece]) -> String {
            pieces.map { piece in
                switch piece {
                case .text(let text): return text
                case .variable(let name, let standard):
                    let known = values(of: name)
                    guard let first = known.first else { return Self.anything }
                    return first.isEmpty ? standard.map(guess) ?? "" : first
                case .output, .arithmetic: return Self.anything
                }
            }.joined()
        }
        return [[guess(word.pieces)]]
    }

    /// The command lines that a call may come to.
    func lines(of call: ShellCall) -> [[String]] {
        var lines: [[String]] = [[]]
        for word in call.words {
            let next =
                call.keepsWords ? guesses(word).map { [$0.joined(separator: " ")] } : guesses(word)
            lines = Array(lines.flatMap { head in next.map { head + $0 } }.prefix(64))
        }
        return lines
    }

    // MARK: Redirections

    func redirect(_ cursor: inout ShellCursor) -> ShellRedirect? {
        guard case .redirect(let number, let sign, let target, let position) = cursor.next else {
            return nil
        }
        cursor.drop()
        guard number <= 2, !sign.hasPrefix("<") || number == 0 else {
            return refuse("this redirection is not known here", position)
        }
        if let target {
            guard let other = Int(target), (1...2).contains(other), sign != "<" else {
                return refuse("this redirection is not known here", position)
            }
            return ShellRedirect(number: number, sign: sign, other: other, position: position)
        }
        guard let token = cursor.next, case .word = token else {
            return refuse("the redirection names no file", position)
        }
        cursor.drop()
        guard let path = word(token) else { return nil }
        if sign == "<<" {
            return ShellRedirect(number: number, sign: sign, path: path, position: position)
        }
        if guesses(path).contains(where: { $0.joined().isEmpty }) {
            return refuse("the redirection names no file", position)
        }
        return ShellRedirect(number: number, sign: sign, path: path, position: position)
    }

    /// Whether redirections of a loop or group can be done.
    func check(_ redirects: [ShellRedirect]) -> Bool {
        for redirect in redirects {
            guard let path = redirect.path else { continue }
            if redirect.sign == "<<" {
                return refuse(
                    "a text for several commands is not known here",
                    redirect.position
                ) ?? false
            }
            for text in guesses(path).map({ $0.joined() }) where ShellMachine.sink(text) == nil {
                return refuse("writing to \(text) is not known here", redirect.position) ?? false
            }
            if redirect.sign == "<", path.fixed != "/dev/null" {
                return refuse(
                    "reading from \(path.written) is not known here",
                    redirect.position
                ) ?? false
            }
        }
        return true
    }

    /// The file that a call's output goes into, or the device that it opens.
    func files(_ call: ShellCall) -> [String] {
        call.redirects.filter { $0.sign != "<<" }.compactMap(\.path)
            .flatMap { guesses($0).map { $0.joined() } }
            .filter { ShellMachine.sink($0) == nil }
    }
}
