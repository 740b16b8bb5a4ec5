internal import Glibc

extension Files {
    /// Sets the time of the last change to now, and makes an empty file if there is none.
    ///
    /// - Throws: `EACCES`, `EROFS`, `ENOENT` if its directory is missing.
    public static func touch(_ path: String, mode: UInt32 = 0o644) throws(SystemError) {
        let file = try Descriptors.open(path, flags: O_WRONLY | O_CREAT | O_NONBLOCK, mode: mode)
        let number = file.number
        try checked("utimensat", path) { futimens(number, nil) }
    }
}
