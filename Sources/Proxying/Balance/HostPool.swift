/// Hosts that are chosen among: those of one priority that are healthy, or degraded, or all in a panic.
struct HostPool {
    /// The slots of the hosts, in the order they were published.
    private(set) var members: [Int32] = []
    private var weights: [Int32] = []
    /// Sums of weights up to and including each member; empty if all weights are equal.
    private var sums: [Int] = []
    private var cursor = 0
    private var rotation = WeightedRotation()
    private var ring = HashRing()
    private var maglev = MaglevTable()

    init() {}

    /// Whether there is nobody to choose.
    var isEmpty: Bool { members.isEmpty }

    /// Takes these hosts; `keys` is asked only by the algorithms that hash.
    mutating func assign(
        _ members: [Int32],
        weights: [Int32],
        keys: () -> [[UInt8]],
        _ balancing: ClusterSettings.Balancing,
        random: inout RandomSource
    ) {
        if members.isEmpty {
            self = Self()
            return
        }
        self.members = members
        self.weights = weights
        let isWeighted = weights.contains { $0 != weights[0] }
        sums = []
        if isWeighted {
            var sum = 0
            sums = weights.map { weight in
                sum += Int(weight)
                return sum
            }
        }
        // Workers that start together must not walk in step.
        cursor = random.below(members.count)
        switch balancing {
        case .roundRobin:
            if isWeighted {
                rotation = WeightedRotation(weights: weights)
                for _ in 0..<cursor { _ = rotation.next() }
            }
        case .ringHash(let minimum, let maximum):
            ring = HashRing(keys: keys(), weights: weights, minimum: minimum, maximum: maximum)
        case .maglev(let size):
            maglev = MaglevTable(keys: keys(), weights: weights, size: size)
        case .leastRequest, .random, .leastConnections, .first, .sourceHash: break
        }
    }

    /// The slot of a host that may be used, chosen as the cluster says; `nil` if there is none.
    mutating func choose(
        _ balancing: ClusterSettings.Balancing,
        hash: UInt64?,
        _ hosts: [HostSet.Host],
        excluding tried: TriedHosts,
        random: inout RandomSource
    ) -> Int? {
        if members.isEmpty { return nil }
        var attempt = 0
        let attempts = min(2 * members.count, 32)
        while attempt < attempts {
            let slot: Int
            switch balancing {
            case .roundRobin: slot = rotate()
            case .random: slot = Int(members[draw(random.next())])
            case .leastRequest(let choices):
                if let found = leastOf(choices, hosts, tried, &random) { return found }
                return leastOfAll(hosts, tried)
            case .leastConnections: return leastOfAll(hosts, tried)
            case .first: return firstUsable(from: 0, hosts, tried)
            case .ringHash:
                let place = ring.place(of: hash ?? random.next())
                slot = Int(members[ring.member(at: place + attempt)])
            case .maglev:
                slot = Int(members[maglev.member(for: hash ?? random.next(), attempt: attempt)])
            case .sourceHash:
                slot = Int(members[draw((hash ?? random.next()) &+ Self.steps[attempt & 31])])
            }
            if Self.isUsable(slot, hosts, tried) { return slot }
            attempt += 1
        }
        // Almost nobody may be used: look at each.
        return firstUsable(from: random.below(members.count), hosts, tried)
    }

    /// Whether a host has room and was not tried.
    private static func isUsable(
        _ slot: Int,
        _ hosts: [HostSet.Host],
        _ tried: TriedHosts
    ) -> Bool {
        !tried.contains(slot) && hosts[slot].hasRoom
    }

    /// Far apart, so that further attempts fall on other hosts; the first is none.
    private static let steps: InlineArray<32, UInt64> = .init { index in
        UInt64(index) &* 0x9e37_79b9_7f4a_7c15
    }

    private mutating func rotate() -> Int {
        if !sums.isEmpty { return Int(members[rotation.next()]) }
        cursor += 1
        if cursor >= members.count { cursor = 0 }
        return Int(members[cursor])
    }

    /// The member that a number stands for, by weight.
    private func draw(_ number: UInt64) -> Int {
        if sums.isEmpty { return Int(number % UInt64(members.count)) }
        let target = Int(number % UInt64(sums[sums.count - 1]))
        var low = 0
        var high = sums.count - 1
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] <= target { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The least busy of a few random ones; heavier hosts are drawn more often and count as less busy.
    private func leastOf(
        _ choices: Int,
        _ hosts: [HostSet.Host],
        _ tried: TriedHosts,
        _ random: inout RandomSource
    ) -> Int? {
        var best = -1
        for _ in 0..<max(1, choices) {
            let slot = Int(members[draw(random.next())])
            if !Self.isUsable(slot, hosts, tried) { continue }
            if best < 0 || hosts[slot].isLessBusy(than: hosts[best]) { best = slot }
        }
        return best < 0 ? nil : best
    }

    /// The least busy of all, from another start each time so that equals take turns.
    private mutating func leastOfAll(_ hosts: [HostSet.Host], _ tried: TriedHosts) -> Int? {
        cursor += 1
        if cursor >= members.count { cursor = 0 }
        var best = -1
        for offset in 0..<members.count {
            var index = cursor + offset
            if index >= members.count { index -= members.count }
            let slot = Int(members[index])
            if !Self.isUsable(slot, hosts, tried) { continue }
            if best < 0 || hosts[slot].isLessBusy(than: hosts[best]) { best = slot }
        }
        return best < 0 ? nil : best
    }

    private func firstUsable(
        from start: Int,
        _ hosts: [HostSet.Host],
        _ tried: TriedHosts
    ) -> Int? {
        for offset in 0..<members.count {
            let slot = Int(members[(start + offset) % members.count])
            if Self.isUsable(slot, hosts, tried) { return slot }
        }
        return nil
    }
}
