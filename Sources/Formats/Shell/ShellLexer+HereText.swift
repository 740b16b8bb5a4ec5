/// Texts that stand in the script itself, behind the line that takes them (POSIX 2.7.4).
extension ShellLexer {
    /// A `<<` whose text has not come yet.
    struct HereText {
        /// Which token the text becomes.
        var index: Int
        var delimiter: String
        /// Whether nothing in it is filled in.
        var isLiteral: Bool
        /// Whether tabs before its lines are left out.
        var stripsTabs: Bool
        var position: Position
    }

    /// Takes `<<WORD` or `<<-WORD`; nil if it is broken, which is then said.
    mutating func hereText(_ start: Position, _ index: Int) -> HereText? {
        _ = skip("<<")
        guard next != "<" else {
            log.error(Place(Self.file, start), "<<< is not known here, only some shells have it")
            return nil
        }
        let stripsTabs = skip("-")
        while next == " " || next == "\t" { step() }
        guard let token = word(start), case .word(_, let isPlain, _) = token,
            let delimiter = token.plainText, !delimiter.isEmpty
        else {
            if !log.hasErrors { log.error(Place(Self.file, start), "a << without its word") }
            return nil
        }
        return HereText(
            index: index,
            delimiter: delimiter,
            isLiteral: !isPlain,
            stripsTabs: stripsTabs,
            position: start
        )
    }

    /// Reads a text up to its delimiter; nil if it is broken, which is then said.
    mutating func read(_ here: HereText) -> ShellToken? {
        var parts: [ShellPart] = []
        var text = ""
        while next != nil {
            if here.stripsTabs { while next == "\t" { step() } }
            if isLine(here.delimiter) {
                if !text.isEmpty { parts.append(.text(text)) }
                return .word(parts, isPlain: false, here.position)
            }
            guard line(here, &text, &parts) else { return nil }
        }
        log.error(Place(Self.file, here.position), "a << without its \(here.delimiter)")
        return nil
    }

    /// Takes the line that comes next, if it is this one.
    private mutating func isLine(_ wanted: String) -> Bool {
        var rest = self
        guard rest.skip(wanted), rest.next == nil || rest.skip("\n") else { return false }
        self = rest
        return true
    }

    /// Takes a line of a text, with its end.
    private mutating func line(
        _ here: HereText,
        _ text: inout String,
        _ parts: inout [ShellPart]
    ) -> Bool {
        while let scalar = next {
            switch scalar {
            case "\\" where !here.isLiteral:
                step()
                guard let escaped = next else {
                    text += "\\"
                    return true
                }
                step()
                switch escaped {
                case "\\", "$", "`": text.unicodeScalars.append(escaped)
                // The line goes on.
                case "\n": break
                default:
                    text += "\\"
                    text.unicodeScalars.append(escaped)
                }
            case "$" where !here.isLiteral, "`" where !here.isLiteral:
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
                if scalar == "\n" { return true }
            }
        }
        return true
    }
}
