import Basics

/// What a parser does to fields after it has them: `decode_field` and `decode_field_as`.
struct FieldDecoder: Sendable, Hashable {
    private let keys: [String]
    private let rules: [String: [ParserRule.Decoder]]

    /// Prepares steps, in order.
    init(_ steps: [ParserRule.Decoder]) {
        var keys: [String] = []
        var rules: [String: [ParserRule.Decoder]] = [:]
        for step in steps {
            if rules[step.key] == nil { keys.append(step.key) }
            rules[step.key, default: []].append(step)
        }
        self.keys = keys
        self.rules = rules
    }

    var isEmpty: Bool { keys.isEmpty }

    /// Takes the steps.
    func apply(to fields: inout Fields) {
        for key in keys {
            guard case .bytes(let text)? = fields[key], let steps = rules[key] else { continue }
            apply(steps, to: text, of: key, in: &fields)
        }
    }

    private func apply(
        _ steps: [ParserRule.Decoder],
        to text: Bytes,
        of key: String,
        in fields: inout Fields
    ) {
        var current = text
        for step in steps {
            let value = Self.decode(step.name, current)
            if let value, step.replaces {
                fields.update(key, value)
                guard case .bytes(let next) = value else { return }
                current = next
            } else if case .object(let more)? = value {
                for entry in more where entry.key != key { fields.update(entry.key, entry.value) }
            }
            let goesOn = step.action == "do_next" || step.action == "try_next" && value == nil
            guard goesOn else { return }
        }
    }

    private static func decode(_ name: String, _ text: Bytes) -> Value? {
        switch name {
        case "json":
            // Some programs escape the JSON that they put into a text.
            for form in [text.array, Unescaping.utf8(text.span)] {
                if let fields = try? JSONReader.fields(form.span, repair: .keep) {
                    return .object(fields)
                }
            }
            return nil
        case "escaped", "escaped_utf8": return .bytes(Bytes(Unescaping.utf8(text.span)))
        case "mysql_quoted": return .bytes(Bytes(Unescaping.mysql(text.span)))
        default: return nil
        }
    }
}
