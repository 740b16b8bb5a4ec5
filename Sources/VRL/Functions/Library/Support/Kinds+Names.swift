import Records

extension Kinds {
    /// The names of kinds as errors tell them: `string`, `integer or float`, `any`.
    var names: String {
        if self == .any { return "any" }
        let table: [(Kinds, String)] = [
            (.bytes, "string"), (.integer, "integer"), (.float, "float"), (.boolean, "boolean"),
            (.timestamp, "timestamp"), (.regex, "regex"), (.null, "null"), (.array, "array"),
            (.object, "object"),
        ]
        let names = table.filter { contains($0.0) }.map(\.1)
        switch names.count {
        case 0: return "never"
        case 1: return names[0]
        case 2: return names.joined(separator: " or ")
        default: return names.dropLast().joined(separator: ", ") + ", or " + names[names.count - 1]
        }
    }

    /// Every scalar that `to_string` and its like take.
    static let scalars: Self = [.bytes, .integer, .float, .boolean, .timestamp, .null]
    /// What JSON can tell.
    static let json: Self = [.bytes, .integer, .float, .boolean, .null, .array, .object]
}

extension Value {
    /// The kind of a value.
    var kinds: Kinds {
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

    /// A number that is NaN becomes 0, as values never hold one.
    static func number(_ number: Double) -> Self {
        .float(number.isNaN ? 0 : number)
    }

    /// A whole number.
    static func whole(_ number: Int) -> Self {
        .integer(Int64(number))
    }

    /// A list of texts.
    static func texts(_ texts: some Sequence<String>) -> Self {
        .array(texts.map { .text($0) })
    }

    /// The text of a text.
    var string: String? {
        guard case .bytes(let bytes) = self else { return nil }
        return bytes.text
    }
}
