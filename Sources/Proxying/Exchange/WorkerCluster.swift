import Basics
import Reactor
import Security
import System

/// A cluster as one worker uses it.
final class WorkerCluster {
    let shared: SharedCluster
    let settings: ClusterSettings
    let statistics: ClusterStatistics
    private let keptHosts: HostSet
    let hostsReference: Unretained<HostSet>
    var hosts: HostSet { hostsReference.object }
    private let proxyReference: Unretained<ProxyWorker>
    var proxy: ProxyWorker { proxyReference.object }
    /// The TLS towards hosts.
    let security: TLSClientContext?
    /// Sessions with hosts that may be resumed.
    let sessions = TLSSessionCache()
    /// The relays of bytes to hosts.
    var tunnels = TunnelRoster()
    /// What waits until a host takes more.
    private(set) lazy var queue = RoomQueue(self)
    private let usual: CircuitBreaker
    private let high: CircuitBreaker
    private var pools: [UpstreamPool?] = []
    /// Pools of hosts that left while requests used them.
    private var leaving: [UpstreamPool] = []
    private var isClosed = false

    init(_ cluster: SharedCluster, _ proxy: ProxyWorker) {
        shared = cluster
        settings = cluster.settings
        nameBytes = Array(cluster.settings.name.utf8)
        statistics = cluster.statistics
        security = cluster.security
        usual = CircuitBreaker(cluster.settings.limits, cluster.counts)
        high = CircuitBreaker(cluster.settings.highLimits, cluster.highCounts)
        keptHosts = HostSet(cluster.settings, seed: proxy.random.next())
        hostsReference = Unretained(keptHosts)
        proxyReference = Unretained(proxy)
    }

    var name: String { settings.name }
    /// The name as logs show it.
    let nameBytes: [UInt8]

    /// Failures in a row of which the control thread wants to hear.
    var thresholds: HostHealth.Thresholds {
        guard let outliers = settings.outliers else { return HostHealth.Thresholds() }
        return HostHealth.Thresholds(
            consecutive5xx: outliers.consecutive5xx,
            consecutiveGateway: outliers.consecutiveGatewayFailures
        )
    }

    /// Tells the control thread that a host failed too often.
    func report(_ slot: Int, _ reached: HostHealth.Reached) {
        shared.report(hosts.health(of: slot), reached)
    }

    func breaker(_ exchange: Exchange) -> CircuitBreaker {
        breaker(isHighPriority: exchange.isHighPriority)
    }

    func breaker(isHighPriority: Bool) -> CircuitBreaker {
        isHighPriority ? high : usual
    }

    /// Takes one of what is limited for an exchange, unless the limit is reached.
    func take(_ resource: CircuitBreaker.Resource, _ exchange: Exchange) -> Bool {
        exchange.isHighPriority ? high.take(resource) : usual.take(resource)
    }

    /// Gives one back.
    func giveBack(_ resource: CircuitBreaker.Resource, _ exchange: Exchange) {
        if exchange.isHighPriority { high.giveBack(resource) } else { usual.giveBack(resource) }
    }

    /// Notes how a try with a host ended.
    ///
    /// - Returns: Which thresholds that reaches.
    func note(_ outcome: HostHealth.Outcome, _ slot: Int) -> HostHealth.Reached {
        hostsReference.lend { $0.shared(slot) }.note(outcome, thresholds)
    }

    /// Starts a connection to a host.
    func dial(
        _ address: SocketAddress,
        _ owner: any LinkOwner,
        _ engine: TLSEngine?
    ) throws -> Link {
        let deadline = proxy.worker.now + settings.connectTimeout
        let link = try proxy.dial(address, owner, engine, deadline)
        if let keepalive = settings.keepalive, !address.isPath {
            try link.keepAlive(
                probes: keepalive.probes,
                idleSeconds: keepalive.idleSeconds,
                intervalSeconds: keepalive.intervalSeconds
            )
        }
        return link
    }

    /// The connections to a host.
    func pool(_ slot: Int) -> UpstreamPool? {
        slot < pools.count ? pools[slot] : nil
    }

    /// Takes the hosts that were published.
    func update(_ members: ClusterMembers) {
        let gone = hosts.update(members.hosts.map(\.record))
        var wanted: [Int: ClusterMembers.Host] = [:]
        for (slot, host) in zip(hosts.published, members.hosts) { wanted[slot] = host }
        while pools.count < hosts.slotCount { pools.append(nil) }
        for slot in pools.indices {
            let host = wanted[slot]
            if let pool = pools[slot], pool.address != host?.address || pool.isLeaving {
                pools[slot] = nil
                leave(pool)
            }
            if let host, pools[slot] == nil {
                pools[slot] = UpstreamPool(
                    self,
                    slot: slot,
                    address: host.address,
                    hostname: host.hostname
                )
            }
        }
        healthChanged(gone)
    }

    /// Reads the health of hosts again.
    func refresh() {
        healthChanged(hosts.refresh())
    }

    private func healthChanged(_ slots: [Int]) {
        guard settings.closesUnhealthy else { return }
        for slot in slots {
            for tunnel in tunnels.tunnels(slot) { tunnel.cut() }
            guard let pool = pools[slot] else { continue }
            let next = UpstreamPool(
                self,
                slot: slot,
                address: pool.address,
                hostname: pool.hostname
            )
            pools[slot] = next
            leaving.append(pool)
            pool.closeAll()
        }
    }

    private func leave(_ pool: UpstreamPool) {
        leaving.append(pool)
        pool.leave()
        poolChanged(pool)
    }

    func poolChanged(_ pool: UpstreamPool) {
        guard pool.isLeaving, pool.isUnused else { return }
        leaving.removeAll { $0 === pool }
        proxy.worker.retire(pool)
        if isClosed, leaving.isEmpty { proxy.forget(self) }
    }

    /// The cluster is no longer configured.
    ///
    /// It lives on until its last request is done.
    func close() {
        isClosed = true
        let all = pools
        pools = []
        for pool in all { if let pool { leave(pool) } }
        if leaving.isEmpty { proxy.forget(self) }
    }
}

/// What all workers share of a cluster.
final class SharedCluster: Sendable {
    let settings: ClusterSettings
    let statistics: ClusterStatistics
    let counts = CircuitCounts()
    let highCounts = CircuitCounts()
    let security: TLSClientContext?
    /// Called on a worker's thread when a host reached a threshold.
    let report: @Sendable (HostHealth, HostHealth.Reached) -> Void

    init(
        _ settings: ClusterSettings,
        _ statistics: Statistics,
        security: TLSClientContext?,
        report: @escaping @Sendable (HostHealth, HostHealth.Reached) -> Void = { _, _ in }
    ) {
        self.settings = settings
        self.statistics = ClusterStatistics(settings.statName ?? settings.name, statistics)
        self.security = security
        self.report = report
    }
}

/// The hosts of a cluster, as the control thread found them.
struct ClusterMembers: Sendable {
    /// A host.
    struct Host: Sendable {
        /// What choosing needs to know.
        var record: HostRecord
        /// Where it is.
        var address: SocketAddress
        /// Its name in the configuration.
        var hostname: String
    }

    var hosts: [Host]
}
