/// Header fields in the order of the wire, as bytes in one piece of memory that is used again.
///
/// Names keep the case they came in and are compared without it. What
/// arrives is bounded by the decoders, what a program adds by the program; four gibibytes are the end.
@safe public struct HeaderBlock: ~Copyable {
    struct Entry {
        var nameOffset: UInt32
        var valueOffset: UInt32
        var valueLength: UInt32
        var nameLength: UInt16
        var id: HeaderID
    }

    var memory: UnsafeMutablePointer<UInt8>?
    var entries: UnsafeMutablePointer<Entry>?
    var capacity = 0
    var used = 0
    var entryCapacity = 0
    /// Entries that were noted for bytes that come later, with the valid ones.
    var noted = 0
    /// How many fields there are.
    public internal(set) var count = 0
    /// The length of all names and values.
    public internal(set) var byteCount = 0
    /// A bit for each identifier that was appended; one that was removed again may stand.
    @usableFromInline var present: (UInt64, UInt64) = (0, 0)
    /// Memory above this is given back by `removeAll`.
    static let keepsMaximum = 16 * 1024
    static let keepsEntriesMaximum = 128

    /// Makes an empty block without memory.
    public init() {
        unsafe memory = nil
        unsafe entries = nil
    }

    deinit {
        unsafe memory?.deallocate()
        unsafe entries?.deallocate()
    }

    /// Whether there is no field.
    public var isEmpty: Bool { count == 0 }

    // MARK: Reading

    /// The identifier of a field's name.
    public func id(_ index: Int) -> HeaderID { entry(index).id }

    /// A field's name as it came.
    @_lifetime(borrow self)
    public func name(_ index: Int) -> Span<UInt8> {
        let entry = entry(index)
        return bytes(Int(entry.nameOffset), Int(entry.nameLength))
    }

    /// A field's value, without blanks around it.
    @_lifetime(borrow self)
    public func value(_ index: Int) -> Span<UInt8> {
        let entry = entry(index)
        return bytes(Int(entry.valueOffset), Int(entry.valueLength))
    }

    /// Whether a field's value is a text in lower case, whatever its own case.
    public func value(_ index: Int, equalsFolded text: StaticString) -> Bool {
        value(index).equalsFolded(text)
    }

    /// The index of the first field of a well-known name from `start` on.
    ///
    /// `.other` finds nothing.
    @inlinable
    public func first(_ id: HeaderID, from start: Int = 0) -> Int? {
        mayHave(id) ? search(id, from: start) : nil
    }

    @usableFromInline
    func search(_ id: HeaderID, from start: Int) -> Int? {
        if id == .other { return nil }
        var index = start
        while index < count {
            if entry(index).id == id { return index }
            index &+= 1
        }
        return nil
    }

    /// Whether there is a field of a well-known name.
    @inlinable
    public func contains(_ id: HeaderID) -> Bool { first(id) != nil }

    /// The index of the first field of a name in any case from `start` on.
    public func first(named name: Span<UInt8>, from start: Int = 0) -> Int? {
        let id = HeaderID(name)
        if id != .other { return first(id, from: start) }
        var index = start
        while index < count {
            let entry = entry(index)
            if entry.id == .other, Int(entry.nameLength) == name.count,
                self.name(index).equalsFolded(name)
            {
                return index
            }
            index &+= 1
        }
        return nil
    }

    /// The number of fields of a well-known name.
    public func count(of id: HeaderID) -> Int {
        var total = 0
        var next = first(id)
        while let index = next {
            total += 1
            next = first(id, from: index + 1)
        }
        return total
    }

    // MARK: Changing

    /// Appends a field of a well-known name, in lower case; not `.other`.
    public mutating func append(_ id: HeaderID, value: Span<UInt8>) {
        precondition(id != .other, "a field without a name")
        append(id, Self.span(id.name), value)
    }

    /// Appends a field of a well-known name whose value stands in the program; not `.other`.
    public mutating func append(_ id: HeaderID, value: StaticString) {
        append(id, value: Self.span(value))
    }

    /// Appends a field.
    ///
    /// The caller has checked that the name is a token of at most 65535 bytes and that the value has no
    /// line end.
    public mutating func append(name: Span<UInt8>, value: Span<UInt8>) {
        append(HeaderID(name), name, value)
    }

    /// Appends all fields of another block.
    public mutating func append(contentsOf other: borrowing HeaderBlock) {
        for index in 0..<other.count {
            append(other.id(index), other.name(index), other.value(index))
        }
    }

    /// Gives the first field of a well-known name a value and drops the others; appends it if there is none.
    public mutating func set(_ id: HeaderID, value: Span<UInt8>) {
        guard let index = first(id) else { return append(id, value: value) }
        var next = first(id, from: index + 1)
        while let extra = next {
            remove(at: extra)
            next = first(id, from: extra)
        }
        setValue(index, value)
    }

    /// Gives the first field of a well-known name a value that stands in the program.
    public mutating func set(_ id: HeaderID, value: StaticString) {
        set(id, value: Self.span(value))
    }

    /// Gives the first field of a name a value and drops the others; appends it if there is none.
    public mutating func set(name: Span<UInt8>, value: Span<UInt8>) {
        guard let index = first(named: name) else { return append(name: name, value: value) }
        var next = first(named: name, from: index + 1)
        while let extra = next {
            remove(at: extra)
            next = first(named: name, from: extra)
        }
        setValue(index, value)
    }

    /// Replaces the value of a field.
    public mutating func setValue(_ index: Int, _ value: Span<UInt8>) {
        var entry = entry(index)
        byteCount += value.count - Int(entry.valueLength)
        if value.count <= Int(entry.valueLength) {
            overwrite(Int(entry.valueOffset), value)
        } else {
            // The old value may be moved when memory grows, so its entry is read again.
            reserve(value.count)
            entry = self.entry(index)
            entry.valueOffset = UInt32(store(value))
        }
        entry.valueLength = UInt32(value.count)
        unsafe entries?[index] = entry
    }

    /// Removes a field; those after it move up by one.
    public mutating func remove(at index: Int) {
        let entry = entry(index)
        byteCount -= Int(entry.nameLength) + Int(entry.valueLength)
        count -= 1
        noted = count
        if let place = unsafe entries.map({ unsafe $0 + index }), index < count {
            unsafe place.update(from: place + 1, count: count - index)
        }
    }

    /// Removes all fields of a well-known name.
    ///
    /// - Returns: Whether there was one.
    @inlinable
    @discardableResult
    public mutating func removeAll(_ id: HeaderID) -> Bool {
        mayHave(id) && removeFields(id)
    }

    @usableFromInline
    mutating func removeFields(_ id: HeaderID) -> Bool {
        var next = search(id, from: 0)
        let wasThere = next != nil
        while let index = next {
            remove(at: index)
            next = first(id, from: index)
        }
        return wasThere
    }

    /// Removes all fields of a name in any case.
    ///
    /// - Returns: Whether there was one.
    @discardableResult
    public mutating func removeAll(named name: Span<UInt8>) -> Bool {
        var next = first(named: name)
        let wasThere = next != nil
        while let index = next {
            remove(at: index)
            next = first(named: name, from: index)
        }
        return wasThere
    }

    /// Removes all fields and keeps the memory, unless it has grown beyond what is usual.
    public mutating func removeAll() {
        count = 0
        noted = 0
        used = 0
        byteCount = 0
        present = (0, 0)
        if capacity > Self.keepsMaximum || entryCapacity > Self.keepsEntriesMaximum { release() }
    }

    /// Removes all fields and gives the memory back.
    public mutating func release() {
        unsafe memory?.deallocate()
        unsafe entries?.deallocate()
        unsafe memory = nil
        unsafe entries = nil
        capacity = 0
        entryCapacity = 0
        count = 0
        noted = 0
        used = 0
        byteCount = 0
        present = (0, 0)
    }

    // MARK: Inside

    mutating func append(_ id: HeaderID, _ name: Span<UInt8>, _ value: Span<UInt8>) {
        precondition(name.count <= UInt16.max, "a field name of more than 65535 bytes")
        reserve(name.count + value.count)
        let nameOffset = UInt32(store(name))
        let valueOffset = UInt32(store(value))
        append(
            Entry(
                nameOffset: nameOffset,
                valueOffset: valueOffset,
                valueLength: UInt32(value.count),
                nameLength: UInt16(name.count),
                id: id
            )
        )
        count = noted
        byteCount += name.count + value.count
    }

    mutating func append(_ entry: Entry) {
        if noted == entryCapacity { growEntries() }
        unsafe (entries?.advanced(by: noted))?.initialize(to: entry)
        noted &+= 1
        let id = UInt64(entry.id.rawValue)
        if id < 64 { present.0 |= 1 << id } else { present.1 |= 1 << (id & 63) }
    }

    /// Whether a field of a well-known name may be there; of most names it is known that there is none.
    @inlinable
    @inline(__always)
    func mayHave(_ id: HeaderID) -> Bool {
        let raw = UInt64(id.rawValue)
        return (raw < 64 ? present.0 : present.1) >> (raw & 63) & 1 != 0
    }

    @inline(__always)
    func entry(_ index: Int) -> Entry {
        guard index >= 0, index < count, let entries = unsafe entries else {
            preconditionFailure("no such field")
        }
        return unsafe entries[index]
    }

    @_lifetime(borrow self)
    func bytes(_ offset: Int, _ length: Int) -> Span<UInt8> {
        let all = unsafe UnsafeBufferPointer(
            start: memory.map { unsafe $0 + offset },
            count: length
        )
        return unsafe _overrideLifetime(Span(_unsafeElements: all), borrowing: self)
    }

    @_lifetime(immortal)
    static func span(_ text: StaticString) -> Span<UInt8> {
        let bytes = unsafe UnsafeBufferPointer(
            start: text.utf8Start,
            count: text.utf8CodeUnitCount
        )
        return unsafe _overrideLifetime(Span(_unsafeElements: bytes), copying: ())
    }
}
