import Records

/// `string(.a)` and its like: the value if it has the kind, an error otherwise.
enum AssertionFunctions {
    static let all: [Function] = [
        asserting("array", .array), asserting("bool", .boolean), asserting("float", .float),
        asserting("int", .integer), asserting("object", .object), asserting("string", .bytes),
        asserting("timestamp", .timestamp),
    ]

    private static func asserting(_ name: String, _ kind: Kinds) -> Function {
        Function(
            name,
            [Parameter("value", .any)],
            outcome: { known in
                var type = known.type(0)
                let isFallible = type.kinds != kind
                if type.kinds.contains(kind) { type.kinds = kind } else { type = TypeInfo(kind) }
                return .init(type, isFallible: isFallible)
            }
        ) { arguments, _ throws(FunctionError) in
            let value = try arguments.value(0)
            guard value.kind == kind else { throw .expected(kind, got: value) }
            return value
        }
    }
}
