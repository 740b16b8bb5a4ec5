import Testing

@testable import Proxying

@Suite struct HostSetTests {
    static let plain: [ClusterSettings.Balancing] = [
        .roundRobin, .leastRequest(), .random, .ringHash(), .maglev(size: 1021), .leastConnections,
        .first,
        .sourceHash,
    ]

    static func records(_ count: Int, weights: [Int] = [], priority: Int = 0) -> [HostRecord] {
        (0..<count).map { index in
            HostRecord(
                key: Array("10.0.\(priority).\(index + 1):8080".utf8),
                weight: index < weights.count ? weights[index] : 1,
                priority: priority
            )
        }
    }

    static func set(
        _ balancing: ClusterSettings.Balancing,
        _ records: [HostRecord],
        panic: Double = 50,
        seed: UInt64 = 1
    ) -> HostSet {
        let set = HostSet(balancing: balancing, panicPercent: panic, seed: seed)
        _ = set.update(records)
        return set
    }

    private func counts(_ set: HostSet, _ times: Int, hashes: Bool = false) -> [Int] {
        var random = RandomSource(seed: 99)
        var counts = Array(repeating: 0, count: set.slotCount)
        for _ in 0..<times {
            if let slot = set.choose(hash: hashes ? random.next() : nil) { counts[slot] += 1 }
        }
        return counts
    }

    @Test func `round robin takes turns exactly`() {
        let set = Self.set(.roundRobin, Self.records(5))
        #expect(counts(set, 5000) == Array(repeating: 1000, count: 5))
    }

    @Test(arguments: [[5, 1, 1], [1, 2, 3, 4], [128, 1], [7, 7, 3], [100, 60, 1, 1, 1]])
    func `weighted round robin gives each its weight in every round`(weights: [Int]) {
        let set = Self.set(.roundRobin, Self.records(weights.count, weights: weights), seed: 3)
        let round = weights.reduce(0, +)
        _ = counts(set, round)
        #expect(counts(set, 10 * round) == weights.map { 10 * $0 })
    }

    @Test func `weighted turns are spread over the round`() {
        var rotation = WeightedRotation(weights: [5, 1, 1])
        #expect(
            (0..<14).map { _ in rotation.next() } == [0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 1, 2, 0, 0]
        )
        var even = WeightedRotation(weights: [3, 2])
        #expect((0..<5).map { _ in even.next() } == [0, 1, 0, 1, 0])
    }

    @Test(arguments: [
        ClusterSettings.Balancing.random, .leastRequest(), .sourceHash, .maglev(),
    ])
    func `weights are kept by chance too`(balancing: ClusterSettings.Balancing) {
        let weights = [1, 2, 3, 4]
        let set = Self.set(balancing, Self.records(4, weights: weights))
        #expect(chiSquare(counts(set, 40_000, hashes: true), shares: weights) < 40)
    }

    @Test func `a ring gives about the weights`() {
        let weights = [1, 2, 3, 4]
        let set = Self.set(.ringHash(minimum: 100_000), Self.records(4, weights: weights))
        let found = counts(set, 40_000, hashes: true)
        for (count, weight) in zip(found, weights) {
            #expect(abs(count - 4000 * weight) < 400 * weight)
        }
    }

    @Test(arguments: plain) func `each is chosen of one, and none of none`(
        balancing: ClusterSettings.Balancing
    ) {
        let set = Self.set(balancing, [])
        #expect(set.choose(hash: 5) == nil)
        #expect(!set.hasCandidates)
        _ = set.update(Self.records(1))
        #expect(set.choose(hash: 5) == 0)
        #expect(set.choose() == 0)
        #expect(set.choose(excluding: TriedHosts([0])) == 0)
    }

    @Test(arguments: plain) func `whoever was tried is avoided while there are others`(
        balancing: ClusterSettings.Balancing
    ) {
        let set = Self.set(balancing, Self.records(4))
        for hash in 0..<UInt64(200) {
            var tried = TriedHosts()
            for _ in 0..<4 {
                guard let slot = set.choose(hash: hash &* 0x9e37_79b9_7f4a_7c15, excluding: tried)
                else {
                    Issue.record("nobody was chosen")
                    return
                }
                #expect(!tried.contains(slot))
                tried.insert(slot)
            }
            #expect(set.choose(hash: hash, excluding: tried) != nil)
        }
    }

    @Test(arguments: plain) func `unhealthy hosts are not chosen, until all are`(
        balancing: ClusterSettings.Balancing
    ) {
        let records = Self.records(4)
        let set = Self.set(balancing, records)
        #expect(records[2].health.set(.ejected, to: true))
        #expect(set.refresh() == [2])
        #expect((0..<100).allSatisfy { set.choose(hash: $0 &* 0x9e37_79b9_7f4a_7c15) != 2 })
        for record in records { _ = record.health.set(.failedCheck, to: true) }
        #expect(set.refresh() == [0, 1, 3])
        #expect(set.load.isPanic == [true])
        if balancing != .first {
            let found = Set((0..<200).compactMap { set.choose(hash: $0 &* 0x9e37_79b9_7f4a_7c15) })
            #expect(found == [0, 1, 2, 3])
        }
        #expect(set.membership.healthy == 0)
    }

    @Test func `without panic nobody is chosen of the unhealthy`() {
        let records = Self.records(2)
        let set = Self.set(.roundRobin, records, panic: 0)
        for record in records { _ = record.health.set(.ejected, to: true) }
        _ = set.refresh()
        #expect(set.choose() == nil)
        #expect(!set.hasCandidates)
    }

    @Test func `disabled hosts are not even chosen in a panic`() {
        var records = Self.records(3)
        records[0].isDisabled = true
        let set = Self.set(.random, records)
        for record in records { _ = record.health.set(.failedCheck, to: true) }
        _ = set.refresh()
        #expect((0..<100).allSatisfy { _ in set.choose() != 0 })
    }

    @Test func `the next priority takes what the first cannot`() {
        let records = Self.records(10) + Self.records(10, priority: 1)
        let set = Self.set(.roundRobin, records)
        for record in records.prefix(5) { _ = record.health.set(.failedCheck, to: true) }
        _ = set.refresh()
        let found = counts(set, 100_000)
        let first = found[0..<10].reduce(0, +)
        #expect(abs(first - 70_000) < 1000)
        #expect(found[0..<5].allSatisfy { $0 == 0 })
        #expect(found[10...].allSatisfy { abs($0 - 3000) < 300 })
    }

    @Test func `degraded hosts get their share in a single priority too`() {
        let records = Self.records(10)
        let set = Self.set(.roundRobin, records)
        for record in records.prefix(5) { _ = record.health.set(.degraded, to: true) }
        _ = set.refresh()
        let degraded = counts(set, 10_000).prefix(5).reduce(0, +)
        #expect(abs(degraded - 3000) < 300)
    }

    @Test func `a retry goes to the backup when all others were tried`() {
        let records = Self.records(2) + Self.records(1, priority: 1)
        let set = Self.set(.roundRobin, records)
        #expect(set.choose(excluding: TriedHosts([0, 1])) == 2)
    }

    @Test(arguments: [ClusterSettings.Balancing.leastRequest(), .leastConnections])
    func `a busy host is spared`(balancing: ClusterSettings.Balancing) {
        let set = Self.set(balancing, Self.records(2))
        for _ in 0..<50 { #expect(set.begin(0)) }
        let found = counts(set, 1000)
        #expect(balancing == .leastConnections ? found[0] == 0 : found[0] < 350)
        for _ in 0..<50 { set.end(0) }
        #expect(chiSquare(counts(set, 10_000)) < 20)
    }

    @Test func `least connections keeps loads even`() {
        let set = Self.set(.leastConnections, Self.records(4, weights: [1, 1, 2, 4]))
        for _ in 0..<80 {
            if let slot = set.choose() { #expect(set.begin(slot)) }
        }
        #expect(set.published.map { set.uses(of: $0) } == [10, 10, 20, 40])
    }

    @Test func `the first is filled before the second`() {
        var records = Self.records(3)
        for index in records.indices { records[index].usesMaximum = 2 }
        let set = Self.set(.first, records)
        let taken = (0..<6).map { _ in
            set.choose().map { slot in
                #expect(set.begin(slot))
                return slot
            }
        }
        #expect(taken == [0, 0, 1, 1, 2, 2])
        #expect(set.choose() == nil)
        #expect(set.hasCandidates)
        set.end(1)
        #expect(set.choose() == 1)
    }

    @Test func `a host that was tried is chosen again when attempts are used up`() throws {
        let turns = Self.set(.roundRobin, Self.records(3))
        let order = try (0..<3).map { _ in try #require(turns.choose()) }
        func next(_ tried: [Int], _ attempts: Int) -> Int? {
            // Back to the beginning of the order.
            while turns.choose() != order[2] {}
            return turns.choose(hash: nil, excluding: TriedHosts(tried), attempts: attempts)
        }
        #expect(next([order[0]], 0) == order[0])
        #expect(next([order[0]], 1) == order[1])
        #expect(next([order[0], order[1]], 1) == order[1])
        #expect(next([order[0], order[1]], 2) == order[2])
        #expect(next([order[2]], 1) == order[0])
        // An algorithm that always wants the same one gets it.
        let set = Self.set(.first, Self.records(3))
        #expect(set.choose(hash: nil, excluding: TriedHosts([0]), attempts: 5) == 0)
        #expect(set.choose(excluding: TriedHosts([0])) == 1)
    }

    @Test func `where a hash decides the next host is another`() {
        let set = Self.set(.ringHash(), Self.records(3))
        for hash in 0..<50 as Range<UInt64> {
            let number = hash &* 0x9E37_79B9_7F4A_7C15
            guard let first = set.choose(hash: number) else { continue }
            let tried = TriedHosts([first])
            let next = set.choose(hash: number, excluding: tried, attempts: 1)
            #expect(next != first && next != nil)
        }
    }

    @Test func `the room of a host is shared by the workers`() {
        var records = Self.records(1)
        records[0].usesMaximum = 1
        let (one, two) = (Self.set(.first, records), Self.set(.first, records))
        #expect(one.begin(0))
        #expect(two.choose() == nil)
        #expect(!two.begin(0))
        one.end(0)
        #expect(two.choose() == 0)
    }

    @Test func `a host keeps its slot and counts while others come and go`() {
        let records = Self.records(4)
        let set = Self.set(.roundRobin, records)
        #expect(set.begin(3))
        #expect(set.begin(1))
        #expect(set.update([records[3], records[0]]).sorted() == [1, 2])
        #expect(set.published == [3, 0])
        #expect(set.uses(of: 3) == 1)
        #expect(set.state(of: 1) == .gone)
        let more = Self.records(2, priority: 0)
        _ = set.update([records[3]] + more)
        #expect(!set.published.contains(1), "slot 1 is in use by a request that goes on")
        #expect(set.slotCount <= 5)
        set.end(1)
        _ = set.update([records[3]] + more + Self.records(1))
        #expect(set.published.contains(1))
    }

    @Test func `nothing is lost in any order of events`() {
        let seed: UInt64 = 20_261_121
        var random = RandomSource(seed: seed)
        for round in 0..<40 {
            let balancing = Self.plain[round % Self.plain.count]
            let pool = Self.records(6, weights: [1, 3, 1, 2]) + Self.records(3, priority: 1)
            let set = Self.set(balancing, Array(pool.prefix(4)), seed: random.next())
            var open: [Int] = []
            for step in 0..<300 {
                switch random.below(6) {
                case 0: _ = set.update(pool.filter { _ in random.below(3) > 0 })
                case 1:
                    _ = pool[random.below(pool.count)].health.set(
                        .ejected,
                        to: random.below(2) == 0
                    )
                    _ = set.refresh()
                case 2 where !open.isEmpty: set.end(open.remove(at: random.below(open.count)))
                default:
                    guard let slot = set.choose(hash: random.next()) else {
                        #expect(!set.hasCandidates, "seed \(seed) round \(round) step \(step)")
                        continue
                    }
                    #expect(set.published.contains(slot), "seed \(seed) round \(round)")
                    #expect(set.begin(slot))
                    open.append(slot)
                }
                let uses = (0..<set.slotCount).reduce(0) { $0 + set.uses(of: $1) }
                #expect(uses == open.count, "seed \(seed) round \(round) step \(step)")
            }
        }
    }
}
