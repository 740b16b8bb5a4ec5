extension HeaderBlock {
    /// Notes a field of a head that is copied in by `commit`; the offsets are those in the head.
    @inline(__always)
    mutating func note(_ id: HeaderID, name: Range<Int>, value: Range<Int>) {
        append(
            Entry(
                nameOffset: UInt32(truncatingIfNeeded: name.lowerBound),
                valueOffset: UInt32(truncatingIfNeeded: value.lowerBound),
                valueLength: UInt32(truncatingIfNeeded: value.count),
                nameLength: UInt16(truncatingIfNeeded: name.count),
                id: id
            )
        )
        byteCount &+= name.count &+ value.count
    }

    /// The last noted field's name.
    var lastNoted: HeaderID? {
        guard noted > 0, let entries = unsafe entries else { return nil }
        return unsafe entries[noted - 1].id
    }

    /// Joins a folded line to the value of the last noted field.
    mutating func extendLastNoted(_ more: Range<Int>) {
        guard noted > 0, !more.isEmpty, let entries = unsafe entries else { return }
        var entry = unsafe entries[noted - 1]
        byteCount -= Int(entry.valueLength)
        if entry.valueLength == 0 { entry.valueOffset = UInt32(more.lowerBound) }
        entry.valueLength = UInt32(more.upperBound) - entry.valueOffset
        byteCount += Int(entry.valueLength)
        unsafe entries[noted - 1] = entry
    }

    /// Copies the head that the noted fields lie in; they count from now on.
    mutating func commit(_ head: Span<UInt8>) {
        precondition(used == 0, "a head beside other fields")
        reserve(head.count)
        _ = store(head)
        count = noted
    }

    /// Where a field stands as a line `name: value` with its line end, if it stands so in one piece.
    @inline(__always)
    func line(_ index: Int) -> Range<Int>? {
        let entry = entry(index)
        let nameEnd = Int(entry.nameOffset) &+ Int(entry.nameLength)
        let valueStart = Int(entry.valueOffset)
        let valueEnd = valueStart &+ Int(entry.valueLength)
        guard valueStart == nameEnd &+ 2, valueEnd &+ 2 <= used, let memory = unsafe memory,
            unsafe memory[nameEnd] == 0x3A, unsafe memory[nameEnd &+ 1] == 0x20,
            unsafe memory[valueEnd] == 0x0D, unsafe memory[valueEnd &+ 1] == 0x0A
        else { return nil }
        return Int(entry.nameOffset)..<(valueEnd &+ 2)
    }

    /// Stored bytes.
    @_lifetime(borrow self)
    func stored(_ range: Range<Int>) -> Span<UInt8> {
        precondition(range.upperBound <= used)
        return bytes(range.lowerBound, range.count)
    }

    /// Turns line ends inside of values into blanks (RFC 9112 section 5.2).
    mutating func unfold() {
        guard let memory = unsafe memory else { return }
        for index in 0..<count {
            let entry = entry(index)
            for place in Int(entry.valueOffset)..<Int(entry.valueOffset + entry.valueLength) {
                let byte = unsafe memory[place]
                if byte == 0x0D || byte == 0x0A { unsafe memory[place] = 0x20 }
            }
        }
    }

    /// Appends to the value of a field.
    mutating func extendValue(_ index: Int, _ separator: StaticString, _ more: Span<UInt8>) {
        let separator = Self.span(separator)
        let added = separator.count + more.count
        reserve(Int(entry(index).valueLength) + added)
        var entry = entry(index)
        let length = Int(entry.valueLength)
        if Int(entry.valueOffset) + length != used, let memory = unsafe memory {
            unsafe (memory + used).update(from: memory + Int(entry.valueOffset), count: length)
            entry.valueOffset = UInt32(used)
            used += length
        }
        _ = store(separator)
        _ = store(more)
        entry.valueLength += UInt32(added)
        byteCount += added
        unsafe entries?[index] = entry
    }

    mutating func store(_ bytes: Span<UInt8>) -> Int {
        let offset = used
        overwrite(offset, bytes)
        used += bytes.count
        return offset
    }

    func overwrite(_ offset: Int, _ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { source in
            if let target = unsafe memory, let first = source.baseAddress {
                unsafe (target + offset).update(from: first, count: source.count)
            }
        }
    }

    @inline(__always)
    mutating func reserve(_ amount: Int) {
        if capacity - used < amount { makeRoom(amount) }
    }

    /// Moves what is in use to new memory; what removed fields and old values left is dropped.
    private mutating func makeRoom(_ amount: Int) {
        let needed = (count == 0 ? 0 : byteCount) + amount
        var size = 512
        // Some stays free, so that dropping what is not in use pays for itself.
        while size < needed + min(needed, 4096) { size *= 2 }
        let fresh = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
        var end = 0
        if let memory = unsafe memory, let entries = unsafe entries {
            for index in 0..<count {
                var entry = unsafe entries[index]
                let name = Int(entry.nameLength)
                let value = Int(entry.valueLength)
                unsafe (fresh + end).update(from: memory + Int(entry.nameOffset), count: name)
                unsafe (fresh + end + name).update(
                    from: memory + Int(entry.valueOffset),
                    count: value
                )
                entry.nameOffset = UInt32(end)
                entry.valueOffset = UInt32(end + name)
                unsafe entries[index] = entry
                end += name + value
            }
        }
        unsafe memory?.deallocate()
        unsafe memory = fresh
        capacity = size
        used = end
    }

    mutating func growEntries() {
        let size = max(16, entryCapacity * 2)
        let fresh = UnsafeMutablePointer<Entry>.allocate(capacity: size)
        if let entries = unsafe entries {
            unsafe fresh.update(from: entries, count: noted)
            unsafe entries.deallocate()
        }
        unsafe entries = fresh
        entryCapacity = size
    }
}
