import CLinux
import Glibc

extension Files {
    /// Makes or replaces the content of a file in place.
    ///
    /// The mode is exact, whatever the umask; a file that exists keeps its own.
    /// - Throws: The error of `open` or `write`; the file may hold a part then.
    public static func write(
        _ path: String,
        _ bytes: [UInt8],
        mode: UInt32 = 0o644
    ) throws(SystemError) {
        try put(path, bytes, flags: O_TRUNC, mode: mode)
    }

    /// Makes or replaces the content of a file in place with a text.
    ///
    /// - Throws: As `write` of bytes.
    public static func write(
        _ path: String,
        _ text: String,
        mode: UInt32 = 0o644
    ) throws(SystemError) {
        try write(path, [UInt8](text.utf8), mode: mode)
    }

    /// Adds to the end of a file, which is made if it is missing.
    ///
    /// - Throws: The error of `open` or `write`.
    public static func append(
        _ path: String,
        _ bytes: [UInt8],
        mode: UInt32 = 0o644
    ) throws(SystemError) {
        try put(path, bytes, flags: O_APPEND, mode: mode)
    }

    /// Replaces a file in one step: readers see the old content or the new, never a part.
    ///
    /// A neighbour file is written and renamed over `path`. With `sync` the content and the name
    /// have reached the disk when the call returns.
    /// - Throws: The error of any step; the neighbour is removed then.
    public static func writeAtomically(
        _ path: String,
        _ bytes: [UInt8],
        mode: UInt32 = 0o644,
        sync: Bool = true
    ) throws(SystemError) {
        let draft = path + "." + Random.hexadecimal(8) + ".tmp"
        do throws(SystemError) {
            let file = try Descriptors.open(
                draft,
                flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
                mode: mode
            )
            let number = file.number
            try checked("fchmod", draft) { fchmod(number, mode) }
            try Descriptors.writeAll(number, bytes)
            if sync { try checked("fsync", draft) { fsync(number) } }
            try rename(draft, to: path)
        } catch {
            _ = unsafe unlink(draft)
            throw SystemError(error.number, error.call, path)
        }
        if sync { try syncDirectory(parent(of: path)) }
    }

    /// Brings the names in a directory to the disk.
    ///
    /// - Throws: `EIO` and the errors of `open`.
    public static func syncDirectory(_ path: String) throws(SystemError) {
        let directory = try Descriptors.open(path, flags: O_RDONLY | O_DIRECTORY)
        let number = directory.number
        try checked("fsync", path) { fsync(number) }
    }

    /// Renames; a file of the new name is replaced.
    ///
    /// - Throws: `EXDEV` across file systems, and others.
    public static func rename(_ path: String, to target: String) throws(SystemError) {
        try checked("rename", path) { unsafe remora_rename(path, target, 0) }
    }

    /// Swaps what two names mean, in one step.
    ///
    /// - Throws: `ENOENT` if one is missing; `EINVAL` where the file system cannot do it.
    public static func exchange(_ path: String, with other: String) throws(SystemError) {
        try checked("rename", path) { unsafe remora_rename(path, other, 1) }
    }

    /// Makes a symbolic link at `path` that points to `target`.
    ///
    /// - Throws: `EEXIST` and others.
    public static func symlink(_ path: String, to target: String) throws(SystemError) {
        try checked("symlink", path) { unsafe Glibc.symlink(target, path) }
    }

    /// Sets the permission bits, following links.
    ///
    /// - Throws: `EPERM`, `ENOENT`, `EROFS`.
    public static func chmod(_ path: String, _ mode: UInt32) throws(SystemError) {
        try checked("chmod", path) { unsafe Glibc.chmod(path, mode) }
    }

    /// Sets owner and group; `nil` leaves one as it is.
    ///
    /// - Throws: `EPERM`, `ENOENT`, `EROFS`.
    public static func chown(
        _ path: String,
        user: UInt32?,
        group: UInt32?,
        followLinks: Bool = true
    ) throws(SystemError) {
        try checked("chown", path) {
            unsafe fchownat(
                AT_FDCWD,
                path,
                user ?? .max,
                group ?? .max,
                followLinks ? 0 : AT_SYMLINK_NOFOLLOW
            )
        }
    }

    private static func put(
        _ path: String,
        _ bytes: [UInt8],
        flags: Int32,
        mode: UInt32
    ) throws(SystemError) {
        let fresh = !exists(path)
        let file = try Descriptors.open(path, flags: O_WRONLY | O_CREAT | flags, mode: mode)
        let number = file.number
        if fresh { try checked("fchmod", path) { fchmod(number, mode) } }
        do throws(SystemError) {
            try Descriptors.writeAll(number, bytes)
        } catch {
            throw SystemError(error.number, "write", path)
        }
    }

    /// The directory part of a path, `.` if there is none.
    public static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
