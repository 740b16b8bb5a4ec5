extension JSON {
    /// The JSON text as UTF-8.
    ///
    /// - Parameters:
    ///   - pretty: one member per line, indented by four, as kubectl writes it.
    ///   - sortedKeys: members in the order of their keys instead of their own order.
    /// - Returns: one value without a line end.
    public func bytes(pretty: Bool = false, sortedKeys: Bool = false) -> [UInt8] {
        var writer = JSONWriter(pretty: pretty, sortedKeys: sortedKeys)
        writer.output.reserveCapacity(256)
        writer.write(self, indent: 0)
        return writer.output
    }

    /// The JSON text.
    ///
    /// - Parameters:
    ///   - pretty: one member per line, indented by four, as kubectl writes it.
    ///   - sortedKeys: members in the order of their keys instead of their own order.
    /// - Returns: one value without a line end.
    public func text(pretty: Bool = false, sortedKeys: Bool = false) -> String {
        String(decoding: bytes(pretty: pretty, sortedKeys: sortedKeys), as: UTF8.self)
    }
}

/// Writes JSON text (RFC 8259): UTF-8, the escapes of the grammar and no others.
struct JSONWriter {
    var output: [UInt8] = []
    let pretty: Bool
    let sortedKeys: Bool

    init(pretty: Bool, sortedKeys: Bool) {
        self.pretty = pretty
        self.sortedKeys = sortedKeys
    }

    mutating func write(_ value: JSON, indent: Int) {
        switch value {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let truth): output.append(contentsOf: (truth ? "true" : "false").utf8)
        case .int(let number): output.append(contentsOf: String(number).utf8)
        case .double(let number): output.append(contentsOf: Self.text(of: number).utf8)
        case .string(let text): write(text)
        case .array(let elements):
            writeList(elements, brackets: ("[", "]"), indent: indent) { writer, element in
                writer.write(element, indent: indent + 1)
            }
        case .object(let object):
            let members = sortedKeys ? object.sorted().members : object.members
            writeList(members, brackets: ("{", "}"), indent: indent) { writer, member in
                writer.write(member.key)
                writer.output.append(UInt8(ascii: ":"))
                if writer.pretty { writer.output.append(UInt8(ascii: " ")) }
                writer.write(member.value, indent: indent + 1)
            }
        }
    }

    /// The shortest text that reads back as the same number; whole numbers without a fraction.
    ///
    /// JSON has no infinity and no NaN: they become `null`.
    static func text(of number: Double) -> String {
        guard number.isFinite else { return "null" }
        // `Int64(exactly:)` and `rounded()` would need libm.
        if number.magnitude < 1e15, Double(Int64(number)) == number {
            return String(Int64(number))
        }
        return String(number)
    }

    private mutating func writeList<Element>(
        _ elements: [Element],
        brackets: (Unicode.Scalar, Unicode.Scalar),
        indent: Int,
        element write: (inout Self, Element) -> Void
    ) {
        output.append(UInt8(ascii: brackets.0))
        for (index, element) in elements.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            newLine(indent + 1)
            write(&self, element)
        }
        if !elements.isEmpty { newLine(indent) }
        output.append(UInt8(ascii: brackets.1))
    }

    private mutating func newLine(_ indent: Int) {
        guard pretty else { return }
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent * 4))
    }

    private mutating func write(_ text: String) {
        output.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            for index in 0..<bytes.count {
                let byte = unsafe bytes[index]
                guard byte < 0x20 || byte == 0x22 || byte == 0x5C else { continue }
                unsafe output.append(contentsOf: bytes[start..<index])
                escape(byte)
                start = index + 1
            }
            unsafe output.append(contentsOf: bytes[start...])
        }
        output.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case 0x0A: output.append(contentsOf: #"\n"#.utf8)
        case 0x0D: output.append(contentsOf: #"\r"#.utf8)
        case 0x09: output.append(contentsOf: #"\t"#.utf8)
        case 0x22, 0x5C: output.append(contentsOf: [0x5C, byte])
        default:
            let digits = Array("0123456789abcdef".utf8)
            output.append(contentsOf: #"\u00"#.utf8)
            output.append(contentsOf: [digits[Int(byte >> 4)], digits[Int(byte & 15)]])
        }
    }
}
