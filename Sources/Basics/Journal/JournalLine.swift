/// One event of a journal, and its texts.
struct JournalLine {
    var time: String
    var level: Journal.Level
    var message: String
    var fields: [(String, String)]

    /// Fields whose names hint at secrets are never written out.
    private static let secretWords = ["password", "secret", "token", "authorization", "credential"]

    /// `2026-01-02T03:04:05Z info    text key=value`.
    var plain: String {
        let name = level.rawValue + String(repeating: " ", count: 8 - level.rawValue.utf8.count)
        var line = "\(time) \(name)\(Self.onOneLine(message))"
        for (key, value) in fields {
            line += " \(key)=\(Self.quotedIfNeeded(visible(key, value)))"
        }
        return line
    }

    /// An object of strings.
    var json: String {
        var line = "{\"time\":\"\(time)\",\"level\":\"\(level.rawValue)\""
        line += ",\"message\":\(Self.quoted(message))"
        for (key, value) in fields {
            line += ",\(Self.quoted(key)):\(Self.quoted(visible(key, value)))"
        }
        return line + "}"
    }

    private func visible(_ key: String, _ value: String) -> String {
        let name = key.lowercased()
        return Self.secretWords.contains { name.hasBytes(of: $0) } ? "***" : value
    }

    private static func quotedIfNeeded(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3d && $0 != 0x7f }
        return isPlain && !text.isEmpty ? text : quoted(text)
    }

    /// A message of several lines stays one event.
    private static func onOneLine(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { return text }
        return String(quoted(text).dropFirst().dropLast())
    }

    /// A JSON string (RFC 8259).
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
