import Basics
import Reactor

/// Records as the bytes that go out, one after another.
struct RecordLoad: Cargo {
    /// The bytes of all records.
    var bytes: [UInt8] = []
    /// Where each record ends.
    private(set) var ends: [UInt32] = []
    /// Whom their ends concern.
    private(set) var origins = Origins()
    /// The time of the first record.
    private(set) var time = Timestamp(nanoseconds: 0)

    init() {}

    var count: Int { ends.count }
    var size: Int { bytes.count + 4 * ends.count + 64 * origins.runCount }
    /// How many read records they stand for.
    var units: Int { origins.units }

    /// Where a record lies.
    subscript(item: Int) -> Range<Int> {
        (item == 0 ? 0 : Int(ends[item - 1]))..<Int(ends[item])
    }

    /// Closes the record whose bytes were appended.
    @inline(__always)
    mutating func seal(_ receipt: Receipt, time: Timestamp) {
        if ends.isEmpty { self.time = time }
        ends.append(UInt32(bytes.count))
        origins.append(receipt)
    }

    /// Closes a record of the buffer on disk.
    mutating func seal(frame: Int, units: Int, time: Timestamp) {
        if ends.isEmpty { self.time = time }
        ends.append(UInt32(bytes.count))
        origins.append(frame: frame, units: units)
    }

    /// Adds the records of another load.
    mutating func append(_ other: RecordLoad) {
        if ends.isEmpty { time = other.time }
        let start = UInt32(bytes.count)
        bytes += other.bytes
        ends.reserveCapacity(ends.count + other.ends.count)
        for end in other.ends { ends.append(start + end) }
        origins.append(other.origins)
    }

    /// The same records, of which the buffer on disk is told.
    func owned(by frame: Int) -> RecordLoad {
        var load = self
        load.origins = origins.owned(by: frame)
        return load
    }

    /// The last record alone, which is taken away here: it would make the batch too large.
    mutating func takeLast() -> RecordLoad {
        let last = count - 1
        let single = picking([last])
        bytes.removeLast(bytes.count - self[last].lowerBound)
        ends.removeLast()
        origins = origins.picking(Array(0..<last))
        return single
    }

    func picking(_ items: [Int]) -> RecordLoad {
        var picked = RecordLoad()
        picked.time = time
        picked.bytes.reserveCapacity(items.reduce(0) { $0 + self[$1].count })
        for item in items {
            picked.bytes.append(bytes, self[item])
            picked.ends.append(UInt32(picked.bytes.count))
        }
        picked.origins = origins.picking(items)
        return picked
    }

    /// Some of the records' sum of what they stand for.
    func units(of items: [Int]?) -> Int {
        items.map { origins.picking($0).units } ?? units
    }

    /// Tells of the end of some records.
    @MainLoop func end(_ items: [Int]?) -> [(frame: Int, count: Int, units: Int)] {
        (items.map { origins.picking($0) } ?? origins).end()
    }
}
