internal import Basics

/// Where a file lies: what stays when it is renamed.
public struct FileKey: Sendable, Hashable {
    /// The device.
    public var device: UInt64
    /// The number on the device; another file may get it when this one is gone.
    public var inode: UInt64

    /// Names a place.
    public init(device: UInt64, inode: UInt64) {
        self.device = device
        self.inode = inode
    }
}

/// Bytes that were seen, as their number and a hash.
public struct Fingerprint: Sendable, Hashable {
    /// How many bytes.
    public var count: Int
    /// Their hash: FNV-1a of 64 bits.
    public var hash: UInt64

    /// Repeats a fingerprint that was written down.
    public init(count: Int, hash: UInt64) {
        self.count = count
        self.hash = hash
    }

    /// Takes bytes in.
    public init(of span: Span<UInt8>) {
        self.init(count: span.count, hash: StableHash.of(span))
    }

    /// Of nothing.
    public static let empty = Self(count: 0, hash: 0xcbf2_9ce4_8422_2325)

    /// Whether bytes begin with those that were seen.
    func begins(_ bytes: Span<UInt8>) -> Bool {
        bytes.count >= count && Fingerprint(of: bytes.extracting(..<count)).hash == hash
    }
}

/// What a look at a file tells.
struct FileLook: Sendable, Hashable {
    var key: FileKey
    var size: Int64
    /// When it was changed last, in wall time.
    var modified: Timestamp
    /// How many names it has.
    var links: UInt64
    /// Whether it is a file that can be followed, no directory or pipe.
    var isFile = true
}
