import Synchronization

/// The names of all statistics, and the sums over all workers.
///
/// A name stands for the life of the program, whatever configurations come and go, so that counters
/// never fall. Workers count in slabs of their own without locks; reading adds the slabs up.
final class Statistics: Sendable {
    /// What a number means.
    enum Kind: UInt8, Sendable {
        /// It only grows.
        case counter
        /// It goes up and down.
        case gauge
        /// How often durations fell under each bound, in milliseconds.
        case histogram
    }

    /// A statistic, by number.
    struct ID: Sendable, Hashable {
        fileprivate(set) var index: Int32
    }

    /// What a statistic shows at one time.
    struct Reading: Sendable {
        var name: String
        var kind: Kind
        /// The number; for histograms how many there were.
        var value: Int64
        /// Histograms: how many fell under each bound, not cumulative, the rest last.
        var buckets: [Int64]
        /// Histograms: all of them together in microseconds.
        var sum: Int64
    }

    private struct Entry {
        var name: String
        var kind: Kind
        var index: Int32
    }

    private struct State {
        var entries: [Entry] = []
        var byName: [String: Int] = [:]
        var next: Int32 = 0
        var slabs: [StatisticsSlab] = []
    }

    /// The bounds of histograms in milliseconds, Envoy's own.
    static let bounds: [Double] = [
        0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000,
        600_000, 1_800_000, 3_600_000,
    ]

    private let state = Mutex(State())

    /// The statistic of a name; asking again gives the same one.
    func id(_ name: String, _ kind: Kind) -> ID {
        state.withLock { state in
            if let known = state.byName[name] { return ID(index: state.entries[known].index) }
            let index = state.next
            let width = kind == .histogram ? Self.bounds.count + 2 : 1
            guard Int(index) + width <= StatisticsSlab.maximum else {
                // The last cell is shown nowhere.
                return ID(index: Int32(StatisticsSlab.maximum - 1))
            }
            state.next += Int32(width)
            state.byName[name] = state.entries.count
            state.entries.append(Entry(name: name, kind: kind, index: index))
            return ID(index: index)
        }
    }

    /// Cells for one more worker.
    func slab() -> StatisticsSlab {
        let slab = StatisticsSlab()
        state.withLock { $0.slabs.append(slab) }
        return slab
    }

    /// The sum of one counter or gauge.
    func value(_ id: ID) -> Int64 {
        state.withLock { $0.slabs }.reduce(0) { $0 &+ $1.value(Int(id.index)) }
    }

    /// All statistics, sorted by name.
    var readings: [Reading] {
        let (entries, slabs) = state.withLock { ($0.entries, $0.slabs) }
        func sum(_ index: Int) -> Int64 { slabs.reduce(0) { $0 &+ $1.value(index) } }
        return entries.sorted { $0.name < $1.name }.map { entry in
            let index = Int(entry.index)
            guard entry.kind == .histogram else {
                return Reading(
                    name: entry.name,
                    kind: entry.kind,
                    value: sum(index),
                    buckets: [],
                    sum: 0
                )
            }
            let buckets = (0...Self.bounds.count).map { sum(index + $0) }
            return Reading(
                name: entry.name,
                kind: .histogram,
                value: buckets.reduce(0, &+),
                buckets: buckets,
                sum: sum(index + Self.bounds.count + 1)
            )
        }
    }
}

/// The cells of one thread: it alone writes them, any thread reads them.
@safe final class StatisticsSlab: @unchecked Sendable {
    /// The most cells.
    static let maximum = 1 << 16
    private static let chunk = 1024

    /// Made when they are first written; a reader sees none or all of one.
    private let chunks: UnsafeMutablePointer<Atomic<UInt>>

    init() {
        unsafe chunks = .allocate(capacity: Self.maximum / Self.chunk)
        for index in 0..<Self.maximum / Self.chunk {
            unsafe (chunks + index).initialize(to: Atomic(0))
        }
    }

    deinit {
        for index in 0..<Self.maximum / Self.chunk {
            let address = unsafe chunks[index].load(ordering: .relaxed)
            unsafe UnsafeMutablePointer<Atomic<Int64>>(bitPattern: address)?.deallocate()
        }
        unsafe chunks.deallocate()
    }

    /// Adds to a counter or gauge.
    @inline(__always)
    func add(_ id: Statistics.ID, _ amount: Int64 = 1) {
        add(Int(id.index), amount)
    }

    /// Counts a duration.
    func observe(_ id: Statistics.ID, microseconds: Int64) {
        let milliseconds = Double(microseconds) / 1000
        var bucket = 0
        while bucket < Statistics.bounds.count, milliseconds > Statistics.bounds[bucket] {
            bucket += 1
        }
        add(Int(id.index) + bucket, 1)
        add(Int(id.index) + Statistics.bounds.count + 1, microseconds)
    }

    func value(_ index: Int) -> Int64 {
        let address = unsafe chunks[index / Self.chunk].load(ordering: .acquiring)
        guard let cells = unsafe UnsafeMutablePointer<Atomic<Int64>>(bitPattern: address) else {
            return 0
        }
        return unsafe cells[index % Self.chunk].load(ordering: .relaxed)
    }

    @inline(__always)
    private func add(_ index: Int, _ amount: Int64) {
        let address = unsafe chunks[index / Self.chunk].load(ordering: .relaxed)
        let cells =
            unsafe UnsafeMutablePointer<Atomic<Int64>>(bitPattern: address)
            ?? Self.make(index / Self.chunk, of: chunks)
        // One writer: a load and a store are enough, and need no locked instruction.
        let old = unsafe cells[index % Self.chunk].load(ordering: .relaxed)
        unsafe cells[index % Self.chunk].store(old &+ amount, ordering: .relaxed)
    }

    private static func make(
        _ chunk: Int,
        of chunks: UnsafeMutablePointer<Atomic<UInt>>
    ) -> UnsafeMutablePointer<Atomic<Int64>> {
        let cells = UnsafeMutablePointer<Atomic<Int64>>.allocate(capacity: Self.chunk)
        for index in 0..<Self.chunk { unsafe (cells + index).initialize(to: Atomic(0)) }
        unsafe chunks[chunk].store(UInt(bitPattern: cells), ordering: .releasing)
        return unsafe cells
    }
}
