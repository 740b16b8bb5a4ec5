internal import CLinux
internal import Glibc

/// Paths inside a directory that somebody else writes to, opened so that no link can lead out of it.
///
/// The kernel does the whole lookup in one call (openat2, `RESOLVE_BENEATH`), so that a directory
/// that is swapped for a link meanwhile is either seen before the swap or refused. A link to another
/// place inside the directory is followed; an absolute link and one that climbs out are refused, as
/// the kubelet refuses them.
public enum SafePath {
    /// Opens what stands at a path below a directory, only to refer to it (`O_PATH`).
    ///
    /// - Parameters:
    ///   - path: The path, relative to the directory; `.` is the directory itself.
    ///   - directory: The directory that must not be left.
    /// - Returns: A descriptor of the file or directory.
    /// - Throws: `ENOENT`; `EXDEV` or `ELOOP` if a link leads out.
    public static func locate(
        _ path: String,
        below directory: String
    ) throws(SystemError) -> Descriptor {
        try open(path, below: directory, flags: pathOnly)
    }

    /// Makes the directories of a path below a directory as far as they are missing.
    ///
    /// - Parameters:
    ///   - path: The path, relative to the directory.
    ///   - directory: The directory that must not be left.
    ///   - mode: The exact mode of each directory made, with set-group-ID and sticky bits.
    /// - Returns: A descriptor of the last directory that only refers to it.
    /// - Throws: `EXDEV` or `ELOOP` if a link leads out, `EEXIST` if it leads nowhere, `ENOTDIR`.
    public static func makeDirectories(
        _ path: String,
        below directory: String,
        mode: UInt32
    ) throws(SystemError) -> Descriptor {
        let root = try Descriptors.open(directory, flags: pathOnly | O_DIRECTORY)
        let number = unsafe remora_make_beneath(root.number, path, mode)
        if number < 0 { throw SystemError(errno, "mkdir", directory + "/" + path) }
        return Descriptor(adopting: number)
    }

    /// The content of a regular file below a directory.
    ///
    /// - Parameters:
    ///   - path: The path, relative to the directory.
    ///   - directory: The directory that must not be left.
    ///   - limit: The most bytes that are read.
    /// - Returns: The bytes.
    /// - Throws: `ENOENT`; `EXDEV` or `ELOOP` if a link leads out; `EFBIG` over the limit; `EINVAL`
    ///   if it is no regular file.
    public static func read(
        _ path: String,
        below directory: String,
        limit: Int
    ) throws(SystemError) -> [UInt8] {
        // A named pipe must not hold the caller up.
        let file = try open(path, below: directory, flags: O_RDONLY | O_NONBLOCK)
        let status = try Files.stat(descriptor: file.number)
        guard status.kind == .file else { throw SystemError(EINVAL, "read", path) }
        var bytes: [UInt8] = []
        while true {
            let more = try Descriptors.read(file.number, upTo: limit + 1 - bytes.count)
            if more.isEmpty { return bytes }
            bytes += more
            if bytes.count > limit { throw SystemError(EFBIG, "read", path) }
        }
    }

    /// The name under which this process, and no other, reaches what a descriptor refers to.
    public static func name(of descriptor: borrowing Descriptor) -> String {
        "/proc/self/fd/\(descriptor.number)"
    }

    private static let pathOnly: Int32 = 0o10_000_000

    private static func open(
        _ path: String,
        below directory: String,
        flags: Int32
    ) throws(SystemError) -> Descriptor {
        let root = try Descriptors.open(directory, flags: pathOnly | O_DIRECTORY)
        let number = unsafe remora_open_beneath(root.number, path, flags, 0)
        if number < 0 { throw SystemError(errno, "openat2", directory + "/" + path) }
        return Descriptor(adopting: number)
    }
}
