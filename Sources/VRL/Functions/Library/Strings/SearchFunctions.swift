import Records

/// Finding and testing.
enum SearchFunctions {
    static let all: [Function] = [
        contains, containsAll, affix("starts_with") { $0.starts(with: $1) },
        affix("ends_with") { $0.count >= $1.count && $0.suffix($1.count).elementsEqual($1) }, find,
        match, matchAny, matchArray,
    ]

    /// A text's bytes, in lower case unless case counts.
    private static func folded(_ text: String, _ isCaseSensitive: Bool) -> [UInt8] {
        Array((isCaseSensitive ? text : text.lowercased()).utf8)
    }

    private static let contains = Function(
        "contains",
        [
            Parameter("value", .bytes), Parameter("substring", .bytes),
            .optional("case_sensitive", .boolean),
        ],
        .boolean
    ) { arguments, _ throws(FunctionError) in
        let isCaseSensitive = try arguments.boolean(2, or: true)
        let text = folded(try arguments.text(0), isCaseSensitive)
        let part = folded(try arguments.text(1), isCaseSensitive)
        return .boolean(Finder(part).first(in: text) != nil)
    }

    private static let containsAll = Function(
        "contains_all",
        [
            Parameter("value", .bytes), Parameter("substrings", .array, items: .bytes),
            .optional("case_sensitive", .boolean),
        ],
        outcome: { _ in .init(TypeInfo(.boolean)) }
    ) { arguments, _ throws(FunctionError) in
        let isCaseSensitive = try arguments.boolean(2, or: true)
        let text = folded(try arguments.text(0), isCaseSensitive)
        for part in try arguments.texts(1)
        where Finder(folded(part, isCaseSensitive)).first(in: text) == nil {
            return .boolean(false)
        }
        return .boolean(true)
    }

    private static func affix(
        _ name: String,
        _ test: @escaping @Sendable ([UInt8], [UInt8]) -> Bool
    ) -> Function {
        Function(
            name,
            [
                Parameter("value", .bytes), Parameter("substring", .bytes),
                .optional("case_sensitive", .boolean),
            ],
            .boolean
        ) { arguments, _ throws(FunctionError) in
            if try arguments.boolean(2, or: true) {
                return .boolean(test(try arguments.bytes(0).array, try arguments.bytes(1).array))
            }
            let text = folded(try arguments.text(0), false)
            return .boolean(test(text, folded(try arguments.text(1), false)))
        }
    }

    private static let find = Function(
        "find",
        [
            Parameter("value", .bytes), Parameter("pattern", [.bytes, .regex]),
            .optional("from", .integer),
        ],
        outcome: { _ in .init(TypeInfo(.integer)) },
        matching: 1
    ) { arguments, expression throws(FunctionError) in
        let from = Int(try arguments.integer(2, or: 0))
        let pattern = try arguments.value(1)
        let place: Int?
        switch pattern {
        case .bytes(let bytes):
            place = Finder(bytes.array).first(in: try arguments.bytes(0).array, from: from)
        case .regex:
            let text = try arguments.bytes(0).asUnicode
            place = from < 0 ? nil : expression.ranges(in: text, from: from)?[0]?.lowerBound
        default: throw .expected([.bytes, .regex], got: pattern)
        }
        return place.map { .whole($0) } ?? .null
    }

    private static let match = Function(
        "match",
        [Parameter("value", .bytes), Parameter("pattern", .regex)],
        outcome: { _ in .init(TypeInfo(.boolean)) },
        matching: 1
    ) { arguments, expression throws(FunctionError) in
        .boolean(expression.isFound(in: try arguments.bytes(0).array))
    }

    private static let matchAny = Function(
        "match_any",
        [Parameter("value", .bytes), Parameter("patterns", .array, isStatic: true)],
        outcome: { _ in .init(TypeInfo(.boolean)) },
        check: { known throws(FunctionError) in
            guard case .array(let items)? = known.constants[1] else { return }
            for item in items where item.kind != .regex { throw .expected(.regex, got: item) }
        },
        prepare: { known in
            guard case .array(let items)? = known.constants[1] else { return nil }
            var own: [PreparedExpression] = []
            for item in items {
                guard case .regex(let text) = item, let made = PreparedExpression(text) else {
                    return nil
                }
                own.append(made)
            }
            return { [own] arguments, _ throws(FunctionError) in
                let text = try arguments.bytes(0).array
                return .boolean(own.contains { $0.isFound(in: text) })
            }
        },
        body: .plain { arguments, _ throws(FunctionError) in
            let text = try arguments.bytes(0).array
            for item in try arguments.array(1) {
                guard case .regex(let regex) = item else { throw .expected(.regex, got: item) }
                if Expressions.isFound(regex, in: text) { return .boolean(true) }
            }
            return .boolean(false)
        }
    )

    private static let matchArray = Function(
        "match_array",
        [
            Parameter("value", .array), Parameter("pattern", .regex), .optional("all", .boolean),
        ],
        outcome: { _ in .init(TypeInfo(.boolean)) },
        matching: 1
    ) { arguments, expression throws(FunctionError) in
        let items = try arguments.array(0)
        func fits(_ item: Value) -> Bool {
            guard case .bytes(let bytes) = item else { return false }
            return expression.isFound(in: bytes.array)
        }
        let all = try arguments.boolean(2, or: false)
        return .boolean(all ? items.allSatisfy(fits) : items.contains(where: fits))
    }
}
