import Basics
import HTTP
import Reactor
import System

/// The connections of one worker to one host, and the requests that wait for one.
final class UpstreamPool {
    /// The cluster holds its pools and outlives them.
    private let clusterReference: Unretained<WorkerCluster>
    var cluster: WorkerCluster { clusterReference.object }
    let slot: Int
    /// Where the host is; a published host keeps its slot, and a slot's next host has a pool of its own.
    let address: SocketAddress
    /// The address as logs show it.
    let addressText: [UInt8]
    /// The host's name, for `HostRewrite.upstream` and SNI.
    let hostname: String
    let hostnameBytes: [UInt8]

    /// Connections without a request, the one used last at the end.
    private var idle: [UpstreamHTTP1] = []
    private var all: [UpstreamHTTP1] = []
    private var connectingCount = 0
    private var pending: [Exchange] = []
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
        self.address = address
        self.hostname = hostname
        hostnameBytes = Array(hostname.utf8)
        addressText = Array(address.description.utf8)
    }

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

    /// Whether a request goes to the host over HTTP/2.
    private func usesHTTP2(_ exchange: Exchange) -> Bool {
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

    /// Gives an exchange a connection, now or when there is one.
    ///
    /// - Returns: Whether a limit of the cluster refused it.
    func acquire(_ exchange: Exchange) -> Bool {
        if usesHTTP2(exchange) { return multiplexed.acquire(exchange) }
        if let connection = idle.popLast() {
            connection.start(exchange)
            return true
        }
        guard cluster.breaker(exchange).take(.pending) else {
            cluster.proxy.slab.add(cluster.statistics.pendingOverflow)
            return false
        }
        pending.append(exchange)
        cluster.proxy.slab.add(cluster.statistics.pendingTotal)
        cluster.proxy.slab.add(cluster.statistics.pendingActive)
        if connectingCount < pending.count, !connect(exchange) {
            // Another connection may become free; without any the exchange would wait for ever.
            if all.isEmpty {
                forget(exchange)
                return false
            }
        }
        return true
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
        if isMultiplexed { multiplexed.leave() }
        for connection in idle { connection.close() }
    }

    /// Closes every connection at once: requests fail.
    func closeAll() {
        isLeaving = true
        if isMultiplexed { multiplexed.closeAll() }
        let waiting = pending
        pending = []
        for exchange in waiting { noLongerPending(exchange) }
        for connection in all { connection.cut() }
        for exchange in waiting { exchange.upstreamFailed(.connect) }
    }

    private func connect(_ exchange: Exchange) -> Bool {
        let breaker = cluster.breaker(exchange)
        guard breaker.take(.connections) else {
            cluster.proxy.slab.add(cluster.statistics.connectionOverflow)
            return false
        }
        guard let connection = UpstreamHTTP1.connect(self) else {
            breaker.giveBack(.connections)
            return false
        }
        connection.isHighPriority = exchange.isHighPriority
        connection.rosterIndex = all.count
        all.append(connection)
        connectingCount += 1
        cluster.proxy.slab.add(cluster.statistics.connections)
        cluster.proxy.slab.add(cluster.statistics.activeConnections)
        cluster.proxy.slab.add(cluster.statistics.http1Connections)
        return true
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
        while let next = pending.first, connectingCount < pending.count, connect(next) {}
    }

    func connected(_ connection: UpstreamHTTP1) {
        connectingCount -= 1
        ready(connection)
    }

    func connectFailed(_ connection: UpstreamHTTP1, isTimeout: Bool) {
        connectingCount -= 1
        // It may be that it takes nothing but HTTP/2 now.
        speaksHTTP1 = false
        let slab = cluster.proxy.slab
        slab.add(cluster.statistics.connectFailures)
        if isTimeout { slab.add(cluster.statistics.connectTimeouts) }
        // Those that no other attempt will serve learn of it, before the connection's end makes room for
        // another attempt: it would be made at once, and again, as long as it is refused.
        var failed: [Exchange] = []
        while pending.count > connectingCount {
            let exchange = pending.removeFirst()
            noLongerPending(exchange)
            failed.append(exchange)
        }
        removed(connection)
        for exchange in failed { exchange.upstreamFailed(isTimeout ? .connectTimeout : .connect) }
    }

    /// A connection can take a request.
    func ready(_ connection: UpstreamHTTP1) {
        if pending.isEmpty {
            if isLeaving {
                connection.close()
                return
            }
            if let most = cluster.settings.idleConnectionsMaximum, idle.count >= most {
                connection.close()
                return
            }
            connection.idleSince = cluster.proxy.worker.now
            idle.append(connection)
            return
        }
        let exchange = pending.removeFirst()
        noLongerPending(exchange)
        connection.start(exchange)
    }

    /// A connection without a request is closed.
    func noLongerIdle(_ connection: UpstreamHTTP1) {
        if let index = idle.lastIndex(where: { $0 === connection }) { idle.remove(at: index) }
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
        let slab = cluster.proxy.slab
        slab.add(cluster.statistics.activeConnections, -1)
        slab.add(cluster.statistics.destroyedConnections)
        cluster.proxy.worker.retire(connection)
        if let next = pending.first, connectingCount < pending.count {
            if !connect(next), all.isEmpty {
                pending.removeFirst()
                noLongerPending(next)
                next.upstreamFailed(.connect)
            }
        }
        cluster.poolChanged(self)
    }

    private func noLongerPending(_ exchange: Exchange) {
        cluster.breaker(exchange).giveBack(.pending)
        cluster.proxy.slab.add(cluster.statistics.pendingActive, -1)
    }
}
