import Basics
import Records

/// Writes records as lines of COPY's text form.
struct PostgresRows: Sendable {
    private enum Column: Sendable {
        case time
        case tag
        case record
        case field(RecordPath)
    }

    /// The statement that makes the table if it is not there.
    let creation: String
    /// The statement that takes the lines.
    let copying: String
    private let columns: [Column]
    private var json: RecordEncoder
    private var time = TimeWriter(strftime: "%Y-%m-%d %H:%M:%S", digits: 6, end: "+00")
    private var text: [UInt8] = []

    init(_ settings: PostgresSettings) {
        var named = settings.columns.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        if named.isEmpty { named = [("tag", "$tag"), ("time", "$time"), ("data", "$record")] }
        columns = named.map { _, source in
            switch source {
            case "$time": .time
            case "$tag": .tag
            case "$record": .record
            default: .field(RecordPath(accessor: source))
            }
        }
        let table = settings.table.split(separator: ".").map { Self.quoted(String($0)) }
            .joined(separator: ".")
        let names = named.map { Self.quoted($0.0) }
        let types = columns.map { column in
            switch column {
            case .time: "timestamptz"
            case .record: "jsonb"
            case .tag, .field: "text"
            }
        }
        let list = zip(names, types).map { "\($0) \($1)" }.joined(separator: ", ")
        creation = "CREATE TABLE IF NOT EXISTS \(table) (\(list))"
        copying = "COPY \(table) (\(names.joined(separator: ", "))) FROM STDIN"
        json = RecordEncoder(Encoding(.json))
    }

    /// A name in double quotes.
    static func quoted(_ name: String) -> String {
        let parts = name.split(separator: "\"", omittingEmptySubsequences: false)
        return "\"" + parts.joined(separator: "\"\"") + "\""
    }

    /// Appends a record's line.
    mutating func append(_ event: inout Event, to output: inout [UInt8]) {
        for (index, column) in columns.enumerated() {
            if index > 0 { output.append(9) }
            text.removeAll(keepingCapacity: true)
            switch column {
            case .time: time.append(event.time, to: &text)
            case .tag: text.append(contentsOf: event.tag.text.utf8)
            case .record: json.append(&event, to: &text)
            case .field(let path):
                guard let value = path.value(in: event.fields), value != .null else {
                    output.append(contentsOf: [0x5C, UInt8(ascii: "N")])
                    continue
                }
                ValueText.append(value, to: &text)
            }
            Self.escape(text, to: &output)
        }
        output.append(10)
    }

    /// Appends a value so that COPY reads it back as it is.
    static func escape(_ text: [UInt8], to output: inout [UInt8]) {
        for byte in text {
            switch byte {
            case 0x5C: output.append(contentsOf: [0x5C, 0x5C])
            case 10: output.append(contentsOf: [0x5C, UInt8(ascii: "n")])
            case 13: output.append(contentsOf: [0x5C, UInt8(ascii: "r")])
            case 9: output.append(contentsOf: [0x5C, UInt8(ascii: "t")])
            default: output.append(byte)
            }
        }
    }
}
