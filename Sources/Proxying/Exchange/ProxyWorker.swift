import Basics
import HTTP
import Reactor
import Security
import System

/// What one worker proxies with: its listeners, clusters, connections and exchanges.
///
/// It is the worker's tenant. The control thread speaks to it through `WorkerHandle.post` only.
final class ProxyWorker {
    /// The worker holds its tenant and outlives it.
    private let workerReference: Unretained<Worker>
    var worker: Worker { workerReference.object }
    private let keptSlab: StatisticsSlab
    private let slabReference: Unretained<StatisticsSlab>
    var slab: StatisticsSlab { slabReference.object }

    /// Adds to a statistic.
    @inline(__always)
    func count(_ id: Statistics.ID, _ change: Int64 = 1) {
        slabReference.lend { $0.add(id, change) }
    }

    /// Notes how long something took.
    @inline(__always)
    func observe(_ id: Statistics.ID, microseconds: Int64) {
        slabReference.lend { $0.observe(id, microseconds: microseconds) }
    }
    let statistics: Statistics
    var random: RandomSource
    /// Connections end with their request; no new ones are taken.
    private(set) var isDraining = false

    private var clusters: [String: WorkerCluster] = [:]
    /// Clusters that are configured no more but have requests still.
    private var closing: [WorkerCluster] = []
    /// By their addresses: one that keeps its address keeps its sockets, whatever its name is.
    private var acceptors: [String: WorkerListener] = [:]
    private var connections: [any ClientConnection] = []
    private var unused: [Exchange] = []
    private var logFiles: [AccessLogSettings.Sink: LogFile] = [:]
    private let droppedLines: Statistics.ID
    /// The password checks that go on elsewhere.
    let passwords = PasswordChecks()
    /// Copies of requests that are on their way.
    var mirrors: [Shadow] = []
    /// Whether probes are to fail although nothing is wrong.
    var isFailing = false
    /// The clusters in the order of the configuration.
    private(set) var clusterList: [WorkerCluster] = []
    /// Those that take the last connections.
    private(set) var closingListeners: [WorkerListener] = []
    /// How many connections are relayed.
    var relayCount = 0
    /// Connections that have no service yet: their hello or handshake is awaited.
    private var opening: [OpeningLink] = []
    /// The highest descriptor for clients; those above are for hosts and files.
    let highestAccepted: Int32
    let journal: Journal
    /// The numbers of clients' connections, which all workers share.
    let connectionNumbers: ConnectionNumbers
    /// The ends of no connection.
    let nowhere = Endpoints()
    private var dateSecond = Int64.min
    private var date = ByteBuffer()
    private static let unusedMaximum = 256

    /// Makes a connection to a host.
    typealias Dial = (SocketAddress, any LinkOwner, TLSEngine?, Instant) throws -> Link
    let dial: Dial

    /// Without `dial` connections are made over sockets; tests make them in memory.
    init(
        _ worker: Worker,
        _ statistics: Statistics,
        journal: Journal = .silent,
        numbers: ConnectionNumbers = ConnectionNumbers(),
        dial: Dial? = nil
    ) {
        self.journal = journal
        connectionNumbers = numbers
        let limit = DescriptorLimit.current
        highestAccepted = Int32(clamping: limit - min(1024, max(16, limit / 8)))
        workerReference = Unretained(worker)
        let reference = Unretained(worker)
        self.dial =
            dial ?? { address, owner, security, deadline in
                try Link.connect(
                    address,
                    on: reference.object,
                    owner: owner,
                    security: security,
                    deadline: deadline
                )
            }
        keptSlab = statistics.slab()
        slabReference = Unretained(keptSlab)
        self.statistics = statistics
        droppedLines = statistics.id("access_log.dropped_lines", .counter)
        random = RandomSource(seed: Random.number())
    }

    /// The worker's proxy, if it has one.
    static func of(_ worker: Worker) -> ProxyWorker? {
        worker.tenant as? ProxyWorker
    }

    func cluster(_ name: String) -> WorkerCluster? {
        clusters[name]
    }

    // MARK: What the control thread says

    /// Takes a configuration: what is the same in both goes on.
    func apply(_ plan: WorkerPlan) {
        let before = clusters
        clusters = [:]
        for shared in plan.clusters {
            if let known = before[shared.settings.name], known.shared === shared {
                clusters[shared.settings.name] = known
            } else {
                clusters[shared.settings.name] = WorkerCluster(shared, self)
            }
        }
        for cluster in before.values where clusters[cluster.name] !== cluster {
            closing.append(cluster)
            cluster.close()
        }
        clusterList = plan.clusters.compactMap { clusters[$0.settings.name] }
        for (name, members) in plan.members { clusters[name]?.update(members) }
        let places = Set(plan.listeners.map(\.settings.place))
        for listener in plan.listeners {
            if let known = acceptors[listener.settings.place] {
                known.apply(listener)
            } else {
                acceptors[listener.settings.place] = WorkerListener(listener, self)
            }
        }
        for (place, listener) in acceptors where !places.contains(place) {
            close(listener)
            acceptors[place] = nil
        }
    }

    /// Takes the hosts of a cluster.
    func update(_ name: String, _ members: ClusterMembers) {
        clusters[name]?.update(members)
    }

    /// Reads the health of a cluster's hosts again.
    func refresh(_ name: String) {
        clusters[name]?.refresh()
    }

    /// Takes keys of tokens that were fetched.
    func setKeys(_ keys: KeySet, of source: TokenSettings.Provider.Keys) {
        for listener in acceptors.values {
            for service in listener.httpServices { service.filters.setKeys(keys, of: source) }
        }
    }

    /// Takes no more connections; those that are there are told with their next answer that they end.
    func announceEnd() {
        isDraining = true
        for connection in connections { connection.announceEnd() }
        for listener in acceptors.values { close(listener) }
        acceptors = [:]
    }

    private func close(_ listener: WorkerListener) {
        if listener.close() { closingListeners.append(listener) }
    }

    /// A listener takes no connections any more.
    func closed(_ listener: WorkerListener) {
        closingListeners.removeAll { $0 === listener }
        worker.retire(listener)
    }

    /// Takes no more connections; those that are there end with their request, others at once.
    func drain() {
        announceEnd()
        for connection in connections { connection.drain() }
        for link in opening { link.drain() }
    }

    /// How many connections of clients there are, of any kind.
    var connectionCount: Int { connections.count + relayCount + opening.count }

    /// A closed cluster has no requests any more.
    func forget(_ cluster: WorkerCluster) {
        closing.removeAll { $0 === cluster }
        worker.retire(cluster)
    }

    /// The listener of a name.
    func listener(_ name: String) -> WorkerListener? {
        acceptors.values.first { $0.name == name }
    }

    // MARK: Connections

    func add(_ connection: any ClientConnection) {
        connection.rosterIndex = connections.count
        connections.append(connection)
        slab.add(connection.service.statistics.connections)
        slab.add(connection.service.statistics.activeConnections)
    }

    func add(_ link: OpeningLink) {
        link.rosterIndex = opening.count
        opening.append(link)
    }

    /// A connection has its service, or has ended without.
    func remove(_ link: OpeningLink) {
        let index = link.rosterIndex
        guard index < opening.count, opening[index] === link else { return }
        let last = opening.removeLast()
        if last !== link {
            opening[index] = last
            last.rosterIndex = index
        }
        link.stopWaiting()
        worker.retire(link)
    }

    /// Another protocol goes on with a connection.
    func replace(_ connection: any ClientConnection, with next: any ClientConnection) {
        let index = connection.rosterIndex
        connections[index] = next
        next.rosterIndex = index
        worker.retire(connection)
    }

    func remove(_ connection: any ClientConnection) {
        let index = connection.rosterIndex
        guard index < connections.count, connections[index] === connection else { return }
        let last = connections.removeLast()
        if last !== connection {
            connections[index] = last
            last.rosterIndex = index
        }
        slab.add(connection.service.statistics.activeConnections, -1)
        slab.add(connection.service.statistics.destroyedConnections)
        connection.endpoints.end()
        worker.retire(connection)
    }

    // MARK: Logs

    /// The file of a sink, opened once.
    func logFile(_ sink: AccessLogSettings.Sink) -> LogFile {
        if let known = logFiles[sink] { return known }
        let file = LogFile(sink, worker, slab, dropped: droppedLines)
        logFiles[sink] = file
        return file
    }

    /// Writes all lines that wait.
    func flushLogs() {
        for file in logFiles.values { file.flush() }
    }

    /// Opens the files of logs again: somebody has moved them away.
    func reopenLogs() {
        for file in logFiles.values {
            guard let failure = file.reopen() else { continue }
            journal.error("the old log file is kept", ["cause": failure.description])
        }
    }

    /// All statistics as Prometheus reads them.
    func metricsText() -> String {
        statistics.prometheusText
    }

    // MARK: Exchanges

    func takeExchange() -> Exchange {
        unused.popLast() ?? Exchange(self)
    }

    /// Takes an exchange back, before its owner lets go of it: it may still be on the stack.
    func recycle(_ exchange: Exchange) {
        exchange.reset()
        if unused.count < Self.unusedMaximum {
            unused.append(exchange)
        } else {
            worker.retire(exchange)
        }
    }

    // MARK: The date

    /// Hands out the present time as HTTP writes it; it is made once a second.
    func withDate(_ body: (Span<UInt8>) -> Void) {
        let second = worker.wall.nanoseconds / 1_000_000_000
        if second != dateSecond {
            dateSecond = second
            date.removeAll()
            date.append(text: HTTPDate.text(of: worker.wall))
        }
        Self.hand(date, body)
    }

    private static func hand(_ buffer: borrowing ByteBuffer, _ body: (Span<UInt8>) -> Void) {
        body(buffer.readable)
    }
}

extension ListenerSettings {
    /// What tells its socket from those of others: its address, or its name where the kernel chooses.
    var place: String { address.port == 0 ? name : address.description }
}

/// A configuration as the control thread hands it to a worker.
struct WorkerPlan: Sendable {
    /// A listener and this worker's socket of it.
    struct Listener: Sendable {
        var settings: ListenerSettings
        /// The listening socket, which the worker owns; -1 keeps the one it has.
        var socket: Int32
        /// The statistics of each chain's HTTP.
        var statistics: [HTTPStatistics?]
        /// The TLS of each chain.
        var security: [TLSServerContext?]
        /// What each chain that relays bytes shares with other workers.
        var tunnels: [SharedTunnel?] = []
        /// What the filters of each chain share with other workers.
        var filters: [SharedFilters?] = []
        /// Where the spans of each chain go.
        var spans: [SpanMailbox?] = []
        /// How many connections may come.
        var limits: ListenerLimits?
    }

    var clusters: [SharedCluster]
    /// The hosts that are known already.
    var members: [String: ClusterMembers]
    var listeners: [Listener]
}
