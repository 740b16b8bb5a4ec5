/// Maglev's lookup table (Eisenbud and others, NSDI 2016), filled as Envoy fills it.
struct MaglevTable {
    private struct Entry {
        var offset: UInt64
        var skip: UInt64
        var next: UInt64 = 0
        var member: UInt16
        var weight: Double
        var target = 0.0
    }

    private static let nobody = UInt16.max
    private var table: [UInt16] = []

    init() {}

    /// Fills a table of a prime size; at most 65,534 members.
    init(keys: [[UInt8]], weights: [Int32], size: Int) {
        guard let heaviest = weights.max() else { return }
        let size = UInt64(size)
        // The order of filling decides who gets what, so it must not be that of the configuration.
        let order = keys.indices.prefix(Int(Self.nobody)).sorted {
            keys[$0].lexicographicallyPrecedes(keys[$1])
        }
        var entries = order.map { index in
            Entry(
                offset: XXHash64.hash(keys[index]) % size,
                skip: XXHash64.hash(keys[index], seed: 1) % (size - 1) + 1,
                member: UInt16(index),
                weight: Double(weights[index])
            )
        }
        table = Array(repeating: Self.nobody, count: Int(size))
        var filled = 0
        var iteration = 1.0
        while true {
            for index in entries.indices {
                // The heaviest has a turn in every iteration, one of a third its weight in every third.
                if iteration * entries[index].weight < entries[index].target { continue }
                entries[index].target += Double(heaviest)
                var place = Self.permutation(entries[index], size)
                while table[place] != Self.nobody {
                    entries[index].next += 1
                    place = Self.permutation(entries[index], size)
                }
                table[place] = entries[index].member
                entries[index].next += 1
                filled += 1
                if filled == table.count { return }
            }
            iteration += 1
        }
    }

    private static func permutation(_ entry: Entry, _ size: UInt64) -> Int {
        Int((entry.offset + entry.skip * entry.next) % size)
    }

    /// The member for a hash; further attempts ask elsewhere in the table.
    func member(for hash: UInt64, attempt: Int = 0) -> Int {
        let hash = attempt == 0 ? hash : hash ^ (0 &- UInt64(attempt))
        return Int(table[Int(hash % UInt64(table.count))])
    }
}
