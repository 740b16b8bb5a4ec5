/// One mount as `/proc/self/mountinfo` shows it; see proc_pid_mountinfo(5).
public struct MountEntry: Sendable, Hashable {
    /// The mount's number, unique on the machine while it exists.
    public var id: Int
    /// The number of the mount it stands on.
    public var parent: Int
    /// The directory of the file system that is shown, `/` for all of it.
    public var root: String
    /// Where it is mounted.
    public var target: String
    /// The per-mount options, such as `rw` and `nosuid`.
    public var options: [String]
    /// The peer group of a shared mount, nil if it is not shared.
    public var peerGroup: Int?
    /// The peer group that a slave mount listens to, nil if it is not a slave.
    public var masterGroup: Int?
    /// The file system's type, such as `ext4` or `nsfs`.
    public var type: String
    /// The mounted device or whatever was given in its place.
    public var source: String
    /// The options of the file system.
    public var superOptions: [String]
}

/// The mounts of a mount namespace, in the order in which they were made.
public struct MountTable: Sendable, Hashable {
    /// The mounts; a later one may cover an earlier one at the same place.
    public var entries: [MountEntry]

    /// Reads the text of a `mountinfo` file; lines of an unknown form are left out.
    public init(parsing text: some StringProtocol) {
        // Programs read it before they do anything else: by bytes, which cost a tenth of characters.
        entries = Array(text.utf8).split(separator: UInt8(ascii: "\n")).compactMap(Self.entry)
    }

    /// The uppermost mount whose target is exactly that path.
    public subscript(target: String) -> MountEntry? {
        entries.last { $0.target == target }
    }

    /// The mount that holds a path: the uppermost one of the innermost target on the way to it.
    public func holding(_ path: String) -> MountEntry? {
        let over = entries.filter {
            $0.target == path || $0.target == "/" || path.hasPrefix($0.target + "/")
        }
        guard let depth = over.map(\.target.utf8.count).max() else { return nil }
        return over.last { $0.target.utf8.count == depth }
    }

    /// The targets below a directory, itself included if it is a mount, the innermost first.
    ///
    /// A target mounted twice appears twice: each needs an unmount of its own.
    public func targets(below directory: String) -> [String] {
        let prefix = directory == "/" ? "/" : directory + "/"
        return entries.map(\.target).filter { $0 == directory || $0.hasPrefix(prefix) }.reversed()
    }

    private static func entry(_ line: ArraySlice<UInt8>) -> MountEntry? {
        let fields = line.split(separator: UInt8(ascii: " "))
        guard let dash = fields.firstIndex(where: { $0.elementsEqual("-".utf8) }), dash >= 6,
            fields.count >= dash + 4, let id = Int(text(fields[0])),
            let parent = Int(text(fields[1]))
        else { return nil }
        var entry = MountEntry(
            id: id,
            parent: parent,
            root: unescaped(fields[3]),
            target: unescaped(fields[4]),
            options: list(fields[5]),
            type: text(fields[dash + 1]),
            source: unescaped(fields[dash + 2]),
            superOptions: list(fields[dash + 3])
        )
        for field in fields[6..<dash] {
            if field.starts(with: "shared:".utf8) {
                entry.peerGroup = Int(text(field.dropFirst(7)))
            }
            if field.starts(with: "master:".utf8) {
                entry.masterGroup = Int(text(field.dropFirst(7)))
            }
        }
        return entry
    }

    private static func text(_ field: ArraySlice<UInt8>) -> String {
        String(decoding: field, as: UTF8.self)
    }

    private static func list(_ field: ArraySlice<UInt8>) -> [String] {
        field.split(separator: UInt8(ascii: ",")).map(text)
    }

    /// Undoes the octal escapes of space, tab, newline and backslash.
    private static func unescaped(_ field: ArraySlice<UInt8>) -> String {
        guard field.contains(UInt8(ascii: "\\")) else { return text(field) }
        var bytes: [UInt8] = []
        var rest = field
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let code = UInt8(text(digits), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
