import System

/// A container's last words: the end of its termination file, or of its log.
enum TerminationMessage {
    /// How many bytes the messages of a whole pod may have.
    static let podLimit = 12288
    /// How many bytes are read from the end of the file.
    static let fileLimit = 4096
    /// How many lines and bytes are taken from the end of a log.
    static let logLines = 80
    static let logLimit = 2048

    /// The message; empty if there is none.
    ///
    /// `limit` is the run's part of the pod's limit, `log` what to fall back to if the file is empty.
    static func read(file: String, limit: Int, log: String?) -> String {
        var bytes = (try? tail(of: file)) ?? []
        if bytes.isEmpty, let log {
            bytes = LogTail.text(log, lines: logLines, limit: logLimit)
        }
        return String(decoding: bytes.prefix(limit), as: UTF8.self)
    }

    private static func tail(of file: String) throws(SystemError) -> [UInt8] {
        let size = Int(try Files.stat(file).size)
        return try Files.read(file, from: max(size - fileLimit, 0), count: fileLimit)
    }
}
