import Basics
import Testing

@testable import SQLite

@Suite("Database") struct DatabaseTests {
    @Test func `a transaction that fails leaves nothing`() throws {
        let database = try Database(path: ":memory:", name: "test file")
        try database.run("CREATE TABLE t (a INTEGER PRIMARY KEY)")
        #expect(throws: Failure.self) {
            try database.transaction { () throws(Failure) in
                try database.run("INSERT INTO t VALUES (?)", [.integer(1)])
                try database.run("INSERT INTO t VALUES (?)", [.integer(1)])
            }
        }
        var count: Int64 = -1
        try database.rows("SELECT count(*) FROM t") { count = $0.integer(0) }
        #expect(count == 0)
    }

    @Test func `a file that cannot be opened is named`() {
        let failure = #expect(throws: Failure.self) {
            try Database(path: "/nowhere/at/all.db", name: "checkpoint file")
        }
        #expect(failure?.what == "cannot open the checkpoint file /nowhere/at/all.db")
    }
}
