/// The tunnels to the hosts of a cluster on one worker, so that they can be cut.
struct TunnelRoster {
    private var bySlot: [Int: [ObjectIdentifier: Tunnel]] = [:]

    /// How many lead to a host.
    func count(_ slot: Int) -> Int { bySlot[slot]?.count ?? 0 }

    mutating func add(_ tunnel: Tunnel, _ slot: Int) {
        bySlot[slot, default: [:]][ObjectIdentifier(tunnel)] = tunnel
    }

    mutating func remove(_ tunnel: Tunnel, _ slot: Int) {
        bySlot[slot]?[ObjectIdentifier(tunnel)] = nil
        if bySlot[slot]?.isEmpty == true { bySlot[slot] = nil }
    }

    /// The tunnels to a host.
    func tunnels(_ slot: Int) -> [Tunnel] {
        bySlot[slot].map { Array($0.values) } ?? []
    }
}
