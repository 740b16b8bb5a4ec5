import Basics
import HTTP
import Reactor
import Security
import System

/// The connections of one worker to one host, and the requests that wait for one.
final class UpstreamPool {
    /// The cluster holds its pools and outlives them.
    private let clusterReference: Unretained<WorkerCluster>
    var cluster: WorkerCluster { clusterReference.object }
    let slot: Int
    /// Where its connections are counted: a slot's next host has another.
    private let health: HostHealth
    /// Where the host is; a published host keeps its slot, and a slot's next host has a pool of its own.
    let address: SocketAddress
    /// The address as logs show it.
    let addressText: [UInt8]
    /// What tells its sessions from those of other hosts.
    private let serverKey: String
    /// The host's name, for `HostRewrite.upstream` and SNI.
    let hostname: String
    let hostnameBytes: [UInt8]

    /// Connections without a request, the one used last at the end.
    private var idle: [Unretained<UpstreamHTTP1>] = []
    private var all: [UpstreamHTTP1] = []
    private var connectingCount = 0
    private var pending: [Exchange] = []
    /// When the connection that is unused for longest is looked at.
    private var timer = TimerWheel.ID.none
    /// The connections that speak HTTP/2, if any do.
    private lazy var multiplexed = MultiplexedPool(self)
    private var isMultiplexed = false
    /// The host may choose, and has chosen HTTP/1 last.
    private var speaksHTTP1 = false
    /// The host left the cluster: connections are closed when their request is done.
    private(set) var isLeaving = false

    init(_ cluster: WorkerCluster, slot: Int, address: SocketAddress, hostname: String) {
        clusterReference = Unretained(cluster)
        self.slot = slot
        health = cluster.hosts.health(of: slot)
        self.address = address
        self.hostname = hostname
        isForOneClient = cluster.settings.proxyProtocol != nil
        hostnameBytes = Array(hostname.utf8)
        serverKey = address.description
        addressText = Array(serverKey.utf8)
    }

    /// Where connections of all workers to the host are counted.
    var counts: HostHealth.Shared { health.shared }

    /// How many connections there are.
    var connectionCount: Int { all.count + (isMultiplexed ? multiplexed.connectionCount : 0) }

    /// Whether nothing uses the pool.
    var isUnused: Bool {
        all.isEmpty && pending.isEmpty && (!isMultiplexed || multiplexed.isUnused)
    }

    /// Whether HTTP/1 has to be offered to the host, instead of what is configured.
    var offersHTTP1: Bool {
        let offered = cluster.settings.tls?.parameters.protocols ?? []
        return cluster.settings.version != .http1 || offered.contains("h2")
    }

    /// The client's side of TLS with the host, which resumes the last session.
    func engine(
        _ context: TLSClientContext,
        serverName: String?
    ) throws(Failure) -> TLSEngine {
        try TLSEngine(
            client: context,
            serverName: serverName,
            cache: cluster.sessions,
            server: serverKey
        )
    }

    /// Whether a request goes to the host over HTTP/2.
    private func usesHTTP2(_ exchange: Exchange) -> Bool {
        if isForOneClient { return false }
        switch cluster.settings.version {
        case .http1: return false
        case .http2: break
        // Without TLS nothing tells; then it is HTTP/1, as after a host has chosen that.
        case .auto: if cluster.security == nil || speaksHTTP1 { return false }
        case .downstream: if exchange.request.version != .http2 { return false }
        }
        isMultiplexed = true
        return true
    }

    /// Whether hosts are told of each client's connection, so that connections are not shared.
    private let isForOneClient: Bool

    /// Gives an exchange a connection, now or when there is one.
    ///
    /// - Returns: Whether it will.
    func acquire(_ exchange: Exchange) -> Acquisition {
        if usesHTTP2(exchange) { return multiplexed.acquire(exchange) }
        if let connection = takeIdle(for: exchange) {
            connection.lend { $0.start(exchange) }
            return .taken
        }
        guard cluster.breaker(exchange).take(.pending) else {
            cluster.proxy.slab.add(cluster.statistics.pendingOverflow)
            return .overflow
        }
        pending.append(exchange)
        cluster.proxy.slab.add(cluster.statistics.pendingTotal)
        cluster.proxy.slab.add(cluster.statistics.pendingActive)
        guard isForOneClient || connectingCount < pending.count else { return .taken }
        let outcome = connect(exchange)
        if case .taken = outcome { return .taken }
        // Another connection may become free; without any the exchange would wait for ever.
        if !all.isEmpty, !isForOneClient { return .taken }
        forget(exchange)
        return outcome
    }

    private func takeIdle(for exchange: Exchange) -> Unretained<UpstreamHTTP1>? {
        guard isForOneClient else { return idle.popLast() }
        let place = idle.lastIndex { $0.object.client === exchange.endpoints }
        return place.map { idle.remove(at: $0) }
    }

    /// The place of the exchange that a connection is for.
    private func waiting(for connection: UpstreamHTTP1) -> Int? {
        guard let client = connection.client else { return pending.isEmpty ? nil : 0 }
        return pending.firstIndex { $0.endpoints === client }
    }

    /// A client's connection is closed: those to the host that are for it are used no more.
    func clientEnded(_ client: Endpoints) {
        for connection in idle where connection.object.client === client {
            connection.object.close()
        }
    }

    /// Takes back the wish of an exchange that waits.
    func forget(_ exchange: Exchange) {
        if isMultiplexed { multiplexed.forget(exchange) }
        guard let index = pending.firstIndex(where: { $0 === exchange }) else { return }
        pending.remove(at: index)
        noLongerPending(exchange)
    }

    /// Closes connections without requests, and the others when their requests, and those that wait, are
    /// done.
    func leave() {
        isLeaving = true
        cluster.proxy.worker.timers.drop(&timer)
        if isMultiplexed { multiplexed.leave() }
        for connection in idle { connection.object.close() }
    }

    /// Closes every connection at once: requests fail.
    func closeAll() {
        isLeaving = true
        cluster.proxy.worker.timers.drop(&timer)
        if isMultiplexed { multiplexed.closeAll() }
        let waiting = pending
        pending = []
        for exchange in waiting { noLongerPending(exchange) }
        for connection in all { connection.cut() }
        for exchange in waiting { exchange.upstreamFailed(.connect) }
    }

    private func connect(_ exchange: Exchange) -> Acquisition {
        let breaker = cluster.breaker(exchange)
        let taken = breaker.takeConnection(held: all.count)
        if taken != .within { cluster.proxy.slab.add(cluster.statistics.connectionOverflow) }
        if taken == .none { return .overflow }
        let connection: UpstreamHTTP1
        do {
            connection = try UpstreamHTTP1.connect(
                self,
                for: isForOneClient ? exchange.endpoints : nil
            )
        } catch {
            breaker.giveBack(.connections)
            cluster.proxy.slab.add(cluster.statistics.connectFailures)
            counts.countConnectFailure()
            return .failed(UpstreamFailure(connecting: error))
        }
        if isForOneClient { exchange.endpoints.note(self) }
        connection.isHighPriority = exchange.isHighPriority
        connection.rosterIndex = all.count
        all.append(connection)
        connectingCount += 1
        counts.addConnection()
        cluster.proxy.slab.add(cluster.statistics.connections)
        cluster.proxy.slab.add(cluster.statistics.activeConnections)
        cluster.proxy.slab.add(cluster.statistics.http1Connections)
        return .taken
    }

    // MARK: What connections tell

    /// Takes over a connection to a host that chose HTTP/1, with the requests that wait.
    func adopt(_ link: Link, isHighPriority: Bool, _ waiting: [Exchange]) {
        speaksHTTP1 = true
        pending += waiting
        let connection = UpstreamHTTP1.adopt(link, self)
        connection.isHighPriority = isHighPriority
        connection.rosterIndex = all.count
        all.append(connection)
        cluster.proxy.slab.add(cluster.statistics.http1Connections)
        ready(connection)
        while let next = pending.first, connectingCount < pending.count {
            guard case .taken = connect(next) else { break }
        }
    }

    func connected(_ connection: UpstreamHTTP1) {
        connectingCount -= 1
        ready(connection)
    }

    func connectFailed(_ connection: UpstreamHTTP1, _ failure: UpstreamFailure) {
        connectingCount -= 1
        // It may be that it takes nothing but HTTP/2 now.
        speaksHTTP1 = false
        let slab = cluster.proxy.slab
        slab.add(cluster.statistics.connectFailures)
        counts.countConnectFailure()
        if failure == .connectTimeout { slab.add(cluster.statistics.connectTimeouts) }
        // Those that no other attempt will serve learn of it, before the connection's end makes room for
        // another attempt: it would be made at once, and again, as long as it is refused.
        var failed: [Exchange] = []
        while pending.count > connectingCount, let place = waiting(for: connection) {
            let exchange = pending.remove(at: place)
            noLongerPending(exchange)
            failed.append(exchange)
        }
        removed(connection)
        for exchange in failed { exchange.upstreamFailed(failure) }
    }

    /// A connection can take a request.
    func ready(_ connection: UpstreamHTTP1) {
        guard let place = waiting(for: connection) else {
            if isLeaving || connection.client?.isOver == true {
                connection.close()
                return
            }
            if let most = cluster.settings.idleConnectionsMaximum, idle.count >= most {
                connection.close()
                return
            }
            connection.idleSince = cluster.proxy.worker.now
            idle.append(Unretained(connection))
            if timer.isNone { armTimer() }
            return
        }
        let exchange = pending.remove(at: place)
        noLongerPending(exchange)
        connection.start(exchange)
    }

    /// Looks again when the connection that is unused for longest may be closed.
    private func armTimer() {
        guard let limit = cluster.settings.idleTimeout, let first = idle.first else { return }
        timer = cluster.proxy.worker.timers.set(self, at: first.object.idleSince + limit)
    }

    /// A connection without a request is closed.
    func noLongerIdle(_ connection: UpstreamHTTP1) {
        if let index = idle.lastIndex(where: { $0.object === connection }) {
            idle.remove(at: index)
        }
    }

    /// A connection is closed.
    func removed(_ connection: UpstreamHTTP1) {
        let index = connection.rosterIndex
        guard index < all.count, all[index] === connection else { return }
        let last = all.removeLast()
        if last !== connection {
            all[index] = last
            last.rosterIndex = index
        }
        cluster.breaker(isHighPriority: connection.isHighPriority).giveBack(.connections)
        counts.endConnection()
        let slab = cluster.proxy.slab
        slab.add(cluster.statistics.activeConnections, -1)
        slab.add(cluster.statistics.destroyedConnections)
        cluster.proxy.worker.retire(connection)
        if !isForOneClient, let next = pending.first, connectingCount < pending.count {
            let outcome = connect(next)
            if all.isEmpty {
                pending.removeFirst()
                noLongerPending(next)
                next.upstreamRefused(outcome)
            }
        }
        cluster.poolChanged(self)
    }

    private func noLongerPending(_ exchange: Exchange) {
        cluster.breaker(exchange).giveBack(.pending)
        cluster.proxy.slab.add(cluster.statistics.pendingActive, -1)
    }
}

extension UpstreamPool: TimerTarget {
    /// Closes connections that were unused for too long.
    func timerFired(_ tag: Int) {
        timer = .none
        guard let limit = cluster.settings.idleTimeout else { return }
        let now = cluster.proxy.worker.now
        // The one that was used last stands at the end.
        while let first = idle.first, now >= first.object.idleSince + limit {
            cluster.proxy.slab.add(cluster.statistics.idleTimeouts)
            first.object.close()
        }
        armTimer()
    }
}
