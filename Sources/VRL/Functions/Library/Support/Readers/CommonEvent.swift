/// Reads the Common Event Format (ArcSight): seven heads between bars, and fields `key=value`.
enum CommonEvent {
    private static let refusal = FunctionError("Could not parse whole line successfully")

    /// The fields, those of the head last.
    ///
    /// If it is not strict, equals signs may stand in values, and what is no field at the end is left out.
    static func read(
        _ text: String,
        _ heads: [String],
        isStrict: Bool
    ) throws(FunctionError) -> [(String, String)] {
        guard let start = text.range(of: "CEF:") else { throw refusal }
        let bytes = Array(text[start.upperBound...].utf8)
        var place = 0
        var head: [String] = []
        while head.count < heads.count {
            if !head.isEmpty {
                guard place < bytes.count, bytes[place] == UInt8(ascii: "|") else { throw refusal }
                place += 1
            }
            var value: [UInt8] = []
            while place < bytes.count, bytes[place] != UInt8(ascii: "|") {
                if bytes[place] == UInt8(ascii: "\\") {
                    place += 1
                    guard place < bytes.count, bytes[place] == 0x5C || bytes[place] == 0x7C else {
                        throw refusal
                    }
                }
                value.append(bytes[place])
                place += 1
            }
            head.append(String(decoding: value, as: UTF8.self).trimmed())
        }
        guard place < bytes.count else { throw refusal }
        var pairs = try fields(of: Array(bytes[place...]), isStrict)
        if let last = pairs.indices.last {
            while pairs[last].1.hasSuffix(" ") { pairs[last].1.removeLast() }
        }
        return (pairs + zip(heads, head)).map { ($0.0, unquoted($0.1)) }
    }

    private static func unquoted(_ text: String) -> String {
        guard text.utf8.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
        return String(text.dropFirst().dropLast())
    }

    /// Where a key begins and ends at a place: blanks or bars, letters, and `=`.
    private static func key(_ bytes: [UInt8], _ place: Int) -> Range<Int>? {
        var start = place
        while start < bytes.count, bytes[start] == 0x20 || bytes[start] == 0x7C { start += 1 }
        guard start > place else { return nil }
        var end = start
        while end < bytes.count, ![0x20, 0x3D, 0x5C].contains(bytes[end]) { end += 1 }
        return end > start && end < bytes.count && bytes[end] == 0x3D ? start..<end : nil
    }

    private static func fields(
        of bytes: [UInt8],
        _ isStrict: Bool
    ) throws(FunctionError) -> [(String, String)] {
        var pairs: [(String, String)] = []
        var place = 0
        while let range = key(bytes, place) {
            let name = String(decoding: bytes[range], as: UTF8.self)
            place = range.upperBound + 1
            var value: [UInt8] = []
            while place < bytes.count {
                let byte = bytes[place]
                if byte == 0x20 || byte == 0x7C, key(bytes, place) != nil { break }
                // A bare equals sign cannot stand in a value.
                if isStrict, byte == UInt8(ascii: "=") { throw refusal }
                guard byte == UInt8(ascii: "\\") else {
                    value.append(byte)
                    place += 1
                    continue
                }
                let next = place + 1 < bytes.count ? bytes[place + 1] : 0
                switch next {
                case UInt8(ascii: "="), UInt8(ascii: "\\"): value.append(next)
                case UInt8(ascii: "n"), UInt8(ascii: "r"): value.append(0x0A)
                default:
                    value.append(byte)
                    place += 1
                    continue
                }
                place += 2
            }
            pairs.append((name, String(decoding: value, as: UTF8.self)))
        }
        if pairs.isEmpty, place < bytes.count, bytes[place] == 0x7C { place += 1 }
        let isRead = bytes[place...].allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) }
        guard isRead || !isStrict else { throw refusal }
        return pairs
    }
}

extension String {
    /// The text without white space at its ends.
    fileprivate func trimmed() -> String {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
