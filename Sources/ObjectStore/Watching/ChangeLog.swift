internal import Formats

/// The recent changes, for watchers that begin in the past.
///
/// Objects are kept as JSON text, which is much smaller than a tree, and parsed again when somebody
/// really watches from an old version. Of the state before a change only a summary is kept: it is
/// needed to tell whether a selector matched. At most 10,000 changes and 1 MiB are kept.
struct ChangeLog {
    struct Entry {
        var key: ObjectKey
        /// The summary of the state before; `nil` for a new object.
        var old: [UInt8]?
        var new: [UInt8]?
        var last: [UInt8]
        var version: Int64

        var size: Int { last.count + (old?.count ?? 0) }

        /// The same in buffers of exactly its size; those of a writer are up to twice as large.
        var compact: Entry {
            let text = Self.exact(last)
            return Entry(
                key: key,
                old: old.map(Self.exact),
                new: new == nil ? nil : text,
                last: text,
                version: version
            )
        }

        private static func exact(_ bytes: [UInt8]) -> [UInt8] {
            unsafe [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, count in
                count = unsafe buffer.initialize(fromContentsOf: bytes)
            }
        }
    }

    /// What selectors look at: name, namespace, labels, and plain fields one level down.
    static func summary(of object: JSON) -> JSON {
        var summary = JSONObject()
        for (key, value) in object.object ?? [:] where !unselectable.contains(key) {
            switch value {
            case .object(let members):
                let kept = members.filter { member in
                    key == "metadata"
                        ? selectableMetadata.contains(member.key)
                        : member.value.object == nil && member.value.array == nil
                }
                summary[key] = .object(JSONObject(kept))
            case .array: continue
            default: summary[key] = value
            }
        }
        return .object(summary)
    }

    private static let unselectable: Set<String> = ["data", "binaryData", "stringData"]
    private static let selectableMetadata: Set<String> = ["name", "namespace", "labels"]

    private let entriesMaximum: Int
    private let bytesMaximum: Int
    private var entries: [Entry?] = []
    private var head = 0
    private var bytes = 0
    /// The version up to which changes are forgotten.
    private(set) var forgotten: Int64

    init(since version: Int64, entriesMaximum: Int = 10_000, bytesMaximum: Int = 1 << 20) {
        self.entriesMaximum = entriesMaximum
        self.bytesMaximum = bytesMaximum
        forgotten = version
    }

    mutating func append(_ entry: Entry) {
        entries.append(entry.compact)
        bytes += entry.size
        while entries.count - head > entriesMaximum || bytes > bytesMaximum, head < entries.count {
            bytes -= entries[head]?.size ?? 0
            forgotten = entries[head]?.version ?? forgotten
            entries[head] = nil
            head += 1
        }
        if head > 256, head * 2 > entries.count {
            entries.removeFirst(head)
            head = 0
        }
    }

    /// The changes after a version; `nil` if some of them are forgotten.
    func changes(after version: Int64) -> [Change]? {
        guard version >= forgotten else { return nil }
        let live = entries[head...]
        var low = live.startIndex
        var high = live.endIndex
        while low < high {
            let middle = (low + high) / 2
            if (live[middle]?.version ?? 0) <= version { low = middle + 1 } else { high = middle }
        }
        return live[low...].compactMap { $0.flatMap(Self.change) }
    }

    private static func change(_ entry: Entry) -> Change? {
        func tree(_ bytes: [UInt8]?) -> JSON? { bytes.flatMap { try? JSON.parse($0) } }
        guard let last = tree(entry.last) else { return nil }
        return Change(
            key: entry.key,
            old: tree(entry.old),
            new: entry.new == nil ? nil : last,
            last: last,
            text: entry.last,
            version: entry.version
        )
    }
}
