/// Why a text is no JSON, in serde_json's words, and where.
public struct JSONMistake: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong: `expected value`, `EOF while parsing a string`.
    public var what: String
    /// How many bytes of the text had been read.
    public var offset: Int
    /// The line, from 1.
    public var line: Int
    /// How many bytes of that line had been read.
    public var column: Int

    init(_ what: String, at offset: Int, in bytes: Span<UInt8>) {
        self.what = what
        self.offset = min(offset, bytes.count)
        line = 1
        column = self.offset
        for index in 0..<self.offset where bytes[index] == 0x0A {
            line += 1
            column = self.offset - index - 1
        }
    }

    /// Whether the text ends before the value does.
    public var isEnd: Bool { what.utf8.starts(with: "EOF".utf8) }

    /// The words with their place: `expected value at line 1 column 1`.
    public var description: String { "\(what) at line \(line) column \(column)" }
}
