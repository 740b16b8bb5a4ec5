/// A zone's changes, read from a file of the zone database (TZif, RFC 9636).
struct ZoneTable: Sendable, Hashable {
    private var changes: [Int] = []
    private var kindOfChange: [UInt8] = []
    private var kinds: [ZoneRule.Kind] = []
    private var rule: ZoneRule?

    /// Reads a file; nil if it is none.
    init?(_ bytes: Span<UInt8>) {
        guard let first = Header(bytes, at: 0) else { return nil }
        var header = first
        var width = 4
        if first.version >= 0x32 {
            // The second part has the same in 64 bits.
            guard let second = Header(bytes, at: first.end(width: 4)) else { return nil }
            header = second
            width = 8
        }
        guard header.kinds > 0, header.kinds <= 256, header.end(width: width) <= bytes.count else {
            return nil
        }
        var at = header.start
        for index in 0..<header.changes {
            changes.append(Self.number(bytes, at + index * width, width))
        }
        at += header.changes * width
        for index in 0..<header.changes {
            guard bytes[at + index] < header.kinds else { return nil }
            kindOfChange.append(bytes[at + index])
        }
        at += header.changes
        let names = at + header.kinds * 6
        for index in 0..<header.kinds {
            let place = at + index * 6
            var name = ""
            var letter = names + Int(bytes[place + 5])
            while letter < names + header.letters, bytes[letter] != 0 {
                name.unicodeScalars.append(Unicode.Scalar(bytes[letter]))
                letter += 1
            }
            kinds.append(
                ZoneRule.Kind(
                    offset: Self.number(bytes, place, 4),
                    name: name,
                    isSummer: bytes[place + 4] != 0
                )
            )
        }
        for index in changes.indices.dropFirst() where changes[index] < changes[index - 1] {
            return nil
        }
        if width == 8 {
            let start = header.end(width: 8) + 1
            var end = start
            while end < bytes.count, bytes[end] != 0x0A { end += 1 }
            if start < end { rule = ZoneRule(bytes.extracting(start..<end)) }
        }
    }

    /// The kind of time at a second since 1970.
    func kind(at seconds: Int) -> ZoneRule.Kind {
        guard let last = changes.last else { return rule?.kind(at: seconds) ?? kinds[0] }
        if seconds >= last, let rule { return rule.kind(at: seconds) }
        if seconds < changes[0] { return kinds.first { !$0.isSummer } ?? kinds[0] }
        var low = 0
        var high = changes.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if changes[middle] <= seconds { low = middle } else { high = middle }
        }
        return kinds[Int(kindOfChange[low])]
    }

    private static func number(_ bytes: Span<UInt8>, _ at: Int, _ width: Int) -> Int {
        var value: UInt64 = 0
        for index in at..<at + width { value = value << 8 | UInt64(bytes[index]) }
        return width == 4
            ? Int(Int32(truncatingIfNeeded: value)) : Int(Int64(truncatingIfNeeded: value))
    }

    /// The counts at the beginning of each part.
    private struct Header {
        var version: UInt8
        var start: Int
        var isUTC: Int
        var isStandard: Int
        var leaps: Int
        var changes: Int
        var kinds: Int
        var letters: Int

        init?(_ bytes: Span<UInt8>, at place: Int) {
            guard place >= 0, bytes.count >= place + 44, bytes[place] == 0x54,
                bytes[place + 1] == 0x5A, bytes[place + 2] == 0x69, bytes[place + 3] == 0x66
            else { return nil }
            func count(_ index: Int) -> Int { number(bytes, place + 20 + index * 4, 4) }
            version = bytes[place + 4]
            start = place + 44
            isUTC = count(0)
            isStandard = count(1)
            leaps = count(2)
            changes = count(3)
            kinds = count(4)
            letters = count(5)
            for value in [isUTC, isStandard, leaps, changes, kinds, letters] {
                guard (0...100_000).contains(value) else { return nil }
            }
        }

        func end(width: Int) -> Int {
            start + changes * (width + 1) + kinds * 6 + letters + leaps * (width + 4) + isStandard
                + isUTC
        }
    }
}
