/// A short text of bytes that keeps its memory when it is set again.
@safe struct ByteText: ~Copyable {
    private var memory: UnsafeMutablePointer<UInt8>?
    private var capacity = 0
    private(set) var count = 0
    /// Memory above this is given back when the text is emptied.
    private static let keepsMaximum = 4096

    init() {
        unsafe memory = nil
    }

    deinit {
        unsafe memory?.deallocate()
    }

    var span: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let bytes = unsafe UnsafeBufferPointer(start: memory, count: count)
            return unsafe _overrideLifetime(Span(_unsafeElements: bytes), borrowing: self)
        }
    }

    mutating func set(_ bytes: Span<UInt8>) {
        count = 0
        append(bytes)
    }

    mutating func append(_ bytes: Span<UInt8>) {
        let amount = bytes.count
        if capacity - count < amount { grow(amount) }
        unsafe bytes.withUnsafeBufferPointer { source in
            if let target = unsafe memory, let first = source.baseAddress {
                unsafe (target + count).update(from: first, count: amount)
            }
        }
        count += amount
    }

    mutating func set(_ text: StaticString) {
        unsafe set(
            Span(
                _unsafeElements: UnsafeBufferPointer(
                    start: text.utf8Start,
                    count: text.utf8CodeUnitCount
                )
            )
        )
    }

    mutating func removeAll() {
        count = 0
        if capacity > Self.keepsMaximum { release() }
    }

    /// Gives the memory back.
    mutating func release() {
        unsafe memory?.deallocate()
        unsafe memory = nil
        capacity = 0
        count = 0
    }

    private mutating func grow(_ amount: Int) {
        let size = max(64, capacity * 2, count + amount)
        let fresh = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
        if let memory = unsafe memory {
            unsafe fresh.update(from: memory, count: count)
            unsafe memory.deallocate()
        }
        unsafe memory = fresh
        capacity = size
    }
}
