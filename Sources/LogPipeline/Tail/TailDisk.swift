internal import Basics
internal import Reactor
internal import System

/// The file system as the tail sees it; tests have one of their own.
@MainLoop protocol TailDisk: AnyObject {
    /// A look at a path, through links; nil if nothing is there.
    func look(_ path: String) throws(SystemError) -> FileLook?
    /// A look at an open file.
    func look(descriptor: Int32) throws(SystemError) -> FileLook
    /// When a file was made; nil if that is not known.
    func born(_ path: String) -> Timestamp?
    /// Opens a file.
    func open(_ path: String) throws(SystemError) -> Int32
    /// Reads a part of an open file; less at its end.
    func read(
        _ descriptor: Int32,
        at offset: Int64,
        upTo count: Int
    ) throws(SystemError) -> [UInt8]
    /// Closes a file.
    func close(_ descriptor: Int32)
    /// The names in a directory.
    func names(in directory: String) throws(SystemError) -> [String]
    /// Whether a path is a directory, not a link to one.
    func isOwnDirectory(_ path: String) -> Bool
    /// Where a path leads to if it is a link; nil if it is none.
    func target(_ path: String) -> String?
    /// Removes a file.
    func remove(_ path: String) throws(SystemError)
}

/// The machine's own.
@MainLoop final class SystemDisk: TailDisk {
    func look(_ path: String) throws(SystemError) -> FileLook? {
        do throws(SystemError) {
            return Self.look(try Files.stat(path))
        } catch {
            if error.isUnreachable { return nil }
            throw error
        }
    }

    func look(descriptor: Int32) throws(SystemError) -> FileLook {
        Self.look(try Files.stat(descriptor: descriptor))
    }

    func born(_ path: String) -> Timestamp? {
        Files.born(path)
    }

    func open(_ path: String) throws(SystemError) -> Int32 {
        try Descriptors.openForFollowing(path).release()
    }

    func read(
        _ descriptor: Int32,
        at offset: Int64,
        upTo count: Int
    ) throws(SystemError) -> [UInt8] {
        try Descriptors.read(descriptor, at: offset, upTo: count)
    }

    func close(_ descriptor: Int32) {
        Descriptors.close(descriptor)
    }

    func names(in directory: String) throws(SystemError) -> [String] {
        try Files.list(directory)
    }

    func isOwnDirectory(_ path: String) -> Bool {
        (try? Files.stat(path, followLinks: false))?.kind == .directory
    }

    func target(_ path: String) -> String? {
        guard (try? Files.stat(path, followLinks: false))?.kind == .symbolicLink else { return nil }
        return try? Files.resolve(path)
    }

    func remove(_ path: String) throws(SystemError) {
        try Files.remove(path)
    }

    private static func look(_ status: FileStatus) -> FileLook {
        FileLook(
            key: FileKey(device: status.device, inode: status.inode),
            size: status.size,
            modified: status.modified,
            links: status.links,
            isFile: status.kind == .file
        )
    }
}
