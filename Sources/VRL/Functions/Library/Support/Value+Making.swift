import Records

extension Kinds {
    /// Every scalar that `to_string` and its like take.
    static let scalars: Self = [.bytes, .integer, .float, .boolean, .timestamp, .null]
    /// What JSON can tell.
    static let json: Self = [.bytes, .integer, .float, .boolean, .null, .array, .object]
}

extension Value {
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
