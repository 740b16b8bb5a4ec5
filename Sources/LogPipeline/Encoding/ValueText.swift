import Records

/// Values as plain texts: what templates, labels and lines show of them.
enum ValueText {
    private static let json = JSONText()

    /// Appends a value: texts as they are, maps and lists as JSON.
    static func append(_ value: Value, to output: inout [UInt8]) {
        switch value {
        case .bytes(let bytes): output.append(contentsOf: bytes.array)
        case .integer(let number): output.append(decimal: number)
        case .regex(let text): output.append(text: text)
        case .timestamp(let time):
            // JSON has quotes around it.
            var text: [UInt8] = []
            json.append(.timestamp(time), to: &text)
            output.append(text, 1..<max(1, text.count - 1))
        case .null, .boolean, .float, .array, .object: json.append(value, to: &output)
        }
    }

    /// A value as a text.
    static func text(_ value: Value) -> String {
        var output: [UInt8] = []
        append(value, to: &output)
        return String(decoding: output, as: UTF8.self)
    }
}
