import Records

/// Values as VRL shows them in errors and logs.
enum Shown {
    /// The text: texts in quotes, maps in the order of names, times as `t'...'`, expressions as `r'...'`.
    static func text(of value: Value) -> String {
        switch value {
        case .null: "null"
        case .boolean(let truth): truth ? "true" : "false"
        case .integer(let number): String(number)
        case .float(let number): fraction(number)
        case .bytes(let bytes): Scalars.quoted(bytes.text)
        case .timestamp(let stamp): "t'\(Scalars.text(of: stamp))'"
        case .regex(let text): "r'\(text)'"
        case .array(let items): "[" + items.map(text).joined(separator: ", ") + "]"
        case .object(let fields):
            "{ "
                + fields.sorted.map { "\(Scalars.quoted($0.key)): \(text(of: $0.value))" }
                .joined(separator: ", ") + " }"
        }
    }

    /// A number that always has a dot.
    private static func fraction(_ number: Double) -> String {
        let text = Scalars.plain(number)
        return text.contains(".") || text.contains("n") ? text : text + ".0"
    }
}
