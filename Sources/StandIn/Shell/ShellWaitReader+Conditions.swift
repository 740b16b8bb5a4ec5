import Basics
import Formats

extension ShellWaitReader {
    /// What stands between `until` or `while !` and `do`.
    func condition(
        _ tokens: ArraySlice<ShellToken>,
        _ position: Position,
        isUntil: Bool
    ) -> ShellWait.Condition? {
        var rest = tokens
        while case .sign(";", _) = rest.last { rest = rest.dropLast() }
        guard !rest.isEmpty else {
            refuse("a loop without a condition", position)
            return nil
        }
        // A string that is compared says itself which way round it is.
        if let asked = comparison(rest, isUntil: isUntil) { return asked.condition }
        let isNegated = rest.first.map { isPlain($0) && $0.plainText == "!" } ?? false
        if isNegated { rest = rest.dropFirst() }
        guard isNegated != isUntil else {
            refuse(
                "a loop that waits until something is gone is not known here",
                position,
                isUntil ? "leave the ! out" : "write until, or while !"
            )
            return nil
        }
        return conjunction(rest, position, isNegated: isNegated)
    }

    private func conjunction(
        _ tokens: ArraySlice<ShellToken>,
        _ position: Position,
        isNegated: Bool
    ) -> ShellWait.Condition? {
        var parts: [[ShellToken]] = [[]]
        var depth = 0
        for token in tokens {
            if case .sign(let sign, let place) = token {
                switch sign {
                case "(": depth += 1
                case ")": depth -= 1
                case "&&" where depth == 0:
                    guard !isNegated else {
                        refuse("the ! holds for the first command only", place, "write until")
                        return nil
                    }
                    parts.append([])
                    continue
                case "|": break
                case ";" where depth > 0: break
                default:
                    refuse("\"\(sign)\" in a condition is not known here", place)
                    return nil
                }
            }
            parts[parts.count - 1].append(token)
        }
        var conditions: [ShellWait.Condition] = []
        for part in parts {
            guard let first = part.first else {
                refuse("an empty command in the condition", position)
                return nil
            }
            guard let one = single(part, first.position) else { return nil }
            conditions.append(one)
        }
        return conditions.count == 1 ? conditions[0] : .all(conditions)
    }

    /// One command, perhaps in parentheses, perhaps before `| grep`.
    private func single(_ tokens: [ShellToken], _ position: Position) -> ShellWait.Condition? {
        var tokens = tokens[...]
        var behind: ArraySlice<ShellToken> = []
        if case .sign("(", _) = tokens.first {
            guard
                let close = tokens.lastIndex(where: {
                    if case .sign(")", _) = $0 { true } else { false }
                })
            else {
                refuse("a ( without its )", position)
                return nil
            }
            behind = tokens[(close + 1)...]
            tokens = tokens[(tokens.startIndex + 1)..<close]
            guard behind.allSatisfy({ if case .sign = $0 { false } else { true } }),
                command(behind)?.words.isEmpty ?? false
            else {
                refuse("what follows the ) is not known here", position)
                return nil
            }
            while case .sign(";", _) = tokens.last { tokens = tokens.dropLast() }
            let isOne = tokens.allSatisfy { if case .sign = $0 { false } else { true } }
            guard isOne else {
                refuse("several commands in ( ) are not known here", position)
                return nil
            }
        }
        let pieces = tokens.split(
            omittingEmptySubsequences: false,
            whereSeparator: { if case .sign("|", _) = $0 { true } else { false } }
        )
        guard let first = pieces.first, let main = command(first) else { return nil }
        if pieces.count == 1 { return program(main, position) }
        guard pieces.count == 2, let filter = command(pieces[1]),
            let name = main.words.first, Self.name(name) == "redis-cli",
            case .redis(let host, let port, let password, _)? = redis(main, position)
        else {
            if !log.hasErrors {
                refuse("this pipe in a condition is not known here", position)
            }
            return nil
        }
        let words = filter.words.filter { !["-q", "-i", "-x", "-w"].contains($0) }
        guard words == ["grep", "PONG"] else {
            refuse("this filter of redis-cli is not known here", position, "grep -q PONG is")
            return nil
        }
        return .redis(host: host, port: port, password: password, mustPong: true)
    }

    /// What a program waits for when it ends with 0.
    func program(_ command: ShellCommand, _ position: Position) -> ShellWait.Condition? {
        if let path = command.opens { return device(path, command, position) }
        guard let first = command.words.first else {
            refuse("this condition is not known here", position)
            return nil
        }
        switch Self.name(first) {
        case "busybox", "exec", "command":
            var inner = command
            inner.words.removeFirst()
            inner.tokens.removeFirst()
            return program(inner, position)
        case "nc", "ncat", "netcat": return netcat(command, position)
        case "pg_isready":
            if command.output == .standard {
                note("what pg_isready writes is not written")
            }
            return .postgres(Array(command.words.dropFirst()))
        case "curl": return curl(Array(command.words.dropFirst()), position)
        case "wget": return wget(Array(command.words.dropFirst()), position)
        case "nslookup", "host": return lookup(command, position)
        case "getent": return getent(command, position)
        case "mysqladmin", "mariadb-admin": return mysqladmin(command, position)
        case "redis-cli": return redis(command, position)
        case "test", "[", "[[": return test(command, position)
        case "ls", "stat":
            guard command.words.count == 2, !command.words[1].hasPrefix("-") else {
                refuse("this \(first) is not known here", position, "one file is")
                return nil
            }
            return .file(command.words[1], .exists)
        case "timeout": return timeout(command, position)
        case "sh", "ash", "bash", "dash":
            guard let script = script(command.words[...]), let tokens = tokens(of: script) else {
                return nil
            }
            return condition(tokens[...], position, isUntil: true)
        case let name:
            refuse(
                "the command \"\(name)\" in a condition is not known here",
                position,
                "nc -z, pg_isready, curl, wget, nslookup, mysqladmin, redis-cli and test are"
            )
            return nil
        }
    }

    /// `/dev/tcp/HOST/PORT`, which bash opens as a connection.
    private func device(
        _ path: String,
        _ command: ShellCommand,
        _ position: Position
    ) -> ShellWait.Condition? {
        guard isBash else {
            refuse("only bash knows /dev/tcp, and this is another shell", position, "write nc -z")
            return nil
        }
        let known =
            command.words.first.map { ["echo", ":", "true", "printf"].contains($0) } ?? true
        let parts = path.dropFirst("/dev/tcp/".count).split(
            separator: "/",
            omittingEmptySubsequences: false
        )
        guard known, parts.count == 2, !parts[0].isEmpty,
            let port = port(String(parts[1]), position)
        else {
            if !log.hasErrors { refuse("\(path) is not known here", position) }
            return nil
        }
        return .port(host: String(parts[0]), port: port, limit: nil)
    }

    func port(_ text: String, _ position: Position) -> UInt16? {
        guard let port = UInt16(text), port > 0 else {
            refuse("\"\(text)\" is no port", position, text.isEmpty ? "set its variable" : "")
            return nil
        }
        return port
    }

    /// `timeout [-t] SECONDS COMMAND`.
    private func timeout(
        _ command: ShellCommand,
        _ position: Position
    ) -> ShellWait.Condition? {
        var inner = command
        inner.words.removeFirst()
        inner.tokens.removeFirst()
        if inner.words.first == "-t" {
            inner.words.removeFirst()
            inner.tokens.removeFirst()
        }
        guard let word = inner.words.first, let limit = SleepTime(word)?.duration, limit > .zero
        else {
            refuse("this timeout is not known here", position, "timeout SECONDS COMMAND is")
            return nil
        }
        inner.words.removeFirst()
        inner.tokens.removeFirst()
        return program(inner, position).map { .within(limit, $0) }
    }

    /// `test -f FILE` and its like.
    private func test(_ command: ShellCommand, _ position: Position) -> ShellWait.Condition? {
        var words = command.words.dropFirst()
        let closing = ["[": "]", "[[": "]]"][command.words[0]]
        if let closing {
            guard words.last == closing else {
                refuse("a \(command.words[0]) without its \(closing)", position)
                return nil
            }
            words = words.dropLast()
        }
        let all = Array(words)
        guard all.count == 2, all[0].count == 2, all[0].hasPrefix("-"), let letter = all[0].last,
            let test = ShellWait.FileTest(rawValue: letter), !all[1].isEmpty
        else {
            refuse(
                "this test is not known here",
                position,
                "[ -f FILE ], -e, -s, -d, -r and -S are"
            )
            return nil
        }
        return .file(all[1], test)
    }

    // MARK: Comparisons

    /// `[ "$(curl ... -w '%{http_code}' URL)" = 200 ]` and `[ "$(redis-cli ping)" = PONG ]`.
    ///
    /// - Returns: `nil` if it is none; a condition of `nil` if it is refused.
    private func comparison(
        _ tokens: ArraySlice<ShellToken>,
        isUntil: Bool
    ) -> (condition: ShellWait.Condition?, Void)? {
        var all = Array(tokens)
        let open = all.first?.plainText
        guard open == "[" || open == "[[" || open == "test" else { return nil }
        all.removeFirst()
        if open != "test" {
            guard all.last?.plainText == (open == "[" ? "]" : "]]") else { return nil }
            all.removeLast()
        }
        guard all.count == 3, let sign = all[1].plainText else { return nil }
        guard case .word(let parts, _, let position) = all[0], parts.count == 1,
            case .command(let code) = parts[0], let wanted = words(of: all[2]), wanted.count == 1
        else { return nil }
        let isEqual = ["=", "==", "-eq"].contains(sign)
        guard isEqual || sign == "!=" || sign == "-ne", isEqual == isUntil else {
            refuse("this comparison is not known here", position, "until [ ... = ... ] is")
            return (nil, ())
        }
        guard let inner = self.tokens(of: code), let command = command(inner),
            let name = command.words.first
        else {
            if !log.hasErrors { refuse("$(\(code)) is not known here", position) }
            return (nil, ())
        }
        switch Self.name(name) {
        case "curl":
            guard let status = Int(wanted[0]) else { break }
            return (curl(Array(command.words.dropFirst()), position, status: status), ())
        case "redis-cli" where wanted[0] == "PONG":
            guard case .redis(let host, let port, let password, _)? = redis(command, position)
            else {
                return (nil, ())
            }
            return (.redis(host: host, port: port, password: password, mustPong: true), ())
        default: break
        }
        refuse("the comparison with $(\(code)) is not known here", position)
        return (nil, ())
    }
}
