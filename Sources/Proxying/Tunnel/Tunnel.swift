import Basics
import HTTP
import Reactor
import Security
import System

/// A client's connection and the one to a host that its bytes go to and come from.
///
/// Two plain sockets are handed to a `Relay`, which moves bytes inside the kernel. If one side speaks
/// TLS, bytes go through both links, and a side that takes no more pauses the other. The end of one
/// direction is passed on; the tunnel is over when both have ended, or one was cut.
final class Tunnel {
    var rosterIndex = 0

    private let service: TunnelService
    private let endpoints: Endpoints
    private var client: Link?
    private var host: Link?
    private var relay: Relay?
    private var cluster: WorkerCluster?
    private var pool: UpstreamPool?
    private var slot = -1
    private var tried = TriedHosts()
    private var attempts = 0
    private var isConnected = false
    private var isOver = false
    private var clientEnded = false
    private var hostEnded = false
    private var start = Instant.zero
    private var attemptStart = Instant.zero
    private var lastActivity = Instant.zero
    private var timer = TimerWheel.ID.none
    private var record = AccessRecord()
    /// Until when it may wait for a host that takes more, and whether it does.
    private var roomDeadline = Instant.zero
    private var waitsForRoom = false

    init(_ client: Link, _ service: TunnelService, _ endpoints: Endpoints) {
        self.client = client
        self.service = service
        self.endpoints = endpoints
        start = service.proxy.worker.now
    }

    private var proxy: ProxyWorker { service.proxy }

    /// Looks for a host.
    func begin() {
        guard let client else { return }
        unsafe client.owner = self
        // What it sends waits with the kernel until there is a host.
        client.pause()
        client.fullAt = 64 * 1024
        record.start = proxy.worker.wall
        record.isTLS = client.security != nil
        record.downstreamRemote = endpoints.peer
        record.downstreamDirect = endpoints.peer
        record.downstreamLocal = endpoints.local
        record.serverName = endpoints.serverName
        record.connectionID = endpoints.number
        record.security = endpoints.security
        guard let cluster = service.chooseCluster() else {
            proxy.slab.add(service.statistics.noRoute)
            end(.noCluster)
            return
        }
        self.cluster = cluster
        record.upstreamCluster = Array(cluster.name.utf8)
        attempt()
    }

    /// Closes both sides at once, because the host is no longer to be used or the proxy ends.
    func cut() {
        end(.upstreamTermination)
    }

    // MARK: Connecting

    private func attempt() {
        guard let cluster else { return }
        attempts += 1
        let slab = proxy.slab
        guard let slot = cluster.hosts.choose(hash: hash(cluster), excluding: tried),
            let pool = cluster.pool(slot)
        else {
            if waitForRoom(cluster) { return }
            slab.add(cluster.statistics.noHealthy)
            end(.noHealthyUpstream)
            return
        }
        guard cluster.breaker(isHighPriority: false).take(.connections) else {
            slab.add(cluster.statistics.connectionOverflow)
            end(.upstreamOverflow)
            return
        }
        guard cluster.hosts.begin(slot) else {
            cluster.breaker(isHighPriority: false).giveBack(.connections)
            if waitForRoom(cluster) { return }
            slab.add(cluster.statistics.connectionOverflow)
            end(.upstreamOverflow)
            return
        }
        self.slot = slot
        self.pool = pool
        tried.insert(slot)
        cluster.tunnels.add(self, slot)
        slab.add(cluster.statistics.connections)
        slab.add(cluster.statistics.activeConnections)
        pool.counts.addConnection()
        attemptStart = proxy.worker.now
        do {
            host = try dial(cluster, pool)
        } catch {
            connectFailed(UpstreamFailure(connecting: error))
        }
    }

    /// Waits if the cluster has queues and a host, but none with room.
    private func waitForRoom(_ cluster: WorkerCluster) -> Bool {
        guard let limit = cluster.settings.queueTimeout, cluster.hosts.hasCandidates else {
            return false
        }
        let now = proxy.worker.now
        if roomDeadline == .zero { roomDeadline = now + limit }
        guard now < roomDeadline, cluster.queue.wait(self, until: roomDeadline) else {
            return false
        }
        attempts -= 1
        waitsForRoom = true
        return true
    }

    private func dial(_ cluster: WorkerCluster, _ pool: UpstreamPool) throws -> Link {
        var engine: TLSEngine?
        if let context = cluster.security {
            engine = try pool.engine(context, serverName: serverName(cluster.settings.tls))
        }
        let link = try cluster.dial(pool.address, self, engine)
        // Ahead of the TLS that the host expects only behind it.
        if engine != nil { header.map { link.preface = $0 } }
        return link
    }

    private func serverName(_ settings: ClientTLSSettings?) -> String? {
        if let name = settings?.serverName { return name }
        guard settings?.followsHost == true, !endpoints.serverName.isEmpty else { return nil }
        return String(decoding: endpoints.serverName, as: UTF8.self)
    }

    /// Clients stay with their host where the algorithm hashes.
    private func hash(_ cluster: WorkerCluster) -> UInt64? {
        switch cluster.settings.balancing {
        case .sourceHash, .ringHash, .maglev: XXHash64.hash(endpoints.client)
        default: nil
        }
    }

    private func connected(_ link: Link) {
        guard let cluster, let client else { return }
        isConnected = true
        let waited = proxy.worker.now.nanoseconds(since: attemptStart) / 1000
        proxy.slab.observe(cluster.statistics.connectTime, microseconds: waited)
        note(.success)
        record.upstreamHost = pool?.addressText ?? []
        if client.security == nil, link.security == nil, client.descriptor >= 0,
            link.descriptor >= 0
        {
            join(client, link)
        } else {
            if link.security == nil, let header { link.output.append(header.span) }
            lastActivity = proxy.worker.now
            armTimer()
            link.fullAt = client.fullAt
            carry(from: client, to: link)
            link.touch()
            client.resume()
        }
    }

    private func connectFailed(_ failure: UpstreamFailure) {
        guard let cluster else { return }
        proxy.slab.add(cluster.statistics.connectFailures)
        pool?.counts.countConnectFailure()
        if failure == .connectTimeout { proxy.slab.add(cluster.statistics.connectTimeouts) }
        if failure != .shortage { note(.gatewayFailure) }
        letGo()
        if attempts < service.settings.connectAttempts, !clientEnded {
            attempt()
        } else {
            end(.upstreamConnectFailure)
        }
    }

    private func note(_ outcome: HostHealth.Outcome) {
        guard slot >= 0, let cluster else { return }
        let reached = cluster.hosts.shared(slot).note(outcome, cluster.thresholds)
        if !reached.isEmpty { cluster.report(slot, reached) }
    }

    /// The header of the PROXY protocol for the host, if it wants one.
    private var header: [UInt8]? {
        cluster?.settings.proxyProtocol.map { endpoints.proxyHeader(version: $0) }
    }

    private static func copy(_ buffer: borrowing ByteBuffer) -> [UInt8] {
        Array(copying: buffer.readable)
    }

    // MARK: Relaying

    /// Has the kernel move the bytes.
    private func join(_ client: Link, _ host: Link) {
        let worker = proxy.worker
        let first = Self.copy(client.input)
        client.input.removeAll()
        let relay = Relay(
            client.takeSocket(),
            host.takeSocket(),
            on: worker,
            owner: self,
            idleTimeout: service.settings.idleTimeout
        )
        self.relay = relay
        if let header { relay.send(header.span, to: .right) }
        relay.send(first.span, to: .right)
        worker.retire(client)
        worker.retire(host)
        self.client = nil
        self.host = nil
        do throws(SystemError) {
            try relay.start()
        } catch {
            end(.localReset)
        }
    }

    /// Moves what has come from one link to the other.
    private func carry(from source: Link, to target: Link) {
        guard !source.input.isEmpty else { return }
        lastActivity = proxy.worker.now
        if target.output.isEmpty {
            swap(&target.output, &source.input)
        } else {
            let bytes = Self.copy(source.input)
            target.output.append(bytes.span)
            source.input.removeAll()
        }
        target.touch()
        if target.isFull {
            source.pause()
            target.tellsDrained = true
        }
    }

    private func armTimer() {
        guard let limit = service.settings.idleTimeout else { return }
        timer = proxy.worker.timers.set(self, at: lastActivity + limit)
    }

    // MARK: The end

    /// Gives back what the connection to the host holds.
    private func letGo() {
        if let host {
            host.close()
            proxy.worker.retire(host)
        }
        host = nil
        guard slot >= 0, let cluster else { return }
        cluster.tunnels.remove(self, slot)
        pool?.counts.endConnection()
        cluster.hosts.end(slot)
        cluster.breaker(isHighPriority: false).giveBack(.connections)
        proxy.slab.add(cluster.statistics.activeConnections, -1)
        proxy.slab.add(cluster.statistics.destroyedConnections)
        slot = -1
    }

    private func end(_ flags: ResponseFlags, isGentle: Bool = false) {
        guard !isOver else { return }
        isOver = true
        record.flags = flags
        record.attempts = attempts
        record.end = proxy.worker.now.nanoseconds(since: start)
        proxy.worker.timers.drop(&timer)
        if waitsForRoom { cluster?.queue.forget(self) }
        if let relay {
            record.bytesReceived = Int(clamping: relay.count(to: .right))
            record.bytesSent = Int(clamping: relay.count(to: .left))
            relay.close()
            proxy.worker.retire(relay)
        } else if let client {
            record.bytesReceived = Int(clamping: client.receivedCount)
            // After a gentle end the rest goes out too.
            let rest = isGentle ? client.output.count : 0
            record.bytesSent = Int(clamping: client.sentCount) + rest
        }
        if let cluster, isConnected {
            let slab = proxy.slab
            slab.add(cluster.statistics.sentBytes, Int64(record.bytesReceived))
            slab.add(cluster.statistics.receivedBytes, Int64(record.bytesSent))
        }
        if let client {
            // What was received for it goes out, even if the other side was cut.
            if isGentle { client.closeGently() } else { client.close() }
            proxy.worker.retire(client)
        }
        if isGentle, let host {
            host.closeGently()
            proxy.worker.retire(host)
            self.host = nil
        }
        client = nil
        letGo()
        service.ended(self, record)
    }
}

extension Tunnel: LinkOwner {
    func linkOpened(_ link: Link) {
        if link === host { connected(link) }
    }

    func linkReceived(_ link: Link) {
        guard isConnected, let client, let host else { return }
        if link === client {
            carry(from: client, to: host)
        } else {
            carry(from: host, to: client)
        }
    }

    func linkEnded(_ link: Link) {
        guard let client else { return }
        if link === client {
            clientEnded = true
            host?.finish()
        } else {
            hostEnded = true
            client.finish()
        }
        lastActivity = proxy.worker.now
        if clientEnded, hostEnded { end([], isGentle: true) }
    }

    func linkDrained(_ link: Link) {
        lastActivity = proxy.worker.now
        if link === client { host?.resume() } else { client?.resume() }
    }

    func linkFailed(_ link: Link, _ failure: LinkFailure) {
        if link === client {
            end(.downstreamTermination, isGentle: isConnected)
        } else if !isConnected {
            if case .insecure(let why) = failure { record.transportFailure = Array(why.utf8) }
            connectFailed(UpstreamFailure(connecting: failure))
        } else {
            end(.upstreamTermination, isGentle: true)
        }
    }
}

extension Tunnel: RoomSeeker {
    func roomIsFree() {
        waitsForRoom = false
        if !isOver { attempt() }
    }

    func waitedTooLong() {
        waitsForRoom = false
        end(.upstreamOverflow)
    }
}

extension Tunnel: RelayOwner {
    func relayEnded(_ relay: Relay, _ ending: RelayEnding) {
        switch ending {
        case .whole: end([])
        case .cut(.left, _): end(.downstreamTermination)
        case .cut(.right, _): end(.upstreamTermination)
        case .idle:
            proxy.slab.add(service.statistics.idleTimeouts)
            end(.streamIdleTimeout)
        }
    }
}

extension Tunnel: TimerTarget {
    func timerFired(_ tag: Int) {
        timer = .none
        guard let limit = service.settings.idleTimeout, !isOver else { return }
        if proxy.worker.now >= lastActivity + limit {
            proxy.slab.add(service.statistics.idleTimeouts)
            end(.streamIdleTimeout)
        } else {
            armTimer()
        }
    }
}
