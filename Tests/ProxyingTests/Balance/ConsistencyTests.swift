import Testing

@testable import Proxying

@Suite struct ConsistencyTests {
    private static func choices(
        _ balancing: ClusterSettings.Balancing,
        _ records: [HostRecord]
    ) -> [[UInt8]] {
        let set = HostSetTests.set(balancing, records)
        return (0..<UInt64(5000)).map { number in
            let hash = XXHash64.hash(Array("key-\(number)".utf8))
            return set.choose(hash: hash).flatMap { set.record(of: $0)?.key } ?? []
        }
    }

    @Test(arguments: [ClusterSettings.Balancing.ringHash(), .maglev(size: 5003)])
    func `a key stays with its host whatever the order of hosts`(
        balancing: ClusterSettings.Balancing
    ) {
        let records = HostSetTests.records(7)
        #expect(
            Self.choices(balancing, records) == Self.choices(balancing, records.reversed())
        )
    }

    /// The hosts that stay get more points, so a few more keys than those of the lost host move.
    @Test(arguments: [
        (ClusterSettings.Balancing.ringHash(), 0.1), (.maglev(size: 5003), 0.06),
    ])
    func `few keys move when a host goes`(
        balancing: ClusterSettings.Balancing,
        others: Double
    ) {
        let records = HostSetTests.records(10)
        let before = Self.choices(balancing, records)
        let after = Self.choices(balancing, Array(records.dropLast()))
        let gone = records[9].key
        var moved = 0
        for (old, new) in zip(before, after) {
            #expect(new != gone)
            if old != gone && old != new { moved += 1 }
        }
        #expect(Double(moved) <= others * 5000)
        #expect(before.contains(gone))
    }

    @Test func `Maglev's table is as even as the paper promises`() {
        let records = HostSetTests.records(10)
        let table = MaglevTable(
            keys: records.map(\.key),
            weights: Array(repeating: 1, count: 10),
            size: 65537
        )
        var counts = Array(repeating: 0, count: 10)
        for place in 0..<UInt64(65537) { counts[table.member(for: place)] += 1 }
        #expect(counts.allSatisfy { $0 == 6553 || $0 == 6554 })
    }

    @Test func `a ring has whole numbers of points`() {
        func size(_ weights: [Int32], _ minimum: Int, _ maximum: Int = 8 << 20) -> Int {
            HashRing(
                keys: weights.indices.map { Array("10.0.0.\($0):80".utf8) },
                weights: weights,
                minimum: minimum,
                maximum: maximum
            ).count
        }
        #expect(size([1, 1], 1024) == 1024)
        #expect(size([1, 1, 1], 1024) == 1026)
        #expect(size([1, 2], 12) == 12)
        #expect(size([1, 2], 13) == 15)
        #expect(size([1, 1, 1], 1024, 3) == 3)
    }

    @Test func `places on a ring are found as by looking at all`() {
        let ring = HashRing(
            keys: ["a", "b", "c"].map { Array($0.utf8) },
            weights: [1, 2, 1],
            minimum: 64,
            maximum: 1024
        )
        let points = ["a", "b", "c"].enumerated().flatMap { index, key in
            (0..<(index == 1 ? 32 : 16)).map {
                (XXHash64.hash(Array("\(key)_\($0)".utf8)), index)
            }
        }.sorted { $0.0 < $1.0 }
        var random = RandomSource(seed: 5)
        for _ in 0..<2000 {
            let hash = random.next()
            let expected = (points.first { $0.0 >= hash } ?? points[0]).1
            #expect(ring.member(at: ring.place(of: hash)) == expected)
        }
    }
}
