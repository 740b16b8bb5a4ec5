public import Formats

/// A field selector: `metadata.name=web,status.phase!=Failed`.
public struct FieldQuery: Sendable, Hashable {
    /// One requirement: a field's text is, or is not, a value.
    public struct Requirement: Sendable, Hashable {
        /// The field's keys joined by dots.
        public var field: String
        /// The value.
        public var value: String
        /// Whether the field must have the value, or must not.
        public var isEqual: Bool
    }

    /// What all must hold; none means that everything matches.
    public var requirements: [Requirement] = []

    /// A query that everything matches.
    public init() {}

    /// Reads a selector: `a.b=x`, `a.b==x`, `a.b!=x`, joined by commas; `\,` and `\=` are literal.
    ///
    /// - Throws: what is not understood.
    public init(_ text: String) throws(FormatError) {
        for part in Self.split(text) where !part.isEmpty {
            guard let sign = Self.sign(in: part) else {
                throw FormatError(
                    "invalid selector: \"\(part)\" has no =",
                    remedy: "write selectors like status.phase=Running"
                )
            }
            let value = Self.unescaped(part[sign.upperBound...])
            requirements.append(
                Requirement(
                    field: String(part[..<sign.lowerBound]),
                    value: value,
                    isEqual: part[sign] != "!="
                )
            )
        }
    }

    /// Whether an object's fields meet all requirements; fields that are not there are empty.
    public func matches(_ object: JSON) -> Bool {
        requirements.allSatisfy { requirement in
            (Self.text(of: requirement.field, in: object) == requirement.value)
                == requirement.isEqual
        }
    }

    private static func text(of field: String, in object: JSON) -> String {
        var value = object
        for key in field.split(separator: ".") {
            guard let next = value[String(key)] else { return "" }
            value = next
        }
        return value.string ?? (value.isNull ? "" : value.text())
    }

    private static func unescaped(_ text: Substring) -> String {
        var result = ""
        var isEscaped = false
        for character in text {
            if character == "\\", !isEscaped {
                isEscaped = true
            } else {
                result.append(character)
                isEscaped = false
            }
        }
        return result
    }

    private static func split(_ text: String) -> [String] {
        var parts = [""]
        var isEscaped = false
        for character in text {
            if character == ",", !isEscaped {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
            isEscaped = character == "\\" && !isEscaped
        }
        return parts
    }

    private static func sign(in part: String) -> Range<String.Index>? {
        guard let equals = part.firstIndex(of: "=") else { return nil }
        let after = part.index(after: equals)
        if equals > part.startIndex, part[part.index(before: equals)] == "!" {
            return part.index(before: equals)..<after
        }
        if after < part.endIndex, part[after] == "=" { return equals..<part.index(after: after) }
        return equals..<after
    }
}
