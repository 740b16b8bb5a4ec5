import CLinux
import Glibc

/// Blocking calls on paths, each with a limit where data flows in.
///
/// All of them are short on a healthy local disk; long ones (`removeTree`, big files, `sync`) belong
/// into `Loop.offload`.
public enum Files {
    /// What `read` accepts unless told otherwise: 16 MiB.
    public static let readLimit = 16 << 20

    /// The content of a file.
    ///
    /// - Throws: `EFBIG` if the file holds more than `limit` bytes, or the error of `open` or `read`.
    public static func read(
        _ path: String,
        limit: Int = readLimit
    ) throws(SystemError) -> [UInt8] {
        let file = try Descriptors.open(path)
        let size = try FileStatus.read(directory: file.number, "", flags: emptyPath).size
        if size > limit { throw SystemError(EFBIG, "read", path) }
        // Files under /proc and /sys say 0, so the end is where a read returns nothing.
        var bytes: [UInt8] = []
        var chunk = min(max(Int(size) + 1, 4096), limit + 1)
        while true {
            let more: [UInt8]
            do throws(SystemError) {
                more = try Descriptors.read(file.number, upTo: chunk)
            } catch {
                throw SystemError(error.number, "read", path)
            }
            if more.isEmpty { return bytes }
            if bytes.isEmpty { bytes = more } else { bytes += more }
            if bytes.count > limit { throw SystemError(EFBIG, "read", path) }
            chunk = min(max(chunk, 65536), limit - bytes.count + 1)
        }
    }

    /// The content of a file as text; invalid UTF-8 is replaced.
    ///
    /// - Throws: As `read`.
    public static func text(_ path: String, limit: Int = readLimit) throws(SystemError) -> String {
        String(decoding: try read(path, limit: limit), as: UTF8.self)
    }

    /// Whether something is there; a link to nothing counts as nothing.
    public static func exists(_ path: String) -> Bool {
        unsafe access(path, F_OK) == 0
    }

    /// Whether this process may read it.
    public static func isReadable(_ path: String) -> Bool {
        unsafe access(path, R_OK) == 0
    }

    /// Whether the path is a directory, or a link to one.
    public static func isDirectory(_ path: String) -> Bool {
        (try? stat(path))?.kind == .directory
    }

    /// The status of a path.
    ///
    /// - Throws: `ENOENT`, `EACCES` and the like.
    public static func stat(
        _ path: String,
        followLinks: Bool = true
    ) throws(SystemError) -> FileStatus {
        try FileStatus.read(
            directory: AT_FDCWD,
            path,
            flags: followLinks ? 0 : AT_SYMLINK_NOFOLLOW
        )
    }

    /// The status of an open file.
    ///
    /// - Throws: `EBADF`.
    public static func stat(descriptor: Int32) throws(SystemError) -> FileStatus {
        try FileStatus.read(directory: descriptor, "", flags: emptyPath)
    }

    /// The names in a directory, without `.` and `..`, sorted by bytes.
    ///
    /// - Throws: `ENOENT`, `ENOTDIR`; `EFBIG` if there are more than `limit` names.
    public static func list(
        _ path: String,
        limit: Int = 1_000_000
    ) throws(SystemError) -> [String] {
        let directory = try Descriptors.open(path, flags: O_RDONLY | O_DIRECTORY)
        guard let stream = unsafe fdopendir(directory.number) else {
            throw .last("fdopendir", path)
        }
        // The stream owns the descriptor from here on.
        _ = directory.release()
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else {
                if errno != 0 { throw .last("readdir", path) }
                return names.sorted()
            }
            guard let name = unsafe remora_entry_name(entry) else { continue }
            let text = unsafe String(cString: name)
            if text == "." || text == ".." { continue }
            if names.count == limit { throw SystemError(EFBIG, "readdir", path) }
            names.append(text)
        }
    }

    /// Where a symbolic link points to.
    ///
    /// - Throws: `EINVAL` if it is no link, or `ENOENT`.
    public static func readLink(_ path: String) throws(SystemError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let room = buffer.count
        let count = try checked("readlink", path) { unsafe readlink(path, &buffer, room) }
        return String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The absolute path without links and dots.
    ///
    /// - Throws: `ENOENT` if any part is missing, `ELOOP` or `EACCES`.
    public static func resolve(_ path: String) throws(SystemError) -> String {
        guard let resolved = unsafe realpath(path, nil) else { throw .last("realpath", path) }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }
}

/// `AT_EMPTY_PATH`, which the Glibc module lacks.
private let emptyPath: Int32 = 0x1000
