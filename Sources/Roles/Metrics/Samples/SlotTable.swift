/// An open table of small numbers by hash; whoever asks compares the keys.
struct SlotTable: Sendable {
    /// Where a search stands.
    struct Search {
        fileprivate var place: Int
        fileprivate let tag: UInt32
    }

    /// The number + 1 below, the upper half of the hash above; zero is free.
    private var slots: [UInt64] = []

    /// Begins to look for a hash.
    @inline(__always)
    func begin(_ hash: UInt64) -> Search {
        Search(
            place: slots.isEmpty ? 0 : Int(truncatingIfNeeded: hash) & (slots.count - 1),
            tag: UInt32(truncatingIfNeeded: hash &>> 32)
        )
    }

    /// The next number with that hash, or nearly; `nil` at the end.
    @inline(__always)
    func next(_ search: inout Search) -> Int? {
        guard !slots.isEmpty else { return nil }
        while true {
            let slot = slots[search.place]
            if slot == 0 { return nil }
            search.place = (search.place &+ 1) & (slots.count - 1)
            if UInt32(truncatingIfNeeded: slot &>> 32) == search.tag {
                return Int(UInt32(truncatingIfNeeded: slot)) - 1
            }
        }
    }

    /// Adds the next number under a hash: numbers come in their order, from 0.
    mutating func insert(_ hash: UInt64, _ number: Int) {
        precondition(number == hashes.count, "numbers come in their order")
        if hashes.count * 4 >= slots.count * 3 { resize(max(16, slots.count * 2)) }
        hashes.append(hash)
        put(hash, number)
    }

    /// The hash of each number, to put them elsewhere when the table grows.
    private var hashes: [UInt64] = []

    /// Takes room for so many numbers.
    mutating func reserve(_ numbers: Int) {
        var size = 16
        while size * 3 < numbers * 4 { size *= 2 }
        hashes.reserveCapacity(numbers)
        if size > slots.count { resize(size) }
    }

    private mutating func put(_ hash: UInt64, _ number: Int) {
        let mask = slots.count - 1
        var place = Int(truncatingIfNeeded: hash) & mask
        while slots[place] != 0 { place = (place &+ 1) & mask }
        slots[place] = (hash & 0xFFFF_FFFF_0000_0000) | UInt64(number &+ 1)
    }

    private mutating func resize(_ size: Int) {
        slots = [UInt64](repeating: 0, count: size)
        for number in 0..<hashes.count { put(hashes[number], number) }
    }
}
