import Formats

extension ShellReader {
    /// `while [IFS=] read [-r] NAME; do ...; done [> file]`: what is written for each line.
    func loop(_ tokens: [ShellToken], _ target: inout ShellTarget) -> [TemplatePiece]? {
        guard let open = tokens.firstIndex(where: { plain($0) == "do" }),
            let close = tokens.lastIndex(where: { plain($0) == "done" }), open < close
        else {
            refuse("a loop without do and done", tokens[0].position)
            return nil
        }
        guard let line = variable(tokens[..<open]) else { return nil }
        var rest = tokens[(close + 1)...]
        while let token = rest.popFirst() {
            guard case .redirect(let number, let sign, let other, let position) = token,
                redirect(number, sign, other, position, &rest, &target)
            else {
                refuse("what follows the loop", token.position)
                return nil
            }
        }
        return body(Array(tokens[(open + 1)..<close]), line, &target)
    }

    /// The name that a line gets, and what is taken off its ends.
    private func variable(_ tokens: ArraySlice<ShellToken>) -> ShellLine? {
        var words: [(text: String, position: Position)] = []
        for token in tokens {
            if case .sign(";", _) = token { continue }
            guard let word = plain(token) else {
                refuse("this", token.position)
                return nil
            }
            words.append((word, token.position))
        }
        words = Array(words.dropFirst())
        var separators = " \t"
        while let word = words.first?.text, word.hasPrefix("IFS=") {
            separators = String(word.dropFirst(4))
            words.removeFirst()
        }
        guard let first = words.first, first.text == "read" else {
            refuse(
                "the loop's condition",
                words.first?.position ?? tokens.first?.position ?? .start,
                "write while IFS= read -r line"
            )
            return nil
        }
        var names: [String] = []
        for word in words.dropFirst() {
            if word.text == "-r" { continue }
            if word.text.hasPrefix("-") {
                refuse("the option \(word.text) of read", word.position, "write read -r line")
                return nil
            }
            names.append(word.text)
        }
        guard names.count <= 1 else {
            refuse("reading into several variables", words[0].position, "write read -r line")
            return nil
        }
        // Only with a name blanks go, and only those that part words.
        guard let name = names.first else { return ShellLine(name: "REPLY") }
        return ShellLine(name: name, trimming: separators.filter { $0 == " " || $0 == "\t" })
    }

    /// One `echo` or `printf`, perhaps with variables set before it.
    private func body(
        _ tokens: [ShellToken],
        _ line: ShellLine,
        _ target: inout ShellTarget
    ) -> [TemplatePiece]? {
        var statements = ShellStatements(tokens)
        var written: [TemplatePiece]?
        var names: [String: [ShellPart]] = [:]
        while let statement = statements.next() {
            guard let first = statement.tokens.first else { continue }
            if case .sign(let sign, let position) = statement.end, sign != ";" {
                refuse("\"\(sign)\" in the loop", position)
                return nil
            }
            if case .word(let parts, _, _) = first, statement.tokens.count == 1,
                case .text(let text) = parts.first, let equals = text.firstIndex(of: "="),
                text[..<equals].allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" })
            {
                let rest = String(text[text.index(after: equals)...])
                names[String(text[..<equals])] =
                    (rest.isEmpty ? [] : [.text(rest)]) + parts.dropFirst()
                continue
            }
            guard written == nil else {
                refuse("a second command in the loop", first.position, "write one echo")
                return nil
            }
            guard let pieces = command(statement.tokens, line, names, &target) else { return nil }
            written = pieces
        }
        if written == nil {
            refuse("a loop that writes nothing", tokens.first?.position ?? .start)
        }
        return written
    }

    private func command(
        _ tokens: [ShellToken],
        _ line: ShellLine,
        _ names: [String: [ShellPart]],
        _ target: inout ShellTarget
    ) -> [TemplatePiece]? {
        var words: [(parts: [ShellPart], position: Position)] = []
        var rest = tokens[...]
        while let token = rest.popFirst() {
            switch token {
            case .word(let parts, _, let position): words.append((parts, position))
            case .redirect(let number, let sign, let other, let position):
                guard redirect(number, sign, other, position, &rest, &target) else { return nil }
            case .sign(let sign, let position):
                refuse("\"\(sign)\" in the loop", position)
                return nil
            }
        }
        let program = words.first.flatMap { plain(.word($0.parts, isPlain: true, $0.position)) }
        switch program {
        case "echo": return echo(Array(words.dropFirst()), line, names)
        case "printf":
            guard words.count > 1 else {
                refuse("printf without a format", tokens.first?.position ?? .start, "'%s\\n' is")
                return nil
            }
            return printf(Array(words.dropFirst()), line, names)
        default:
            refuse(
                "the command \"\(program ?? "")\" in the loop",
                tokens.first?.position ?? .start,
                "echo and printf are"
            )
            return nil
        }
    }

    private func echo(
        _ words: [(parts: [ShellPart], position: Position)],
        _ line: ShellLine,
        _ names: [String: [ShellPart]]
    ) -> [TemplatePiece]? {
        var words = words[...]
        var isEscaped = false
        while let word = words.first,
            let option = plain(.word(word.parts, isPlain: true, word.position)),
            option.hasPrefix("-"), option.count > 1,
            option.dropFirst().allSatisfy({ "neE".contains($0) })
        {
            if option.contains("n") {
                refuse("echo -n", word.position, "each line ends in a line feed")
                return nil
            }
            isEscaped = isEscaped || option.contains("e")
            words = words.dropFirst()
        }
        var pieces = ShellPieces(line: line, names: names)
        for (index, word) in words.enumerated() {
            if index > 0 { pieces.append(" ") }
            for part in word.parts {
                if isEscaped, case .text(let text) = part {
                    pieces.append(Self.unescaped(text))
                } else {
                    guard pieces.append(part, self, Place(ShellLexer.file, word.position)) else {
                        return nil
                    }
                }
            }
        }
        return pieces.finished
    }

    private func printf(
        _ words: [(parts: [ShellPart], position: Position)],
        _ line: ShellLine,
        _ names: [String: [ShellPart]]
    ) -> [TemplatePiece]? {
        guard let first = words.first else { return nil }
        var pieces = ShellPieces(line: line, names: names)
        var arguments = words.dropFirst()
        let place = Place(ShellLexer.file, first.position)
        for part in first.parts {
            guard case .text(let raw) = part else {
                // A line in the format would be read as one.
                guard pieces.append(part, self, place) else { return nil }
                continue
            }
            var rest = raw[...]
            while let mark = rest.firstIndex(of: "%") {
                pieces.append(Self.unescaped(String(rest[..<mark])))
                rest = rest[rest.index(after: mark)...]
                switch rest.first {
                case "%": pieces.append("%")
                case "s":
                    guard let argument = arguments.popFirst() else { break }
                    for part in argument.parts {
                        guard pieces.append(part, self, Place(ShellLexer.file, argument.position))
                        else { return nil }
                    }
                default:
                    refuse(
                        "%\(rest.first.map(String.init) ?? "") of printf",
                        first.position,
                        "%s is"
                    )
                    return nil
                }
                rest = rest.dropFirst()
            }
            pieces.append(Self.unescaped(String(rest)))
        }
        guard arguments.isEmpty else {
            refuse("more arguments than %s", first.position)
            return nil
        }
        guard pieces.endsLine else {
            refuse("a printf without \\n at its end", first.position, "write \\n")
            return nil
        }
        return pieces.finished
    }

    /// Escapes as `printf` and `echo -e` read them.
    static func unescaped(_ text: String) -> String {
        var made = ""
        var isEscaped = false
        for character in text {
            if isEscaped {
                isEscaped = false
                switch character {
                case "n": made += "\n"
                case "t": made += "\t"
                case "r": made += "\r"
                case "\\": made += "\\"
                case "\"": made += "\""
                default: made += "\\" + String(character)
                }
            } else if character == "\\" {
                isEscaped = true
            } else {
                made.append(character)
            }
        }
        return isEscaped ? made + "\\" : made
    }
}

/// What a loop reads each line into.
struct ShellLine {
    /// The variable's name.
    var name: String
    /// Blanks that `read` takes off both ends.
    var trimming = ""
}

/// The parts of a line while they are gathered: what stands inside of a JSON string is escaped.
struct ShellPieces {
    /// The variable that holds the line.
    let line: ShellLine
    /// Variables that are set in the loop.
    let names: [String: [ShellPart]]
    private var pieces: [TemplatePiece] = []
    private var isJSON = false
    private var isFirst = true
    private var isInside = false
    private var isEscaped = false

    init(line: ShellLine, names: [String: [ShellPart]]) {
        self.line = line
        self.names = names
    }

    /// Whether what is written ends in a line feed.
    var endsLine: Bool {
        if case .literal(let text) = pieces.last { text.hasSuffix("\n") } else { false }
    }

    /// The parts; the line feed at the end is the sink's.
    var finished: [TemplatePiece] {
        var made = pieces
        if case .literal(let text) = made.last, text.hasSuffix("\n") {
            made[made.count - 1] = .literal(String(text.dropLast()))
            if text == "\n" { made.removeLast() }
        }
        return made
    }

    /// Adds a text of the script.
    mutating func append(_ text: String) {
        for character in text {
            if isFirst, !character.isWhitespace {
                isFirst = false
                isJSON = character == "{" || character == "["
            }
            if isInside, isEscaped {
                isEscaped = false
            } else if isInside, character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isInside.toggle()
            }
        }
        guard !text.isEmpty else { return }
        if case .literal(let before) = pieces.last {
            pieces[pieces.count - 1] = .literal(before + text)
        } else {
            pieces.append(.literal(text))
        }
    }

    /// Adds a text that a variable holds.
    private mutating func append(value: String) {
        guard isJSON, isInside else {
            append(value)
            return
        }
        append(String(JSON.string(value).text().dropFirst().dropLast()))
    }

    /// Adds a part of a word; false, and a finding, if it is not known.
    mutating func append(
        _ part: ShellPart,
        _ reader: ShellReader,
        _ place: Place,
        depth: Int = 0
    ) -> Bool {
        switch part {
        case .text(let text): append(text)
        case .variable(line.name, _):
            isFirst = false
            pieces.append(
                .field(ShellReader.key, isEscaped: isJSON && isInside, trimming: line.trimming)
            )
        case .variable(let name, let standard):
            if let parts = names[name], depth < 4 {
                for part in parts {
                    guard append(part, reader, place, depth: depth + 1) else { return false }
                }
                return true
            }
            if let parts = reader.variables[name], depth < 4,
                parts.contains(where: { if case .command = $0 { true } else { false } })
            {
                // What was worked out before the loop stays as it was, which only a name can.
                guard let text = reader.text(parts, place) else { return false }
                append(value: text)
                return true
            }
            append(value: reader.value(of: name, standard, place))
        case .command(let code): return append(command: code, reader, place)
        }
        return true
    }

    private mutating func append(
        command code: String,
        _ reader: ShellReader,
        _ place: Place
    ) -> Bool {
        let log = FindingLog(isLenient: false)
        var lexer = ShellLexer(code, log: log)
        let words = (lexer.tokens() ?? []).map { reader.plain($0) }
        let known = words.compactMap(\.self)
        if known.count == words.count, known.first == "date" {
            guard let date = ShellDate(Array(known.dropFirst())) else {
                reader.log.error(
                    place,
                    "$(\(code)) is not known here",
                    "date is, with -u, -I and +FORMAT"
                )
                return false
            }
            isFirst = false
            pieces.append(.time(format: date.format, isUTC: date.isUTC))
            return true
        }
        guard let text = reader.text([.command(code)], place) else { return false }
        append(value: text)
        return true
    }
}
