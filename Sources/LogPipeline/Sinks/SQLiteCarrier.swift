import Basics
import Reactor
import Records
import SQLite

/// Writes records into a table of a SQLite file: `time`, `tag` and `data` as JSON, a batch in one
/// transaction.
@MainLoop final class SQLiteCarrier: Carrier {
    private let settings: SQLiteSettings
    private let table: String
    private var encoder = RecordEncoder(Encoding(.json))
    private var time = TimeWriter(strftime: "%Y-%m-%dT%H:%M:%S", digits: 9, end: "Z")
    private var store: SQLiteStore?

    /// Bytes between the parts of a row; JSON and times have none of them.
    private static let separator: UInt8 = 0x1F

    init(_ settings: SQLiteSettings) {
        self.settings = settings
        table = PostgresRows.quoted(settings.table)
    }

    func append(_ event: inout Event, at moment: Moment, to bytes: inout [UInt8]) -> String? {
        time.append(event.time, to: &bytes)
        bytes.append(Self.separator)
        encoder.append(&event, to: &bytes)
        bytes.append(Self.separator)
        bytes.append(contentsOf: event.tag.text.utf8)
        return nil
    }

    func document(_ record: Range<Int>, in load: RecordLoad) -> [UInt8] {
        Array(Self.parts(load.bytes[record])[1])
    }

    func carry(_ load: RecordLoad, partition: [UInt8], attempt: Int) async -> DeliveryAnswer {
        let rows = (0..<load.count).map { item in
            Self.parts(load.bytes[load[item]]).map { SQLValue.bytes(Array($0)) }
        }
        let (path, table, maximum) = (settings.path, table, settings.recordMaximum)
        let known = store
        do {
            // Its commits wait for the disk.
            store = try await Loop.main.offload {
                let store = try known ?? SQLiteStore(path: path, table: table)
                try store.add(rows, to: table, keeping: maximum)
                return store
            }
            return .delivered
        } catch {
            return .failed(Setback(.retry, "\(error)"))
        }
    }

    func close() async {
        store = nil
    }

    private static func parts(_ row: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        row.split(separator: separator, maxSplits: 2, omittingEmptySubsequences: false)
    }
}

/// The database of a sink; one request at a time uses it, on whichever thread.
final class SQLiteStore: @unchecked Sendable {
    // Unchecked: the carrier hands it to one piece of work after the other.
    private let database: Database

    init(path: String, table: String) throws(Failure) {
        database = try Database(path: path, name: "log database")
        try database.rows("PRAGMA journal_mode = WAL") { _ in }
        try database.run("PRAGMA synchronous = NORMAL")
        try database.run(
            "CREATE TABLE IF NOT EXISTS \(table) "
                + "(id INTEGER PRIMARY KEY, time TEXT NOT NULL, data TEXT NOT NULL, tag TEXT NOT NULL)"
        )
    }

    func add(_ rows: [[SQLValue]], to table: String, keeping maximum: Int?) throws(Failure) {
        try database.transaction { () throws(Failure) -> Void in
            for row in rows {
                try database.run("INSERT INTO \(table) (time, data, tag) VALUES (?, ?, ?)", row)
            }
            guard let maximum else { return }
            try database.run(
                "DELETE FROM \(table) WHERE id <= (SELECT max(id) FROM \(table)) - ?",
                [.integer(Int64(maximum))]
            )
        }
    }
}
