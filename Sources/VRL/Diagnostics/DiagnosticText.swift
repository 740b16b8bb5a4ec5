internal import Formats

/// Shows complaints with the lines of the script that they are about.
struct DiagnosticText {
    private let lines: [[UInt8]]
    private let starts: [Int]
    private let source: String
    private let name: String

    init(source: String, name: String) {
        self.source = source
        self.name = name
        lines = source.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
            .map(Array.init)
        var starts = [0]
        for line in lines { starts.append(starts[starts.count - 1] + line.count + 1) }
        self.starts = starts
    }

    /// The complaints, one after the other.
    func render(_ diagnostics: [Diagnostic]) -> String {
        diagnostics.map(render).joined(separator: "\n")
    }

    private func render(_ diagnostic: Diagnostic) -> String {
        let code =
            String(repeating: "0", count: max(0, 3 - "\(diagnostic.code)".count))
            + "\(diagnostic.code)"
        var rows = ["\(diagnostic.severity.rawValue)[E\(code)]: \(diagnostic.message)"]
        let labels = diagnostic.labels.map { (label: $0, place: place(of: $0.span)) }
        let gutter = "\((labels.map(\.place.line).max() ?? 0) + 1)".count
        let margin = String(repeating: " ", count: gutter)
        if let first = labels.first(where: \.label.isPrimary) ?? labels.first {
            let position = SourceLines.position(of: first.label.span.lowerBound, in: source)
            rows += ["\(margin) ┌─ \(name):\(position)", "\(margin) │"]
            rows += render(labels, margin)
            rows.append("\(margin) │")
        }
        for note in diagnostic.notes + Self.ending(diagnostic) {
            rows.append("\(margin) = \(note)")
        }
        return rows.map { row in String(row.reversed().drop { $0 == " " }.reversed()) }
            .joined(separator: "\n") + "\n"
    }

    private static func ending(_ diagnostic: Diagnostic) -> [String] {
        var notes: [String] = []
        if (100...110).contains(diagnostic.code) {
            notes.append("learn more about error code \(diagnostic.code) in Documentation/vrl.md")
        }
        return notes + [
            "see language documentation in Documentation/vrl.md",
            "try your code in the VRL REPL: companion vrl",
        ]
    }

    /// A label's line, and its columns in the shown line.
    private struct Place {
        var line: Int
        var columns: Range<Int>
    }

    private func place(of span: Range<Int>) -> Place {
        let line = max(0, (starts.firstIndex { $0 > span.lowerBound } ?? starts.count) - 1)
        let index = min(line, lines.count - 1)
        let start = width(lines[index].prefix(max(0, span.lowerBound - starts[index])))
        let end = width(lines[index].prefix(max(0, span.upperBound - starts[index])))
        return Place(line: index, columns: start..<max(end, start + 1))
    }

    /// How wide bytes are shown: tabs are four spaces.
    private func width(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.reduce(0) { $0 + ($1 == 0x09 ? 4 : $1 & 0xC0 == 0x80 ? 0 : 1) }
    }

    private func render(
        _ labels: [(label: Diagnostic.Label, place: Place)],
        _ margin: String
    ) -> [String] {
        var rows: [String] = []
        var last: Int?
        for line in Set(labels.map(\.place.line)).sorted() {
            if let last, line > last + 1 { rows.append("\(margin) ·") }
            last = line
            let number = "\(line + 1)"
            let pad = String(repeating: " ", count: margin.count - number.count)
            let text = String(decoding: lines[line], as: UTF8.self).replacing("\t", with: "    ")
            rows.append("\(pad)\(number) │ \(text)")
            let here = labels.filter { $0.place.line == line }
            rows += underlines(here).map { "\(margin) │ \($0)" }
        }
        return rows
    }

    /// What stands below a line.
    private func underlines(_ labels: [(label: Diagnostic.Label, place: Place)]) -> [String] {
        let end = labels.map(\.place.columns.upperBound).max() ?? 0
        var marks = [Character](repeating: " ", count: end)
        for (label, place) in labels where !label.isPrimary {
            for column in place.columns { marks[column] = "-" }
        }
        for (label, place) in labels where label.isPrimary {
            for column in place.columns { marks[column] = "^" }
        }
        var hanging = labels.filter { !$0.label.text.isEmpty }
        var row = String(marks)
        // The last label stands beside its mark, if no other is at the same place.
        let trailing = hanging.indices.max {
            hanging[$0].place.columns.upperBound < hanging[$1].place.columns.upperBound
        }
        if let trailing {
            let columns = hanging[trailing].place.columns
            let overlaps = hanging.indices.contains {
                $0 != trailing && hanging[$0].place.columns.overlaps(columns)
            }
            if !overlaps {
                row += " " + hanging[trailing].label.text
                hanging.remove(at: trailing)
            }
        }
        guard !hanging.isEmpty else { return [row] }
        let starts = Set(hanging.map(\.place.columns.lowerBound)).sorted()
        var rows = [row, bars(starts)]
        for start in starts.reversed() {
            let before = bars(starts.filter { $0 < start })
            let pad = String(repeating: " ", count: start - before.count)
            for (label, place) in hanging where place.columns.lowerBound == start {
                rows.append(before + pad + label.text)
            }
        }
        return rows
    }

    private func bars(_ columns: [Int]) -> String {
        var row = [Character](repeating: " ", count: (columns.last ?? -1) + 1)
        for column in columns { row[column] = "│" }
        return String(row)
    }
}
