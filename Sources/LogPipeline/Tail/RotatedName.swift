/// Names that rotation gives to files: `app.log.1`, `app.log-20240102`, `app-2024-01-02.log`, `app.log.old`.
enum RotatedName {
    /// The names that a file may have had before it was rotated to this one.
    static func origins(of name: String) -> [String] {
        let bytes = Array(name.utf8)
        var found = stems(bytes[...])
        // The mark may stand before what the name ends with.
        if let dot = bytes.lastIndex(of: 0x2E), dot > 0 {
            found += stems(bytes[..<dot]).map { $0 + bytes[dot...] }
        }
        return found.map { String(decoding: $0, as: UTF8.self) }
    }

    /// What is before a number, a date or `old`, for each place where these may begin.
    private static func stems(_ bytes: ArraySlice<UInt8>) -> [[UInt8]] {
        var found: [[UInt8]] = []
        var hasDigit = false
        if bytes.count > 4, bytes.suffix(3).elementsEqual("old".utf8),
            isSeparator(bytes[bytes.endIndex - 4])
        {
            return [Array(bytes.dropLast(4))]
        }
        for place in bytes.indices.reversed() where place > bytes.startIndex {
            let byte = bytes[place]
            if isSeparator(byte), hasDigit { found.append(Array(bytes[..<place])) }
            let isDigit = (0x30...0x39).contains(byte)
            hasDigit = hasDigit || isDigit
            // Dates have T, Z, colons and a plus sign in them.
            guard isDigit || isSeparator(byte) || [0x54, 0x5A, 0x3A, 0x2B].contains(byte) else {
                break
            }
        }
        return found
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == 0x2E || byte == 0x2D || byte == 0x5F
    }
}
