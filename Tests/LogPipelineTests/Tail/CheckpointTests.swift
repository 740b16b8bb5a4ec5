import Basics
import Reactor
import SQLite
import Synchronization
import System
import TestKit
import Testing

@testable import LogPipeline

@Suite("Checkpoints") @MainLoop struct CheckpointTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func checkpoint(_ row: Int64, position: Int64 = 10) -> Checkpoint {
        Checkpoint(
            row: row,
            key: FileKey(device: .max, inode: UInt64(row) | 1 << 63),
            path: "/logs/\(row) ä.log",
            head: Fingerprint(of: Array("head".utf8).span),
            position: position,
            anchor: Fingerprint(of: Array("tail".utf8).span),
            isSkipping: row % 2 == 0,
            reached: position + 5,
            seen: Timestamp(nanoseconds: 7)
        )
    }

    private func open(_ name: String) throws -> SQLiteCheckpoints {
        try SQLiteCheckpoints(path: directory.file(name)) { _ in }
    }

    @Test func `what is kept comes back`() throws {
        var store = try open("a.db")
        try store.save(
            source: "s",
            changed: [checkpoint(1), checkpoint(2), checkpoint(3)],
            forgotten: [],
            account: ["read": 5, "looked": -1]
        )
        try store.save(
            source: "s",
            changed: [checkpoint(2, position: 99)],
            forgotten: [3],
            account: ["read": 6]
        )
        try store.save(source: "other", changed: [checkpoint(1)], forgotten: [], account: [:])
        store = try open("a.db")
        #expect(try store.load(source: "s") == [checkpoint(1), checkpoint(2, position: 99)])
        #expect(try store.account(source: "s") == ["read": 6, "looked": -1])
        #expect(try store.load(source: "none") == [] && store.account(source: "none") == [:])
    }

    @Test(arguments: [false, true])
    func `a damaged file is moved aside`(_ looksRight: Bool) throws {
        let text = String(repeating: "no database at all ", count: 10)
        try directory.write((looksRight ? "SQLite format 3\0" : "") + text, to: "a.db")
        var warnings: [String] = []
        let store = try SQLiteCheckpoints(path: directory.file("a.db")) { warnings.append($0) }
        #expect(warnings.count == 1)
        try store.save(source: "s", changed: [checkpoint(1)], forgotten: [], account: [:])
        #expect(try open("a.db").load(source: "s").count == 1)
        let aside = try Files.list(directory.path).filter { $0.hasPrefix("a.db.damaged-") }
        #expect(aside.count == 1)
    }

    @Test func `a page that was overwritten is noticed`() throws {
        let store = try open("a.db")
        let rows = (1...500).map { checkpoint(Int64($0)) }
        try store.save(source: "s", changed: rows, forgotten: [], account: [:])
        let database = try Database(path: directory.file("a.db"), name: "file")
        try database.run("PRAGMA wal_checkpoint(TRUNCATE)")
        var bytes = try Files.read(directory.file("a.db"))
        #expect(bytes.count > 20_000)
        for place in 8_192..<12_288 { bytes[place] = 0xA5 }
        try Files.write(directory.file("b.db"), bytes)
        var warnings: [String] = []
        let other = try SQLiteCheckpoints(path: directory.file("b.db")) { warnings.append($0) }
        #expect(warnings.count == 1)
        #expect(try other.load(source: "s") == [])
    }

    @Test func `Fluent Bit's positions are taken over once`() throws {
        let path = directory.file("flb.db")
        let database = try Database(path: path, name: "file")
        try database.run(
            """
            CREATE TABLE in_tail_files (id INTEGER PRIMARY KEY, name TEXT NOT NULL, offset INTEGER, \
            inode INTEGER, created INTEGER, rotated INTEGER DEFAULT 0)
            """
        )
        try database.run("INSERT INTO in_tail_files VALUES (1, '/logs/a.log', 120, 77, 0, 0)")
        try database.run("INSERT INTO in_tail_files VALUES (2, '/logs/b.log', 7, 78, 0, 1)")
        let store = try open("flb.db")
        let rows = try store.load(source: "s")
        #expect(rows.map(\.path) == ["/logs/a.log", "/logs/b.log"])
        #expect(rows.map(\.position) == [120, 7])
        #expect(rows.map(\.key) == [FileKey(device: 0, inode: 77), FileKey(device: 0, inode: 78)])
        try store.save(source: "s", changed: [checkpoint(1)], forgotten: [], account: [:])
        #expect(try store.load(source: "s") == [checkpoint(1)])
        // Fluent Bit finds its own as it left it.
        var count: Int64 = 0
        try database.rows("SELECT count(*) FROM in_tail_files") { count = $0.integer(0) }
        #expect(count == 2)
    }

    @Test func `the first directory that can be written holds the state`() throws {
        let first = directory.file("a")
        let second = directory.file("b")
        #expect(
            StateDirectory(configured: first, environment: second, usual: "/x", journal: .silent)
                .path == first
        )
        #expect(
            StateDirectory(configured: nil, environment: second, usual: "/x", journal: .silent).path
                == second
        )
        #expect(
            StateDirectory(
                configured: "/proc/none",
                environment: nil,
                usual: first,
                journal: .silent
            ).path == first
        )
        let none = StateDirectory(
            configured: "/proc/a",
            environment: "/proc/b",
            usual: "/proc/c",
            journal: .silent
        )
        #expect(none.path == nil && none.checkpoints(at: nil).place == nil)
    }

    @Test func `a file that cannot be written is replaced by one in the directory`() throws {
        let lines = Mutex<[String]>([])
        let journal = Journal(level: .warning, isJSON: false, time: { "" }) { line in
            lines.withLock { $0.append(line) }
        }
        let state = StateDirectory(
            configured: directory.path,
            environment: nil,
            usual: "/x",
            journal: journal
        )
        let store = state.checkpoints(at: "/proc/none/flb.db")
        #expect(store.place == directory.file("flb.db"))
        #expect(lines.withLock { $0.contains { $0.contains("instead of /proc/none/flb.db") } })
        #expect(state.checkpoints(at: nil).place == directory.file("positions.db"))
        #expect(state.checkpoints(at: nil) === state.checkpoints(at: nil))
    }
}
