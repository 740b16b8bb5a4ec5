/// Cuts a script of a shell into tokens.
package struct ShellLexer {
    private let scalars: [Unicode.Scalar]
    private var at = 0
    private var line = 1
    private var lineStart = 0
    let log: FindingLog
    /// What findings call the script.
    package static let file = "command"
    /// The longest script, in scalars: nobody writes longer ones by hand.
    package static let lengthMaximum = 64 << 10
    /// The longest `((...))`, in scalars, and the most parentheses that stand in one another there: how far a
    /// `((` may lead says how often the same text is looked at.
    package static let arithmeticMaximum = 4096
    /// See `arithmeticMaximum`.
    package static let arithmeticDepth = 64

    /// Begins with a script; what is broken in it goes to the log.
    package init(_ text: String, log: FindingLog) {
        scalars = Array(text.unicodeScalars.prefix(Self.lengthMaximum))
        self.log = log
    }

    private var position: Position { Position(line: line, column: at - lineStart + 1) }
    private var place: Place { Place(Self.file, position) }
    var next: Unicode.Scalar? { at < scalars.count ? scalars[at] : nil }

    mutating func step() {
        if next == "\n" {
            line += 1
            lineStart = at + 1
        }
        at += 1
    }

    mutating func skip(_ text: String) -> Bool {
        let wanted = Array(text.unicodeScalars)
        guard scalars[at...].starts(with: wanted) else { return false }
        for _ in wanted { step() }
        return true
    }

    /// All tokens; nil if the script is broken, which is then said.
    package mutating func tokens() -> [ShellToken]? {
        var tokens: [ShellToken] = []
        var texts: [HereText] = []
        while let scalar = next {
            let position = position
            switch scalar {
            case " ", "\t", "\r": step()
            case "\\" where at + 1 < scalars.count && scalars[at + 1] == "\n":
                step()
                step()
            case "#": while let scalar = next, scalar != "\n" { step() }
            case "\n":
                step()
                tokens.append(.sign(";", position))
                for text in texts {
                    guard let word = read(text) else { return nil }
                    tokens[text.index] = word
                }
                texts = []
            case ";":
                step()
                tokens.append(.sign(skip(";") ? ";;" : ";", position))
            case "&":
                step()
                if next == ">" {
                    // bash and busybox: both outputs go there.
                    tokens.append(redirect(1, position, isBoth: true))
                } else {
                    tokens.append(.sign(skip("&") ? "&&" : "&", position))
                }
            case "|":
                step()
                tokens.append(.sign(skip("|") ? "||" : "|", position))
            case "(" where ahead(1) == "(":
                switch arithmetic() {
                case .length(let count): tokens.append(take(count, position))
                case .parentheses:
                    step()
                    tokens.append(.sign("(", position))
                case .tooLong:
                    log.error(
                        Place(Self.file, position),
                        "a (( without its )) within \(Self.arithmeticMaximum) characters is not "
                            + "known here"
                    )
                    return nil
                case .tooDeep:
                    log.error(
                        Place(Self.file, position),
                        "more than \(Self.arithmeticDepth) parentheses in one another are not "
                            + "known here"
                    )
                    return nil
                }
            case "(", ")":
                step()
                tokens.append(.sign(String(Character(scalar)), position))
            case "<" where ahead(1) == "<":
                guard let text = hereText(position, tokens.count + 1) else { return nil }
                tokens.append(.redirect(0, "<<", target: nil, position))
                // The text comes behind the line.
                tokens.append(.word([], isPlain: false, position))
                texts.append(text)
            case ">", "<": tokens.append(redirect(scalar == ">" ? 1 : 0, position))
            case "0"..."9" where isRedirect:
                let number = Int(scalar.value) - 48
                step()
                tokens.append(redirect(number, position))
            default:
                guard let word = word(position) else { return nil }
                tokens.append(word)
            }
        }
        if let text = texts.first {
            log.error(Place(Self.file, text.position), "a << without its \(text.delimiter)")
            return nil
        }
        return tokens
    }

    private var isRedirect: Bool { ahead(1) == ">" || ahead(1) == "<" }

    private func ahead(_ count: Int) -> Unicode.Scalar? {
        at + count < scalars.count ? scalars[at + count] : nil
    }

    /// What a `((` turns out to be.
    private enum Arithmetic {
        /// `((...))` of so many scalars.
        case length(Int)
        /// Parentheses within parentheses.
        case parentheses
        case tooLong
        case tooDeep
    }

    /// Looks where the `((` that comes next leads.
    private func arithmetic() -> Arithmetic {
        var depth = 0
        let limit = min(scalars.count, at + Self.arithmeticMaximum)
        for end in at..<(limit - 1) {
            switch scalars[end] {
            case "(": depth += 1
            case ")": depth -= 1
            case "'", "\"", "\n": return .parentheses
            default: break
            }
            guard depth <= Self.arithmeticDepth else { return .tooDeep }
            guard depth == 1, scalars[end] == ")" else { continue }
            return scalars[end + 1] == ")" ? .length(end + 2 - at) : .parentheses
        }
        return limit < scalars.count ? .tooLong : .parentheses
    }

    /// So many scalars as one word.
    private mutating func take(_ count: Int, _ start: Position) -> ShellToken {
        var text = ""
        for scalar in scalars[at..<at + count] {
            text.unicodeScalars.append(scalar)
            step()
        }
        return .word([.text(text)], isPlain: true, start)
    }

    private mutating func redirect(
        _ number: Int,
        _ position: Position,
        isBoth: Bool = false
    ) -> ShellToken {
        var sign = next == ">" ? ">" : "<"
        step()
        if sign == ">", next == ">" {
            step()
            sign = ">>"
        }
        if isBoth { sign = "&" + sign }
        guard next == "&" else { return .redirect(number, sign, target: nil, position) }
        step()
        var target = ""
        while let scalar = next, ("0"..."9").contains(scalar) || scalar == "-" {
            target.unicodeScalars.append(scalar)
            step()
        }
        return .redirect(number, sign, target: target, position)
    }

    // MARK: Words

    mutating func word(_ start: Position) -> ShellToken? {
        var parts: [ShellPart] = []
        var text = ""
        var isPlain = true
        func flush() {
            if !text.isEmpty { parts.append(.text(text)) }
            text = ""
        }
        while let scalar = next {
            switch scalar {
            case " ", "\t", "\r", "\n", ";", "&", "|", "(", ")", "<", ">":
                flush()
                return .word(parts, isPlain: isPlain, start)
            case "'":
                isPlain = false
                step()
                while let inner = next, inner != "'" {
                    text.unicodeScalars.append(inner)
                    step()
                }
                guard next == "'" else { return broken("a ' does not end", start) }
                step()
            case "\"":
                isPlain = false
                step()
                guard quoted(&text, &parts, start) else { return nil }
            case "\\":
                step()
                isPlain = false
                if let escaped = next {
                    if escaped != "\n" { text.unicodeScalars.append(escaped) }
                    step()
                }
            case "$" where ahead(1) == "'":
                return broken("$' is not known here, only some shells have it", position)
            case "$", "`":
                guard let part = expansion() else { return nil }
                switch part {
                case .text(let literal): text += literal
                default:
                    flush()
                    parts.append(part)
                }
            default:
                text.unicodeScalars.append(scalar)
                step()
            }
        }
        flush()
        return .word(parts, isPlain: isPlain, start)
    }

    private func broken(_ what: String, _ position: Position) -> ShellToken? {
        log.error(Place(Self.file, position), what)
        return nil
    }

    private mutating func quoted(
        _ text: inout String,
        _ parts: inout [ShellPart],
        _ start: Position
    ) -> Bool {
        while let scalar = next {
            switch scalar {
            case "\"":
                step()
                return true
            case "\\":
                step()
                guard let escaped = next else { break }
                step()
                switch escaped {
                case "\"", "\\", "$", "`": text.unicodeScalars.append(escaped)
                case "\n": break
                default:
                    text += "\\"
                    text.unicodeScalars.append(escaped)
                }
            case "$", "`":
                guard let part = expansion() else { return false }
                if case .text(let literal) = part {
                    text += literal
                } else {
                    if !text.isEmpty { parts.append(.text(text)) }
                    text = ""
                    parts.append(part)
                }
            default:
                text.unicodeScalars.append(scalar)
                step()
            }
        }
        log.error(Place(Self.file, start), "a \" does not end")
        return false
    }

    mutating func expansion() -> ShellPart? {
        let start = position
        if next == "`" {
            step()
            var code = ""
            while let scalar = next, scalar != "`" {
                code.unicodeScalars.append(scalar)
                step()
            }
            guard next == "`" else {
                log.error(Place(Self.file, start), "a ` does not end")
                return nil
            }
            step()
            return .command(code)
        }
        step()
        switch next {
        case "("?:
            step()
            var code = ""
            var depth = 0
            while let scalar = next {
                step()
                if scalar == "(" { depth += 1 }
                if scalar == ")" {
                    if depth == 0 { return .command(code) }
                    depth -= 1
                }
                code.unicodeScalars.append(scalar)
            }
            log.error(Place(Self.file, start), "a $( does not end")
            return nil
        case "{"?:
            step()
            var inner = ""
            while let scalar = next, scalar != "}" {
                inner.unicodeScalars.append(scalar)
                step()
            }
            guard next == "}" else {
                log.error(Place(Self.file, start), "a ${ does not end")
                return nil
            }
            step()
            let name = inner.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            let rest = inner.dropFirst(name.count)
            if rest.isEmpty { return .variable(String(name), standard: nil) }
            if rest.hasPrefix(":-") {
                return .variable(String(name), standard: String(rest.dropFirst(2)))
            }
            log.error(
                Place(Self.file, start),
                "${\(inner)} is not known",
                "write ${\(name)} or ${\(name):-default}"
            )
            return nil
        case let scalar? where "@*#?$!-0123456789".unicodeScalars.contains(scalar):
            step()
            return .variable(String(Character(scalar)), standard: nil)
        case let scalar? where scalar.properties.isAlphabetic || scalar == "_":
            var name = ""
            while let scalar = next,
                scalar.properties.isAlphabetic || scalar == "_" || ("0"..."9").contains(scalar)
            {
                name.unicodeScalars.append(scalar)
                step()
            }
            return .variable(name, standard: nil)
        default: return .text("$")
        }
    }
}
