/// Tags with a `*` for the path of a file.
enum TailTag {
    /// A tag for a file, by Fluent Bit's and Fluentd's rules: slashes become dots, no dot comes first, last
    /// or twice in a row.
    static func expand(_ tag: String, path: String) -> String {
        guard let star = tag.utf8.firstIndex(of: 0x2A) else { return tag }
        let whole =
            Array(tag.utf8[..<star]) + Array(path.utf8)
            + Array(tag.utf8[tag.utf8.index(after: star)...])
        var text: [UInt8] = []
        for byte in whole where byte != 0x2A {
            let isCut = byte == 0x2F || byte == 0x5C || byte == 0x3A || byte == 0x2E
            if !isCut {
                text.append(byte)
            } else if let last = text.last, last != 0x2E {
                text.append(0x2E)
            }
        }
        if text.last == 0x2E { text.removeLast() }
        return String(decoding: text, as: UTF8.self)
    }
}
