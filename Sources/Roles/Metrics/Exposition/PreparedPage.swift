/// The text of a set of samples, in which numbers change without anything else being written again.
///
/// The text lies in blocks of about 64 KiB. A number that gets another one of the same length is written over it;
/// only a block with numbers of other lengths is put together anew, out of its own bytes.
struct PreparedPage {
    /// Where the number of a sample stands in a block.
    struct Spot {
        var sample: Int32
        var start: UInt32
        var count: UInt32
    }

    private struct Block {
        var bytes: [UInt8] = []
        var spots: [Spot] = []
    }

    private struct Change {
        var spot: Int
        /// Where the new text ends in `fresh`; it begins where that of the change before ends.
        var end: Int
    }

    private static let blockSize = 64 << 10

    private var blocks: [Block] = []
    private var values: [Double]
    private var fresh: [UInt8] = []
    private var changes: [Change] = []
    private var spare: [UInt8] = []

    /// Writes a set in a form.
    init(_ set: SampleSet, _ format: ExpositionFormat) {
        values = set.values
        var writer = ExpositionWriter(format)
        for family in set.families.indices where set.families[family].first >= 0 {
            writer.write(family: family, of: set) { writer in
                guard writer.bytes.count >= Self.blockSize else { return }
                blocks.append(Block(bytes: writer.bytes, spots: writer.spots))
                writer.clear()
            }
        }
        if !writer.bytes.isEmpty {
            blocks.append(Block(bytes: writer.bytes, spots: writer.spots))
        }
    }

    /// The text, in pieces.
    var pieces: [[UInt8]] { blocks.map(\.bytes) }

    /// Takes over the numbers of another reading of the same series.
    ///
    /// - Precondition: There are as many as there were.
    mutating func update(_ values: [Double]) {
        precondition(values.count == self.values.count, "a number for each series")
        for block in blocks.indices { update(block, values) }
        self.values = values
    }

    private mutating func update(_ block: Int, _ values: [Double]) {
        fresh.removeAll(keepingCapacity: true)
        changes.removeAll(keepingCapacity: true)
        var fits = true
        for index in blocks[block].spots.indices {
            let spot = blocks[block].spots[index]
            let value = values[Int(spot.sample)]
            if value.bitPattern == self.values[Int(spot.sample)].bitPattern { continue }
            // Most numbers are whole, and most have as many digits as before.
            if let whole = Int64(exactly: value),
                DecimalNumber.overwrite(
                    &blocks[block].bytes,
                    at: Int(spot.start),
                    count: Int(spot.count),
                    with: whole
                )
            {
                continue
            }
            let start = fresh.count
            DecimalNumber.append(value, to: &fresh)
            if fresh.count - start != Int(spot.count) { fits = false }
            changes.append(Change(spot: index, end: fresh.count))
        }
        if changes.isEmpty { return }
        if fits { overwrite(block) } else { rebuild(block) }
    }

    private mutating func overwrite(_ block: Int) {
        var from = 0
        for change in changes {
            var place = Int(blocks[block].spots[change.spot].start)
            while from < change.end {
                blocks[block].bytes[place] = fresh[from]
                place &+= 1
                from &+= 1
            }
        }
    }

    /// Copies the block with the new texts in it, and moves the spots.
    private mutating func rebuild(_ block: Int) {
        spare.removeAll(keepingCapacity: true)
        var copied = 0
        var from = 0
        var next = 0
        var shift = 0
        for change in changes {
            while next <= change.spot {
                blocks[block].spots[next].start = UInt32(
                    Int(blocks[block].spots[next].start) + shift
                )
                next += 1
            }
            let spot = blocks[block].spots[change.spot]
            let start = Int(spot.start) - shift
            spare.append(contentsOf: blocks[block].bytes[copied..<start])
            spare.append(contentsOf: fresh[from..<change.end])
            blocks[block].spots[change.spot].count = UInt32(change.end - from)
            copied = start + Int(spot.count)
            shift += change.end - from - Int(spot.count)
            from = change.end
        }
        while next < blocks[block].spots.count {
            blocks[block].spots[next].start = UInt32(Int(blocks[block].spots[next].start) + shift)
            next += 1
        }
        spare.append(contentsOf: blocks[block].bytes[copied...])
        swap(&spare, &blocks[block].bytes)
    }
}
