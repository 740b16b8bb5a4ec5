/// A host of a cluster as the control thread publishes it.
struct HostRecord: Sendable {
    /// What is hashed for rings: the address as text, `10.0.0.1:80`, as in Envoy.
    var key: [UInt8]
    /// The share among the hosts of its priority, at least 1.
    var weight = 1
    /// 0 is used first.
    var priority = 0
    /// Whether it is never used, not even in a panic.
    var isDisabled = false
    /// The most requests or connections in use at a time, of all workers together; 0 is no limit.
    var usesMaximum = 0
    /// What all threads know of it; a host that stays keeps it.
    var health: HostHealth

    init(
        key: [UInt8],
        weight: Int = 1,
        priority: Int = 0,
        isDisabled: Bool = false,
        usesMaximum: Int = 0,
        health: HostHealth = HostHealth()
    ) {
        self.key = key
        self.weight = weight
        self.priority = priority
        self.isDisabled = isDisabled
        self.usesMaximum = usesMaximum
        self.health = health
    }
}
