import Basics

/// Reads LTSV: `label:value` with tabs in between.
public enum LTSVReader {
    /// The fields of a line; nil if it has none.
    public static func fields(_ bytes: Span<UInt8>) -> Fields? {
        var fields = FieldsBuilder()
        var at = 0
        while at < bytes.count {
            let start = at
            while at < bytes.count, isLabel(bytes[at]) { at += 1 }
            guard at < bytes.count, bytes[at] == 0x3A else { break }
            let label = start..<at
            at += 1
            let value = at
            while at < bytes.count, bytes[at] != 0x09, bytes[at] != 0x0A, bytes[at] != 0x0D,
                bytes[at] != 0
            { at += 1 }
            if !label.isEmpty {
                fields.set(
                    String(copying: bytes.extracting(label)),
                    .bytes(Bytes(copying: bytes.extracting(value..<at)))
                )
            }
            guard at < bytes.count, bytes[at] == 0x09 else { break }
            at += 1
        }
        return fields.fields.isEmpty ? nil : fields.fields
    }

    private static func isLabel(_ byte: UInt8) -> Bool {
        byte.isLetter || byte.isDigit || byte == 0x5F || byte == 0x2E || byte == 0x2D
    }
}
