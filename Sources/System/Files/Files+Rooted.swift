import CLinux
import Glibc

extension Files {
    /// Reads a regular file as a process would whose root directory is `root`: symbolic links,
    /// absolute ones too, stay inside.
    ///
    /// - Throws: `ENOENT`; `EINVAL` for anything but a regular file; `EFBIG` past the limit.
    public static func read(
        inRoot root: String,
        _ path: String,
        limit: Int = 1 << 20
    ) throws(SystemError) -> [UInt8] {
        let number = unsafe remora_open_in_root(root, path)
        if number < 0 { throw SystemError(-number, "openat2", root + path) }
        let file = Descriptor(adopting: number)
        var bytes: [UInt8] = []
        while bytes.count <= limit {
            let more = try Descriptors.read(file.number, upTo: 65536)
            if more.isEmpty { return bytes }
            bytes += more
        }
        throw SystemError(EFBIG, "read", root + path)
    }
}
