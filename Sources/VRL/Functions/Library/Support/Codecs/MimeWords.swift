import Formats

/// Encoded words in the heads of mails (RFC 2047): `=?utf-8?q?hello=5Fworld?=`.
enum MimeWords {
    private struct Word {
        var charset: String?
        var encoding: String
        var text: String
    }

    /// A text with its words decoded; the text of one word may stand without its delimiters.
    static func decoded(_ text: String) throws(FunctionError) -> String {
        var rest = text[...]
        var result = ""
        var hasWords = false
        while let start = rest.range(of: "=?") {
            let inside = rest[start.upperBound...]
            guard let (word, after) = word(inside), after.hasPrefix("?=") else { break }
            result += rest[..<start.lowerBound] + (try decode(word))
            rest = after.dropFirst(2)
            hasWords = true
        }
        if !hasWords, let (word, after) = word(rest), let text = try? decode(word) {
            return text + after
        }
        return result + rest
    }

    /// `charset?encoding?text`, and what follows.
    private static func word(_ text: Substring) -> (Word, Substring)? {
        guard let first = text.firstIndex(of: "?") else { return nil }
        let charset = text[..<first]
        let afterCharset = text[text.index(after: first)...]
        guard let second = afterCharset.firstIndex(of: "?") else { return nil }
        let encoded = afterCharset[afterCharset.index(after: second)...]
        let end = encoded.range(of: "?=")?.lowerBound
        let word = Word(
            charset: charset.isEmpty ? nil : String(charset),
            encoding: String(afterCharset[..<second]),
            text: end.map { String(encoded[..<$0]) } ?? ""
        )
        guard let end else {
            // Without an end the rest of the text is the word's.
            let whole = Word(charset: word.charset, encoding: word.encoding, text: String(encoded))
            return (whole, encoded[encoded.endIndex...])
        }
        return (word, encoded[end...])
    }

    private static func decode(_ word: Word) throws(FunctionError) -> String {
        let bytes: [UInt8]
        switch word.encoding {
        case "B", "b":
            guard let decoded = Base64.decode(word.text) else {
                throw FunctionError("Unable to decode base64 value")
            }
            bytes = decoded
        case "Q", "q": bytes = quoted(word.text)
        default:
            throw FunctionError("Invalid encoding: \(Scalars.quoted(word.encoding))")
        }
        let name = word.charset ?? "utf-8"
        guard let charset = CharacterSet(named: name) else {
            throw FunctionError("Unable to decode \(Scalars.quoted(name)) value")
        }
        return charset.decode(bytes)
    }

    /// Quoted-printable, with `_` for a space.
    private static func quoted(_ text: String) -> [UInt8] {
        let source = Array(text.utf8)
        var bytes: [UInt8] = []
        var place = 0
        while place < source.count {
            if source[place] == UInt8(ascii: "="), place + 2 < source.count,
                let high = Percent.value(source[place + 1]),
                let low = Percent.value(source[place + 2])
            {
                bytes.append(high << 4 | low)
                place += 3
            } else {
                let isSpace = source[place] == UInt8(ascii: "_")
                bytes.append(isSpace ? UInt8(ascii: " ") : source[place])
                place += 1
            }
        }
        return bytes
    }
}
