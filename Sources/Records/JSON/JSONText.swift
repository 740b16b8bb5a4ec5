/// Writes values as JSON.
///
/// Floats are as serde_json writes them (`1.0`), times are RFC 3339 with as many digits of the second as
/// they need, expressions are texts. Bytes that are no UTF-8 become U+FFFD. Without options the text is
/// short, and fields come in their own order.
public struct JSONText: Sendable, Hashable {
    /// Whether fields come in the order of their names' bytes.
    public var sortsKeys: Bool
    /// Whether what is not ASCII is escaped as `\u00e4`.
    public var escapesNonASCII: Bool
    /// Whether there is a line for each member, indented by two.
    public var isPretty: Bool

    /// Makes a writer.
    public init(sortsKeys: Bool = false, escapesNonASCII: Bool = false, isPretty: Bool = false) {
        self.sortsKeys = sortsKeys
        self.escapesNonASCII = escapesNonASCII
        self.isPretty = isPretty
    }

    /// The text of a value.
    public func bytes(of value: Value) -> [UInt8] {
        var output: [UInt8] = []
        append(value, to: &output)
        return output
    }

    /// Appends the text of a value.
    public func append(_ value: Value, to output: inout [UInt8]) {
        append(value, indent: 0, to: &output)
    }

    /// Appends the text of a map.
    public func append(_ fields: Fields, to output: inout [UInt8]) {
        append(fields, indent: 0, to: &output)
    }

    /// Appends a text in quotes, with escapes.
    public func append(text bytes: Span<UInt8>, to output: inout [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe append(text: $0, to: &output) }
    }

    /// Appends a text in quotes, with escapes.
    public func append(text: String, to output: inout [UInt8]) {
        var text = text
        text.withUTF8 { unsafe append(text: UnsafeRawBufferPointer($0), to: &output) }
    }

    // MARK: Values

    private func append(_ value: Value, indent: Int, to output: inout [UInt8]) {
        switch value {
        case .null: output.append(contentsOf: "null".utf8)
        case .boolean(true): output.append(contentsOf: "true".utf8)
        case .boolean(false): output.append(contentsOf: "false".utf8)
        case .integer(let number): NumberText.append(number, to: &output)
        case .float(let number): NumberText.append(number, to: &output)
        case .bytes(let text): append(text: text.span, to: &output)
        case .timestamp(let time):
            output.append(0x22)
            TimeText.append(rfc3339: time, to: &output)
            output.append(0x22)
        case .array(let values): append(values, indent: indent, to: &output)
        case .object(let fields): append(fields, indent: indent, to: &output)
        case .regex(let text): append(text: text, to: &output)
        }
    }

    private func append(_ values: [Value], indent: Int, to output: inout [UInt8]) {
        output.append(0x5B)
        var isFirst = true
        for value in values {
            next(&isFirst, indent + 1, &output)
            append(value, indent: indent + 1, to: &output)
        }
        if !isFirst { newLine(indent, &output) }
        output.append(0x5D)
    }

    private func append(_ fields: Fields, indent: Int, to output: inout [UInt8]) {
        output.append(0x7B)
        var isFirst = true
        if sortsKeys, fields.count <= 32 {
            let order = Self.order(of: fields)
            for place in 0..<fields.count {
                append(fields.entries[Int(order[place])], &isFirst, indent + 1, &output)
            }
        } else {
            for entry in sortsKeys ? fields.sorted : fields.entries {
                append(entry, &isFirst, indent + 1, &output)
            }
        }
        if !isFirst { newLine(indent, &output) }
        output.append(0x7D)
    }

    private func append(
        _ entry: Fields.Entry,
        _ isFirst: inout Bool,
        _ indent: Int,
        _ output: inout [UInt8]
    ) {
        next(&isFirst, indent, &output)
        append(text: entry.key, to: &output)
        output.append(0x3A)
        if isPretty { output.append(0x20) }
        append(entry.value, indent: indent, to: &output)
    }

    /// The places of fields in the order of their names; nothing is copied.
    private static func order(of fields: Fields) -> InlineArray<32, UInt8> {
        var order = InlineArray<32, UInt8>(repeating: 0)
        for index in 0..<fields.count {
            var place = index
            while place > 0,
                fields.entries[index].key < fields.entries[Int(order[place - 1])].key
            {
                order[place] = order[place - 1]
                place -= 1
            }
            order[place] = UInt8(index)
        }
        return order
    }

    private func next(_ isFirst: inout Bool, _ indent: Int, _ output: inout [UInt8]) {
        if !isFirst { output.append(0x2C) }
        isFirst = false
        newLine(indent, &output)
    }

    private func newLine(_ indent: Int, _ output: inout [UInt8]) {
        guard isPretty else { return }
        output.append(0x0A)
        for _ in 0..<2 * indent { output.append(0x20) }
    }

    // MARK: Texts

    private func append(text bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        output.append(0x22)
        var at = 0
        var start = 0
        while at < bytes.count {
            if at &+ 8 <= bytes.count {
                let hits = Words.special(unsafe bytes.word(at))
                if hits == 0 {
                    at &+= 8
                    continue
                }
                at &+= Words.first(hits)
            }
            let byte = unsafe bytes[at]
            if byte >= 0x20, byte < 0x80, byte != 0x22, byte != 0x5C {
                at &+= 1
                continue
            }
            if byte >= 0x80 {
                let length = unsafe UTF8Sequence.length(bytes, at)
                if length > 0, !escapesNonASCII {
                    at &+= length
                    continue
                }
                unsafe append(bytes, start..<at, &output)
                at &+= unsafe foreign(bytes, at, length, &output)
            } else {
                unsafe append(bytes, start..<at, &output)
                escape(byte, &output)
                at &+= 1
            }
            start = at
        }
        unsafe append(bytes, start..<bytes.count, &output)
        output.append(0x22)
    }

    @inline(__always)
    private func append(
        _ bytes: UnsafeRawBufferPointer,
        _ range: Range<Int>,
        _ output: inout [UInt8]
    ) {
        unsafe output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[range]))
    }

    /// Appends a character as an escape, or U+FFFD for what is none; yields how long it was.
    private func foreign(
        _ bytes: UnsafeRawBufferPointer,
        _ at: Int,
        _ length: Int,
        _ output: inout [UInt8]
    ) -> Int {
        guard length > 0 else {
            if escapesNonASCII {
                unit(0xFFFD, &output)
            } else {
                output.append(contentsOf: [0xEF, 0xBF, 0xBD])
            }
            return unsafe UTF8Sequence.brokenLength(bytes, at)
        }
        let scalar = unsafe UTF8Sequence.scalar(bytes, at, length: length)
        if scalar < 0x10000 {
            unit(scalar, &output)
        } else {
            unit(0xD800 + (scalar - 0x10000) >> 10, &output)
            unit(0xDC00 + (scalar - 0x10000) & 0x3FF, &output)
        }
        return length
    }

    private func escape(_ byte: UInt8, _ output: inout [UInt8]) {
        output.append(0x5C)
        switch byte {
        case 0x22, 0x5C: output.append(byte)
        case 0x0A: output.append(UInt8(ascii: "n"))
        case 0x0D: output.append(UInt8(ascii: "r"))
        case 0x09: output.append(UInt8(ascii: "t"))
        case 0x08: output.append(UInt8(ascii: "b"))
        case 0x0C: output.append(UInt8(ascii: "f"))
        default:
            output.removeLast()
            unit(UInt32(byte), &output)
        }
    }

    private func unit(_ value: UInt32, _ output: inout [UInt8]) {
        output.append(0x5C)
        output.append(UInt8(ascii: "u"))
        for place in 0..<4 {
            let digit = UInt8(value >> UInt32(12 - 4 * place) & 15)
            output.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
    }
}
