public import Basics
internal import CSQLite

/// One SQLite connection with its prepared statements.
///
/// Not thread-safe: it belongs to the event loop.
@safe public final class Database {
    private let handle: OpaquePointer
    private let path: String
    private let name: String
    private var statements: [String: Statement] = [:]

    /// Opens or creates the file; `:memory:` keeps everything in memory.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - name: What it is to the user, for messages: `object store`.
    /// - Throws: `exhausted`, `forbidden`, `unavailable` (damaged) or `conflict` (in use).
    public init(path: String, name: String) throws(Failure) {
        self.path = path
        self.name = name
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let code = unsafe sqlite3_open_v2(path, &opened, flags, nil)
        guard let handle = unsafe opened else {
            throw Failure(.exhausted, "cannot open the \(name) \(path)", cause: "no memory")
        }
        unsafe self.handle = handle
        guard code == SQLITE_OK else {
            let failure = Self.failure(code, "cannot open the \(name) \(path)", nil)
            unsafe sqlite3_close_v2(handle)
            throw failure
        }
        unsafe sqlite3_extended_result_codes(handle, 1)
        unsafe sqlite3_busy_timeout(handle, 2000)
    }

    deinit {
        for statement in statements.values { statement.finish() }
        unsafe sqlite3_close_v2(handle)
    }

    /// Runs a statement that returns no rows, with its parameters.
    ///
    /// - Throws: As `init`.
    public func run(_ sql: String, _ values: [SQLValue] = []) throws(Failure) {
        try rows(sql, values) { _ in }
    }

    /// Runs a statement and hands over each row; a row is valid only during the call.
    ///
    /// - Throws: As `init`.
    public func rows(
        _ sql: String,
        _ values: [SQLValue] = [],
        _ body: (Statement) -> Void
    ) throws(Failure) {
        let statement = try prepared(sql)
        defer { statement.reset() }
        statement.bind(values)
        while true {
            switch statement.step() {
            case SQLITE_ROW: body(statement)
            case SQLITE_DONE: return
            case let code: throw problem(code, sql)
            }
        }
    }

    /// Runs several changes as one: all of them are kept, or none.
    ///
    /// - Throws: As `init`, and what `body` throws.
    public func transaction<Result>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try run("BEGIN IMMEDIATE")
        do throws(Failure) {
            let result = try body()
            try run("COMMIT")
            return result
        } catch {
            // A full disk may have rolled back already; then this fails and says nothing new.
            try? run("ROLLBACK")
            throw error
        }
    }

    private func prepared(_ sql: String) throws(Failure) -> Statement {
        if let statement = statements[sql] { return statement }
        var pointer: OpaquePointer?
        let code = unsafe sqlite3_prepare_v3(
            handle,
            sql,
            -1,
            UInt32(SQLITE_PREPARE_PERSISTENT),
            &pointer,
            nil
        )
        guard code == SQLITE_OK, let pointer = unsafe pointer else { throw problem(code, sql) }
        let statement = unsafe Statement(pointer)
        statements[sql] = statement
        return statement
    }

    private func problem(_ code: Int32, _ sql: String) -> Failure {
        let verb = sql.prefix { $0 != " " }
        let isReading = verb == "SELECT" || verb == "PRAGMA"
        let what = "cannot \(isReading ? "read" : "write") the \(name) \(path)"
        return Self.failure(code, what, unsafe String(cString: sqlite3_errmsg(handle)))
    }

    private static func failure(_ code: Int32, _ what: String, _ detail: String?) -> Failure {
        let cause = unsafe detail ?? String(cString: sqlite3_errstr(code))
        switch code & 0xFF {
        case SQLITE_FULL:
            return Failure(
                .exhausted,
                what,
                cause: "the disk is full",
                remedy: "free space on the file system of the state directory"
            )
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_CANTOPEN, SQLITE_AUTH:
            return Failure(
                .forbidden,
                what,
                cause: cause,
                remedy: "make the state directory writable, or choose another"
            )
        case SQLITE_IOERR:
            return Failure(
                .unavailable,
                what,
                cause: cause,
                remedy: "look for disk errors or a full disk under the state directory"
            )
        case SQLITE_BUSY, SQLITE_LOCKED:
            return Failure(
                .conflict,
                what,
                cause: "another process holds it",
                remedy: "stop that process, or choose another state directory with --root"
            )
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            return Failure(
                .unavailable,
                what,
                cause: cause,
                remedy: "restore the file from a copy, or move it away to begin empty"
            )
        default: return Failure(.internalError, what, cause: cause)
        }
    }
}
