import Basics
import Reactor

/// The HTTP/2 connections of one worker to one host, and the requests that wait for one.
///
/// Requests share a connection as far as the host allows; another one is made when it is full.
final class MultiplexedPool {
    /// The pool holds it.
    private let poolReference: Unretained<UpstreamPool>
    var pool: UpstreamPool { poolReference.object }

    private var connections: [UpstreamHTTP2] = []
    private var pending: [Exchange] = []
    private var connectingCount = 0
    private var isServing = false
    /// How many requests a connection is expected to take before its host has said so.
    var expectedRoom = 100

    init(_ pool: UpstreamPool) {
        poolReference = Unretained(pool)
    }

    private var cluster: WorkerCluster { pool.cluster }
    private var slab: StatisticsSlab { cluster.proxy.slab }

    /// How many connections there are.
    var connectionCount: Int { connections.count }

    /// Whether nothing uses it.
    var isUnused: Bool { connections.isEmpty && pending.isEmpty }

    /// Gives an exchange a stream, now or when there is one.
    ///
    /// - Returns: Whether it will; if not, a limit of the cluster refused it.
    func acquire(_ exchange: Exchange) -> Bool {
        if pending.isEmpty, let connection = connections.first(where: \.hasRoom) {
            connection.start(exchange)
            return true
        }
        guard cluster.breaker(exchange).take(.pending) else {
            slab.add(cluster.statistics.pendingOverflow)
            return false
        }
        pending.append(exchange)
        slab.add(cluster.statistics.pendingTotal)
        slab.add(cluster.statistics.pendingActive)
        if needsConnection, !connect(exchange), !mayServe {
            // Without any connection it would wait for ever.
            forget(exchange)
            return false
        }
        return true
    }

    /// Takes back the wish of an exchange that waits.
    func forget(_ exchange: Exchange) {
        guard let index = pending.firstIndex(where: { $0 === exchange }) else { return }
        pending.remove(at: index)
        noLongerPending(exchange)
    }

    /// Closes connections when their requests are done.
    func leave() {
        for connection in connections { connection.leave() }
    }

    /// Closes every connection at once: requests fail.
    func closeAll() {
        for connection in connections { connection.cut() }
    }

    private var needsConnection: Bool { pending.count > connectingCount * expectedRoom }

    /// Whether what waits will be served without another connection.
    private var mayServe: Bool { connectingCount > 0 || connections.contains(where: \.mayHaveRoom) }

    private func connect(_ exchange: Exchange) -> Bool {
        let breaker = cluster.breaker(exchange)
        guard breaker.take(.connections) else {
            slab.add(cluster.statistics.connectionOverflow)
            return false
        }
        guard let connection = UpstreamHTTP2.connect(self) else {
            breaker.giveBack(.connections)
            return false
        }
        connection.isHighPriority = exchange.isHighPriority
        connections.append(connection)
        connectingCount += 1
        slab.add(cluster.statistics.connections)
        slab.add(cluster.statistics.activeConnections)
        return true
    }

    // MARK: What connections tell

    func connected(_ connection: UpstreamHTTP2) {
        connectingCount -= 1
        serve()
        if pool.isLeaving { connection.leave() }
    }

    /// A host that may choose has chosen HTTP/1: the connection and what waits go over to it.
    func speaksHTTP1(_ connection: UpstreamHTTP2, _ link: Link) {
        connectingCount -= 1
        connections.removeAll { $0 === connection }
        cluster.proxy.worker.retire(connection)
        let waiting = pending
        pending = []
        pool.adopt(link, isHighPriority: connection.isHighPriority, waiting)
    }

    func connectFailed(_ connection: UpstreamHTTP2, isTimeout: Bool) {
        connectingCount -= 1
        slab.add(cluster.statistics.connectFailures)
        if isTimeout { slab.add(cluster.statistics.connectTimeouts) }
        // They learn of it before the connection's end makes room for another attempt, which would be
        // made at once, and again, as long as it is refused.
        let failed = mayServe ? [] : pending
        if !mayServe { pending = [] }
        for exchange in failed { noLongerPending(exchange) }
        removed(connection)
        for exchange in failed { exchange.upstreamFailed(isTimeout ? .connectTimeout : .connect) }
    }

    /// Gives room to requests that wait, and makes more if there is none.
    func serve() {
        guard !pending.isEmpty, !isServing else { return }
        isServing = true
        while !pending.isEmpty, let connection = connections.first(where: \.hasRoom) {
            let exchange = pending.removeFirst()
            noLongerPending(exchange)
            connection.start(exchange)
        }
        isServing = false
        guard let next = pending.first, needsConnection, !connect(next), !mayServe else { return }
        let failed = pending
        pending = []
        for exchange in failed {
            noLongerPending(exchange)
            exchange.upstreamFailed(.connect)
        }
    }

    /// A connection is closed.
    func removed(_ connection: UpstreamHTTP2) {
        guard let index = connections.firstIndex(where: { $0 === connection }) else { return }
        connections.remove(at: index)
        cluster.breaker(isHighPriority: connection.isHighPriority).giveBack(.connections)
        slab.add(cluster.statistics.activeConnections, -1)
        slab.add(cluster.statistics.destroyedConnections)
        cluster.proxy.worker.retire(connection)
        serve()
        cluster.poolChanged(pool)
    }

    private func noLongerPending(_ exchange: Exchange) {
        cluster.breaker(exchange).giveBack(.pending)
        slab.add(cluster.statistics.pendingActive, -1)
    }
}
