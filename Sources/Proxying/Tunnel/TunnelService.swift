import Basics
import Reactor

/// A relay of bytes as one worker uses it: it gives connections to a cluster.
final class TunnelService {
    let shared: SharedTunnel
    private let proxyReference: Unretained<ProxyWorker>
    var proxy: ProxyWorker { proxyReference.object }
    /// Called with what is known of a connection that has ended.
    var log: ((AccessRecord) -> Void)?
    private var tunnels: [Tunnel] = []
    private let weight: UInt64

    init(_ shared: SharedTunnel, _ proxy: ProxyWorker) {
        self.shared = shared
        proxyReference = Unretained(proxy)
        weight = shared.settings.clusters.reduce(0) { $0 + UInt64(max(0, $1.weight)) }
    }

    var settings: TunnelSettings { shared.settings }
    var statistics: TunnelStatistics { shared.statistics }

    /// How many connections there are.
    var count: Int { tunnels.count }

    /// Takes over a client's open connection, with what it has sent already in the link's input.
    ///
    /// A link that was not watched yet must be opened by the caller after this.
    func take(_ link: Link, _ endpoints: Endpoints) {
        guard shared.limit.take() else {
            proxy.slab.add(statistics.limitedConnections)
            link.close()
            return
        }
        proxy.slab.add(statistics.connections)
        proxy.slab.add(statistics.activeConnections)
        proxy.relayCount += 1
        let tunnel = Tunnel(link, self, endpoints)
        tunnel.rosterIndex = tunnels.count
        tunnels.append(tunnel)
        tunnel.begin()
    }

    /// The cluster of the next connection, by weight; `nil` if it is not configured.
    func chooseCluster() -> WorkerCluster? {
        guard weight > 0 else { return nil }
        var rest = settings.clusters.count == 1 ? 0 : proxy.random.next() % weight
        for share in settings.clusters {
            let own = UInt64(max(0, share.weight))
            if rest < own { return proxy.cluster(share.name) }
            rest -= own
        }
        return nil
    }

    /// Closes all connections at once.
    func closeAll() {
        for tunnel in tunnels { tunnel.cut() }
    }

    /// A connection has ended.
    func ended(_ tunnel: Tunnel, _ record: AccessRecord) {
        let index = tunnel.rosterIndex
        guard index < tunnels.count, tunnels[index] === tunnel else { return }
        let last = tunnels.removeLast()
        if last !== tunnel {
            tunnels[index] = last
            last.rosterIndex = index
        }
        shared.limit.giveBack()
        proxy.relayCount -= 1
        let slab = proxy.slab
        slab.add(statistics.activeConnections, -1)
        slab.add(statistics.receivedBytes, Int64(record.bytesReceived))
        slab.add(statistics.sentBytes, Int64(record.bytesSent))
        log?(record)
        proxy.worker.retire(tunnel)
    }
}
