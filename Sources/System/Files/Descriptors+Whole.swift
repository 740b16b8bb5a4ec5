internal import CLinux
internal import Glibc

/// Whole streams at once: standard input, and logs to which programs append.
extension Descriptors {
    /// Reads a descriptor to its end.
    ///
    /// - Throws: `SystemError` of `read`; `EFBIG` beyond `limit` bytes.
    public static func readAll(_ descriptor: Int32, limit: Int) throws(SystemError) -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let piece = try read(descriptor, upTo: 1 << 16)
            if piece.isEmpty { return all }
            all += piece
            if all.count > limit { throw SystemError(EFBIG, "read") }
        }
    }

    /// Copies a descriptor to its end into a new file.
    ///
    /// - Throws: `SystemError` of the call that failed.
    public static func copyAll(
        _ descriptor: Int32,
        to path: String,
        mode: UInt32
    ) throws(SystemError) {
        let file = try open(path, flags: O_WRONLY | O_CREAT | O_EXCL, mode: mode)
        while true {
            let piece = try read(descriptor, upTo: 1 << 20)
            if piece.isEmpty { return }
            try writeAll(file.number, piece)
        }
    }

    /// A second number for the same open file, closed on exec.
    ///
    /// - Throws: `SystemError` of `fcntl`.
    public static func duplicate(_ descriptor: Int32) throws(SystemError) -> Int32 {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw SystemError(errno, "fcntl") }
        return copy
    }

    /// Opens a file to which a program's output is appended.
    ///
    /// - Throws: `SystemError` of `open`.
    public static func openLog(_ path: String) throws(SystemError) -> Descriptor {
        try open(path, flags: O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
    }
}
