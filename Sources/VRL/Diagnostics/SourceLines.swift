internal import Formats

/// Lines and columns of a script.
enum SourceLines {
    /// The line and column of a byte.
    static func position(of offset: Int, in source: String) -> Position {
        var line = 1
        var start = 0
        let bytes = source.utf8
        for (place, byte) in bytes.prefix(max(0, offset)).enumerated() where byte == 0x0A {
            line += 1
            start = place + 1
        }
        let before = bytes.prefix(max(0, offset)).dropFirst(start)
        // Bytes that go on with a character are not counted.
        return Position(line: line, column: before.count { $0 & 0xC0 != 0x80 } + 1)
    }
}
