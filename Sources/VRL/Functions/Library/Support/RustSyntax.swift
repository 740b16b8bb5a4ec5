/// What Rust's `regex` crate writes in another way than PCRE2.
enum RustSyntax {
    /// The expression in PCRE2's words.
    ///
    /// Flags `u` are left out (texts are Unicode anyway), `\u{..}`, `\uXXXX` and `\UXXXXXXXX` become
    /// `\x{..}`, and a class within a class is taken into it; `&&` becomes a look ahead.
    static func translated(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x5B || $0 == 0x75 || $0 == 0x55 }) else {
            return text
        }
        var reader = Reader(text: Array(text.unicodeScalars))
        reader.run()
        return reader.result
    }

    private struct Reader {
        var text: [Unicode.Scalar]
        var place = 0
        var result = ""

        mutating func run() {
            while place < text.count {
                switch text[place] {
                case "\\":
                    let read = escape()
                    result += read
                case "[":
                    let read = readClass()
                    result += read
                case "(" where place + 1 < text.count && text[place + 1] == "?": flags()
                default: take()
                }
            }
        }

        private mutating func take() {
            result.unicodeScalars.append(text[place])
            place += 1
        }

        /// `(?flags)` and `(?flags:`: without `u`; everything else stays.
        private mutating func flags() {
            var end = place + 2
            while end < text.count, text[end] == "-" || text[end].properties.isAlphabetic {
                end += 1
            }
            let isFlags = end < text.count && (text[end] == ":" || text[end] == ")")
            guard isFlags, !text[place..<end].contains("P") else { return take() }
            var flags = text[(place + 2)..<end].filter { $0 != "u" }
            if flags.last == "-" { flags.removeLast() }
            result += "(?"
            for flag in flags { result.unicodeScalars.append(flag) }
            place = end
        }

        private mutating func escape() -> String {
            guard place + 1 < text.count else { return next() }
            let kind = text[place + 1]
            guard kind == "u" || kind == "U" else { return next() + next() }
            var digits = ""
            var end = place + 2
            if end < text.count, text[end] == "{" {
                end += 1
                while end < text.count, text[end] != "}" {
                    digits.unicodeScalars.append(text[end])
                    end += 1
                }
                end = min(end + 1, text.count)
            } else {
                let count = kind == "u" ? 4 : 8
                while end < text.count, digits.utf8.count < count {
                    digits.unicodeScalars.append(text[end])
                    end += 1
                }
            }
            place = end
            return "\\x{\(digits)}"
        }

        private mutating func next() -> String {
            guard place < text.count else { return "" }
            place += 1
            return String(Character(text[place - 1]))
        }

        /// A class from its `[` to its `]`.
        private mutating func readClass() -> String {
            let start = place
            var parts: [String] = [""]
            place += 1
            let isNegated = place < text.count && text[place] == "^"
            if isNegated { place += 1 }
            // A bracket that comes first stands for itself.
            if place < text.count, text[place] == "]" {
                parts[0] = "\\]"
                place += 1
            }
            while place < text.count, text[place] != "]" {
                if text[place] == "[" {
                    if place + 1 < text.count, text[place + 1] == ":" {
                        var name = ""
                        repeat { name += next() } while place < text.count && text[place] != "]"
                        name += next()
                        parts[parts.count - 1] += name
                        continue
                    }
                    let inner = readClass()
                    if inner.hasPrefix("[^") {
                        guard parts.last?.isEmpty == true else { return raw(from: start) }
                        parts[parts.count - 1] = inner
                    } else {
                        parts[parts.count - 1] += inner.dropFirst().dropLast()
                    }
                } else if text[place] == "&", place + 1 < text.count, text[place + 1] == "&" {
                    parts.append("")
                    place += 2
                } else if text[place] == "\\" {
                    let read = escape()
                    parts[parts.count - 1] += read
                } else {
                    let read = next()
                    parts[parts.count - 1] += read
                }
            }
            guard place < text.count else { return raw(from: start) }
            place += 1
            return joined(parts, isNegated)
        }

        /// What the reader does not understand stays as it is.
        private mutating func raw(from start: Int) -> String {
            var output = ""
            while place < text.count, text[place] != "]" { place += 1 }
            place = min(place + 1, text.count)
            for scalar in text[start..<place] { output.unicodeScalars.append(scalar) }
            return output
        }

        private func joined(_ parts: [String], _ isNegated: Bool) -> String {
            let classes = parts.map { $0.hasPrefix("[^") ? $0 : "[\($0)]" }
            guard parts.count > 1 || parts[0].hasPrefix("[^") else {
                return "[\(isNegated ? "^" : "")\(parts[0])]"
            }
            let heads = classes.dropLast().map { "(?=\($0))" }.joined()
            let last = classes[classes.count - 1]
            return isNegated ? "(?:(?!\(heads)\(last))[\\s\\S])" : "(?:\(heads)\(last))"
        }
    }
}
