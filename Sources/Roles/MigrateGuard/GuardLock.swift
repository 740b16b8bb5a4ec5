import Basics
import Security

/// The advisory lock and the marker, as statements.
struct GuardLock: Sendable, Hashable {
    /// The lock's number.
    let number: Int64
    /// How messages and the marker call it.
    let name: String
    /// The version that the marker tells apart.
    let version: String
    private let table: String

    /// Names a lock and its marker.
    ///
    /// - Parameters:
    ///   - key: A number, or a name, from which one is made: the first eight bytes of its SHA-256.
    ///   - table: The table of markers, perhaps with its schema.
    ///   - version: The version of the marker.
    /// - Throws: `invalid` for a table that is no plain name.
    init(key: String, table: String, version: String) throws(Failure) {
        name = key
        self.version = version
        number = Int64(key) ?? Self.number(of: key)
        let parts = table.split(separator: ".", omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { part in
            (1...63).contains(part.utf8.count)
                && part.utf8.allSatisfy { byte in
                    byte == UInt8(ascii: "_") || (48...57).contains(byte)
                        || (65...90).contains(byte)
                        || (97...122).contains(byte)
                }
        }
        guard (1...2).contains(parts.count), isPlain else {
            throw Failure(
                .invalid,
                "\"\(table)\" is no table for markers",
                remedy: "write letters, digits and _, with a schema before a full stop if need be"
            )
        }
        self.table = parts.map { "\"\($0)\"" }.joined(separator: ".")
    }

    private static func number(of name: String) -> Int64 {
        let digest = Digest.sha256(Array("companion migrate-guard \(name)".utf8))
        return Int64(bitPattern: digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    /// Takes the lock if nobody has it.
    var take: String { "SELECT pg_catalog.pg_try_advisory_lock((\(number)))" }

    /// Lets it go.
    var release: String { "SELECT pg_catalog.pg_advisory_unlock((\(number)))" }

    /// Whether this session has it.
    var isHeld: String {
        let bits = UInt64(bitPattern: number)
        return "SELECT count(*) FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND granted "
            + "AND pid = pg_catalog.pg_backend_pid() AND database = (SELECT oid FROM "
            + "pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) "
            + "AND classid = \(bits >> 32)::pg_catalog.oid "
            + "AND objid = \(bits & 0xFFFF_FFFF)::pg_catalog.oid AND objsubid = 1"
    }

    /// Makes the table of markers; harmless if it is there.
    var makeTable: String {
        "CREATE TABLE IF NOT EXISTS \(table) (key text NOT NULL, version text NOT NULL, "
            + "finished_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (key, version))"
    }

    /// How many markers of this key and version there are.
    var findMarker: String {
        "SELECT count(*) FROM \(table) WHERE key = \(Self.quoted(name)) "
            + "AND version = \(Self.quoted(version))"
    }

    /// Writes the marker.
    var writeMarker: String {
        "INSERT INTO \(table) (key, version) VALUES (\(Self.quoted(name)), "
            + "\(Self.quoted(version))) ON CONFLICT DO NOTHING"
    }

    /// A text as a literal, under `standard_conforming_strings`.
    private static func quoted(_ text: String) -> String {
        "'"
            + text.filter { $0 != "\0" }.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: "''") + "'"
    }
}
