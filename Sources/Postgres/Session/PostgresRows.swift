/// The answer to a question: columns, and values as text.
package struct PostgresRows: Sendable, Hashable {
    /// The names of the columns.
    package var columns: [String]
    /// The rows; `nil` is NULL.
    package var rows: [[String?]]

    /// Makes an answer.
    package init(columns: [String], rows: [[String?]]) {
        self.columns = columns
        self.rows = rows
    }

    /// The first value of the first row.
    package var first: String? { rows.first?.first.flatMap { $0 } }

    /// The place of a column; nil if there is none of that name.
    package func column(_ name: String) -> Int? { columns.firstIndex(of: name) }
}
