import Records

/// The filter `keyvalue("=", "", "\"\"", "|")`: pairs wherever they stand in a text.
struct GrokKeyValue: Sendable {
    private let regex: String
    private var quotes: [(open: Character, close: Character)] = [
        ("\"", "\""), ("'", "'"), ("<", ">"),
    ]

    /// Reads the arguments of a filter: what is between a name and its value, more characters of both, the
    /// quotes, and what is between pairs.
    init(_ call: GrokCall) throws(FunctionError) {
        func argument(_ place: Int) -> String {
            place < call.arguments.count ? call.arguments[place] : ""
        }
        let delimiter = call.arguments.first ?? "="
        if let pair = Optional(argument(2)), !pair.isEmpty {
            guard pair.count == 2, let open = pair.first, let close = pair.last else {
                throw call.refusal
            }
            quotes = [(open, close)]
        }
        var (before, after) = (#"\s,;(\[{"#, #"\s,;)\]}"#)
        if let first = argument(3).first {
            before = String(first)
            after = argument(3).count > 1 ? String(argument(3).dropFirst()) : before
        }
        let quoted = quotes.map { open, close in "\\\(open)[^\\\(open)]+\\\(close)|" }.joined()
        let word = "(\(quoted)[\\w.\\-_@\(argument(1))]+)"
        regex = "(?<=[\(before)]|^)\(word)\(delimiter)\(word)(?:[\(after)]|$)"
        do throws(FunctionError) { try Expressions.check(regex) } catch { throw call.refusal }
    }

    /// The pairs of a text as a map.
    func value(of bytes: [UInt8]) -> Value {
        var fields = Fields()
        for groups in Expressions.matches(regex, in: bytes) {
            guard groups.count > 2, let first = groups[1], let second = groups[2] else { continue }
            let key = plain(String(decoding: bytes[first], as: UTF8.self))
            var text = String(decoding: bytes[second], as: UTF8.self)
            while text.hasSuffix(",") { text.removeLast() }
            let value = value(of: text)
            if key.isEmpty || key.contains(" ") || value == .null || value == .text("") { continue }
            switch fields[key] {
            case nil: fields[key] = value
            case .array(let items)?: fields[key] = .array(items + [value])
            case let before?: fields[key] = .array([before, value])
            }
        }
        return .object(fields)
    }

    /// A text without its quotes.
    private func plain(_ text: String) -> String {
        let isQuoted = quotes.contains {
            text.count > 1 && text.first == $0.open && text.last == $0.close
        }
        return isQuoted ? String(text.dropFirst().dropLast()) : text
    }

    private func value(of text: String) -> Value {
        switch text {
        case "null": return .null
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        default: break
        }
        guard let number = Scalars.decimal(text), number.isFinite else { return .text(plain(text)) }
        guard let whole = Int64(exactly: number) else { return .float(number) }
        // What begins as an octal number does and is none stays a text.
        let isText = text.hasPrefix("0") && (text.contains("8") || text.contains("9"))
        return isText ? .text(text) : .integer(whole)
    }
}
