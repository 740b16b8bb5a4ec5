import Basics

/// Deadlines, the earliest first; equal ones in the order they were added.
///
/// An entry whose wait has ended stays until it comes up or until the dead outnumber the living.
struct TimerHeap {
    struct Entry {
        var instant: Instant
        var wait: WaitID
    }

    private var entries: [Entry] = []

    var first: Entry? { entries.first }
    var count: Int { entries.count }

    mutating func insert(_ entry: Entry) {
        entries.append(entry)
        rise(from: entries.count - 1)
    }

    @discardableResult
    mutating func removeFirst() -> Entry? {
        guard let first = entries.first, let last = entries.popLast() else { return nil }
        if !entries.isEmpty {
            entries[0] = last
            sink(from: 0)
        }
        return first
    }

    /// Drops the entries whose wait has ended.
    mutating func compact(where isAlive: (WaitID) -> Bool) {
        entries.removeAll { !isAlive($0.wait) }
        // A sorted array is a heap.
        entries.sort(by: Self.isBefore)
    }

    private static func isBefore(_ left: Entry, _ right: Entry) -> Bool {
        left.instant == right.instant
            ? left.wait.number < right.wait.number : left.instant < right.instant
    }

    private mutating func rise(from start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            if !Self.isBefore(entries[child], entries[parent]) { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func sink(from start: Int) {
        var parent = start
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < entries.count && Self.isBefore(entries[child], entries[least]) {
                least = child
            }
            if least == parent { return }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
