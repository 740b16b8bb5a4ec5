/// Finds counted messages in a stream (RFC 6587).
///
/// Each message tells by its beginning how it is framed: `123 ` counts its bytes, everything else ends
/// with a line feed or a zero byte. Where messages are syslog, a `<` must follow the count. A message
/// beyond the limit is cut there; the rest is skipped.
package struct SyslogFramer: MessageFramer {
    private let limit: Int
    private let isSyslog: Bool
    private var rest: [UInt8] = []
    /// How many counted bytes are still to be skipped.
    private var toSkip = 0
    private var skipsLine = false

    /// What a message begins with.
    private enum Start {
        case counted(from: Int, count: Int)
        case line
        case unknown
    }

    /// The digits that a count has at most.
    private static let digitMaximum = 9

    /// Finds messages of at most so many bytes.
    package init(limit: Int, isSyslog: Bool = true) {
        self.limit = max(16, limit)
        self.isSyslog = isSyslog
    }

    package var waiting: Int { rest.count }

    package mutating func take(_ piece: [UInt8]) -> FoundMessages {
        var found = FoundMessages(rest.isEmpty ? piece : rest + piece)
        rest = []
        var place = 0
        while place < found.block.count, step(&place, &found, isLast: false) {}
        if place < found.block.count { rest = Array(found.block[place...]) }
        return found
    }

    package mutating func finish() -> FoundMessages {
        var found = FoundMessages(rest)
        rest = []
        var place = 0
        while place < found.block.count, step(&place, &found, isLast: true) {}
        toSkip = 0
        skipsLine = false
        return found
    }

    /// Looks at what stands at a place, and moves behind it.
    ///
    /// - Returns: Whether there may be more; if not, more bytes are needed.
    private mutating func step(
        _ place: inout Int,
        _ found: inout FoundMessages,
        isLast: Bool
    ) -> Bool {
        let count = found.block.count
        if toSkip > 0 {
            let amount = min(toSkip, count - place)
            toSkip -= amount
            place += amount
            found.skipped += amount
            return true
        }
        if skipsLine {
            let end = Self.lineEnd(found.block.span, place)
            found.skipped += (end ?? count) - place
            place = end.map { $0 + 1 } ?? count
            skipsLine = end == nil
            return true
        }
        switch found.block[place] {
        case 0, 10, 13:
            place += 1
            return true
        default: break
        }
        switch self.start(found.block.span, place) {
        case .unknown where !isLast: return false
        case .counted(let from, let length):
            let there = min(length, count - from)
            if there < length && there < limit && !isLast { return false }
            let taken = min(there, limit)
            add(from..<(from + taken), to: &found)
            place = from + taken
            toSkip = length - taken
            return true
        case .line, .unknown:
            guard let end = Self.lineEnd(found.block.span, place) else {
                if count - place < limit && !isLast { return false }
                let taken = min(count - place, limit)
                add(place..<(place + taken), to: &found)
                place += taken
                skipsLine = !isLast
                return true
            }
            let taken = min(end - place, limit)
            found.skipped += end - place - taken
            add(place..<(place + taken), to: &found)
            place = end + 1
            return true
        }
    }

    private func add(_ range: Range<Int>, to found: inout FoundMessages) {
        var range = range
        while let last = range.last, [0, 10, 13].contains(found.block[last]) {
            range = range.lowerBound..<last
        }
        if !range.isEmpty { found.ranges.append(range) }
    }

    private func start(_ bytes: Span<UInt8>, _ place: Int) -> Start {
        guard 0x31...0x39 ~= bytes[place] else { return .line }
        var number = 0
        var at = place
        while at < bytes.count, 0x30...0x39 ~= bytes[at] {
            guard at - place < Self.digitMaximum else { return .line }
            number = number * 10 + Int(bytes[at] - 0x30)
            at += 1
        }
        guard at + 1 < bytes.count else {
            return at < bytes.count && bytes[at] != 0x20 ? .line : .unknown
        }
        guard bytes[at] == 0x20, !isSyslog || bytes[at + 1] == 0x3C else { return .line }
        return .counted(from: at + 1, count: number)
    }

    private static func lineEnd(_ bytes: Span<UInt8>, _ start: Int) -> Int? {
        var place = start
        while place < bytes.count {
            if bytes[place] == 10 || bytes[place] == 0 { return place }
            place += 1
        }
        return nil
    }
}
