internal import CLinux
internal import Glibc

/// Work on whole directory trees.
///
/// All of it may take long: offload it for trees of unknown size.
public enum FileTree {
    /// What a tree takes on its file system.
    public struct Usage: Sendable, Hashable {
        /// The bytes allocated, directories included; a file with several names counts once.
        public var bytes: Int64
        /// The files and directories.
        public var entries: Int64
    }

    /// Adds up what a tree takes, on its own file system only and without following links.
    ///
    /// - Parameters:
    ///   - path: The top of the tree.
    ///   - stop: Counting may end as soon as more bytes than this are found.
    /// - Returns: The sums; they are too low by what was not looked at after `stop`.
    /// - Throws: `ENOENT`, `EACCES`, `ENAMETOOLONG` for a path longer than the system allows.
    public static func usage(
        of path: String,
        stop: Int64 = .max
    ) throws(SystemError) -> Usage {
        var bytes: Int64 = 0
        var entries: Int64 = 0
        guard unsafe remora_tree_usage(path, stop, &bytes, &entries) == 0 else {
            throw SystemError(errno, "nftw", path)
        }
        return Usage(bytes: bytes, entries: entries)
    }

    /// Whether something is mounted exactly at a path, without reading the mount table.
    ///
    /// - Parameter path: The place; a link there is not followed.
    /// - Returns: Whether it is the top of a mount; no if nothing is there.
    public static func isMountRoot(_ path: String) -> Bool {
        unsafe remora_is_mount_root(path) == 1
    }

    /// Gives a tree to a group and adds permission bits, without following links.
    ///
    /// - Parameters:
    ///   - path: The top of the tree.
    ///   - group: The group that every entry gets; owners stay.
    ///   - fileBits: Bits added to the mode of everything but links.
    ///   - directoryBits: Further bits added to the mode of directories.
    /// - Throws: `EROFS`, `EPERM`, `ENAMETOOLONG` for a tree deeper than 128 levels.
    public static func grant(
        _ path: String,
        group: UInt32,
        fileBits: UInt32,
        directoryBits: UInt32
    ) throws(SystemError) {
        var culprit = [CChar](repeating: 0, count: 256)
        let result = unsafe remora_grant_group(path, group, fileBits, directoryBits, &culprit)
        if result == 0 { return }
        let number = errno
        let name = String(
            decoding: culprit.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)),
            as: UTF8.self
        )
        throw SystemError(number, "chown", name == path ? path : "\(path) (at \(name))")
    }
}
