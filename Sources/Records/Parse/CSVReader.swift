import Basics

/// Reads rows of CSV (RFC 4180) with any delimiter.
public struct CSVReader: Sendable, Hashable {
    /// What stands between values.
    public var delimiter: UInt8

    /// Makes a reader.
    public init(delimiter: UInt8 = UInt8(ascii: ",")) {
        self.delimiter = delimiter
    }

    /// The values of the first row of a text; quotes may hold delimiters, line ends, and quotes that are
    /// doubled.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - start: Where the row begins.
    /// - Returns: The values, and where the next row begins.
    public func row(_ bytes: Span<UInt8>, from start: Int = 0) -> (values: [Bytes], end: Int) {
        var values: [Bytes] = []
        var at = start
        while true {
            values.append(Bytes(value(bytes, &at)))
            guard at < bytes.count, bytes[at] == delimiter else { break }
            at += 1
        }
        if at < bytes.count, bytes[at] == 0x0D { at += 1 }
        if at < bytes.count, bytes[at] == 0x0A { at += 1 }
        return (values, at)
    }

    /// The values of a row under their names; values without a name are left out.
    public func fields(_ bytes: Span<UInt8>, names: [String]) -> Fields {
        let values = row(bytes).values
        var fields = Fields(capacity: min(names.count, values.count))
        for (name, value) in zip(names, values) { fields.update(name, .bytes(value)) }
        return fields
    }

    private func isEnd(_ byte: UInt8) -> Bool {
        byte == delimiter || byte == 0x0A || byte == 0x0D
    }

    private func value(_ bytes: Span<UInt8>, _ at: inout Int) -> [UInt8] {
        var output: [UInt8] = []
        if at < bytes.count, bytes[at] == 0x22 {
            at += 1
            while at < bytes.count {
                let byte = bytes[at]
                at += 1
                if byte != 0x22 {
                    output.append(byte)
                } else if at < bytes.count, bytes[at] == 0x22 {
                    output.append(0x22)
                    at += 1
                } else {
                    break
                }
            }
        }
        // What follows a quote belongs to the value, as Rust's csv has it.
        while at < bytes.count, !isEnd(bytes[at]) {
            output.append(bytes[at])
            at += 1
        }
        return output
    }
}
