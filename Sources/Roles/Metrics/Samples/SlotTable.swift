/// An open table of small numbers by hash; whoever asks compares the keys.
struct SlotTable: Sendable {
    /// Where a search stands.
    struct Search {
        fileprivate var place: Int
        fileprivate let tag: UInt32
    }

    /// The number + 1 below, the upper half of the hash above; zero is free.
    private var slots: [UInt64] = []
    private var count = 0

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

    /// Adds a number under a hash that does not have it.
    mutating func insert(_ hash: UInt64, _ number: Int) {
        if count * 4 >= slots.count * 3 { grow(hash) }
        put(hash, UInt32(number + 1))
        count += 1
    }

    private var hashes: [UInt64] = []

    private mutating func put(_ hash: UInt64, _ entry: UInt32) {
        var place = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[place] != 0 { place = (place &+ 1) & (slots.count - 1) }
        slots[place] = (hash & 0xFFFF_FFFF_0000_0000) | UInt64(entry)
        let index = Int(entry) - 1
        if index < hashes.count {
            hashes[index] = hash
        } else {
            while hashes.count < index { hashes.append(0) }
            hashes.append(hash)
        }
    }

    private mutating func grow(_ hash: UInt64) {
        let entries = slots.filter { $0 != 0 }.map { UInt32(truncatingIfNeeded: $0) }
        slots = [UInt64](repeating: 0, count: max(16, slots.count * 2))
        for entry in entries { put(hashes[Int(entry) - 1], entry) }
    }
}
