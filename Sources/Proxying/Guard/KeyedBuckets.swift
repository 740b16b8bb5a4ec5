internal import Basics
import Synchronization

/// A bucket for each key (address, API key, header value), shared by all workers.
///
/// The table has a limit: when it is full the key that was used longest ago is forgotten, which makes its
/// bucket a full one. Keys are known by a 64-bit hash that is seeded, so that nobody can make two collide.
final class KeyedBuckets: Sendable {
    fileprivate struct Node {
        var hash: UInt64
        var full: Int64
        var chain: Int32
        var older: Int32
        var newer: Int32
    }

    fileprivate struct Table {
        var nodes: [Node] = []
        var heads: [Int32] = Array(repeating: -1, count: 64)
        var newest: Int32 = -1
        var oldest: Int32 = -1
    }

    /// The most keys that are remembered.
    let maximum: Int
    private let table = Mutex(Table())

    init(maximum: Int = 65_536) {
        precondition(maximum > 0 && maximum < Int(Int32.max))
        self.maximum = maximum
    }

    /// How many keys are remembered.
    var count: Int { table.withLock { $0.nodes.count } }

    /// Takes a token of a key's bucket.
    func take(_ rate: TokenRate, key hash: UInt64, at now: Instant) -> RateDecision {
        table.withLock { table in
            let index = table.find(hash) ?? table.add(hash, maximum)
            table.touch(index)
            let verdict = rate.take(&table.nodes[Int(index)].full, at: now)
            return RateDecision(verdict, rate, table.nodes[Int(index)].full, now)
        }
    }
}

extension KeyedBuckets.Table {
    private func place(_ hash: UInt64) -> Int { Int(hash & UInt64(heads.count - 1)) }

    fileprivate func find(_ hash: UInt64) -> Int32? {
        var index = heads[place(hash)]
        while index >= 0 {
            if nodes[Int(index)].hash == hash { return index }
            index = nodes[Int(index)].chain
        }
        return nil
    }

    fileprivate mutating func add(_ hash: UInt64, _ maximum: Int) -> Int32 {
        let index: Int32
        if nodes.count < maximum {
            if nodes.count >= heads.count { grow() }
            index = Int32(nodes.count)
            nodes.append(
                KeyedBuckets.Node(hash: hash, full: .min / 2, chain: -1, older: -1, newer: -1)
            )
        } else {
            index = oldest
            leave(index)
            unchain(index)
            nodes[Int(index)].hash = hash
            nodes[Int(index)].full = .min / 2
        }
        nodes[Int(index)].chain = heads[place(hash)]
        heads[place(hash)] = index
        join(index)
        return index
    }

    fileprivate mutating func touch(_ index: Int32) {
        if newest == index { return }
        leave(index)
        join(index)
    }

    private mutating func join(_ index: Int32) {
        nodes[Int(index)].older = newest
        nodes[Int(index)].newer = -1
        if newest >= 0 { nodes[Int(newest)].newer = index }
        newest = index
        if oldest < 0 { oldest = index }
    }

    private mutating func leave(_ index: Int32) {
        let (older, newer) = (nodes[Int(index)].older, nodes[Int(index)].newer)
        if older >= 0 { nodes[Int(older)].newer = newer } else { oldest = newer }
        if newer >= 0 { nodes[Int(newer)].older = older } else { newest = older }
    }

    private mutating func unchain(_ index: Int32) {
        let head = place(nodes[Int(index)].hash)
        if heads[head] == index {
            heads[head] = nodes[Int(index)].chain
            return
        }
        var before = heads[head]
        while nodes[Int(before)].chain != index { before = nodes[Int(before)].chain }
        nodes[Int(before)].chain = nodes[Int(index)].chain
    }

    private mutating func grow() {
        heads = Array(repeating: -1, count: heads.count * 2)
        for index in nodes.indices {
            let head = place(nodes[index].hash)
            nodes[index].chain = heads[head]
            heads[head] = Int32(index)
        }
    }
}
