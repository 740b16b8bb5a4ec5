import Basics
import System

/// A file of passwords: lines of `host:port:database:user:password`, of which the first that fits holds.
///
/// `*` fits anything, `\` takes the meaning off the character behind it, `#` begins a comment.
/// (PostgreSQL 15, "The Password File")
package struct PostgresPassfile: Sendable, Hashable {
    /// The most bytes of a file.
    package static let sizeMaximum = 1 << 20

    private struct Line: Hashable {
        /// Host, port, database, user; `nil` fits anything.
        var wanted: [String?]
        var password: String
    }

    private var lines: [Line] = []

    /// Has no password.
    package init() {}

    /// Reads a file's text; what is no line of five fields is left out, as libpq does.
    package init(_ text: some Collection<UInt8>) {
        for raw in text.split(whereSeparator: { $0 == 10 || $0 == 13 })
        where raw.first != UInt8(ascii: "#") {
            let fields = Self.fields(raw)
            guard fields.count >= 5 else { continue }
            lines.append(
                Line(
                    wanted: fields[..<4].map { $0.isAny ? nil : $0.text },
                    password: fields[4].text
                )
            )
        }
    }

    /// Reads the file that settings, `PGPASSFILE` or the home directory name; no file is no passwords.
    ///
    /// - Returns: The passwords, and a remark if the file is not used because others may read it.
    package static func load(
        _ settings: PostgresSettings,
        environment: [String: String]
    ) -> (passwords: PostgresPassfile, remark: String?) {
        let home = environment["HOME"].map { $0 + "/.pgpass" }
        let named = settings.passfile ?? environment["PGPASSFILE"].flatMap { $0.isEmpty ? nil : $0 }
        guard let path = named ?? home, let status = try? Files.stat(path) else {
            let remark = named.map { "the password file \($0) is not there, so it is not used" }
            return (PostgresPassfile(), remark)
        }
        guard status.kind == .file else {
            return (
                PostgresPassfile(), "the password file \(path) is no plain file, so it is not used"
            )
        }
        guard status.mode & 0o077 == 0 else {
            return (
                PostgresPassfile(),
                "the password file \(path) may be read by others, so it is not used; set its mode to 0600"
            )
        }
        guard let bytes = try? Files.read(path, limit: sizeMaximum) else {
            return (
                PostgresPassfile(), "the password file \(path) cannot be read, so it is not used"
            )
        }
        return (PostgresPassfile(bytes), nil)
    }

    /// The password of the first line that fits.
    package func password(
        host: String,
        port: UInt16,
        database: String,
        user: String
    ) -> String? {
        let facts = [host, String(port), database, user]
        let line = lines.first { line in
            zip(line.wanted, facts).allSatisfy { wanted, fact in wanted.map { $0 == fact } ?? true }
        }
        return line.flatMap { $0.password.isEmpty ? nil : $0.password }
    }

    /// The parts of a line; the last is the whole rest up to another colon.
    private static func fields(
        _ line: some Collection<UInt8>
    ) -> [(text: String, isAny: Bool)] {
        var fields: [(String, Bool)] = []
        var bytes: [UInt8] = []
        var isEscaped = false
        var hadEscape = false
        func text() -> (String, Bool) {
            (String(decoding: bytes, as: UTF8.self), bytes == [UInt8(ascii: "*")] && !hadEscape)
        }
        for byte in line {
            if isEscaped {
                isEscaped = false
                bytes.append(byte)
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
                hadEscape = true
            } else if byte == UInt8(ascii: ":") {
                fields.append(text())
                bytes = []
                hadEscape = false
            } else {
                bytes.append(byte)
            }
        }
        if isEscaped { bytes.append(UInt8(ascii: "\\")) }
        fields.append(text())
        return fields
    }
}
