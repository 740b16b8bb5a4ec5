import CLinux
import Glibc

extension Files {
    /// Makes a directory and the ones above it that are missing.
    ///
    /// Each directory made has exactly `mode`, whatever the umask; what exists is left alone.
    /// - Throws: `ENOTDIR` if a part is no directory; `EACCES`, `EROFS`, `ENOSPC`.
    public static func makeDirectories(
        _ path: String,
        mode: UInt32 = 0o755
    ) throws(SystemError) {
        if unsafe mkdir(path, mode) == 0 {
            _ = unsafe Glibc.chmod(path, mode)
            return
        }
        switch errno {
        case EEXIST:
            if !isDirectory(path) { throw SystemError(ENOTDIR, "mkdir", path) }
        case ENOENT where parent(of: path) != path && !path.isEmpty:
            try makeDirectories(parent(of: path), mode: mode)
            if unsafe mkdir(path, mode) == 0 {
                _ = unsafe Glibc.chmod(path, mode)
            } else if errno != EEXIST {
                throw .last("mkdir", path)
            }
        default:
            throw .last("mkdir", path)
        }
    }

    /// Makes a directory of a name nobody has, `prefix` and random letters, with mode 0700.
    ///
    /// - Throws: The error of `mkdir`.
    public static func makeTemporaryDirectory(_ prefix: String) throws(SystemError) -> String {
        let path = prefix + Random.hexadecimal(16)
        try checked("mkdir", path) { unsafe mkdir(path, 0o700) }
        return path
    }

    /// Removes a file, a link or an empty directory; nothing there is no error.
    ///
    /// - Throws: `ENOTEMPTY`, `EBUSY` for a mount point, `EACCES`.
    public static func remove(_ path: String) throws(SystemError) {
        if unsafe unlink(path) == 0 || errno == ENOENT { return }
        if errno != EISDIR && errno != EPERM { throw .last("unlink", path) }
        if unsafe rmdir(path) == 0 || errno == ENOENT { return }
        throw .last("rmdir", path)
    }

    /// Removes a directory with all it holds; nothing there is no error.
    ///
    /// Links are removed, not followed. Mount points are never crossed: the first one met ends the
    /// work. Any depth is handled with a bounded number of descriptors. May take long: offload it.
    /// - Throws: `EBUSY` at a mount point; `EACCES`, `EROFS`, `EIO`. Part of the tree may be gone.
    public static func removeTree(_ path: String) throws(SystemError) {
        var culprit = [CChar](repeating: 0, count: 256)
        let result = unsafe remora_remove_tree(AT_FDCWD, path, &culprit)
        if result == 0 { return }
        let number = errno
        let name = String(
            decoding: culprit.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)),
            as: UTF8.self
        )
        throw SystemError(number, "remove", name == path ? path : "\(path) (at \(name))")
    }
}
