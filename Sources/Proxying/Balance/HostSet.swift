/// The hosts of a cluster as one worker sees them, and the choice among them.
///
/// A host has a slot for as long as it is published or in use, so that requests and connections may
/// keep its number. Health is shared by all threads and read again by `refresh()`; what is counted
/// here is this worker's own.
final class HostSet {
    /// What is known of a host while it is chosen.
    struct Host {
        var weight: Int32 = 1
        /// Requests (or relayed connections) of this worker that use the host.
        fileprivate(set) var uses: Int32 = 0
        /// The most uses of all workers together; 0 is no limit.
        fileprivate(set) var usesMaximum: Int32 = 0
        fileprivate(set) var state = State.gone
        fileprivate var shared: HostHealth.Shared

        /// Whether one more may use it.
        var hasRoom: Bool { usesMaximum == 0 || shared.uses < Int(usesMaximum) }

        /// Fewer uses for its weight.
        func isLessBusy(than other: Self) -> Bool {
            Int(uses) * Int(other.weight) < Int(other.uses) * Int(weight)
        }
    }

    /// Whether a host may be chosen.
    enum State: UInt8, Sendable {
        /// It is one of the cluster's no longer.
        case gone
        /// The configuration forbids it.
        case disabled
        /// It failed a check, was ejected, or is not checked yet; only a panic chooses it.
        case unhealthy
        /// It asked for less traffic.
        case degraded
        /// It is well.
        case healthy
    }

    private struct Tier {
        var usual = HostPool()
        var degraded = HostPool()
    }

    /// How hosts are chosen.
    let balancing: ClusterSettings.Balancing
    /// The load of each priority.
    private(set) var load = PriorityLoad([])
    private let panicPercent: Double
    private let overprovisioning: Int
    private var hosts: [Host] = []
    /// The records of hosts that are published, by slot; these hold the shared health alive.
    private var records: [HostRecord?] = []
    private var healths: [HostHealth] = []
    /// Slots in the order of publication.
    private var order: [Int] = []
    private var tiers: [Tier] = []
    private var random: RandomSource

    init(
        balancing: ClusterSettings.Balancing,
        panicPercent: Double = 50,
        overprovisioning: Int = 140,
        seed: UInt64
    ) {
        self.balancing = balancing
        self.panicPercent = panicPercent
        self.overprovisioning = overprovisioning
        random = RandomSource(seed: seed)
    }

    convenience init(_ settings: ClusterSettings, seed: UInt64) {
        self.init(
            balancing: settings.balancing,
            panicPercent: settings.panicPercent,
            overprovisioning: settings.overprovisioningPercent,
            seed: seed
        )
    }

    /// How many slots there are; arrays by slot need as many elements.
    var slotCount: Int { hosts.count }

    /// The slots of the published hosts, in their order.
    var published: [Int] { order }

    /// Whether any host might be chosen if it had room.
    var hasCandidates: Bool {
        tiers.contains { !$0.usual.isEmpty || !$0.degraded.isEmpty }
    }

    /// Whether any host that may be chosen has room.
    var hasRoom: Bool {
        for slot in order where hosts[slot].state >= .degraded && hosts[slot].hasRoom {
            return true
        }
        return false
    }

    /// How many hosts are published, and how many of them are healthy.
    var membership: (total: Int, healthy: Int) {
        (order.count, order.count { hosts[$0].state == .healthy })
    }

    func state(of slot: Int) -> State { hosts[slot].state }
    func uses(of slot: Int) -> Int { Int(hosts[slot].uses) }
    func record(of slot: Int) -> HostRecord? { records[slot] }
    func health(of slot: Int) -> HostHealth { healths[slot] }

    /// What all threads know of a host, for the path of requests.
    func shared(_ slot: Int) -> HostHealth.Shared { hosts[slot].shared }

    /// Takes what was published; hosts that stay keep their slots and counts.
    ///
    /// - Returns: The slots of hosts that may not be used any more.
    func update(_ snapshot: [HostRecord]) -> [Int] {
        var slots: [ObjectIdentifier: Int] = [:]
        for slot in order { slots[ObjectIdentifier(healths[slot])] = slot }
        var free = hosts.indices.filter { hosts[$0].state == .gone && hosts[$0].uses == 0 }
        let before = order
        let states = before.map { hosts[$0].state }
        for slot in before { records[slot] = nil }
        order = snapshot.map { record in
            let known = slots.removeValue(forKey: ObjectIdentifier(record.health))
            let slot = known ?? free.popLast() ?? append(record)
            place(record, at: slot)
            return slot
        }
        for slot in slots.values { hosts[slot].state = .gone }
        readStates()
        rebuild(always: true)
        return zip(before, states).compactMap { slot, state in
            hosts[slot].state <= .unhealthy && state > .unhealthy ? slot : nil
        }
    }

    /// Reads the health of all hosts again.
    ///
    /// - Returns: The slots of hosts that became unhealthy.
    func refresh() -> [Int] {
        let states = order.map { hosts[$0].state }
        readStates()
        rebuild(always: false)
        return zip(order, states).compactMap { slot, state in
            hosts[slot].state <= .unhealthy && state > .unhealthy ? slot : nil
        }
    }

    /// Chooses a host: by the hash if the algorithm hashes, else as its turn comes.
    ///
    /// Hosts that were tried are avoided while others of any priority will do. `nil` if no host may be
    /// used, or none has room (`hasCandidates`).
    func choose(hash: UInt64? = nil, excluding tried: TriedHosts = TriedHosts()) -> Int? {
        let isWhole = tiers.count == 1 && load.healthy[0] == 100
        let number = hash ?? (isWhole ? 0 : random.next())
        let (tier, isDegraded) = pick(number)
        if tier >= 0, let slot = ask(tier, isDegraded, hash, tried) { return slot }
        if !tried.isEmpty {
            for tier in tiers.indices {
                if let slot = ask(tier, false, hash, tried) { return slot }
                if let slot = ask(tier, true, hash, tried) { return slot }
            }
            return tier < 0 ? nil : ask(tier, isDegraded, hash, TriedHosts())
        }
        return nil
    }

    /// Chooses a host again until it is one that was not tried, so many times at most, as Envoy does.
    ///
    /// Where a hash decides, the next hosts of the ring are taken: the hash would lead to the same one.
    func choose(hash: UInt64?, excluding tried: TriedHosts, attempts: Int) -> Int? {
        if hash != nil { return choose(hash: hash, excluding: tried) }
        var last = choose()
        var left = attempts
        while left > 0, let slot = last, tried.contains(slot) {
            left -= 1
            last = choose()
        }
        return last
    }

    /// Notes that a request begins to use a host; false if the last room went to another worker.
    func begin(_ slot: Int) -> Bool {
        if hosts[slot].usesMaximum > 0 {
            if !hosts[slot].shared.takeUse(below: Int(hosts[slot].usesMaximum)) { return false }
        } else {
            hosts[slot].shared.addUse()
        }
        hosts[slot].uses += 1
        return true
    }

    /// Notes the end of a use.
    func end(_ slot: Int) {
        hosts[slot].uses -= 1
        hosts[slot].shared.endUse()
    }

    private func ask(
        _ tier: Int,
        _ isDegraded: Bool,
        _ hash: UInt64?,
        _ tried: TriedHosts
    ) -> Int? {
        if isDegraded {
            return tiers[tier].degraded.choose(
                balancing,
                hash: hash,
                hosts,
                excluding: tried,
                random: &random
            )
        }
        return tiers[tier].usual.choose(
            balancing,
            hash: hash,
            hosts,
            excluding: tried,
            random: &random
        )
    }

    /// The priority that a number falls on, and whether its degraded hosts are meant; -1 is none.
    private func pick(_ number: UInt64) -> (tier: Int, isDegraded: Bool) {
        if tiers.count == 1, load.healthy[0] == 100 { return (0, false) }
        let place = Int(number % 100) + 1
        var sum = 0
        for tier in tiers.indices {
            sum += load.healthy[tier]
            if place <= sum { return (tier, false) }
        }
        for tier in tiers.indices {
            sum += load.degraded[tier]
            if place <= sum { return (tier, true) }
        }
        return (-1, false)
    }

    private func append(_ record: HostRecord) -> Int {
        hosts.append(Host(shared: record.health.shared))
        records.append(nil)
        healths.append(record.health)
        return hosts.count - 1
    }

    private func place(_ record: HostRecord, at slot: Int) {
        var record = record
        // A copy of this worker's own: references to what all share would bounce between cores.
        record.key = record.key.map { $0 }
        records[slot] = record
        healths[slot] = record.health
        hosts[slot].shared = record.health.shared
        hosts[slot].weight = Int32(clamping: max(1, record.weight))
        hosts[slot].usesMaximum = Int32(clamping: record.usesMaximum)
    }

    private func readStates() {
        for slot in order {
            guard let record = records[slot] else { continue }
            let flags = record.health.flags
            hosts[slot].state =
                if record.isDisabled {
                    .disabled
                } else if !flags.isDisjoint(with: .unhealthy) {
                    .unhealthy
                } else if flags.contains(.degraded) {
                    .degraded
                } else {
                    .healthy
                }
        }
    }

    private func rebuild(always: Bool) {
        let highest = order.reduce(-1) { max($0, records[$1]?.priority ?? 0) }
        var counts = Array(repeating: PriorityLoad.Hosts(), count: highest + 1)
        for slot in order {
            guard let priority = records[slot]?.priority, hosts[slot].state != .disabled else {
                continue
            }
            counts[priority].all += 1
            if hosts[slot].state == .healthy { counts[priority].healthy += 1 }
            if hosts[slot].state == .degraded { counts[priority].degraded += 1 }
        }
        load = PriorityLoad(
            counts,
            overprovisioning: overprovisioning,
            panicPercent: panicPercent
        )
        while tiers.count > counts.count { tiers.removeLast() }
        while tiers.count < counts.count { tiers.append(Tier()) }
        for priority in counts.indices {
            let isPanic = load.isPanic[priority]
            let usual = members(of: priority) { isPanic ? $0 > .disabled : $0 == .healthy }
            let degraded = isPanic ? [] : members(of: priority) { $0 == .degraded }
            assign(usual, to: \.usual, of: priority, always)
            assign(degraded, to: \.degraded, of: priority, always)
        }
    }

    private func members(of priority: Int, _ fits: (State) -> Bool) -> [Int32] {
        order.filter { records[$0]?.priority == priority && fits(hosts[$0].state) }
            .map { Int32($0) }
    }

    /// A pool that did not change keeps its turns, and its ring need not be made again.
    private func assign(
        _ members: [Int32],
        to pool: WritableKeyPath<Tier, HostPool>,
        of priority: Int,
        _ always: Bool
    ) {
        if !always, tiers[priority][keyPath: pool].members == members { return }
        tiers[priority][keyPath: pool].assign(
            members,
            weights: members.map { hosts[Int($0)].weight },
            keys: { members.map { records[Int($0)]?.key ?? [] } },
            balancing,
            random: &random
        )
    }
}

extension HostSet.State: Comparable {
    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
