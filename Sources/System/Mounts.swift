import CLinux
import Glibc

/// The per-mount restrictions of a mount.
public struct MountFlags: OptionSet, Sendable, Hashable {
    /// The bits, as mount(2) defines them.
    public let rawValue: UInt

    /// Makes flags from the bits of mount(2).
    public init(rawValue: UInt) { self.rawValue = rawValue }

    /// Nothing can be written.
    public static let readOnly = Self(rawValue: 1)
    /// Set-user-ID bits and file capabilities have no effect.
    public static let noSetUserID = Self(rawValue: 2)
    /// Device files cannot be opened.
    public static let noDevices = Self(rawValue: 4)
    /// Programs cannot be executed.
    public static let noExecute = Self(rawValue: 8)
}

/// Mounting and unmounting, in the mount namespace of this process.
///
/// Every verb can be repeated after a crash: what is already so stays so.
public enum Mounts {
    /// Mounts a file system.
    ///
    /// Throws what mount(2) returns, with the target as the path.
    public static func mount(
        type: String,
        source: String,
        at target: String,
        flags: MountFlags = [],
        options: String = ""
    ) throws(SystemError) {
        try call(source, target, type, flags.rawValue, options.isEmpty ? nil : options)
    }

    /// Shows a file or directory at another place.
    ///
    /// `recursive` takes the mounts below along. A read-only bind is made in two steps, so a crash
    /// between them leaves a writable one: repeat, or undo.
    public static func bind(
        _ source: String,
        at target: String,
        flags: MountFlags = [],
        recursive: Bool = false
    ) throws(SystemError) {
        let kind = MS_BIND.bits | (recursive ? MS_REC.bits : 0)
        try call(source, target, nil, kind, nil)
        guard !flags.isEmpty else { return }
        do throws(SystemError) {
            try call(nil, target, nil, MS_BIND.bits | MS_REMOUNT.bits | flags.rawValue, nil)
        } catch {
            _ = try? unmount(target, lazily: true)
            throw error
        }
    }

    /// Shows a file or directory at another place with its owners as a user namespace has them.
    ///
    /// What user 0 owns there is owned by the namespace's user 0. Mounts below it are left out.
    /// `users` is the file on which the namespace is pinned. Throws EINVAL if the file system cannot
    /// do that.
    public static func bind(
        _ source: String,
        at target: String,
        mappedFor users: String
    ) throws(SystemError) {
        let error = unsafe remora_mount_mapped(source, users, target)
        if error != 0 { throw SystemError(error, "mount_setattr", source) }
    }

    /// Whether a file or directory can be shown with its owners mapped.
    ///
    /// Throws what else is wrong with it.
    public static func canMap(_ source: String, for users: String) throws(SystemError) -> Bool {
        let error = unsafe remora_mount_mapped(source, users, nil)
        if error != 0 && error != EINVAL { throw SystemError(error, "mount_setattr", source) }
        return error == 0
    }

    /// Mounts an overlay of read-only layers, the uppermost first, and a writable one.
    ///
    /// The writable layer is not synced at unmount (`volatile`): it is as short-lived as a container.
    public static func overlay(
        layers: [String],
        upper: String,
        work: String,
        at target: String
    ) throws(SystemError) {
        var options = "lowerdir=" + layers.map { escaped($0, colon: true) }.joined(separator: ":")
        options += ",upperdir=" + escaped(upper, colon: false)
        options += ",workdir=" + escaped(work, colon: false)
        try call("overlay", target, "overlay", 0, options + ",volatile")
    }

    /// Mounts an empty file system in memory.
    ///
    /// `size` in bytes (nil: half of the memory), `mode` in octal as for chmod.
    public static func tmpfs(
        at target: String,
        size: Int64? = nil,
        mode: UInt32 = 0o1777,
        flags: MountFlags = [.noSetUserID, .noDevices],
        options: String = ""
    ) throws(SystemError) {
        var text = "mode=" + String(mode, radix: 8)
        if let size { text += ",size=\(size)" }
        if !options.isEmpty { text += "," + options }
        try call("tmpfs", target, "tmpfs", flags.rawValue, text)
    }

    /// Takes the uppermost mount at a place away; returns whether there was one.
    ///
    /// A lazy unmount detaches at once and lets users finish; without it a busy mount throws EBUSY.
    @discardableResult
    public static func unmount(_ target: String, lazily: Bool = false) throws(SystemError) -> Bool {
        let flags = UMOUNT_NOFOLLOW.number | (lazily ? MNT_DETACH.number : 0)
        let result = unsafe umount2(target, flags)
        guard result < 0 else { return true }
        if errno == EINVAL || errno == ENOENT { return false }
        throw SystemError(errno, "umount2", target)
    }

    /// Takes every mount at or below a directory away, the innermost first; returns how many.
    ///
    /// Mounts that are still in use are detached. Mounts made meanwhile are taken as well.
    @discardableResult
    public static func unmountAll(below directory: String) throws(SystemError) -> Int {
        var count = 0
        for _ in 0..<16 {
            let targets = try table().targets(below: directory)
            if targets.isEmpty { return count }
            for target in targets where try unmount(target, lazily: true) { count += 1 }
        }
        throw SystemError(EBUSY, "umount2", directory)
    }

    /// The mounts of this process's mount namespace.
    public static func table() throws(SystemError) -> MountTable {
        let bytes = try Files.read("/proc/self/mountinfo", limit: 64 << 20)
        return MountTable(parsing: String(decoding: bytes, as: UTF8.self))
    }

    /// Whether something is mounted exactly there; the path must be absolute and without symlinks.
    public static func isMountPoint(_ target: String) throws(SystemError) -> Bool {
        try table()[target] != nil
    }

    /// Makes a directory a mount of its own whose later mounts reach every peer and slave.
    ///
    /// Containers of a private mount namespace see volumes that way. Nothing happens if it is so.
    public static func makeShared(_ directory: String) throws(SystemError) {
        if let entry = try table()[directory] {
            if entry.peerGroup == nil { try call(nil, directory, nil, MS_SHARED.bits, nil) }
            return
        }
        try call(directory, directory, nil, MS_BIND.bits, nil)
        // First private, so that the new mount's own mounts do not reach the peers of its parent
        // a second time; then shared, as a peer group of its own.
        try call(nil, directory, nil, MS_PRIVATE.bits, nil)
        try call(nil, directory, nil, MS_SHARED.bits, nil)
    }

    private static func call(
        _ source: String?,
        _ target: String,
        _ type: String?,
        _ flags: UInt,
        _ options: String?
    ) throws(SystemError) {
        let result = unsafe optional(options) { data in
            unsafe Glibc.mount(source, target, type, flags, data)
        }
        if result < 0 { throw SystemError(errno, "mount", target) }
    }

    /// Hands a C string over as untyped bytes, or nothing.
    private static func optional(
        _ text: String?,
        _ body: (UnsafeRawPointer?) -> Int32
    ) -> Int32 {
        guard let text else { return body(nil) }
        return unsafe text.withCString { unsafe body(UnsafeRawPointer($0)) }
    }

    /// Escapes what separates overlay options from each other, and layers from each other.
    private static func escaped(_ path: String, colon: Bool) -> String {
        var text = ""
        for character in path {
            if character == "\\" || character == "," || (colon && character == ":") {
                text.append("\\")
            }
            text.append(character)
        }
        return text
    }
}

extension BinaryInteger {
    /// The value as flags of mount(2).
    fileprivate var bits: UInt { UInt(truncatingIfNeeded: self) }
    /// The value as flags of umount2(2).
    fileprivate var number: Int32 { Int32(truncatingIfNeeded: self) }
}
