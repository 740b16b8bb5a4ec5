import Postgres

/// Turns rows of a query into samples: texts are labels, numbers are values named after their columns.
enum PostgresRowsReader {
    /// Adds the samples of an answer.
    static func read(
        _ answer: PostgresRows,
        _ query: PostgresQuery,
        into set: inout SampleSet,
        _ report: inout ReadReport
    ) {
        let usages = answer.columns.enumerated().map { index, name in
            query.columns[name] ?? guess(answer, index)
        }
        for row in answer.rows where row.count == usages.count {
            var pairs: [LabelText.Pair] = []
            for (index, usage) in usages.enumerated() where usage == .label {
                let name = MetricName.sane(answer.columns[index], splitsWords: false)
                pairs.append(.init(name, row[index] ?? ""))
            }
            let labels = LabelText(pairs)
            for (index, usage) in usages.enumerated() where usage == .gauge || usage == .counter {
                guard let text = row[index] else { continue }
                guard let number = number(text) else {
                    report.note("\(query.name): \"\(text.prefix(40))\" is no number")
                    continue
                }
                let column = answer.columns[index]
                let isOwn = column == "value" || column.isEmpty || column == "?column?"
                let name = isOwn ? query.name : query.name + "_" + MetricName.sane(column)
                let kind: MetricKind = usage == .counter ? .counter : .gauge
                set.add(set.family(name, kind, help: query.help), number, labels: labels)
            }
        }
    }

    private static func guess(_ answer: PostgresRows, _ index: Int) -> PostgresQuery.Usage {
        for row in answer.rows where index < row.count {
            guard let text = row[index] else { continue }
            return number(text) == nil ? .label : .gauge
        }
        return .gauge
    }

    private static func number(_ text: String) -> Double? {
        switch text {
        case "t": return 1
        case "f": return 0
        default:
            let bytes = Array(text.utf8)
            return DecimalNumber.parse(bytes, 0..<bytes.count)
        }
    }
}
