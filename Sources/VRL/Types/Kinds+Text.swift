public import Records

extension Kinds {
    private static let names: [(Self, String)] = [
        (.bytes, "string"), (.integer, "integer"), (.float, "float"), (.boolean, "boolean"),
        (.timestamp, "timestamp"), (.regex, "regex"), (.null, "null"), (.array, "array"),
        (.object, "object"),
    ]

    /// The kinds as VRL names them: `string`, `integer or float`, `any`.
    public var text: String {
        if self == .any { return "any" }
        let words = Self.names.filter { contains($0.0) }.map(\.1)
        switch words.count {
        case 0: return "never"
        case 1, 2: return words.joined(separator: " or ")
        default: return words.dropLast().joined(separator: ", ") + ", or " + words[words.count - 1]
        }
    }

    /// Whether it is one kind only.
    var isExact: Bool { rawValue.nonzeroBitCount == 1 }

    /// Whether a value has one of the kinds.
    @inlinable
    public func contains(_ value: Value) -> Bool { contains(value.kind) }
}

extension Value {
    /// The kind of the value.
    @inlinable public var kind: Kinds {
        switch self {
        case .null: .null
        case .boolean: .boolean
        case .integer: .integer
        case .float: .float
        case .bytes: .bytes
        case .timestamp: .timestamp
        case .array: .array
        case .object: .object
        case .regex: .regex
        }
    }

    /// What is known of a constant.
    var type: TypeInfo {
        switch self {
        case .object(let fields):
            .object(
                Dictionary(
                    fields.map { ($0.key, $0.value.type) },
                    uniquingKeysWith: { first, _ in first }
                )
            )
        case .array(let items): .array(items: items.map(\.type))
        default: TypeInfo(kind)
        }
    }
}
