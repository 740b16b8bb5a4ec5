internal import Basics
internal import Formats
internal import SQLite
internal import System

/// The file behind the store: tables, schema version, integrity.
///
/// Three tables: `meta` (the last resource version), `objects` (one row per API object, as JSON
/// text) and `ledger` (what the engine must remember of a pod over a restart, by UID).
final class ObjectFile {
    struct Row {
        var key: ObjectKey
        var json: [UInt8]
    }

    private static let schemaVersion: Int64 = 1
    let database: Database
    private let path: String

    init(path: String) throws(Failure) {
        self.path = path
        let isFile = path != ":memory:"
        if isFile { try Self.prepare(path) }
        database = try Database(path: path, name: "object store")
        if isFile {
            // With WAL and NORMAL a commit survives a crash of the process without an fsync; a
            // power loss may lose the last commits, but never tears one.
            try database.run("PRAGMA journal_mode=WAL")
            try database.run("PRAGMA synchronous=NORMAL")
            // The store checkpoints on a worker thread; this is for when that does not keep up.
            try database.run("PRAGMA wal_autocheckpoint=8000")
            try checkIntegrity()
        }
        try database.run("PRAGMA cache_size=-512")
        try prepareSchema()
    }

    /// Makes the file with mode 0600; SQLite gives its companions the same mode.
    private static func prepare(_ path: String) throws(Failure) {
        do throws(SystemError) {
            if Files.exists(path) {
                try Files.chmod(path, 0o600)
            } else {
                try Files.write(path, [], mode: 0o600)
            }
        } catch {
            throw Failure(
                .forbidden,
                "cannot create the object store \(path)",
                cause: "\(error)",
                remedy: "make the state directory writable, or choose another with --root"
            )
        }
    }

    private func checkIntegrity() throws(Failure) {
        var verdict = ""
        try database.rows("PRAGMA quick_check(1)") { verdict = $0.text(0) }
        guard verdict != "ok" else { return }
        throw Failure(
            .unavailable,
            "the object store \(path) is damaged",
            cause: verdict,
            remedy: "restore the file from a copy, or move it away to begin empty"
        )
    }

    private func prepareSchema() throws(Failure) {
        var version: Int64 = 0
        try database.rows("PRAGMA user_version") { version = $0.integer(0) }
        guard version <= Self.schemaVersion else {
            throw Failure(
                .invalid,
                "the object store \(path) was written by a newer Remora",
                cause: "its schema is \(version), this program knows \(Self.schemaVersion)",
                remedy: "use the newer program, or another state directory with --root"
            )
        }
        guard version == 0 else { return }
        try database.transaction { () throws(Failure) in
            for sql in Self.schema { try database.run(sql) }
            try database.run("PRAGMA user_version=\(Self.schemaVersion)")
        }
    }

    private static let schema = [
        "CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
        "INSERT INTO meta VALUES('version', 0)",
        """
        CREATE TABLE objects(resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
        json TEXT NOT NULL, PRIMARY KEY(resource, namespace, name)) WITHOUT ROWID
        """,
        "CREATE TABLE ledger(uid TEXT PRIMARY KEY, snapshot TEXT NOT NULL) WITHOUT ROWID",
    ]

    /// Moves what is in the write-ahead log into the file, which takes an `fsync` or two.
    ///
    /// For any thread: it opens a connection of its own.
    static func checkpoint(_ path: String) throws(Failure) {
        try Database(path: path, name: "object store").run("PRAGMA wal_checkpoint(PASSIVE)")
    }

    // MARK: Reading

    func version() throws(Failure) -> Int64 {
        var version: Int64 = 0
        try database.rows("SELECT value FROM meta WHERE key='version'") { version = $0.integer(0) }
        return version
    }

    func objects() throws(Failure) -> [Row] {
        var rows: [Row] = []
        try database.rows("SELECT resource, namespace, name, json FROM objects") { row in
            let key = ObjectKey(row.text(0), row.text(1), row.text(2))
            rows.append(Row(key: key, json: row.bytes(3)))
        }
        return rows
    }

    func ledgers() throws(Failure) -> [String: [UInt8]] {
        var ledgers: [String: [UInt8]] = [:]
        try database.rows("SELECT uid, snapshot FROM ledger") { ledgers[$0.text(0)] = $0.bytes(1) }
        return ledgers
    }

    // MARK: Writing

    func put(
        _ key: ObjectKey,
        _ json: [UInt8],
        version: Int64,
        ledger: (uid: String, [UInt8])? = nil
    ) throws(Failure) {
        try database.transaction { () throws(Failure) in
            try setVersion(version)
            try database.run(
                "INSERT OR REPLACE INTO objects VALUES(?, ?, ?, ?)",
                [.text(key.resource), .text(key.namespace), .text(key.name), .bytes(json)]
            )
            if let ledger { try putLedger(ledger.uid, ledger.1) }
        }
    }

    func remove(
        _ key: ObjectKey,
        uid: String,
        version: Int64,
        ledger: (uid: String, [UInt8])? = nil
    ) throws(Failure) {
        try database.transaction { () throws(Failure) in
            try setVersion(version)
            try database.run(
                "DELETE FROM objects WHERE resource=? AND namespace=? AND name=?",
                [.text(key.resource), .text(key.namespace), .text(key.name)]
            )
            try removeLedger(uid)
            if let ledger { try putLedger(ledger.uid, ledger.1) }
        }
    }

    func putLedger(_ uid: String, _ snapshot: [UInt8]) throws(Failure) {
        try database.run(
            "INSERT OR REPLACE INTO ledger VALUES(?, ?)",
            [.text(uid), .bytes(snapshot)]
        )
    }

    func removeLedger(_ uid: String) throws(Failure) {
        try database.run("DELETE FROM ledger WHERE uid=?", [.text(uid)])
    }

    private func setVersion(_ version: Int64) throws(Failure) {
        try database.run("UPDATE meta SET value=? WHERE key='version'", [.integer(version)])
    }
}
