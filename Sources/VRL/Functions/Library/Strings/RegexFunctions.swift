import Formats
import Records

/// `parse_regex` and `parse_regex_all`.
enum RegexFunctions {
    static let all: [Function] = [parseRegex, parseRegexAll]

    /// What a match of a constant expression holds.
    static func type(of regex: String?) -> TypeInfo {
        guard let regex else { return .object([:], others: [.bytes, .null]) }
        var fields: [String: TypeInfo] = [:]
        for number in 0...Expressions.groupCount(of: regex) {
            fields[String(number)] = TypeInfo([.bytes, .null])
        }
        for name in Expressions.names(of: regex) { fields[name.name] = TypeInfo(.bytes) }
        return .object(fields)
    }

    /// A match's groups by name, and by number too.
    static func fields(
        _ names: [Expressions.Name],
        _ ranges: [Range<Int>?],
        _ text: [UInt8],
        numbered: Bool
    ) -> Fields {
        var fields = Fields(capacity: names.count)
        func part(_ range: Range<Int>) -> Value { .bytes(Bytes(Array(text[range]))) }
        if numbered {
            // As upstream counts: groups that took no part have no number.
            for (index, range) in ranges.compactMap({ $0 }).enumerated() {
                fields.append(String(index), part(range))
            }
        }
        for name in names { fields[name.name] = ranges[name.number].map(part) ?? .null }
        return fields
    }

    private static let parameters = [
        Parameter("value", .bytes), Parameter("pattern", .regex),
        .optional("numeric_groups", .boolean),
    ]

    private static let parseRegex = Function(
        "parse_regex",
        parameters,
        outcome: { known in .init(type(of: known.regex(1)), isFallible: true) },
        matching: 1
    ) { arguments, expression throws(FunctionError) in
        let text = try arguments.bytes(0).asUnicode
        guard try arguments.boolean(2, or: false) else {
            guard let fields = expression.fields(of: text) else { throw noMatch }
            return .object(fields)
        }
        guard let ranges = expression.ranges(in: text, from: 0) else { throw noMatch }
        return .object(fields(expression.names, ranges, text, numbered: true))
    }

    private static let noMatch = FunctionError("could not find any pattern matches")

    private static let parseRegexAll = Function(
        "parse_regex_all",
        parameters,
        outcome: { _ in .init(.array(of: [.object, .null]), isFallible: true) },
        matching: 1
    ) { arguments, expression throws(FunctionError) in
        let text = try arguments.bytes(0).asUnicode
        let numbered = try arguments.boolean(2, or: false)
        let names = expression.names
        return .array(
            expression.matches(in: text, limit: .max).map { ranges in
                .object(fields(names, ranges, text, numbered: numbered))
            }
        )
    }
}

extension Bytes {
    /// The bytes with what is no UTF-8 replaced.
    var asUnicode: [UInt8] {
        array.span.isASCII ? array : Array(text.utf8)
    }
}
