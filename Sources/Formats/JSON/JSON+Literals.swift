extension JSON: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// Makes a boolean.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// Makes an integer.
    public init(integerLiteral value: Int64) { self = .int(value) }
    /// Makes a number.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// Makes a string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Makes an array.
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    /// Makes an object; of equal keys the last one counts.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(JSONObject(elements.map { (key: $0.0, value: $0.1) }))
    }

    /// Makes an integer.
    public static func int(_ value: Int) -> JSON { .int(Int64(value)) }

    /// Makes an array of strings.
    public static func strings(_ texts: some Sequence<String>) -> JSON {
        .array(texts.map { .string($0) })
    }

    /// Makes an object of a dictionary of strings, in the order of its keys.
    public static func strings(_ texts: [String: String]) -> JSON {
        .object(
            JSONObject(
                texts.sorted { $0.key < $1.key }.map { (key: $0.key, value: .string($0.value)) }
            )
        )
    }
}

extension JSON: CustomStringConvertible {
    /// The compact text.
    public var description: String { text() }
}
