internal import CLinux
internal import Glibc

/// Advisory locks on files (`flock`): held by a descriptor, released with the process.
public enum FileLock {
    /// Takes a lock without waiting and writes this process's ID into the file.
    ///
    /// - Returns: The descriptor that holds the lock; nil if somebody else holds it.
    /// - Throws: `SystemError` if the file cannot be used.
    public static func take(_ path: String) throws(SystemError) -> Int32? {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError(errno, "open", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            close(descriptor)
            if number == EWOULDBLOCK { return nil }
            throw SystemError(number, "flock", path)
        }
        guard ftruncate(descriptor, 0) == 0 else {
            let number = errno
            close(descriptor)
            throw SystemError(number, "ftruncate", path)
        }
        do {
            try Descriptors.writeAll(descriptor, Array(String(getpid()).utf8))
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }
}
