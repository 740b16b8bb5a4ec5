/// What must stand at a `hostPath`.
public enum HostPathType: String, Sendable, Hashable, CaseIterable {
    /// Nothing is checked.
    case unset = ""
    /// A directory, made with mode 0755 if missing.
    case directoryOrCreate = "DirectoryOrCreate"
    /// A directory.
    case directory = "Directory"
    /// A file, made with mode 0644 if missing.
    case fileOrCreate = "FileOrCreate"
    /// A file.
    case file = "File"
    /// A Unix socket.
    case socket = "Socket"
    /// A character device.
    case charDevice = "CharDevice"
    /// A block device.
    case blockDevice = "BlockDevice"
}
