internal import CSQLite

/// A parameter of a statement.
public enum SQLValue: Sendable, Hashable {
    /// A whole number.
    case integer(Int64)
    /// A text.
    case text(String)
    /// A text given as bytes.
    case bytes([UInt8])
}

/// A prepared SQLite statement; `Database` owns it and ends it.
@safe public final class Statement {
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) {
        unsafe self.handle = handle
    }

    func finish() {
        unsafe sqlite3_finalize(handle)
    }

    func reset() {
        unsafe sqlite3_reset(handle)
        unsafe sqlite3_clear_bindings(handle)
    }

    func step() -> Int32 {
        unsafe sqlite3_step(handle)
    }

    func bind(_ values: [SQLValue]) {
        // SQLite copies texts while it binds them.
        let copying = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        for (index, value) in values.enumerated() {
            let place = Int32(index + 1)
            switch value {
            case .integer(let number): unsafe sqlite3_bind_int64(handle, place, number)
            case .text(let text):
                unsafe sqlite3_bind_text(handle, place, text, Int32(text.utf8.count), copying)
            case .bytes(let bytes):
                // JSON text, stored as TEXT so that the sqlite3 program shows it.
                unsafe bytes.withUnsafeBytes { buffer in
                    let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
                    _ = unsafe sqlite3_bind_text(
                        handle,
                        place,
                        start,
                        Int32(buffer.count),
                        copying
                    )
                }
            }
        }
    }

    /// A column as a whole number; 0 for NULL.
    public func integer(_ column: Int32) -> Int64 {
        unsafe sqlite3_column_int64(handle, column)
    }

    /// A column as bytes; empty for NULL.
    public func bytes(_ column: Int32) -> [UInt8] {
        let start = unsafe sqlite3_column_text(handle, column)
        let count = unsafe Int(sqlite3_column_bytes(handle, column))
        return unsafe Array(UnsafeBufferPointer(start: start, count: start == nil ? 0 : count))
    }

    /// A column as text; empty for NULL.
    public func text(_ column: Int32) -> String {
        String(decoding: bytes(column), as: UTF8.self)
    }
}
