/// Lines of tab-separated cells, set in columns as wide as their widest cell and two spaces.
///
/// A column is a run of lines that all have a cell in it which a tab ends; the next run begins a new
/// one (elastic tabstops). It is how Go's `text/tabwriter` sets what kubectl describes.
struct TabbedText {
    private static let padding = 2
    private var lines: [[String]] = []

    /// Adds text with tabs between its cells; the first of its lines is indented by two spaces a level.
    mutating func add(_ level: Int, _ text: String) {
        let indented = String(repeating: "  ", count: level) + text
        for line in indented.split(separator: "\n", omittingEmptySubsequences: false) {
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
            lines.append(cells.map(String.init))
        }
    }

    /// The lines in their columns.
    var text: String {
        var out = ""
        var widths: [Int] = []
        write(lines[...], &widths, &out)
        return out
    }

    /// Writes lines of which the first `widths.count` columns are known.
    private func write(_ lines: ArraySlice<[String]>, _ widths: inout [Int], _ out: inout String) {
        let column = widths.count
        var next = lines.startIndex
        while next < lines.endIndex {
            guard lines[next].count > column + 1 else {
                write(lines[next], widths, &out)
                next += 1
                continue
            }
            let end = lines[next...].firstIndex { $0.count <= column + 1 } ?? lines.endIndex
            let width = lines[next..<end].reduce(0) { max($0, $1[column].count) }
            widths.append(width + Self.padding)
            write(lines[next..<end], &widths, &out)
            widths.removeLast()
            next = end
        }
    }

    private func write(_ cells: [String], _ widths: [Int], _ out: inout String) {
        for (index, cell) in cells.enumerated() {
            out += cell
            guard index < widths.count else { continue }
            out += String(repeating: " ", count: max(0, widths[index] - cell.count))
        }
        out += "\n"
    }
}
