/// Finds lines in a stream.
///
/// A carriage return before a line feed goes with it. A line beyond the limit comes in pieces of the
/// limit's length, so that nothing is lost. Lines may end with other bytes than a line feed.
package struct LineFramer: MessageFramer {
    private let limit: Int
    private let skipsEmpty: Bool
    private let delimiter: [UInt8]
    /// The delimiter's last byte, which is looked for.
    private let last: UInt8
    private var rest: [UInt8] = []
    /// How many bytes of the rest are known to hold no delimiter.
    private var searched = 0

    /// Finds lines of at most so many bytes.
    package init(limit: Int, skipsEmpty: Bool = false, delimiter: [UInt8] = [10]) {
        self.limit = max(1, limit)
        self.skipsEmpty = skipsEmpty
        self.delimiter = delimiter.isEmpty ? [10] : delimiter
        last = delimiter.last ?? 10
    }

    package var waiting: Int { rest.count }

    package mutating func take(_ piece: [UInt8]) -> FoundMessages {
        var found = FoundMessages(piece)
        if !rest.isEmpty {
            rest += piece
            found.block = rest
            rest = []
        }
        let start = cut(&found)
        let length = found.block.count
        if start < length { rest = Array(found.block[start...]) }
        searched = rest.count
        return found
    }

    package mutating func finish() -> FoundMessages {
        var found = FoundMessages(rest)
        rest = []
        searched = 0
        if !found.block.isEmpty { add(0..<found.block.count, to: &found) }
        return found
    }

    private func cut(_ found: inout FoundMessages) -> Int {
        let count = found.block.count
        var start = 0
        var place = min(searched, count)
        while true {
            let hit = found.block.span.first(last, from: place)
            guard let hit else { break }
            place = hit + 1
            let end = place - delimiter.count
            guard end >= start, delimiter.count == 1 || ends(found.block, at: place) else {
                continue
            }
            add(start..<end, to: &found)
            start = place
        }
        // What may be the beginning of the line's end is not cut off from it.
        let mayEnd = isLineFeed && found.block.last == 13 ? 1 : delimiter.count - 1
        while count - start > limit + mayEnd {
            found.ranges.append(start..<(start + limit))
            start += limit
        }
        return start
    }

    private var isLineFeed: Bool { delimiter == [10] }

    private func ends(_ block: [UInt8], at end: Int) -> Bool {
        block[(end - delimiter.count)..<end].elementsEqual(delimiter)
    }

    private func add(_ range: Range<Int>, to found: inout FoundMessages) {
        var range = range
        if isLineFeed, let last = range.last, found.block[last] == 13 {
            range = range.lowerBound..<last
        }
        while range.count > limit {
            found.ranges.append(range.prefix(limit))
            range = range.dropFirst(limit)
        }
        if skipsEmpty && range.isEmpty { return }
        found.ranges.append(range)
    }
}

extension Span<UInt8> {
    /// Where a byte stands next.
    func first(_ byte: UInt8, from start: Int) -> Int? {
        unsafe withUnsafeBytes { bytes in
            var place = start
            let spread = 0x0101_0101_0101_0101 &* UInt64(byte)
            while place &+ 8 <= bytes.count {
                let word = unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                let mixed = UInt64(littleEndian: word) ^ spread
                let hits = (mixed &- 0x0101_0101_0101_0101) & ~mixed & 0x8080_8080_8080_8080
                if hits != 0 { return place &+ (hits.trailingZeroBitCount >> 3) }
                place &+= 8
            }
            while place < bytes.count {
                if unsafe bytes[place] == byte { return place }
                place &+= 1
            }
            return nil
        }
    }
}
