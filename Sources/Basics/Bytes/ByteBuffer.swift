/// Bytes that are appended at the end and taken off the front, in one piece of memory.
///
/// It has no memory before the first byte, moves its bytes to the front before it grows, and grows by
/// doubling. Memory may be lent to it from a `BlockPool`. The owner bounds `count`; the buffer does not.
@safe public struct ByteBuffer: ~Copyable {
    @usableFromInline var base: UnsafeMutableRawPointer?
    @usableFromInline var start = 0
    @usableFromInline var end = 0
    /// How many bytes the memory holds.
    public private(set) var capacity = 0

    /// Makes an empty buffer without memory.
    public init() {
        unsafe base = nil
    }

    deinit {
        unsafe base?.deallocate()
    }

    /// How many bytes wait.
    @inlinable public var count: Int { end - start }

    /// Whether no byte waits.
    @inlinable public var isEmpty: Bool { start == end }

    /// Whether it holds memory, filled or not.
    @inlinable public var hasMemory: Bool { unsafe base != nil }

    /// The bytes that wait, first to last.
    public var readable: Span<UInt8> {
        @_lifetime(borrow self)
        @inlinable
        get {
            let bytes = unsafe UnsafeBufferPointer(
                start: base?.advanced(by: start).assumingMemoryBound(to: UInt8.self),
                count: end - start
            )
            return unsafe _overrideLifetime(Span(_unsafeElements: bytes), borrowing: self)
        }
    }

    /// Takes bytes off the front.
    @inlinable
    public mutating func consume(_ amount: Int) {
        precondition(amount >= 0 && amount <= end - start, "more is taken than waits")
        start += amount
        if start == end {
            start = 0
            end = 0
        }
    }

    /// Takes bytes off the end that were appended last.
    @inlinable
    public mutating func retract(_ amount: Int) {
        precondition(amount >= 0 && amount <= end - start, "more is taken than waits")
        end -= amount
    }

    /// Drops all bytes and keeps the memory.
    @inlinable
    public mutating func removeAll() {
        start = 0
        end = 0
    }

    /// Makes room for at least so many more bytes.
    @inlinable
    public mutating func reserve(_ amount: Int) {
        if capacity - end < amount { makeRoom(amount) }
    }

    /// Appends a byte.
    @inlinable
    public mutating func append(byte: UInt8) {
        reserve(1)
        unsafe base?.storeBytes(of: byte, toByteOffset: end, as: UInt8.self)
        end += 1
    }

    /// Appends bytes.
    @inlinable
    public mutating func append(_ bytes: Span<UInt8>) {
        let amount = bytes.count
        if amount == 0 { return }
        reserve(amount)
        unsafe bytes.withUnsafeBufferPointer { source in
            if let target = unsafe base, let first = source.baseAddress {
                unsafe (target + end).copyMemory(from: first, byteCount: amount)
            }
        }
        end += amount
    }

    /// Appends a part of an array.
    @inlinable
    public mutating func append(_ bytes: [UInt8], in range: Range<Int>) {
        append(bytes.span.extracting(range))
    }

    /// Appends bytes of memory that C code hands over.
    @unsafe public mutating func append(copying bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        if let target = unsafe base, let first = bytes.baseAddress {
            unsafe (target + end).copyMemory(from: first, byteCount: bytes.count)
        }
        end += bytes.count
    }

    /// Appends a text that stands in the program.
    @inlinable
    public mutating func append(_ text: StaticString) {
        let amount = text.utf8CodeUnitCount
        reserve(amount)
        if let target = unsafe base {
            unsafe (target + end).copyMemory(from: text.utf8Start, byteCount: amount)
        }
        end += amount
    }

    /// Appends a text; not for hot code.
    public mutating func append(text: some StringProtocol) {
        for byte in text.utf8 { append(byte: byte) }
    }

    /// Appends a number in decimal digits.
    public mutating func append(decimal number: Int) {
        if number < 0 {
            append(byte: UInt8(ascii: "-"))
            append(decimal: number.magnitude)
        } else {
            append(decimal: UInt(number))
        }
    }

    private mutating func append(decimal number: UInt) {
        var count = number < 10 ? 1 : number < 100 ? 2 : 3
        var rest = number / 1000
        while rest > 0 {
            rest /= 10
            count &+= 1
        }
        append(decimal: number, digits: count)
    }

    /// Appends the last digits of a number, leading zeros included.
    ///
    /// - Parameters:
    ///   - number: The number; what does not fit into the digits is left out.
    ///   - digits: How many; at least 1.
    public mutating func append(decimal number: UInt, digits: Int) {
        reserve(digits)
        guard let target = unsafe base else { return }
        var rest = number
        var place = end + digits
        while place > end {
            place &-= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            unsafe target.storeBytes(
                of: 0x30 &+ UInt8(truncatingIfNeeded: digit),
                toByteOffset: place,
                as: UInt8.self
            )
            rest = quotient
        }
        end += digits
    }

    /// Appends a number in hexadecimal digits without leading zeros.
    public mutating func append(hexadecimal number: UInt) {
        let significant = UInt.bitWidth - number.leadingZeroBitCount
        append(hexadecimal: number, digits: max(1, (significant + 3) / 4))
    }

    /// Appends the last hexadecimal digits of a number, leading zeros included.
    ///
    /// - Parameters:
    ///   - number: The number; what does not fit into the digits is left out.
    ///   - digits: How many; at least 1.
    public mutating func append(hexadecimal number: UInt, digits: Int) {
        reserve(digits)
        guard let target = unsafe base else { return }
        var rest = number
        var place = end + digits
        while place > end {
            place &-= 1
            let digit = UInt8(truncatingIfNeeded: rest & 15)
            unsafe target.storeBytes(
                of: digit &+ (digit < 10 ? 0x30 : 0x57),
                toByteOffset: place,
                as: UInt8.self
            )
            rest >>= 4
        }
        end += digits
    }

    /// Lets `body` write into at least `amount` bytes of room; it answers how many it wrote.
    ///
    /// All the room there is is handed out. A negative answer is an error of the caller's own: nothing is
    /// appended and it is handed back.
    @inlinable
    public mutating func write<E: Error>(
        atLeast amount: Int,
        _ body: (UnsafeMutableRawBufferPointer) throws(E) -> Int
    ) throws(E) -> Int {
        reserve(amount)
        let room = unsafe UnsafeMutableRawBufferPointer(
            start: base.map { unsafe $0 + end },
            count: capacity - end
        )
        let written = unsafe try body(room)
        precondition(written <= capacity - end, "more was written than there is room")
        if written > 0 { end += written }
        return written
    }

    /// Moves all bytes of another buffer to the end of this one, which takes its memory if it is empty.
    public mutating func append(moving other: inout ByteBuffer) {
        if isEmpty {
            swap(&self, &other)
        } else {
            append(other.readable)
        }
        other.removeAll()
    }

    /// Gives the memory back to the machine.
    ///
    /// Only when it is empty.
    public mutating func release() {
        precondition(isEmpty, "bytes would be lost")
        unsafe base?.deallocate()
        unsafe base = nil
        capacity = 0
    }

    /// Takes a block of memory if it has none.
    @inlinable
    public mutating func borrow(from pool: BlockPool) {
        if unsafe base == nil { take(pool) }
    }

    /// Gives its block back if it is empty; memory of another size goes back to the machine.
    @inlinable
    public mutating func giveBack(to pool: BlockPool) {
        if start == end, unsafe base != nil { give(pool) }
    }

    @usableFromInline
    mutating func take(_ pool: BlockPool) {
        unsafe base = pool.take()
        capacity = pool.blockSize
    }

    @usableFromInline
    mutating func give(_ pool: BlockPool) {
        guard let memory = unsafe base else { return }
        if capacity == pool.blockSize {
            unsafe pool.give(memory)
        } else {
            unsafe memory.deallocate()
        }
        unsafe base = nil
        capacity = 0
    }

    @usableFromInline
    mutating func makeRoom(_ amount: Int) {
        let waiting = end - start
        if let memory = unsafe base, start > 0, capacity - waiting >= amount, start >= waiting {
            unsafe memory.copyMemory(from: memory + start, byteCount: waiting)
        } else {
            var size = max(capacity, 256)
            while size - waiting < amount { size *= 2 }
            let fresh = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
            if let memory = unsafe base {
                unsafe fresh.copyMemory(from: memory + start, byteCount: waiting)
                unsafe memory.deallocate()
            }
            unsafe base = fresh
            capacity = size
        }
        start = 0
        end = waiting
    }
}

/// Blocks of memory of one size that buffers borrow and give back.
///
/// Owned and used by one thread.
@safe public final class BlockPool {
    /// The size of a block in bytes.
    public let blockSize: Int
    /// The most unused blocks that are kept.
    public let keepsMaximum: Int
    /// How many unused blocks are kept now.
    public var keptCount: Int { unsafe unused.count }
    private var unused: [UnsafeMutableRawPointer]

    /// Makes a pool without blocks.
    public init(blockSize: Int = 16 * 1024, keepsMaximum: Int = 64) {
        precondition(blockSize > 0 && keepsMaximum >= 0)
        self.blockSize = blockSize
        self.keepsMaximum = keepsMaximum
        unsafe unused = []
        unsafe unused.reserveCapacity(keepsMaximum)
    }

    deinit {
        while let block = unsafe unused.popLast() { unsafe block.deallocate() }
    }

    func take() -> UnsafeMutableRawPointer {
        if let block = unsafe unused.popLast() { return unsafe block }
        return UnsafeMutableRawPointer.allocate(byteCount: blockSize, alignment: 16)
    }

    func give(_ block: UnsafeMutableRawPointer) {
        if unsafe unused.count < keepsMaximum {
            unsafe unused.append(block)
        } else {
            unsafe block.deallocate()
        }
    }
}
