import Glibc

/// A file that whole pieces are added to: a piece is there or it is not.
///
/// Written by one thread; `sync` may be called on another one.
public final class AppendFile: Sendable {
    /// Its path when it was opened.
    public let path: String
    private let descriptor: Int32

    /// Opens a file, which is made if it is missing.
    ///
    /// - Throws: The error of `open`.
    public init(_ path: String, mode: UInt32 = 0o600) throws(SystemError) {
        self.path = path
        descriptor = try Descriptors.open(
            path,
            flags: O_WRONLY | O_CREAT | O_APPEND,
            mode: mode
        ).release()
    }

    deinit {
        Descriptors.close(descriptor)
    }

    /// How many bytes it has.
    ///
    /// - Throws: The error of `fstat`.
    public func size() throws(SystemError) -> Int {
        Int(try Files.stat(descriptor: descriptor).size)
    }

    /// Adds a piece; when the disk is full, what was written of it is taken away again.
    ///
    /// - Parameters:
    ///   - bytes: The piece.
    ///   - end: Where the file ends now.
    /// - Throws: The error of `write`.
    public func append(_ bytes: [UInt8], at end: Int) throws(SystemError) {
        do throws(SystemError) {
            try Descriptors.writeAll(descriptor, bytes)
        } catch {
            _ = ftruncate(descriptor, off_t(end))
            throw SystemError(error.number, "write", path)
        }
    }

    /// Brings what was written to the disk.
    ///
    /// - Throws: The error of `fdatasync`.
    public func sync() throws(SystemError) {
        let number = descriptor
        try checked("fdatasync", path) { fdatasync(number) }
    }

    /// Cuts the file.
    ///
    /// - Throws: The error of `ftruncate`.
    public func truncate(to end: Int) throws(SystemError) {
        let number = descriptor
        try checked("ftruncate", path) { ftruncate(number, off_t(end)) }
    }
}
