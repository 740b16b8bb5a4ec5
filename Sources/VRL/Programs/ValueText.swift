internal import Basics
internal import Formats
internal import Records

extension Value {
    /// The value as VRL shows it: fields in the order of their names, `{ "a": 1, "b": [true] }`.
    var vrl: String {
        var text = ""
        write(to: &text, depth: 0)
        return text
    }

    private func write(to text: inout String, depth: Int) {
        guard depth <= Machine.depthMaximum else {
            text += "..."
            return
        }
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .integer(let number): text += "\(number)"
        case .float(let number): text += Self.float(number)
        case .bytes(let bytes): text += Self.quoted(bytes.text)
        case .timestamp(let stamp): text += "t'\(stamp.rfc3339Short)'"
        case .regex(let expression): text += "r'\(expression)'"
        case .array(let items):
            text += "["
            for (index, item) in items.enumerated() {
                if index > 0 { text += ", " }
                item.write(to: &text, depth: depth + 1)
            }
            text += "]"
        case .object(let fields):
            text += "{ "
            for (index, entry) in fields.sorted.enumerated() {
                if index > 0 { text += ", " }
                text += Self.quoted(entry.key) + ": "
                entry.value.write(to: &text, depth: depth + 1)
            }
            text += " }"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static func float(_ number: Double) -> String {
        guard number.isFinite else { return number < 0 ? "-inf" : "inf" }
        if number == number.rounded(), abs(number) < 1e15 { return "\(Int64(number)).0" }
        return "\(number)"
    }
}

extension Timestamp {
    /// RFC 3339 with as many digits of the second's fraction as it needs: none, three, six or nine.
    fileprivate var rfc3339Short: String {
        let fraction = nanoseconds - seconds * 1_000_000_000
        if fraction == 0 { return rfc3339 }
        if fraction % 1000 != 0 { return rfc3339Nano }
        if fraction % 1_000_000 != 0 { return rfc3339Micro }
        return String(rfc3339Micro.dropLast(4)) + "Z"
    }
}
