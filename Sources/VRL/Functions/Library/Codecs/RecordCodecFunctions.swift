import Records

/// Whole records as texts: JSON, key=value and CSV.
enum RecordCodecFunctions {
    static let all: [Function] = [encodeJSON, encodeKeyValue, encodeLogfmt, encodeCSV]

    private static let encodeJSON = Function(
        "encode_json",
        [Parameter("value", .any), .optional("pretty", .boolean)],
        .bytes
    ) { arguments, _ throws(FunctionError) in
        let isPretty = try arguments.boolean(1, or: false)
        let writer = JSONText(sortsKeys: true, isPretty: isPretty)
        return .bytes(Bytes(writer.bytes(of: try arguments.value(0))))
    }

    private static let encodeKeyValue = Function(
        "encode_key_value",
        [
            Parameter("value", .object), .optional("fields_ordering", .array, items: .bytes),
            .optional("key_value_delimiter", .bytes), .optional("field_delimiter", .bytes),
            .optional("flatten_boolean", .boolean),
        ],
        outcome: { _ in .init(TypeInfo(.bytes)) }
    ) { arguments, _ throws(FunctionError) in
        try keyValue(
            arguments,
            between: arguments.text(2, or: "="),
            after: arguments.text(3, or: " "),
            flattens: arguments.boolean(4, or: false)
        )
    }

    private static let encodeLogfmt = Function(
        "encode_logfmt",
        [Parameter("value", .object), .optional("fields_ordering", .array, items: .bytes)],
        outcome: { _ in .init(TypeInfo(.bytes)) }
    ) { arguments, _ throws(FunctionError) in
        try keyValue(arguments, between: "=", after: " ", flattens: true)
    }

    private static func keyValue(
        _ arguments: Arguments,
        between: String,
        after: String,
        flattens: Bool
    ) throws(FunctionError) -> Value {
        var order: [String] = []
        if arguments.has(1) {
            for (index, item) in try arguments.array(1).enumerated() {
                guard let name = item.string else {
                    let reason = FunctionError.expected(.bytes, got: item).message
                    throw FunctionError("invalid field value type at index \(index): \(reason)")
                }
                order.append(name)
            }
        }
        var flat: Fields = [:]
        for entry in try arguments.object(0).sorted { spread(entry.value, entry.key, into: &flat) }
        var rest = flat.sorted.map { ($0.key, $0.value) }
        var pairs: [(String, Value)] = []
        for name in order {
            guard let place = rest.firstIndex(where: { $0.0 == name }) else { continue }
            pairs.append(rest.remove(at: place))
        }
        var parts: [String] = []
        for (key, value) in pairs + rest {
            if flattens, case .boolean(let truth) = value {
                if truth { parts.append(quoted(key)) }
            } else {
                parts.append(quoted(key) + between + quoted(plain(value)))
            }
        }
        return .text(parts.joined(separator: after))
    }

    private static func spread(_ value: Value, _ name: String, into flat: inout Fields) {
        switch value {
        case .object(let fields):
            for entry in fields.sorted { spread(entry.value, "\(name).\(entry.key)", into: &flat) }
        case .array(let items):
            for (index, item) in items.enumerated() {
                spread(item, "\(name).\(index)", into: &flat)
            }
        default: flat[name] = value
        }
    }

    private static func plain(_ value: Value) -> String {
        switch value {
        case .bytes(let bytes): bytes.text
        case .integer(let number): String(number)
        case .float(let number): Scalars.plain(number)
        case .boolean(let truth): truth ? "true" : "false"
        case .timestamp(let stamp): Scalars.text(of: stamp)
        case .regex(let text): text
        default: "null"
        }
    }

    private static func quoted(_ text: String) -> String {
        var needsQuotes = false
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.properties.isWhitespace || scalar == "\"" || scalar == "=" {
                needsQuotes = true
            }
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return needsQuotes ? "\"\(result)\"" : result
    }

    private static let encodeCSV = Function(
        "encode_csv",
        [Parameter("value", .any), .optional("delimiter", .bytes)],
        .bytes,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let items = try arguments.array(0)
        let delimiter = try arguments.has(1) ? arguments.bytes(1).array : [UInt8(ascii: ",")]
        guard items.isEmpty || delimiter.count == 1 else {
            throw FunctionError("delimiter must be a single character")
        }
        var line: [UInt8] = []
        let special = Array("\"\r\n".utf8) + delimiter
        for (index, item) in items.enumerated() {
            guard case .bytes(let bytes) = item else { throw .expected(.bytes, got: item) }
            if index > 0 { line += delimiter }
            // A record of one empty field must not be an empty line.
            let isAlone = items.count == 1 && bytes.isEmpty
            guard isAlone || bytes.array.contains(where: special.contains) else {
                line += bytes.array
                continue
            }
            line.append(UInt8(ascii: "\""))
            for byte in bytes.array {
                if byte == UInt8(ascii: "\"") { line.append(byte) }
                line.append(byte)
            }
            line.append(UInt8(ascii: "\""))
        }
        return .bytes(Bytes(line))
    }
}
