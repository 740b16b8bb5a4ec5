public import Basics
public import Reactor
internal import SQLite
internal import System

/// Positions in a SQLite file (Documentation/formats/logs-state.md).
///
/// A commit survives the death of the process; a loss of power may lose the last commits but tears none.
@MainLoop public final class SQLiteCheckpoints: Checkpoints {
    private let path: String
    private let warn: (String) -> Void
    private let clock: WallClock
    private var database: Database

    /// Where they are kept.
    public var place: String? { path }

    /// Opens or makes the file; a damaged one is moved aside and told of.
    ///
    /// - Throws: When there can be no such file.
    public init(
        path: String,
        clock: WallClock = .machine,
        warn: @escaping (String) -> Void
    ) throws(Failure) {
        self.path = path
        self.warn = warn
        self.clock = clock
        database = try Self.openOrBegin(path, warn)
    }

    /// What is known of a source's files; positions of Fluent Bit's in the same file count for a source that has
    /// none yet.
    ///
    /// - Throws: When it cannot be read.
    public func load(source: String) throws(Failure) -> [Checkpoint] {
        var found: [Checkpoint] = []
        try database.rows(Self.selection, [.text(source)]) { row in
            found.append(Self.checkpoint(row))
        }
        if found.isEmpty { return try fluentBitPositions() }
        return found
    }

    /// Numbers that were kept with the positions.
    ///
    /// - Throws: When they cannot be read.
    public func account(source: String) throws(Failure) -> [String: Int64] {
        var numbers: [String: Int64] = [:]
        let sql = "SELECT name, value FROM companion_accounts WHERE source = ?"
        try database.rows(sql, [.text(source)]) { numbers[$0.text(0)] = $0.integer(1) }
        return numbers
    }

    /// Keeps positions and numbers, all or nothing.
    ///
    /// - Throws: When it cannot be written.
    public func save(
        source: String,
        changed: [Checkpoint],
        forgotten: [Int64],
        account: [String: Int64]
    ) throws(Failure) {
        try database.transaction { () throws(Failure) in
            for row in forgotten {
                try database.run(
                    "DELETE FROM companion_files WHERE source = ? AND row = ?",
                    [.text(source), .integer(row)]
                )
            }
            for checkpoint in changed {
                try database.run(Self.insertion, Self.values(source, checkpoint))
            }
            for (name, value) in account {
                try database.run(
                    "INSERT OR REPLACE INTO companion_accounts VALUES (?, ?, ?)",
                    [.text(source), .text(name), .integer(value)]
                )
            }
        }
    }

    // MARK: The file

    private static func openOrBegin(
        _ path: String,
        _ warn: (String) -> Void
    ) throws(Failure) -> Database {
        do throws(Failure) {
            return try open(path)
        } catch {
            // What is damaged says `unavailable`; so does a disk that cannot be read, where moving fails too.
            guard error.code == .unavailable, Files.exists(path) else { throw error }
            let aside = path + ".damaged-" + Random.hexadecimal(8)
            do throws(SystemError) {
                try Files.rename(path, to: aside)
                try Files.remove(path + "-wal")
                try Files.remove(path + "-shm")
            } catch let other {
                throw Failure("cannot move the damaged file \(path) aside", other)
            }
            warn(
                "\(error.what): \(error.cause); it was moved to \(aside), and positions begin anew"
            )
            return try open(path)
        }
    }

    private static func open(_ path: String) throws(Failure) -> Database {
        let isNew = !Files.exists(path)
        let database = try Database(path: path, name: "file of positions")
        if isNew { try? Files.chmod(path, 0o600) }
        try database.run("PRAGMA journal_mode=WAL")
        try database.run("PRAGMA synchronous=NORMAL")
        var verdict = ""
        try database.rows("PRAGMA quick_check(1)") { verdict = $0.text(0) }
        guard verdict == "ok" else {
            throw Failure(.unavailable, "cannot read the file of positions \(path)", cause: verdict)
        }
        try database.run(
            """
            CREATE TABLE IF NOT EXISTS companion_files (
            source TEXT NOT NULL, row INTEGER NOT NULL, device INTEGER NOT NULL,
            inode INTEGER NOT NULL, path TEXT NOT NULL, head_count INTEGER NOT NULL,
            head_hash INTEGER NOT NULL, position INTEGER NOT NULL, anchor_count INTEGER NOT NULL,
            anchor_hash INTEGER NOT NULL, skipping INTEGER NOT NULL, reached INTEGER NOT NULL,
            seen INTEGER NOT NULL, PRIMARY KEY (source, row)) WITHOUT ROWID
            """
        )
        try database.run(
            """
            CREATE TABLE IF NOT EXISTS companion_accounts (
            source TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL,
            PRIMARY KEY (source, name)) WITHOUT ROWID
            """
        )
        return database
    }

    private static let selection = """
        SELECT row, device, inode, path, head_count, head_hash, position, anchor_count, anchor_hash, \
        skipping, reached, seen FROM companion_files WHERE source = ? ORDER BY row
        """
    private static let insertion = """
        INSERT OR REPLACE INTO companion_files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    private static func checkpoint(_ row: Statement) -> Checkpoint {
        Checkpoint(
            row: row.integer(0),
            key: FileKey(
                device: UInt64(bitPattern: row.integer(1)),
                inode: UInt64(bitPattern: row.integer(2))
            ),
            path: row.text(3),
            head: fingerprint(row, 4),
            position: max(0, row.integer(6)),
            anchor: fingerprint(row, 7),
            isSkipping: row.integer(9) != 0,
            reached: row.integer(10),
            seen: Timestamp(nanoseconds: row.integer(11))
        )
    }

    private static func fingerprint(_ row: Statement, _ column: Int32) -> Fingerprint {
        let count = Int(clamping: row.integer(column))
        guard count > 0 && count <= 65_536 else { return .empty }
        return Fingerprint(count: count, hash: UInt64(bitPattern: row.integer(column + 1)))
    }

    private static func values(_ source: String, _ checkpoint: Checkpoint) -> [SQLValue] {
        [
            .text(source), .integer(checkpoint.row),
            .integer(Int64(bitPattern: checkpoint.key.device)),
            .integer(Int64(bitPattern: checkpoint.key.inode)), .text(checkpoint.path),
            .integer(Int64(checkpoint.head.count)),
            .integer(Int64(bitPattern: checkpoint.head.hash)), .integer(checkpoint.position),
            .integer(Int64(checkpoint.anchor.count)),
            .integer(Int64(bitPattern: checkpoint.anchor.hash)),
            .integer(checkpoint.isSkipping ? 1 : 0), .integer(checkpoint.reached),
            .integer(checkpoint.seen.nanoseconds),
        ]
    }

    // MARK: Fluent Bit's

    /// Positions in Fluent Bit's own table, if the file is its database (`DB`).
    private func fluentBitPositions() throws(Failure) -> [Checkpoint] {
        var isThere = false
        let sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'in_tail_files'"
        try database.rows(sql) { _ in isThere = true }
        guard isThere else { return [] }
        var found: [Checkpoint] = []
        let now = clock.wall
        // Of several rows for an inode Fluent Bit takes the last.
        try database.rows("SELECT name, offset, inode FROM in_tail_files ORDER BY id") { row in
            found.append(
                Checkpoint(
                    row: Int64(found.count + 1),
                    key: FileKey(device: 0, inode: UInt64(bitPattern: row.integer(2))),
                    path: row.text(0),
                    position: max(0, row.integer(1)),
                    seen: now
                )
            )
        }
        return found
    }
}
