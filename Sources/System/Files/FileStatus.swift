public import Basics
import CLinux
import Glibc

/// What `stat` tells about a file.
public struct FileStatus: Sendable, Hashable {
    /// The kind of a file.
    public enum Kind: Sendable, Hashable {
        /// A regular file.
        case file
        /// A directory.
        case directory
        /// A symbolic link; seen only when links are not followed.
        case symbolicLink
        /// A Unix socket.
        case socket
        /// A named pipe.
        case fifo
        /// A character device.
        case characterDevice
        /// A block device.
        case blockDevice
    }

    /// The kind.
    public var kind: Kind
    /// The permission bits with set-user, set-group and sticky: `0o7777` at most.
    public var mode: UInt32
    /// The owner.
    public var user: UInt32
    /// The group.
    public var group: UInt32
    /// The size in bytes.
    public var size: Int64
    /// The bytes that the file takes on its device.
    public var allocated: Int64
    /// The device that holds the file.
    public var device: UInt64
    /// The file's number on its device.
    public var inode: UInt64
    /// The device that a device file stands for.
    public var represents: UInt64
    /// The number of names.
    public var links: UInt64
    /// The last change of the content.
    public var modified: Timestamp

    init(_ raw: stat) {
        kind =
            switch raw.st_mode & S_IFMT {
            case S_IFDIR: .directory
            case S_IFLNK: .symbolicLink
            case S_IFSOCK: .socket
            case S_IFIFO: .fifo
            case S_IFCHR: .characterDevice
            case S_IFBLK: .blockDevice
            default: .file
            }
        mode = raw.st_mode & 0o7777
        user = raw.st_uid
        group = raw.st_gid
        size = Int64(raw.st_size)
        allocated = Int64(raw.st_blocks) * 512
        device = UInt64(raw.st_dev)
        inode = UInt64(raw.st_ino)
        represents = UInt64(raw.st_rdev)
        links = UInt64(raw.st_nlink)
        modified = Timestamp(
            nanoseconds: Int64(raw.st_mtim.tv_sec) * 1_000_000_000 + Int64(raw.st_mtim.tv_nsec)
        )
    }

    /// The status of a path, or of a descriptor when the path is empty.
    static func read(
        directory: Int32,
        _ path: String,
        flags: Int32
    ) throws(SystemError) -> FileStatus {
        var raw = stat()
        try checked("stat", path) { unsafe fstatat(directory, path, &raw, flags) }
        return FileStatus(raw)
    }
}
