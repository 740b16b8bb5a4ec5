import CLinux

/// Named pipes of other programs.
public enum Fifo {
    /// Writes a short text to a named pipe that somebody reads.
    ///
    /// - Throws: `ENXIO` without a reader; `EAGAIN` if the pipe is full.
    public static func write(_ text: String, to path: String) throws(SystemError) {
        let bytes = Array(text.utf8)
        let result = unsafe remora_fifo_write(path, bytes, bytes.count)
        if result < 0 { throw SystemError(-result, "write", path) }
    }
}
