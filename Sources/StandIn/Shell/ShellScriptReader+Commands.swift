import Formats

extension ShellScriptReader {
    /// A command with its words, up to the sign that ends it.
    func simple(_ cursor: inout ShellCursor) -> Bool {
        guard let first = cursor.next else { return false }
        var call = ShellCall(words: [])
        loop: while let token = cursor.next {
            switch token {
            case .word:
                cursor.drop()
                if call.words.isEmpty, let assignment = assignment(token) {
                    guard let assignment = assignment.value else { return false }
                    call.variables.append(assignment)
                    continue
                }
                guard let word = word(token) else { return false }
                call.words += isBash ? Self.expandingBraces(word) : [word]
            case .redirect:
                guard let redirect = redirect(&cursor) else { return false }
                call.redirects.append(redirect)
            case .sign("(", let position):
                return refuse("\"(\" is not known here", position) ?? false
            case .sign: break loop
            }
        }
        guard call.words.count <= 256 else {
            return refuse("the command has too many words", first.position) ?? false
        }
        if call.words.isEmpty {
            if call.redirects.isEmpty {
                guard !call.variables.isEmpty else {
                    let sign = cursor.sign ?? ""
                    return refuse("nothing stands before the \(sign)", first.position) ?? false
                }
                return assign(call.variables)
            }
            // A redirection alone opens its file: `</dev/tcp/db/5432`.
            let colon = ShellWord(
                pieces: [.text(":")],
                isPlain: true,
                position: first.position,
                written: ":"
            )
            call.words = [colon]
        }
        return named(call)
    }

    /// `NAME=value`; a value of nil if it is refused.
    private func assignment(_ token: ShellToken) -> (value: ShellAssignment?, Void)? {
        guard case .word(let parts, _, let position) = token, case .text(let text) = parts.first,
            let equals = text.firstIndex(of: "="), Self.isName(String(text[..<equals]))
        else { return nil }
        let rest = String(text[text.index(after: equals)...])
        let value = (rest.isEmpty ? [] : [ShellPart.text(rest)]) + parts.dropFirst()
        let name = String(text[..<equals])
        guard let word = word(.word(value, isPlain: false, position)) else { return (nil, ()) }
        return (ShellAssignment(name: name, value: word), ())
    }

    func assign(_ assignments: [ShellAssignment]) -> Bool {
        for assignment in assignments {
            let known = samples(of: assignment.value).map { $0.joined() }
            // Within a loop or behind a branch it may still hold what it held before.
            let isSure = loops == 0 && calls.isEmpty
            values[assignment.name] = isSure ? known : []
        }
        add(.assign(assignments))
        return true
    }

    /// A command by its name: those that steer the script have steps of their own.
    private func named(_ call: ShellCall) -> Bool {
        guard let first = call.words.first else { return false }
        guard let program = first.fixed ?? only(first) else {
            return refuse("what it runs is put together from variables", first.position) ?? false
        }
        let name = StandInRequest.baseName(program)
        if program.hasPrefix("(("), program.hasSuffix("))"), call.words.count == 1 {
            return calculate(String(program.dropFirst(2).dropLast(2)), first.position)
        }
        func bare(_ count: Int) -> ShellCall {
            var rest = call
            rest.words.removeFirst(count)
            return rest
        }
        if functions[name] != nil {
            guard call.redirects.allSatisfy({ $0.other != nil }), call.variables.isEmpty else {
                return refuse("this call of \(name) is not known here", first.position) ?? false
            }
            return self.call(name, Array(call.words.dropFirst()), first.position)
        }
        switch name {
        case "busybox", "command", "exec", "env", "nice", "builtin":
            guard call.words.count > 1, !call.words[1].written.hasPrefix("-") else { break }
            if name == "exec", bare(1).words.first?.fixed.map(Self.isKnown) != true {
                let program = bare(1).words[0].written
                return refuse(
                    "it becomes another program: \(program)",
                    first.position,
                    "a helper ends when it has waited"
                ) ?? false
            }
            return named(bare(1))
        case "break", "continue":
            let count = call.words.dropFirst().first.map { Int($0.written) ?? 0 } ?? 1
            guard loops > 0, count > 0, count <= loops, call.words.count <= 2 else {
                return refuse("a \(name) outside of a loop", first.position) ?? false
            }
            add(name == "break" ? .break(count) : .continue(count))
            return true
        case "return":
            guard !calls.isEmpty, call.words.count <= 2 else {
                return refuse("a return outside of a function", first.position) ?? false
            }
            add(.return(call.words.dropFirst().first))
            return true
        case "exit":
            let codes = lines(of: bare(1)).map { $0.joined() }
            guard call.words.count <= 2,
                codes.allSatisfy({ $0.isEmpty || Int32($0).map { (0...255).contains($0) } ?? false }
                )
            else { return refuse("this exit is not known here", first.position) ?? false }
            add(.exit(call.words.dropFirst().first))
            return true
        case "timeout": return timeout(call)
        case "sh", "ash", "bash", "dash": return shell(call, isBash: name == "bash")
        case "export" where call.words.count > 1, "readonly" where call.words.count > 1,
            "local" where call.words.count > 1, "declare" where call.words.count > 1:
            return declare(call)
        default: break
        }
        var call = call
        call.isHeard = isHeard
        guard check(call) else { return false }
        add(.run(call))
        return true
    }

    /// A word's only value.
    private func only(_ word: ShellWord) -> String? {
        let known = samples(of: word)
        return known.count == 1 && known[0].count == 1 ? known[0][0] : nil
    }

    private static func isKnown(_ program: String) -> Bool {
        let name = StandInRequest.baseName(program)
        return ShellMachine.commands.contains(name) || ["sh", "ash", "bash", "dash"].contains(name)
    }

    private func calculate(_ text: String, _ position: Position) -> Bool {
        guard let tokens = tokens(of: "\"\(text)\""), let token = tokens.first,
            let word = word(token)
        else { return refuse("this calculation is not known here", position) ?? false }
        for name in Self.assigned(in: [.word([.text("((" + text)], isPlain: true, position)]) {
            values[name] = []
        }
        add(.calculate(word))
        return true
    }

    /// `export NAME=value`, `local NAME=value`.
    private func declare(_ call: ShellCall) -> Bool {
        var assignments: [ShellAssignment] = []
        for word in call.words.dropFirst() {
            guard case .text(let text)? = word.pieces.first else {
                return refuse("this \(call.words[0].written) is not known here", word.position)
                    ?? false
            }
            guard let equals = text.firstIndex(of: "=") else {
                guard Self.isName(text), word.pieces.count == 1 else {
                    return refuse("this \(call.words[0].written) is not known here", word.position)
                        ?? false
                }
                continue
            }
            let name = String(text[..<equals])
            guard Self.isName(name) else {
                return refuse("this \(call.words[0].written) is not known here", word.position)
                    ?? false
            }
            var value = word
            let rest = String(text[text.index(after: equals)...])
            value.pieces = (rest.isEmpty ? [] : [.text(rest)]) + word.pieces.dropFirst()
            value.isPlain = false
            assignments.append(ShellAssignment(name: name, value: value))
        }
        guard !assignments.isEmpty else {
            add(.succeed)
            return true
        }
        return assign(assignments)
    }

    /// `timeout [-t] SECONDS COMMAND`.
    private func timeout(_ call: ShellCall) -> Bool {
        var rest = call
        rest.words.removeFirst()
        while let option = rest.words.first?.written, option.hasPrefix("-"), option.count > 1 {
            rest.words.removeFirst()
            switch option {
            case "-t", "--foreground", "--preserve-status", "-v": break
            case "-s", "-k", "--signal", "--kill-after": rest.words = Array(rest.words.dropFirst())
            case let option where option.hasPrefix("-s") || option.hasPrefix("-k"): break
            case let option
            where option.hasPrefix("--signal=") || option.hasPrefix("--kill-after="):
                break
            default:
                return refuse("\(option) of timeout is not known here", call.position) ?? false
            }
            // The old busybox has the time behind -t.
            if option == "-t" { break }
        }
        guard let limit = rest.words.first, rest.words.count > 1,
            lines(of: ShellCall(words: [limit])).allSatisfy({
                SleepTime($0.joined())?.duration.map { $0 > .zero } ?? false
            })
        else {
            return refuse(
                "this timeout is not known here",
                call.position,
                "timeout SECONDS COMMAND is"
            ) ?? false
        }
        rest.words.removeFirst()
        let enter = add(.nothing)
        let outer = loops
        loops = 0
        guard named(rest) else { return false }
        loops = outer
        add(.leave)
        steps[enter].instruction = .enterTimeout(limit, end: here)
        add(.check)
        return true
    }

    /// `sh -c SCRIPT` within a script.
    private func shell(_ call: ShellCall, isBash inner: Bool) -> Bool {
        let position = call.position
        guard let words = lines(of: call).first, lines(of: call).count == 1,
            call.words.allSatisfy({ !samples(of: $0).isEmpty })
        else {
            return refuse("what the shell runs is put together from variables", position) ?? false
        }
        let (wasBash, wasStrict, old, outer) = (isBash, endsOnFailure, values, loops)
        endsOnFailure = false
        guard let script = script(words[...]), let tokens = tokens(of: script) else { return false }
        guard !endsOnFailure else {
            return refuse("sh -e within a script is not known here", position, "write set -e")
                ?? false
        }
        loops = 0
        let redirects = call.redirects
        let apart = redirects.isEmpty ? nil : Optional(add(.nothing))
        guard check(redirects) else { return false }
        let enter = add(.nothing)
        var cursor = ShellCursor(tokens)
        guard list(&cursor, until: []) else { return false }
        add(.leave)
        steps[enter].instruction = .enterScope(end: here)
        if let apart {
            add(.leave)
            steps[apart].instruction = .enterRedirects(redirects, end: here)
        }
        add(.check)
        (isBash, endsOnFailure, values, loops) = (wasBash, wasStrict, old, outer)
        return true
    }
}

extension ShellScriptReader {
    /// Whether a command can be done, whatever its variables hold.
    func check(_ call: ShellCall) -> Bool {
        let files = files(call)
        let isSilent = call.redirects.contains {
            $0.number == 1 && $0.path.map { ShellMachine.sink($0.fixed ?? "") == .nowhere } ?? false
        }
        let reads = call.redirects.filter { $0.sign == "<" && $0.path?.fixed != "/dev/null" }
        for redirect in reads where redirect.path?.written.hasPrefix("/dev/tcp/") != true {
            return refuse(
                "reading from \(redirect.path?.written ?? "") is not known here",
                redirect.position
            ) ?? false
        }
        let hasText = call.redirects.contains { $0.sign == "<<" }
        if hasText, let refusal = refusal(ofText: call) {
            return refuse(refusal, call.position) ?? false
        }
        for variable in call.variables {
            values[variable.name] =
                values[variable.name]
                ?? self.samples(of: variable.value).map {
                    $0.joined()
                }
        }
        for line in lines(of: call) {
            let around = ShellPlan.Surroundings(
                isBash: isBash,
                isHeard: isHeard && !isSilent && files.isEmpty,
                hasInput: hasInput || hasText,
                file: files.first,
                variable: { [environment] in environment[$0] ?? "" }
            )
            let plan: ShellPlan
            do throws(ShellRefusal) {
                plan = try ShellPlan.make(line, around)
            } catch {
                return refuse(error.what, call.position, error.remedy) ?? false
            }
            learn(plan, call, isSilent: isSilent)
        }
        return true
    }

    /// Why a text behind `<<` cannot be given to a command; nil if it can.
    private func refusal(ofText call: ShellCall) -> String? {
        let name = StandInRequest.baseName(call.words.first?.written ?? "")
        guard ShellFilter.programs.contains(name) else {
            return "a text behind << is only known for cat and its like, not for \(name)"
        }
        // Which of them ran first is not kept.
        let texts = call.redirects.filter { $0.sign == "<<" }.compactMap(\.path)
        let others = call.words + call.variables.map(\.value)
        func asks(_ words: [ShellWord]) -> Bool {
            words.contains { ShellWord.outputs(of: $0.pieces) > 0 }
        }
        guard !asks(texts) || !asks(others) else {
            return "$() in a text and in the command that takes it are not known here"
        }
        return nil
    }

    /// Notes what a command is for.
    private func learn(_ plan: ShellPlan, _ call: ShellCall, isSilent: Bool) {
        func ask() {
            if firstQuestion == nil {
                firstQuestion = call.words.map(\.written).joined(separator: " ")
            }
        }
        switch plan {
        case .ask:
            ask()
            let program = StandInRequest.baseName(call.words[0].written)
            // nc is silent, and so are devices.
            if !isSilent, !isHeard, !program.hasPrefix("n") || program == "nslookup",
                ShellAsker.programs.contains(program)
            {
                note("what \(program) writes is not written")
            }
        case .test(let words):
            if case .needs? = try? ShellTest.value(of: words) { ask() }
        case .transfer(let program, let words):
            ask()
            if writes(program, words) || !files(call).isEmpty { fetches = true }
        case .say, .pause, .status, .calculate, .filter, .time, .strict, .unset:
            if call.words[0].written == "trap" {
                note("the trap is not set: a signal ends the script")
            }
        }
    }

    /// Whether a transfer leaves a file.
    private func writes(_ program: String, _ words: [String]) -> Bool {
        if program == "curl" {
            let outputs = (try? CurlOptions(words))?.outputs ?? []
            return outputs.contains { output in
                switch output {
                case .remote: true
                case .file(let path): ShellMachine.sink(path) == nil
                case .standard: false
                }
            }
        }
        guard let options = try? WgetOptions(words) else { return false }
        return !options.isSpider
            && (options.output.map { $0 != "-" && ShellMachine.sink($0) == nil } ?? true)
    }
}
