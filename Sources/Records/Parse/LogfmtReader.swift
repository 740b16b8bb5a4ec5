import Basics

/// Reads logfmt as Fluent Bit does: `key=value key="a value" bare`.
public enum LogfmtReader {
    /// The fields of a line; a bare key is true.
    ///
    /// - Parameters:
    ///   - bytes: The line.
    ///   - refusesBareKeys: Whether a line with a bare key has no fields at all.
    /// - Returns: nil if it has none.
    public static func fields(_ bytes: Span<UInt8>, refusesBareKeys: Bool = false) -> Fields? {
        var fields = FieldsBuilder()
        var at = 0
        while true {
            while at < bytes.count, !isName(bytes[at]) { at += 1 }
            guard at < bytes.count else { break }
            let start = at
            while at < bytes.count, isName(bytes[at]) { at += 1 }
            let key = String(copying: bytes.extracting(start..<at))
            guard at < bytes.count, bytes[at] == 0x3D else {
                if refusesBareKeys { return nil }
                fields.set(key, .boolean(true))
                continue
            }
            at += 1
            if at < bytes.count, bytes[at] == 0x22 {
                fields.set(key, .bytes(quoted(bytes, &at)))
                continue
            }
            let value = at
            while at < bytes.count, isName(bytes[at]) { at += 1 }
            fields.set(
                key,
                value == at
                    ? .boolean(true) : .bytes(Bytes(copying: bytes.extracting(value..<at)))
            )
        }
        return fields.fields.isEmpty ? nil : fields.fields
    }

    private static func isName(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != 0x3D && byte != 0x22
    }

    /// The text between quotes; it goes on behind them.
    private static func quoted(_ bytes: Span<UInt8>, _ at: inout Int) -> Bytes {
        at += 1
        let start = at
        var hasEscapes = false
        while at < bytes.count, bytes[at] != 0x22 {
            if bytes[at] == 0x5C, at + 1 < bytes.count {
                hasEscapes = true
                at += 1
            }
            at += 1
        }
        let text = Bytes(copying: bytes.extracting(start..<at))
        if at < bytes.count { at += 1 }
        return hasEscapes ? Bytes(Unescaping.utf8(text.span)) : text
    }
}
