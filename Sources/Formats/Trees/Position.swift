/// A place in a text file, both counted from 1; columns count Unicode scalars.
public struct Position: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The line, from 1.
    public var line: Int
    /// The column, from 1.
    public var column: Int

    /// Makes a position from line and column.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// The first character of a file.
    public static let start = Self(line: 1, column: 1)

    /// The form of compilers: `14:9`.
    public var description: String { "\(line):\(column)" }

    /// Orders by line, then column.
    public static func < (left: Self, right: Self) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}
