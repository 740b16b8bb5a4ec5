/// Finds lines in a stream.
///
/// A carriage return before the line feed goes with it. A line beyond the limit comes in pieces of the
/// limit's length, so that nothing is lost.
package struct LineFramer: MessageFramer {
    private let limit: Int
    private let skipsEmpty: Bool
    private var rest: [UInt8] = []
    /// How many bytes of the rest are known to hold no line feed.
    private var searched = 0

    /// Finds lines of at most so many bytes.
    package init(limit: Int, skipsEmpty: Bool = false) {
        self.limit = max(1, limit)
        self.skipsEmpty = skipsEmpty
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
        if !found.block.isEmpty {
            add(0..<found.block.count, endsLine: true, to: &found)
        }
        return found
    }

    private func cut(_ found: inout FoundMessages) -> Int {
        let count = found.block.count
        var start = 0
        var place = min(searched, count)
        while true {
            let end = found.block.span.firstLineFeed(from: place)
            guard let end else { break }
            while end - start > limit {
                found.ranges.append(start..<(start + limit))
                start += limit
            }
            add(start..<end, endsLine: true, to: &found)
            start = end + 1
            place = start
        }
        while count - start > limit {
            found.ranges.append(start..<(start + limit))
            start += limit
        }
        return start
    }

    private func add(_ range: Range<Int>, endsLine: Bool, to found: inout FoundMessages) {
        var range = range
        if let last = range.last, found.block[last] == 13 { range = range.lowerBound..<last }
        if skipsEmpty && range.isEmpty { return }
        found.ranges.append(range)
    }
}

extension Span<UInt8> {
    /// Where the next line feed stands.
    func firstLineFeed(from start: Int) -> Int? {
        unsafe withUnsafeBytes { bytes in
            var place = start
            let spread: UInt64 = 0x0A0A_0A0A_0A0A_0A0A
            while place &+ 8 <= bytes.count {
                let word = unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                let mixed = UInt64(littleEndian: word) ^ spread
                let hits = (mixed &- 0x0101_0101_0101_0101) & ~mixed & 0x8080_8080_8080_8080
                if hits != 0 { return place &+ (hits.trailingZeroBitCount >> 3) }
                place &+= 8
            }
            while place < bytes.count {
                if unsafe bytes[place] == 10 { return place }
                place &+= 1
            }
            return nil
        }
    }
}
