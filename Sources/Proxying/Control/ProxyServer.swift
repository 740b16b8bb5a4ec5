public import Basics
public import Reactor
import Security
import System

/// A proxy on its workers, steered from the control thread.
@MainLoop public final class ProxyServer {
    let journal: Journal
    private(set) var workers: [WorkerHandle] = []
    let statistics = Statistics()
    private(set) var clusters: [String: SharedCluster] = [:]
    private var monitors: [String: ClusterMonitor] = [:]
    /// The hosts that were published last, for workers and configurations that come later.
    private(set) var members: [String: ClusterMembers] = [:]
    private let resolver = NameResolver()
    private var listening: Set<String> = []
    private var certificates = CertificateStore()
    private var tunnels: [String: [SharedTunnel]] = [:]
    let filters = FilterStore()
    private let limits = ListenerStore()
    /// What the control thread counts itself.
    private(set) lazy var counts = statistics.slab()
    var fetchers: [TokenSettings.Provider.Keys: KeyFetcher] = [:]
    /// The configuration that is followed.
    public private(set) var configuration: ProxyConfiguration?
    /// Whether no connections are taken any more.
    public internal(set) var isDraining = false
    /// Whether a drain is to end at once.
    var isCut = false

    /// Makes a proxy without listeners.
    public init(journal: Journal) {
        self.journal = journal
    }

    /// Starts workers; with none given, as many as there are processors.
    ///
    /// - Throws: `Failure` if the machine allows no more threads or descriptors.
    public func start(workerCount: Int? = nil) throws(Failure) {
        let count = max(1, workerCount ?? Host.cpuCount)
        for index in 0..<count {
            let handle = try Worker.start(index: index)
            let statistics = statistics
            handle.post { worker in worker.tenant = ProxyWorker(worker, statistics) }
            workers.append(handle)
        }
    }

    /// Takes a configuration: new connections follow it, those that are there go on.
    ///
    /// - Throws: `Failure` if a listener's address cannot be had; nothing is changed then.
    public func apply(_ configuration: ProxyConfiguration) throws(Failure) {
        try Capabilities.check(configuration)
        for remark in Capabilities.remarks(on: configuration) { journal.warning(remark) }
        let names = configuration.clusters.map(\.name)
        for listener in configuration.listeners {
            for case .http(let http) in listener.chains.map(\.handler) {
                try HTTPService.check(http, clusters: names)
            }
        }
        var shared: [SharedCluster] = []
        var fresh: [String: ClusterMonitor] = [:]
        for settings in configuration.clusters {
            if let known = clusters[settings.name], known.settings == settings {
                shared.append(known)
            } else {
                let (cluster, monitor) = try makeCluster(settings)
                shared.append(cluster)
                fresh[settings.name] = monitor
            }
        }
        let sharedFilters = try filters.share(configuration, fetchedKeys, statistics)
        var contexts: [[TLSServerContext?]] = []
        for listener in configuration.listeners {
            var security: [TLSServerContext?] = []
            for chain in listener.chains { security.append(try makeSecurity(chain)) }
            contexts.append(security)
        }
        var plans = workers.map { _ in
            WorkerPlan(
                clusters: shared,
                members: members.filter { fresh[$0.key] == nil },
                listeners: []
            )
        }
        let limits = limits.share(configuration, statistics)
        for (place, (listener, security)) in zip(configuration.listeners, contexts).enumerated() {
            let sockets: [Int32]
            do throws(Failure) {
                sockets = try open(listener)
            } catch {
                for socket in plans.flatMap(\.listeners).map(\.socket) where socket >= 0 {
                    Descriptors.close(socket)
                }
                throw error
            }
            let statistics = listener.chains.map { chain -> HTTPStatistics? in
                guard case .http(let http) = chain.handler else { return nil }
                return HTTPStatistics(http.statPrefix, self.statistics)
            }
            let tunnels = listener.chains.map { chain -> SharedTunnel? in
                guard case .tcp(let settings) = chain.handler else { return nil }
                return sharedTunnel(settings, of: listener.name)
            }
            for index in plans.indices {
                plans[index].listeners.append(
                    WorkerPlan.Listener(
                        settings: listener,
                        socket: sockets[index],
                        statistics: statistics,
                        security: security,
                        tunnels: tunnels,
                        filters: sharedFilters[place],
                        limits: limits[place]
                    )
                )
            }
        }
        for (worker, plan) in zip(workers, plans) {
            worker.post { ProxyWorker.of($0)?.apply(plan) }
        }
        clusters = Dictionary(uniqueKeysWithValues: shared.map { ($0.settings.name, $0) })
        watch(shared, fresh)
        fetchKeys(for: configuration)
        listening = Set(configuration.listeners.map(\.name))
        self.configuration = configuration
    }

    /// Stops all workers at once.
    public func stop() {
        stopFetching()
        for worker in workers { worker.stop() }
    }

    private func open(_ listener: ListenerSettings) throws(Failure) -> [Int32] {
        if listening.contains(listener.name) { return workers.map { _ in -1 } }
        var sockets: [Int32] = []
        do throws(SystemError) {
            let address = try SocketAddress.resolve(
                host: listener.address.host,
                port: listener.address.port,
                numericOnly: true
            ).first
            guard let address else { throw SystemError(22, "listen", listener.address.host) }
            for _ in workers {
                let socket = try Sockets.listen(address, backlog: 4096, sharesPort: true)
                try Sockets.sendImmediately(socket.number)
                sockets.append(socket.release())
            }
        } catch {
            for socket in sockets { Descriptors.close(socket) }
            throw Failure("cannot listen on \(listener.address)", error)
        }
        return sockets
    }

    /// What relays with these settings share; those that stay the same keep their counts.
    private func sharedTunnel(_ settings: TunnelSettings, of listener: String) -> SharedTunnel {
        if let known = tunnels[listener]?.first(where: { $0.settings == settings }) { return known }
        let made = SharedTunnel(settings, statistics)
        tunnels[listener, default: []].append(made)
        return made
    }

    func makeSecurity(_ chain: FilterChain) throws(Failure) -> TLSServerContext? {
        guard var settings = chain.tls else { return nil }
        if case .http(let http) = chain.handler, http.codec == .http1 {
            // A client that is offered what is not spoken would be cut off.
            settings.parameters.protocols.removeAll { $0 == "h2" }
        }
        var warnings: [String] = []
        let context = try certificates.server(
            settings,
            at: Loop.main.moment.wall,
            warnings: &warnings
        )
        for warning in warnings { journal.warning(warning) }
        return context
    }

    /// A cluster and who watches over it; nothing is begun yet.
    private func makeCluster(
        _ settings: ClusterSettings
    ) throws(Failure) -> (SharedCluster, ClusterMonitor) {
        let name = settings.name
        var security: TLSClientContext?
        if let tls = settings.tls {
            var warnings: [String] = []
            security = try certificates.client(
                tls,
                at: Loop.main.moment.wall,
                warnings: &warnings
            )
            for warning in warnings { journal.warning(warning) }
        }
        let monitor = ClusterMonitor(
            settings,
            resolver: resolver,
            journal: journal,
            security: ClusterSecurity(cluster: security, serverName: settings.tls?.serverName),
            publish: { [weak self] found in self?.publish(found, of: name) },
            refresh: { [weak self] in self?.refresh(name) }
        )
        let mailbox = monitor.mailbox
        let shared = SharedCluster(settings, statistics, security: security) { health, reached in
            mailbox.send(health, reached)
        }
        return (shared, monitor)
    }

    // MARK: Clusters

    /// Watches over the clusters of a new configuration.
    private func watch(_ shared: [SharedCluster], _ fresh: [String: ClusterMonitor]) {
        let wanted = Set(shared.map(\.settings.name))
        for (name, monitor) in monitors where !wanted.contains(name) || fresh[name] != nil {
            monitor.stop()
            monitors[name] = nil
            members[name] = nil
        }
        for (name, monitor) in fresh {
            monitors[name] = monitor
            monitor.start()
        }
    }

    private func publish(_ found: ClusterMembers, of name: String) {
        members[name] = found
        for worker in workers {
            worker.post { ProxyWorker.of($0)?.update(name, found) }
        }
    }

    private func refresh(_ name: String) {
        for worker in workers {
            worker.post { ProxyWorker.of($0)?.refresh(name) }
        }
    }

    /// Waits until listeners need not wait for any cluster.
    ///
    /// - Returns: Whether that is so, or the deadline came first.
    public func whenReady(deadline: Instant) async -> Bool {
        for monitor in monitors.values where await !monitor.whenReady(deadline: deadline) {
            return false
        }
        return true
    }

    /// Whether every cluster has its hosts.
    public var isReady: Bool { monitors.values.allSatisfy(\.isReady) }
}
