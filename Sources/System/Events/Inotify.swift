import CLinux
import Glibc

/// Changes of files and directories as the kernel reports them (inotify).
public struct Inotify: ~Copyable, Sendable {
    /// Which changes are wanted, and which one an event is.
    public struct Mask: OptionSet, Sendable, Hashable {
        /// The kernel's bits.
        public let rawValue: UInt32
        /// Makes a mask from the kernel's bits.
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        /// The content changed.
        public static let modified = Self(rawValue: 0x2)
        /// Mode, owner or times changed.
        public static let attributes = Self(rawValue: 0x4)
        /// A file that was open for writing was closed.
        public static let written = Self(rawValue: 0x8)
        /// A name was moved out of the directory.
        public static let movedFrom = Self(rawValue: 0x40)
        /// A name was moved into the directory.
        public static let movedTo = Self(rawValue: 0x80)
        /// A name appeared.
        public static let created = Self(rawValue: 0x100)
        /// A name vanished.
        public static let deleted = Self(rawValue: 0x200)
        /// The watched file or directory itself was removed.
        public static let selfDeleted = Self(rawValue: 0x400)
        /// The watched file or directory itself was renamed.
        public static let selfMoved = Self(rawValue: 0x800)
        /// Events were lost, so look at everything again; always reported.
        public static let overflow = Self(rawValue: 0x4000)
        /// The watch has ended; always reported.
        public static let ignored = Self(rawValue: 0x8000)
        /// The name is that of a directory.
        public static let directory = Self(rawValue: 0x4000_0000)
        /// New and replaced files of a directory, once their content is complete.
        public static let arrivals: Self = [.written, .movedTo]
        /// Everything that changes what a directory lists.
        public static let names: Self = [.created, .deleted, .movedFrom, .movedTo]
    }

    /// One change.
    public struct Event: Sendable, Hashable {
        /// The watch it belongs to; -1 for an overflow.
        public var watch: Int32
        /// What happened.
        public var mask: Mask
        /// The name in the watched directory; empty if it is the watched thing itself.
        public var name: String
    }

    private let descriptor: Descriptor

    /// Makes an instance without watches.
    ///
    /// - Throws: `EMFILE` if the user has too many (`fs.inotify.max_user_instances`).
    public init() throws(SystemError) {
        descriptor = Descriptor(
            adopting: try checked("inotify_init1") {
                inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
            }
        )
    }

    /// The number to watch for reading.
    public var number: Int32 { descriptor.number }

    /// Watches a path; a second call for the same file changes the mask.
    ///
    /// - Throws: `ENOENT`, `EACCES`, `ENOSPC` at `fs.inotify.max_user_watches`.
    public func add(_ path: String, _ mask: Mask) throws(SystemError) -> Int32 {
        try checked("inotify_add_watch", path) {
            unsafe inotify_add_watch(descriptor.number, path, mask.rawValue)
        }
    }

    /// Ends a watch; an `ignored` event follows.
    public func remove(_ watch: Int32) {
        _ = inotify_rm_watch(descriptor.number, watch)
    }

    /// The changes that have piled up.
    ///
    /// - Throws: `EAGAIN` if there are none.
    public func read() throws(SystemError) -> [Event] {
        let bytes = try Descriptors.read(descriptor.number, upTo: 65536)
        var events: [Event] = []
        var offset = 0
        // struct inotify_event: watch, mask, cookie, length of the name, name padded with zeros.
        while offset + 16 <= bytes.count {
            let length = Int(Self.word(bytes, offset + 12))
            let end = min(offset + 16 + length, bytes.count)
            let name = bytes[(offset + 16)..<end].prefix { $0 != 0 }
            events.append(
                Event(
                    watch: Int32(bitPattern: Self.word(bytes, offset)),
                    mask: Mask(rawValue: Self.word(bytes, offset + 4)),
                    name: String(decoding: name, as: UTF8.self)
                )
            )
            offset = end
        }
        return events
    }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        // The kernel writes in the machine's order.
        var word: UInt32 = 0
        unsafe withUnsafeMutableBytes(of: &word) {
            unsafe $0.copyBytes(from: bytes[offset..<(offset + 4)])
        }
        return word
    }
}
