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
                    isEqual: part.unicodeScalars[sign.lowerBound] != "!"
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

    // By scalars, not characters: an accent makes no other sign of the one before it.
    private static func unescaped(_ text: Substring) -> String {
        var result = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if scalar == "\\", !isEscaped {
                isEscaped = true
            } else {
                result.append(scalar)
                isEscaped = false
            }
        }
        return String(result)
    }

    private static func split(_ text: String) -> [String] {
        var parts = [""]
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if scalar == ",", !isEscaped {
                parts.append("")
            } else {
                parts[parts.count - 1].unicodeScalars.append(scalar)
            }
            isEscaped = scalar == "\\" && !isEscaped
        }
        return parts
    }

    private static func sign(in part: String) -> Range<String.Index>? {
        let scalars = part.unicodeScalars
        guard let equals = scalars.firstIndex(of: "=") else { return nil }
        let after = scalars.index(after: equals)
        if equals > scalars.startIndex {
            let before = scalars.index(before: equals)
            if scalars[before] == "!" { return before..<after }
        }
        if after < scalars.endIndex, scalars[after] == "=" {
            return equals..<scalars.index(after: after)
        }
        return equals..<after
    }
}
