import Records

/// `is_string(.a)` and its like.
enum TestFunctions {
    static let all: [Function] = [
        testing("is_array", .array), testing("is_boolean", .boolean), testing("is_float", .float),
        testing("is_integer", .integer), testing("is_null", .null), testing("is_object", .object),
        testing("is_regex", .regex), testing("is_string", .bytes),
        testing("is_timestamp", .timestamp), isEmpty, isNullish,
    ]

    private static func testing(_ name: String, _ kind: Kinds) -> Function {
        Function(name, [Parameter("value", .any)], .boolean) { arguments, _ throws(FunctionError) in
            try .boolean(arguments.value(0).kind == kind)
        }
    }

    private static let isEmpty = Function(
        "is_empty",
        [Parameter("value", [.bytes, .array, .object])],
        .boolean
    ) { arguments, _ throws(FunctionError) in
        let value = try arguments.value(0)
        switch value {
        case .bytes(let bytes): return .boolean(bytes.isEmpty)
        case .array(let items): return .boolean(items.isEmpty)
        case .object(let fields): return .boolean(fields.isEmpty)
        default: throw .expected([.bytes, .array, .object], got: value)
        }
    }

    private static let isNullish = Function(
        "is_nullish",
        [Parameter("value", .any)],
        .boolean
    ) { arguments, _ throws(FunctionError) in
        try .boolean(arguments.value(0).isNullish)
    }
}

extension Value {
    /// Whether a value says nothing: null, an empty text, one of white space, or a dash.
    var isNullish: Bool {
        switch self {
        case .null: true
        case .bytes(let bytes): bytes.array == [0x2D] || bytes.text.allSatisfy(\.isWhitespace)
        default: false
        }
    }
}
