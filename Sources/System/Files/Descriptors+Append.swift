import Glibc

extension Descriptors {
    /// Opens a file, a pipe or a device to add to its end; a file is made if it is missing.
    ///
    /// A pipe that nobody reads is refused instead of waited for. The mode is exact, whatever the umask.
    /// - Throws: The error of `open`, with the path.
    public static func openAppending(
        _ path: String,
        mode: UInt32
    ) throws(SystemError) -> Descriptor {
        let flags = O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY
        do throws(SystemError) {
            return try open(path, flags: flags)
        } catch {
            guard error.number == ENOENT else { throw error }
        }
        let file = try open(path, flags: flags | O_CREAT, mode: mode)
        let number = file.number
        try checked("fchmod", path) { fchmod(number, mode) }
        return file
    }

    /// Waits until what was written is on the disk.
    ///
    /// - Throws: The error of `fsync`; descriptors that know no disk are fine.
    public static func sync(_ descriptor: Int32) throws(SystemError) {
        do throws(SystemError) {
            try checked("fsync") { fsync(descriptor) }
        } catch {
            if error.number != EINVAL && error.number != EROFS { throw error }
        }
    }
}
