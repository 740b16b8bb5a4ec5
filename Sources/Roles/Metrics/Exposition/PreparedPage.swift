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

    private static let blockSize = 64 << 10

    private var blocks: [Block] = []
    private var values: [Double]
    /// Where a block is put together; more than the largest of them.
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

    private mutating func update(_ index: Int, _ values: [Double]) {
        // Taken out while it is written: nothing else holds its memory.
        var block = Block()
        swap(&block, &blocks[index])
        let first = Self.overwrite(&block.bytes, block.spots, self.values, values)
        if let first {
            // More than the longest numbers need.
            let room = block.bytes.count + (block.spots.count + 2) * NumberText.room
            if spare.count < room {
                spare.append(contentsOf: repeatElement(0, count: room - spare.count))
            }
            let end = Self.rebuild(
                block.bytes,
                &block.spots,
                self.values,
                values,
                from: first,
                into: &spare
            )
            spare.removeLast(spare.count - end)
            swap(&spare, &block.bytes)
        }
        swap(&block, &blocks[index])
    }

    /// Writes numbers over those before them; stops at the first spot whose number has another length.
    private static func overwrite(
        _ block: inout [UInt8],
        _ spots: [Spot],
        _ old: [Double],
        _ new: [Double]
    ) -> Int? {
        var bytes = block.mutableSpan
        var target = unsafe bytes.mutableBytes
        let (spots, old, new) = (spots.span, old.span, new.span)
        for index in spots.indices {
            let spot = spots[index]
            let value = new[Int(spot.sample)]
            if value.bitPattern == old[Int(spot.sample)].bitPattern { continue }
            let text = NumberText(value)
            guard text.count == Int(spot.count) else { return index }
            text.write(to: &target, at: Int(spot.start))
        }
        return nil
    }

    /// Puts a block together anew from a spot on, and moves its spots; where it ends.
    private static func rebuild(
        _ block: [UInt8],
        _ spots: inout [Spot],
        _ old: [Double],
        _ new: [Double],
        from first: Int,
        into spare: inout [UInt8]
    ) -> Int {
        var bytes = spare.mutableSpan
        var target = unsafe bytes.mutableBytes
        let source = unsafe block.span.bytes
        var spots = spots.mutableSpan
        let (old, new) = (old.span, new.span)
        // How much was read and written so far.
        var (read, written) = (0, 0)
        for index in first..<spots.count {
            let spot = spots[index]
            let start = Int(spot.start)
            let value = new[Int(spot.sample)]
            spots[index].start = UInt32(written &+ (start &- read))
            if value.bitPattern == old[Int(spot.sample)].bitPattern { continue }
            source.copyFreely(read..<start, to: &target, at: written)
            written &+= start &- read
            read = start &+ Int(spot.count)
            let text = NumberText(value)
            text.writeFreely(to: &target, at: written)
            spots[index].count = UInt32(text.count)
            written &+= text.count
        }
        source.copyFreely(read..<source.byteCount, to: &target, at: written)
        return written &+ (source.byteCount &- read)
    }
}
