/// Finds the tabular data of JMX in answers of Jolokia.
///
/// A table is an object whose keys are the values of its rows' index columns, one level for each of them:
/// `{"one":{"db":{"pool":"one","kind":"db","used":1}}}` has the columns `pool` and `kind`. They become labels.
enum JolokiaTables {
    /// A value with the name and the labels that it stands under.
    struct Row {
        var name: String
        var labels: [LabelText.Pair]
        var value: Int
    }

    /// The most index columns.
    private static let columnsMaximum = 4

    /// The rows of all tables in a value, and what is in none of them.
    static func rows(
        of value: Int,
        in tape: JSONTape,
        _ name: String,
        _ labels: [LabelText.Pair]
    ) -> [Row] {
        var rows: [Row] = []
        guard gather(value, tape, name, labels, &rows) else {
            return [Row(name: name, labels: labels, value: value)]
        }
        return rows
    }

    /// Adds the rows of a value; whether there is a table in it.
    private static func gather(
        _ value: Int,
        _ tape: JSONTape,
        _ name: String,
        _ labels: [LabelText.Pair],
        _ rows: inout [Row]
    ) -> Bool {
        guard tape.tokens[value].kind == .object else { return false }
        if let found = table(value, tape) {
            let taken = Set(labels.map(\.name))
            for row in found {
                // A column may be called as a property of the MBean's name is.
                let columns = row.labels.map {
                    LabelText.Pair(taken.contains($0.name) ? "row_" + $0.name : $0.name, $0.value)
                }
                rows.append(Row(name: name, labels: labels + columns, value: row.value))
            }
            return true
        }
        var hasTable = false
        var inner: [Row] = []
        for member in JolokiaReader.members(tape, value) {
            let path = name + "_" + MetricName.sane(member.name).drop { $0 == "_" }
            if gather(member.value, tape, path, labels, &inner) {
                hasTable = true
            } else {
                inner.append(Row(name: path, labels: labels, value: member.value))
            }
        }
        if hasTable { rows += inner }
        return hasTable
    }

    private static func table(
        _ value: Int,
        _ tape: JSONTape
    ) -> [(labels: [LabelText.Pair], value: Int)]? {
        for columns in 1...columnsMaximum {
            var rows: [(labels: [LabelText.Pair], value: Int)] = []
            if take(value, tape, columns, [], &rows), !rows.isEmpty { return rows }
        }
        return nil
    }

    /// Takes the rows so many levels below; whether all that stands there are rows.
    private static func take(
        _ value: Int,
        _ tape: JSONTape,
        _ levels: Int,
        _ keys: [String],
        _ rows: inout [(labels: [LabelText.Pair], value: Int)]
    ) -> Bool {
        guard tape.tokens[value].kind == .object else { return false }
        if levels == 0 {
            guard let labels = columns(value, tape, keys) else { return false }
            rows.append((labels, value))
            return true
        }
        for member in JolokiaReader.members(tape, value) {
            guard take(member.value, tape, levels - 1, keys + [member.name], &rows) else {
                return false
            }
        }
        return true
    }

    /// The columns of a row that have these values, in order.
    private static func columns(
        _ row: Int,
        _ tape: JSONTape,
        _ keys: [String]
    ) -> [LabelText.Pair]? {
        var left = JolokiaReader.members(tape, row)
        var labels: [LabelText.Pair] = []
        for key in keys {
            guard let place = left.firstIndex(where: { text(tape, $0.value) == key }) else {
                return nil
            }
            let name = MetricName.sane(left.remove(at: place).name).replacing(":", with: "_")
            labels.append(.init(name, key))
        }
        return labels
    }

    private static func text(_ tape: JSONTape, _ value: Int) -> String? {
        switch tape.tokens[value].kind {
        case .string, .escapedString: String(decoding: tape.text(value), as: UTF8.self)
        case .number, .yes, .no: tape.bytes.text(tape.tokens[value].range)
        case .object, .array, .key, .null: nil
        }
    }
}
