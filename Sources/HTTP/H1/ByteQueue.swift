/// Received bytes that are consumed from the front without moving the rest each time.
struct ByteQueue: Sendable {
    private var storage: [UInt8] = []
    private var start = 0

    /// How many bytes are waiting.
    var count: Int { storage.count - start }
    /// Whether nothing is waiting.
    var isEmpty: Bool { storage.count == start }

    /// The byte at an offset from the front.
    subscript(offset: Int) -> UInt8 { storage[start + offset] }

    /// The bytes of a range of offsets, without a copy.
    subscript(range: Range<Int>) -> ArraySlice<UInt8> {
        storage[start + range.lowerBound..<start + range.upperBound]
    }

    /// Adds bytes at the end.
    mutating func append(_ bytes: [UInt8]) {
        if isEmpty {
            storage = bytes
            start = 0
            return
        }
        if start > storage.count / 2 {
            storage.removeFirst(start)
            start = 0
        }
        storage.append(contentsOf: bytes)
    }

    /// Drops bytes at the front.
    mutating func drop(_ amount: Int) {
        precondition(amount <= count)
        start += amount
        if isEmpty {
            storage = []
            start = 0
        }
    }

    /// Takes bytes from the front; the whole store changes hands without a copy if it can.
    mutating func take(_ amount: Int) -> [UInt8] {
        if start == 0 && amount == storage.count {
            let taken = storage
            storage = []
            return taken
        }
        let taken = Array(self[0..<amount])
        drop(amount)
        return taken
    }

    /// The offset of the first line feed at or after an offset.
    func lineFeed(from offset: Int) -> Int? {
        storage[(start + offset)...].firstIndex(of: HTTPSyntax.lineFeed).map { $0 - start }
    }
}
