/// What was handed in of one file and did not come to its end yet, in the order of the file.
struct PendingLots: Sendable {
    /// A place in a file, with what is known of it.
    struct Place: Sendable, Hashable {
        /// Where the next line begins.
        var position: Int64
        /// What the cutter knows there.
        var state = LineCutter.State()
        /// The bytes before it; nothing if they are not known.
        var anchor = Fingerprint.empty
    }

    private struct Lot {
        var end: Place
        var isSettled: Bool
    }

    private var lots: [Lot] = []
    private var head = 0

    /// How many have not ended.
    var count: Int { lots.count - head }
    var isEmpty: Bool { count == 0 }
    /// The places of those that have not ended.
    var unsettledMarks: [Int64] { lots[head...].filter { !$0.isSettled }.map(\.end.position) }

    /// Adds one; without records nothing has to be waited for but those before it.
    mutating func append(_ end: Place, hasRecords: Bool) {
        lots.append(Lot(end: end, isSettled: !hasRecords))
    }

    /// Notes that a lot ended.
    ///
    /// - Returns: The place before which everything has ended, if it is another now.
    mutating func settle(_ mark: Int64) -> Place? {
        // Marks only grow.
        var (low, high) = (head, lots.count)
        while low < high {
            let middle = (low + high) / 2
            if lots[middle].end.position < mark { low = middle + 1 } else { high = middle }
        }
        if low < lots.count && lots[low].end.position == mark { lots[low].isSettled = true }
        return advance()
    }

    /// Takes out what has ended at the front.
    mutating func advance() -> Place? {
        var place: Place?
        while head < lots.count && lots[head].isSettled {
            place = lots[head].end
            head += 1
        }
        if head == lots.count {
            lots.removeAll(keepingCapacity: lots.capacity <= 64)
            head = 0
        } else if head > 64 && head * 2 > lots.count {
            lots.removeFirst(head)
            head = 0
        }
        return place
    }
}
