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
    private(set) var expectedRoom: Int
    /// The most streams that a connection gets, as the cluster says.
    let streamsMaximum: Int

    init(_ pool: UpstreamPool) {
        poolReference = Unretained(pool)
        streamsMaximum = pool.cluster.settings.http2.streamsMaximum ?? .max
        expectedRoom = min(streamsMaximum, 100)
    }

    /// A host has said how many streams it takes.
    func expect(_ room: Int) {
        expectedRoom = min(max(room, 1), 100, streamsMaximum)
    }

    private var cluster: WorkerCluster { pool.cluster }
    private var slab: StatisticsSlab { cluster.proxy.slab }

    /// How many connections there are.
    var connectionCount: Int { connections.count }

    /// Whether nothing uses it.
    var isUnused: Bool { connections.isEmpty && pending.isEmpty }

    /// Gives an exchange a stream, now or when there is one.
    ///
    /// - Returns: Whether it will.
    func acquire(_ exchange: Exchange) -> Acquisition {
        if pending.isEmpty, let connection = connections.first(where: \.hasRoom) {
            connection.start(exchange)
            return .taken
        }
        guard cluster.breaker(exchange).take(.pending) else {
            slab.add(cluster.statistics.pendingOverflow)
            return .overflow
        }
        pending.append(exchange)
        slab.add(cluster.statistics.pendingTotal)
        slab.add(cluster.statistics.pendingActive)
        guard needsConnection else { return .taken }
        let outcome = connect(exchange)
        if case .taken = outcome { return .taken }
        if mayServe { return .taken }
        // Without any connection it would wait for ever.
        forget(exchange)
        return outcome
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

    private func connect(_ exchange: Exchange) -> Acquisition {
        let breaker = cluster.breaker(exchange)
        let taken = breaker.takeConnection(held: connections.count)
        if taken != .within { slab.add(cluster.statistics.connectionOverflow) }
        if taken == .none { return .overflow }
        let connection: UpstreamHTTP2
        do {
            connection = try UpstreamHTTP2.connect(self)
        } catch {
            breaker.giveBack(.connections)
            slab.add(cluster.statistics.connectFailures)
            pool.counts.countConnectFailure()
            return .failed(UpstreamFailure(connecting: error))
        }
        connection.isHighPriority = exchange.isHighPriority
        connections.append(connection)
        connectingCount += 1
        pool.counts.addConnection()
        slab.add(cluster.statistics.connections)
        slab.add(cluster.statistics.activeConnections)
        return .taken
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

    func connectFailed(_ connection: UpstreamHTTP2, _ failure: UpstreamFailure) {
        connectingCount -= 1
        slab.add(cluster.statistics.connectFailures)
        pool.counts.countConnectFailure()
        if failure == .connectTimeout { slab.add(cluster.statistics.connectTimeouts) }
        // They learn of it before the connection's end makes room for another attempt, which would be
        // made at once, and again, as long as it is refused.
        let failed = mayServe ? [] : pending
        if !mayServe { pending = [] }
        for exchange in failed { noLongerPending(exchange) }
        removed(connection)
        for exchange in failed { exchange.upstreamFailed(failure) }
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
        guard let next = pending.first, needsConnection else { return }
        let outcome = connect(next)
        if case .taken = outcome { return }
        if mayServe { return }
        let failed = pending
        pending = []
        for exchange in failed {
            noLongerPending(exchange)
            exchange.upstreamRefused(outcome)
        }
    }

    /// A connection is closed.
    func removed(_ connection: UpstreamHTTP2) {
        guard let index = connections.firstIndex(where: { $0 === connection }) else { return }
        connections.remove(at: index)
        cluster.breaker(isHighPriority: connection.isHighPriority).giveBack(.connections)
        pool.counts.endConnection()
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
