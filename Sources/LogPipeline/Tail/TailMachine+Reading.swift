internal import Basics

/// Reading: what of a file, and what became of it.
extension TailMachine {
    /// What to read of a file.
    struct Plan: Sendable, Hashable {
        let id: Int
        let descriptor: Int32
        /// Where to read.
        var offset: Int64
        /// How many bytes; 0 for none.
        var count: Int
        /// How many bytes of the beginning to read first; 0 for none.
        var headCount: Int
        /// How many of the bytes lie before the place and must be what they were.
        var lead: Int
        /// Whether only a delimiter is looked for.
        var isSearch: Bool
        /// Whether the rest is a line though no delimiter ends it.
        var isFinal: Bool
        /// How large the file was at the last look.
        var known: Int64
    }

    /// What was cut out of a block at once.
    struct Piece: Sendable, Hashable {
        /// Where the next one begins in the block.
        var next: Int
        /// The place of the file up to which it is done with this piece.
        var mark: Int64
        /// Bytes that made no record.
        var skipped: Int
        /// Lines that a run before had handed in already.
        var repeated: Int
    }

    /// An open file was looked at.
    ///
    /// - Returns: What to read; nil: nothing now.
    mutating func visit(_ id: Int, _ look: FileLook, at now: Moment) -> Plan? {
        self.now = now
        guard let index = files.index(forKey: id), let descriptor = files.values[index].descriptor
        else { return nil }
        let known = files.values[index].size
        let position = files.values[index].place.position
        files.values[index].size = look.size
        files.values[index].links = look.links
        if look.modified != files.values[index].modified || look.size < known {
            files.values[index].modified = look.modified
            files.values[index].isHeadChecked = false
        }
        if look.size < max(position, Int64(files.values[index].head.count)) {
            replace(id, lost: known - position)
            return nil
        }
        if look.size < known { numbers.bytesLost += UInt64(known - look.size) }
        if look.size < files.values[index].scanned { files.values[index].scanned = position }
        if isFinishing && files.values[index].finalSize == nil {
            files.values[index].finalSize = look.size
        }
        let file = files.values[index]
        let end = min(look.size, max(file.finalSize ?? look.size, position))
        let isQuiet = file.isGone && now.instant >= file.quietSince + rules.rotateWait
        let isFinal = (isFinishing || isQuiet) && end > position
        let isFresh = end > max(file.scanned, position)
        let headLength = min(Int64(rules.fingerprintBytes), look.size)
        let needsHead =
            headLength > 0 && (!file.isHeadChecked || Int64(file.head.count) < headLength)
        if !isFresh && !isFinal && !needsHead {
            atEnd(id)
            return nil
        }
        var plan = Plan(
            id: id,
            descriptor: descriptor,
            offset: position,
            count: 0,
            headCount: needsHead ? Int(headLength) : 0,
            lead: 0,
            isSearch: false,
            isFinal: false,
            known: known
        )
        guard isFresh || isFinal else { return plan }
        choose(&plan, file, end: end, isFinal: isFinal)
        return plan
    }

    private func choose(_ plan: inout Plan, _ file: TrackedFile, end: Int64, isFinal: Bool) {
        let position = file.place.position
        let isLong = file.scanned - position > Int64(rules.carryBytes)
        if isLong && !isFinal && end - position < Int64(rules.cutter.certain) {
            let delimiter = rules.cutter.delimiter.count
            let back = file.scanned - position - Int64(delimiter)
            plan.offset = position + max(0, back - back % Int64(rules.cutter.unit))
            plan.count = Int(min(end - plan.offset, Int64(rules.blockBytes)))
            plan.isSearch = true
            return
        }
        plan.lead = file.place.anchor.count
        plan.offset = position - Int64(plan.lead)
        let most = max(rules.blockBytes, file.want)
        plan.count = plan.lead + Int(min(end - position, Int64(most)))
        plan.isFinal = isFinal && plan.offset + Int64(plan.count) == end
    }

    /// What was planned was read.
    ///
    /// - Returns: Where in the block lines begin; nil: there is nothing to be cut.
    mutating func took(_ plan: Plan, head: [UInt8], block: [UInt8]) -> Int? {
        guard let index = files.index(forKey: plan.id), !files.values[index].isOver else {
            return nil
        }
        let lost = plan.known - files.values[index].place.position
        if plan.headCount > 0 {
            let before = files.values[index].head
            guard before.begins(head.span) else {
                replace(plan.id, lost: lost)
                return nil
            }
            if head.count > before.count {
                files.values[index].head = Fingerprint(of: head.span)
                dirty.insert(plan.id)
            }
            files.values[index].isHeadChecked = true
        }
        if plan.count == 0 {
            atEnd(plan.id)
            return nil
        }
        if plan.isSearch {
            searchedDelimiter(plan, block, index)
            return nil
        }
        guard block.count >= plan.lead,
            Fingerprint(of: block.span.extracting(..<plan.lead)) == files.values[index].place.anchor
                || plan.lead == 0
        else {
            replace(plan.id, lost: lost)
            return nil
        }
        files.values[index].isVerified = true
        return plan.lead
    }

    private mutating func searchedDelimiter(
        _ plan: Plan,
        _ block: [UInt8],
        _ index: Dictionary<Int, TrackedFile>.Index
    ) {
        let found = rules.cutter.find(block.span, from: 0)
        let end = plan.offset + Int64(block.count)
        if found < block.count {
            let position = files.values[index].place.position
            let lineEnd = plan.offset + Int64(found + rules.cutter.delimiter.count)
            files.values[index].scanned = position
            files.values[index].want = Int(lineEnd - position)
            enqueue(plan.id, atFront: true)
            return
        }
        files.values[index].scanned = end
        if end < files.values[index].size { enqueue(plan.id) } else { atEnd(plan.id) }
    }

    /// Cuts the next lines out of a block that was taken.
    ///
    /// They begin at what `took` said, then at each piece's `next`.
    /// - Returns: What was cut, its lines in `lines`; nil: the block is done.
    mutating func cut(
        _ plan: Plan,
        _ block: [UInt8],
        from start: Int,
        into lines: inout [LineCutter.Line]
    ) -> Piece? {
        lines.removeAll(keepingCapacity: true)
        guard let index = files.index(forKey: plan.id), !files.values[index].isOver else {
            return nil
        }
        var place = files.values[index].place
        var counts = LineCutter.Counts()
        let next = rules.cutter.cut(
            block.span,
            from: start,
            isFinal: plan.isFinal && block.count == plan.count,
            atMost: Self.recordsMaximum,
            state: &place.state,
            counts: &counts,
            into: &lines
        )
        numbers.note(counts)
        guard next > start else {
            files.values[index].place.state = place.state
            endBlock(plan, block, index)
            return nil
        }
        let reached = files.values[index].reached - place.position + Int64(start)
        place.position += Int64(next - start)
        let anchorStart = max(0, next - rules.anchorBytes)
        place.anchor = Fingerprint(of: block.span.extracting(anchorStart..<next))
        files.values[index].place = place
        files.values[index].scanned = place.position
        files.values[index].want = 0
        files.values[index].quietSince = now.instant
        files.values[index].pending.append(place, hasRecords: !lines.isEmpty)
        if lines.isEmpty, let settled = files.values[index].pending.advance() {
            files.values[index].settled = settled
            dirty.insert(plan.id)
        }
        var repeated = 0
        if reached > Int64(start) {
            for line in lines where Int64(line.start) < reached { repeated += 1 }
            numbers.linesRepeated += UInt64(repeated)
        }
        return Piece(
            next: next,
            mark: place.position,
            skipped: counts.bytesSkipped,
            repeated: repeated
        )
    }

    private mutating func endBlock(
        _ plan: Plan,
        _ block: [UInt8],
        _ index: Dictionary<Int, TrackedFile>.Index
    ) {
        let end = plan.offset + Int64(block.count)
        let file = files.values[index]
        if block.count < plan.count {
            // It became shorter meanwhile; what that means the next look tells.
            files.values[index].isHeadChecked = false
            enqueue(plan.id)
            return
        }
        if end >= min(file.size, file.finalSize ?? file.size) {
            files.values[index].scanned = end
            atEnd(plan.id)
            return
        }
        if file.place.position == plan.offset + Int64(plan.lead) {
            let doubled = max(block.count, rules.blockBytes) * 2
            files.values[index].want = min(doubled, rules.cutter.certain)
        }
        enqueue(plan.id)
    }

    private mutating func atEnd(_ id: Int) {
        files[id]?.isHeadChecked = false
        files[id]?.warned = false
        tryRetire(id)
    }

    /// Everything of a lot came to its end.
    mutating func settled(_ id: Int, mark: Int64) {
        guard let index = files.index(forKey: id) else { return }
        guard let place = files.values[index].pending.settle(mark) else { return }
        files.values[index].settled = place
        files.values[index].quietSince = now.instant
        if !files.values[index].isOver {
            dirty.insert(id)
        } else if files.values[index].pending.isEmpty && !files.values[index].isSought {
            files[id] = nil
        }
    }
}
