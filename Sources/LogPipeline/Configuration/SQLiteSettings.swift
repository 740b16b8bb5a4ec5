/// A SQLite file.
public struct SQLiteSettings: Sendable, Hashable {
    /// The file.
    public var path: String
    /// The table.
    public var table = "logs"
    /// The oldest records go when there are more; nil: none go.
    public var recordMaximum: Int?

    /// Writes to a file.
    public init(path: String) {
        self.path = path
    }
}
