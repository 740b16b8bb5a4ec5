internal import Formats

/// A server's Table as text: columns padded by three spaces, as kubectl prints them.
struct TableText {
    private var widths: [Int] = []
    private let isWide: Bool
    private let showsNamespace: Bool
    private let showsLabels: Bool
    private var columns: [Int] = []
    private var names: [String] = []
    /// What stands before every object's name: its kind, where several are shown.
    var prefix = ""

    /// - Parameters:
    ///   - isWide: Whether columns of lower priority are shown too.
    ///   - showsNamespace: Whether the object's namespace is the first column.
    ///   - showsLabels: Whether the object's labels are the last column.
    init(isWide: Bool = false, showsNamespace: Bool = false, showsLabels: Bool = false) {
        self.isWide = isWide
        self.showsNamespace = showsNamespace
        self.showsLabels = showsLabels
    }

    /// The text of a Table object.
    mutating func render(_ table: JSON, headers: Bool = true) -> String {
        if let definitions = table["columnDefinitions"]?.array, !definitions.isEmpty {
            let shown = definitions.enumerated().filter {
                isWide || ($0.element["priority"]?.int ?? 0) == 0
            }
            columns = shown.map(\.offset)
            names = shown.map { ($0.element["name"]?.string ?? "").uppercased() }
            if showsNamespace { names.insert("NAMESPACE", at: 0) }
            if showsLabels { names.append("LABELS") }
        }
        var rows = (table["rows"]?.array ?? []).map(cells)
        if headers { rows.insert(names, at: 0) }
        return text(of: rows)
    }

    private func cells(_ row: JSON) -> [String] {
        let values = row["cells"]?.array ?? []
        var cells = columns.map { $0 < values.count ? Self.text(of: values[$0]) : "" }
        if !cells.isEmpty { cells[0] = prefix + cells[0] }
        let metadata = row["object"]?["metadata"]
        if showsNamespace { cells.insert(metadata?["namespace"]?.string ?? "", at: 0) }
        if showsLabels {
            let labels = metadata?["labels"]?.object?.members ?? []
            let pairs = labels.map { $0.key + "=" + ($0.value.string ?? "") }.sorted()
            cells.append(pairs.isEmpty ? "<none>" : pairs.joined(separator: ","))
        }
        return cells
    }

    private static func text(of value: JSON) -> String {
        switch value {
        case .null: "<none>"
        case .string(let text): firstLine(of: text)
        default: value.text()
        }
    }

    /// What lies after a line end is left out, with dots in its place, as kubectl does.
    private static func firstLine(of text: String) -> String {
        guard let end = text.firstIndex(where: { $0.isNewline }) else { return text }
        return text[..<end] + "..."
    }

    /// Rows of cells as lines; widths only grow, so that lines of a watch stay aligned.
    mutating func text(of rows: [[String]]) -> String {
        for row in rows {
            while widths.count < row.count { widths.append(0) }
            for (index, cell) in row.enumerated() {
                widths[index] = max(widths[index], cell.count)
            }
        }
        var text = ""
        for row in rows {
            var line = ""
            for (index, cell) in row.enumerated() {
                line += cell
                guard index < row.count - 1 else { break }
                line += String(repeating: " ", count: widths[index] - cell.count + 3)
            }
            text += line + "\n"
        }
        return text
    }
}
