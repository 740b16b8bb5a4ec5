internal import System

/// Cuts a block of a file into lines.
///
/// It keeps nothing of a line that is not complete: whoever reads begins the next block with it.
struct LineCutter: Sendable {
    /// A line's place in its block, without its delimiter.
    struct Line: Sendable, Hashable {
        var start: Int32
        var end: Int32
    }

    /// What is known at the place up to which a file was cut.
    struct State: Sendable, Hashable {
        /// Whether it lies in a line whose rest is left out.
        var isSkipping = false
        /// Whether nothing but zeros came so far.
        var isAtHead = true
    }

    /// What was counted.
    struct Counts: Sendable, Hashable {
        /// Pieces that were cut off lines beyond the limit.
        var split = 0
        /// Lines that were left out.
        var skipped = 0
        /// Lines whose rest was left out.
        var truncated = 0
        /// Bytes that made no record.
        var bytesSkipped = 0
    }

    let delimiter: [UInt8]
    let limit: Int
    let longLines: TailSettings.LongLines
    let skipsEmpty: Bool
    /// The bytes of a code unit: 2 for UTF-16.
    let unit: Int
    /// A carriage return before a line feed; empty if lines end otherwise.
    let carriageReturn: [UInt8]
    let mark: [UInt8]
    let encoding: TextEncoding

    init(_ settings: TailSettings) {
        let encoding = TextEncoding(settings.encoding) ?? .utf8
        let isPlain = settings.delimiter == [10] || settings.delimiter.isEmpty
        self.encoding = encoding
        unit = encoding.unit
        delimiter = encoding.encode(isPlain ? [10] : settings.delimiter)
        carriageReturn = isPlain ? encoding.encode([13]) : []
        mark = encoding.mark
        limit = max(settings.lineLimit, 16) / unit * unit
        longLines = settings.longLines
        skipsEmpty = settings.skipsEmpty
    }

    /// The bytes after which a block without a delimiter is certain to be cut.
    var certain: Int { limit + delimiter.count + carriageReturn.count + unit }

    /// Cuts lines out of a block until so many were found or no more is complete.
    ///
    /// The first line begins at `start`; if it `isFinal`, the rest is a line though no delimiter ends it.
    /// - Returns: Where the next line begins.
    func cut(
        _ block: Span<UInt8>,
        from start: Int,
        isFinal: Bool,
        atMost most: Int,
        state: inout State,
        counts: inout Counts,
        into lines: inout [Line]
    ) -> Int {
        var at = start
        if state.isAtHead && unit == 1 {
            // A writer that goes on at its old place after the file was emptied leaves zeros before it.
            while at < block.count && block[at] == 0 { at += 1 }
            counts.bytesSkipped += at - start
        }
        // Where the delimiter comes next, once looked for; the end if none does.
        var next = -1
        while lines.count < most && at < block.count {
            if next < at { next = find(block, from: at) }
            let isEnded = next < block.count
            if state.isSkipping {
                let keep = isEnded || isFinal ? 0 : held(block.count - at)
                counts.bytesSkipped += next - at - keep
                at = isEnded ? next + delimiter.count : block.count - keep
                state.isSkipping = !isEnded
                guard isEnded else { break }
                continue
            }
            if !isEnded && !isFinal && block.count - at < certain { break }
            var begin = at
            if state.isAtHead && starts(block, at, next, with: mark) { begin += mark.count }
            state.isAtHead = false
            let stop = isEnded || isFinal ? withoutReturn(block, begin, next) : next
            if stop - begin > limit {
                at = shorten(block, begin, state: &state, counts: &counts, into: &lines)
                continue
            }
            if stop > begin || !skipsEmpty {
                lines.append(Line(start: Int32(begin), end: Int32(stop)))
            }
            at = isEnded ? next + delimiter.count : block.count
        }
        return at
    }

    private func shorten(
        _ block: Span<UInt8>,
        _ begin: Int,
        state: inout State,
        counts: inout Counts,
        into lines: inout [Line]
    ) -> Int {
        if longLines == .skip {
            counts.skipped += 1
            state.isSkipping = true
            return begin
        }
        let end = boundary(block, begin, begin + limit)
        lines.append(Line(start: Int32(begin), end: Int32(end)))
        if longLines == .split {
            counts.split += 1
        } else {
            counts.truncated += 1
            state.isSkipping = true
        }
        return end
    }

    /// Where a delimiter begins at or after a place; the end if none is there.
    func find(_ block: Span<UInt8>, from start: Int) -> Int {
        let last = block.count - delimiter.count
        var at = start
        while at <= last {
            guard
                let found = ByteSearch.first(delimiter[0], in: block, from: at, to: last + 1)
            else { return block.count }
            let isWhole = (found - start) % unit == 0
            if delimiter.count == 1 || isWhole && starts(block, found, block.count, with: delimiter)
            {
                return found
            }
            at = found + 1
        }
        return block.count
    }

    private func starts(
        _ block: Span<UInt8>,
        _ start: Int,
        _ end: Int,
        with bytes: [UInt8]
    ) -> Bool {
        guard !bytes.isEmpty, end - start >= bytes.count else { return false }
        for index in bytes.indices where block[start + index] != bytes[index] { return false }
        return true
    }

    private func withoutReturn(_ block: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        let shorter = end - carriageReturn.count
        guard shorter >= start, starts(block, shorter, end, with: carriageReturn) else {
            return end
        }
        return shorter
    }

    /// How many of the last bytes may be the beginning of a delimiter.
    private func held(_ rest: Int) -> Int {
        min(rest, delimiter.count - unit + rest % unit)
    }

    /// A place at or a little before one, that does not cut a character.
    private func boundary(_ block: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        guard end < block.count else { return end }
        switch encoding {
        case .latin1: return end
        case .utf8:
            var at = end
            while at > start && end - at < 4 && block[at] & 0xC0 == 0x80 { at -= 1 }
            // Four such bytes in a row are no UTF-8.
            return at > start && end - at < 4 ? at : end
        case .utf16(let isBig):
            let high = block[isBig ? end : end + 1]
            return high & 0xFC == 0xDC && end - 2 > start ? end - 2 : end
        }
    }
}
