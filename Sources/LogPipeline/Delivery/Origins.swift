import Reactor

/// Where the records of a load come from, and what they stand for in the books: a list with an entry for each
/// record, kept as runs, because the records of a piece come one after another.
struct Origins: Sendable {
    /// What must be told of a record's end.
    enum Origin: Sendable {
        /// The lot that it was read in.
        case receipt(Receipt)
        /// A frame of the buffer on disk; the lot was told when it was safe there.
        case frame(Int)
        /// Nobody.
        case nobody
    }

    private struct Run: Sendable {
        var origin: Origin
        /// How many read records each record stands for.
        var units: Int32
        var count: Int32
    }

    private var runs: [Run] = []

    /// How many read records they stand for.
    var units: Int { runs.reduce(0) { $0 + Int($1.units) * Int($1.count) } }
    /// How many runs there are, for the memory that they take.
    var runCount: Int { runs.count }

    /// Adds a record.
    @inline(__always)
    mutating func append(_ receipt: Receipt) {
        if receipt.joined == nil, let last = runs.indices.last,
            case .receipt(let other) = runs[last].origin, other.lot === receipt.lot,
            other.joined == nil
        {
            runs[last].count &+= 1
            return
        }
        runs.append(Run(origin: .receipt(receipt), units: Int32(clamping: receipt.count), count: 1))
    }

    /// Adds a record of the buffer on disk.
    mutating func append(frame: Int, units: Int) {
        let units = Int32(clamping: units)
        if let last = runs.indices.last, case .frame(frame) = runs[last].origin,
            runs[last].units == units
        {
            runs[last].count &+= 1
            return
        }
        runs.append(Run(origin: .frame(frame), units: units, count: 1))
    }

    /// Adds the records of another list.
    mutating func append(_ other: Origins) {
        runs += other.runs
    }

    /// Some of them, by places in order.
    func picking(_ items: [Int]) -> Origins {
        var picked = Origins()
        var next = 0
        var start = 0
        for run in runs {
            let end = start + Int(run.count)
            let first = next
            while next < items.count, items[next] < end { next += 1 }
            if next > first {
                picked.runs.append(
                    Run(origin: run.origin, units: run.units, count: Int32(next - first))
                )
            }
            start = end
        }
        return picked
    }

    /// The same records, of which a frame of the buffer on disk is told.
    func owned(by frame: Int) -> Origins {
        var owned = self
        for place in owned.runs.indices { owned.runs[place].origin = .frame(frame) }
        return owned
    }

    /// How many read records each stands for, in order.
    var unitsByItem: [Int32] {
        runs.flatMap { run in repeatElement(run.units, count: Int(run.count)) }
    }

    /// Tells the lots that their records came to their end.
    ///
    /// - Returns: The frames whose records did, with their numbers of records and of what these stand for.
    @MainLoop func end() -> [(frame: Int, count: Int, units: Int)] {
        var frames: [(frame: Int, count: Int, units: Int)] = []
        for run in runs {
            switch run.origin {
            case .receipt(let receipt):
                receipt.lot.settle(Int(run.count))
                for other in receipt.joined ?? [] { other.settle(Int(run.count)) }
            case .frame(let frame):
                frames.append((frame, Int(run.count), Int(run.count) * Int(run.units)))
            case .nobody: break
            }
        }
        return frames
    }
}
