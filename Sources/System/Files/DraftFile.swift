import Glibc

/// A file that is being written beside the one whose place it is to take.
///
/// Nobody sees a part: `commit` brings the content to the disk and renames it over the target. A draft that is
/// dropped is removed; one that a kill has left is removed by `sweep`, which leaves alone those that a living
/// process writes (each is locked).
public final class DraftFile: Sendable {
    /// The file whose place it is to take.
    public let target: String
    /// Where it is until then.
    public let path: String
    private let descriptor: Descriptor

    /// Begins an empty draft, which only its owner may read.
    ///
    /// - Parameter target: The file whose place it is to take; its directory must exist.
    /// - Throws: The error of `open`: `ENOENT`, `EACCES`, `EROFS`, `ENOSPC`.
    public init(for target: String) throws(SystemError) {
        self.target = target
        let name = Self.prefix(target) + Random.hexadecimal(8) + Self.suffix
        path = Self.beside(target, name)
        descriptor = try Descriptors.open(
            path,
            flags: O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW,
            mode: 0o600
        )
        // Where locks do not work nothing is swept either.
        _ = flock(descriptor.number, LOCK_EX | LOCK_NB)
    }

    deinit {
        discard()
    }

    /// Adds bytes at the end.
    ///
    /// - Throws: `ENOSPC`, `EDQUOT`, `EFBIG`, `EIO`, with the target's path.
    public func append(_ bytes: [UInt8]) throws(SystemError) {
        do throws(SystemError) {
            try Descriptors.writeAll(descriptor.number, bytes)
        } catch {
            throw SystemError(error.number, "write", target)
        }
    }

    /// Takes all content away again.
    ///
    /// - Throws: `EIO`.
    public func empty() throws(SystemError) {
        let number = descriptor.number
        try checked("ftruncate", path) { ftruncate(number, 0) }
        try checked("lseek", path) { lseek(number, 0, SEEK_SET) }
    }

    /// Sets mode and owner, brings the content to the disk, and takes the target's place.
    ///
    /// - Parameters:
    ///   - mode: The exact permission bits, whatever the umask.
    ///   - user: The owner, if it is to be another.
    ///   - group: The group, if it is to be another.
    /// - Throws: `EPERM` for an owner that may not be given; `EIO`, `ENOSPC`. The target is as it was then.
    public func commit(
        mode: UInt32 = 0o644,
        user: UInt32? = nil,
        group: UInt32? = nil
    ) throws(SystemError) {
        let number = descriptor.number
        if user != nil || group != nil {
            try checked("chown", target) { fchown(number, user ?? .max, group ?? .max) }
        }
        try checked("chmod", target) { fchmod(number, mode) }
        try checked("fsync", target) { fsync(number) }
        do throws(SystemError) {
            try Files.rename(path, to: target)
        } catch {
            throw SystemError(error.number, error.call, target)
        }
        try Files.syncDirectory(Files.parent(of: target))
    }

    /// Removes the draft; one that has taken its place is left alone.
    public func discard() {
        _ = unsafe unlink(path)
    }

    /// Removes the drafts of a target that no living process writes.
    ///
    /// - Returns: How many there were.
    @discardableResult
    public static func sweep(_ target: String) -> Int {
        let directory = Files.parent(of: target)
        let names = (try? Files.list(directory)) ?? []
        var count = 0
        for name in names where name.hasPrefix(prefix(target)) && name.hasSuffix(suffix) {
            let path = beside(target, name)
            let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
            guard file >= 0 else { continue }
            if flock(file, LOCK_EX | LOCK_NB) == 0, unsafe unlink(path) == 0 { count += 1 }
            close(file)
        }
        return count
    }

    private static let suffix = ".draft"

    private static func prefix(_ target: String) -> String {
        "." + (target.split(separator: "/").last.map(String.init) ?? "") + "."
    }

    private static func beside(_ target: String, _ name: String) -> String {
        target.contains("/") ? Files.parent(of: target) + "/" + name : name
    }
}
