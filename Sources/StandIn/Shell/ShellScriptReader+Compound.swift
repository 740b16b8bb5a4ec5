import Formats

extension ShellScriptReader {
    /// A command of any kind, with what redirects it.
    func command(_ cursor: inout ShellCursor) -> Bool {
        guard let first = cursor.next else {
            return refuse("a command is missing", cursor.last) ?? false
        }
        let enter = add(.nothing)
        let taken: Bool
        switch cursor.word {
        case "while", "until": taken = loop(&cursor)
        case "for": taken = each(&cursor)
        case "if": taken = choice(&cursor)
        case "{":
            cursor.drop()
            taken = list(&cursor, until: ["}"])
            if taken { cursor.drop() }
        case "case": taken = selection(&cursor)
        case "select", "coproc", "time":
            return refuse(
                "\"\(cursor.word ?? "")\" is not known here",
                first.position,
                "case, if, for, until and while are"
            ) ?? false
        case "[[": return conditional(&cursor)
        case "function": return function(&cursor, hasWord: true)
        case "wait": return wait(&cursor) ?? simple(&cursor)
        default:
            if cursor.isSign("(") {
                taken = group(&cursor)
            } else if isFunction(cursor) {
                return function(&cursor, hasWord: false)
            } else {
                return simple(&cursor)
            }
        }
        guard taken else { return false }
        var redirects: [ShellRedirect] = []
        while case .redirect = cursor.next {
            guard let redirect = redirect(&cursor) else { return false }
            redirects.append(redirect)
        }
        if case .word = cursor.next {
            return refuse("what follows the command is not known here", cursor.position) ?? false
        }
        guard !redirects.isEmpty else { return true }
        guard check(redirects) else { return false }
        add(.leave)
        steps[enter].instruction = .enterRedirects(redirects, end: here)
        return true
    }

    // MARK: Loops

    private func loop(_ cursor: inout ShellCursor) -> Bool {
        let isUntil = cursor.word == "until"
        forget(cursor)
        cursor.drop()
        let enter = add(.nothing)
        let head = here
        guard list(&cursor, until: ["do"]) else { return false }
        cursor.drop()
        test(from: head)
        let branch = add(.nothing)
        guard body(&cursor) else { return false }
        steps[branch].instruction = .branch(ifSucceeded: isUntil, here)
        add(.leave)
        steps[enter].instruction = .enterLoop(head: head, end: here)
        return true
    }

    private func each(_ cursor: inout ShellCursor) -> Bool {
        guard let position = cursor.position else { return false }
        forget(cursor)
        cursor.drop()
        guard let name = cursor.word, Self.isName(name) else {
            return refuse("a for without a name", position) ?? false
        }
        cursor.drop()
        while cursor.takes(";") {}
        guard cursor.word == "in" else {
            return refuse("a for without \"in\" is not known here", position) ?? false
        }
        cursor.drop()
        var words: [ShellWord] = []
        while case .word = cursor.next, let token = cursor.next {
            cursor.drop()
            guard let word = word(token) else { return false }
            words += isBash ? Self.expandingBraces(word) : [word]
            if !isBash, let text = word.fixed, word.isPlain, Self.range(text) != nil {
                note("only bash knows \(text): this shell goes round once, as it would")
            }
        }
        guard cursor.isSign(";") else {
            return refuse("this for is not known here", cursor.position ?? position) ?? false
        }
        while cursor.takes(";") {}
        guard cursor.word == "do" else {
            return refuse("a for without its do", cursor.position ?? position) ?? false
        }
        cursor.drop()
        let enter = add(.nothing)
        let head = add(.takeNext(name))
        let candidates = words.map { samples(of: $0) }
        values[name] =
            candidates.contains { $0.isEmpty } ? [] : Array(candidates.joined().joined().prefix(64))
        guard body(&cursor) else { return false }
        steps[enter].instruction = .enterEach(words, head: head, end: here)
        values[name] = []
        return true
    }

    /// What stands between `do` and `done`.
    private func body(_ cursor: inout ShellCursor) -> Bool {
        loops += 1
        defer { loops -= 1 }
        guard list(&cursor, until: ["done"]) else { return false }
        cursor.drop()
        add(.again)
        return true
    }

    /// Variables that a loop sets may hold anything within it.
    private func forget(_ cursor: ShellCursor) {
        for name in Self.assigned(in: cursor.rest) { values[name] = [] }
    }

    // MARK: Conditions

    private func choice(_ cursor: inout ShellCursor) -> Bool {
        let names = Self.assigned(in: cursor.rest)
        var ends: [Int] = []
        var hasElse = false
        repeat {
            cursor.drop()
            let start = here
            guard list(&cursor, until: ["then"]) else { return false }
            cursor.drop()
            test(from: start)
            let branch = add(.nothing)
            guard list(&cursor, until: ["elif", "else", "fi"]) else { return false }
            ends.append(add(.nothing))
            steps[branch].instruction = .branch(ifSucceeded: false, here)
        } while cursor.word == "elif"
        if cursor.word == "else" {
            cursor.drop()
            hasElse = true
            guard list(&cursor, until: ["fi"]) else { return false }
        }
        cursor.drop()
        if !hasElse { add(.succeed) }
        for end in ends { steps[end].instruction = .jump(here) }
        for name in names { values[name] = [] }
        return true
    }

    /// `[[ a && b ]]`: each part is a test of its own.
    private func conditional(_ cursor: inout ShellCursor) -> Bool {
        guard let open = cursor.next else { return false }
        cursor.drop()
        var words: [ShellWord] = []
        var branches: [(place: Int, ifSucceeded: Bool)] = []
        let start = here
        func flush() -> Bool {
            let edge = ShellWord(
                pieces: [.text("[[")],
                isPlain: false,
                position: open.position,
                written: "[["
            )
            var close = edge
            close.pieces = [.text("]]")]
            close.written = "]]"
            let call = ShellCall(words: [edge] + words + [close], keepsWords: true)
            words = []
            guard check(call) else { return false }
            add(.run(call))
            return true
        }
        while let token = cursor.next {
            switch token {
            case .word where cursor.word == "]]":
                cursor.drop()
                guard flush() else { return false }
                for branch in branches {
                    steps[branch.place].instruction = .branch(
                        ifSucceeded: branch.ifSucceeded,
                        here
                    )
                }
                if !branches.isEmpty {
                    for index in start..<(here - 1) { steps[index].isTested = true }
                }
                return true
            case .word:
                cursor.drop()
                guard var word = word(token, mayBePattern: true) else { return false }
                word.isPlain = false
                words.append(word)
            case .redirect(_, let sign, target: nil, let position) where sign == "<" || sign == ">":
                cursor.drop()
                words.append(
                    ShellWord(
                        pieces: [.text(sign)],
                        isPlain: false,
                        position: position,
                        written: sign
                    )
                )
            case .sign(let sign, _) where sign == "&&" || sign == "||":
                cursor.drop()
                // In [[ ]], && does not go before || as it does here only if both are there.
                if let other = branches.last, other.ifSucceeded != (sign == "||") {
                    return refuse(
                        "&& and || in one [[ ]] are not known here",
                        token.position,
                        "write [[ ]] && [[ ]]"
                    ) ?? false
                }
                guard flush() else { return false }
                branches.append((add(.nothing), sign == "||"))
            case .sign(";", _): cursor.drop()
            default:
                return refuse("this [[ ]] is not known here", token.position) ?? false
            }
        }
        return refuse("a [[ without its ]]", open.position) ?? false
    }

    // MARK: Groups and functions

    private func group(_ cursor: inout ShellCursor) -> Bool {
        cursor.drop()
        let saved = values
        let enter = add(.nothing)
        let outer = loops
        loops = 0
        guard list(&cursor, until: [")"]) else {
            return refuse("a ( without its )", cursor.last) ?? false
        }
        loops = outer
        guard cursor.takes(")") else {
            return refuse("a ( without its )", cursor.last) ?? false
        }
        values = saved
        add(.leave)
        steps[enter].instruction = .enterScope(end: here)
        add(.check)
        return true
    }

    private func isFunction(_ cursor: ShellCursor) -> Bool {
        guard let name = cursor.word, Self.isName(name) else { return false }
        var rest = cursor
        rest.drop()
        guard rest.takes("("), rest.takes(")") else { return false }
        return true
    }

    /// `name() { ... }`: kept until it is called.
    private func function(_ cursor: inout ShellCursor, hasWord: Bool) -> Bool {
        if hasWord { cursor.drop() }
        let position = cursor.position
        guard let name = cursor.word, Self.isName(name) else {
            return refuse("a function without a name", position) ?? false
        }
        cursor.drop()
        if cursor.takes("(") { _ = cursor.takes(")") }
        while cursor.takes(";") {}
        guard cursor.word == "{" else {
            return refuse("a function without { } is not known here", position) ?? false
        }
        let start = cursor.rest
        cursor.drop()
        // It is read once here, to find its end and what is wrong in it, and again at each call.
        let mark = steps
        let (question, wasFetching, old, outer) = (firstQuestion, fetches, values, loops)
        loops = 0
        let parameters = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "@", "*", "#"]
        for parameter in parameters { values[parameter] = [] }
        calls.append(name)
        guard list(&cursor, until: ["}"]) else { return false }
        cursor.drop()
        calls.removeLast()
        (steps, firstQuestion, fetches, values, loops) = (mark, question, wasFetching, old, outer)
        if case .redirect = cursor.next {
            return refuse("a function's redirection is not known here", cursor.position) ?? false
        }
        functions[name] = start.prefix(start.count - cursor.rest.count)
        add(.succeed)
        return true
    }

    /// A function's steps, where it is called.
    func call(_ name: String, _ words: [ShellWord], _ position: Position) -> Bool {
        guard let body = functions[name] else { return false }
        guard !calls.contains(name), calls.count < 8 else {
            return refuse("a function that calls itself is not known here", position) ?? false
        }
        let enter = add(.nothing)
        let (old, outer) = (values, loops)
        for (index, word) in words.enumerated() {
            values[String(index + 1)] = samples(of: word).map { $0.joined(separator: " ") }
        }
        for name in ["@", "*"] { values[name] = [] }
        values["#"] = [String(words.count)]
        loops = 0
        calls.append(name)
        defer { calls.removeLast() }
        var cursor = ShellCursor(body)
        cursor.drop()
        guard list(&cursor, until: ["}"]) else { return false }
        loops = outer
        for parameter in old.keys where parameter.first?.isNumber ?? false {
            values[parameter] = old[parameter]
        }
        add(.leave)
        steps[enter].instruction = .enterCall(words, end: here)
        return true
    }

    // MARK: Names

    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            byte == 0x5F || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte)
        }
    }

    /// The variables that tokens may set.
    static func assigned(in tokens: ArraySlice<ShellToken>) -> Set<String> {
        var names: Set<String> = []
        var isFor = false
        for token in tokens {
            guard case .word(let parts, let isPlain, _) = token else { continue }
            for part in parts {
                guard case .text(let text) = part else {
                    if case .command(let code) = part {
                        names.formUnion(assigned(inArithmetic: code))
                    }
                    continue
                }
                if text.hasPrefix("((") { names.formUnion(assigned(inArithmetic: text)) }
            }
            if case .text(let text) = parts.first, let equals = text.firstIndex(of: "=") {
                let name = String(text[..<equals])
                if isName(name) { names.insert(name) }
            }
            let text = isPlain ? token.plainText : nil
            if isFor, let text, isName(text) { names.insert(text) }
            isFor = text == "for" || text == "read"
        }
        return names
    }

    private static func assigned(inArithmetic text: String) -> [String] {
        text.split { !($0 == "_" || $0.isLetter || $0.isNumber) }.map(String.init).filter(isName)
    }
}
