public import Basics
public import Reactor
import Security
import System

/// A proxy on its workers, steered from the control thread.
@MainLoop public final class ProxyServer {
    let journal: Journal
    private(set) var workers: [WorkerHandle] = []
    let statistics = Statistics()
    private let connectionNumbers = ConnectionNumbers()
    private(set) var clusters: [String: SharedCluster] = [:]
    private(set) var monitors: [String: ClusterMonitor] = [:]
    /// The hosts that were published last, for workers and configurations that come later.
    private(set) var members: [String: ClusterMembers] = [:]
    private let resolver = NameResolver()
    private var hostGroups: [String: HostGroup] = [:]
    private var listening: Set<String> = []
    private var certificates = CertificateStore()
    private var ticketAlarm: Alarm?
    /// Whether certificates were read that connections do not follow yet.
    private var hasNewCertificates = false
    /// What workers are told once the hosts of new clusters are known.
    private var waitingPlans: [WorkerPlan] = []
    private var planNumber = 0
    /// Whether workers follow any configuration.
    private(set) var isServing = false
    /// Clusters that replace others of their name, whose hosts are used until the new ones are ready.
    private var warming: [String: ClusterMembers?] = [:]
    private var tunnels: [String: [SharedTunnel]] = [:]
    let filters = FilterStore()
    private let limits = ListenerStore()
    var exporters: [TracingSettings: TraceExporter] = [:]
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
            let journal = journal
            let numbers = connectionNumbers
            handle.post { worker in
                worker.tenant = ProxyWorker(
                    worker,
                    statistics,
                    journal: journal,
                    numbers: numbers
                )
            }
            workers.append(handle)
        }
        rotateTickets()
    }

    /// Changes the keys that seal the sessions of clients, now and then.
    private func rotateTickets() {
        let next = certificates.tickets.rotate(at: Loop.main.now, every: Self.ticketPeriod)
        ticketAlarm = Alarm(at: next) { [weak self] in self?.rotateTickets() }
    }

    /// For how long a key seals sessions; for as long again it opens them.
    private static let ticketPeriod = Duration.seconds(12 * 3600)

    /// Takes a configuration: new connections follow it, those that are there go on.
    ///
    /// - Throws: `Failure` if a listener's address cannot be had; nothing is changed then.
    public func apply(_ configuration: ProxyConfiguration) throws(Failure) {
        if isDraining {
            throw Failure(.unavailable, "no configuration is taken while the program ends")
        }
        readCertificates()
        certificates.beginUse()
        try Capabilities.check(configuration)
        let names = configuration.clusters.map(\.name)
        for listener in configuration.listeners {
            for case .http(let http) in listener.chains.map(\.handler) {
                try HTTPService.check(http, clusters: names)
            }
        }
        var shared: [SharedCluster] = []
        var fresh: [String: ClusterMonitor] = [:]
        for settings in configuration.clusters {
            if let known = clusters[settings.name], known.settings == settings,
                known.security === (try makeSecurity(settings))
            {
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
        handPlans()
        var plans = workers.map { _ in
            WorkerPlan(clusters: shared, members: [:], listeners: [])
        }
        let limits = limits.share(configuration, statistics)
        let tracing = planTracing(configuration)
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
                        spans: tracing.boxes[place],
                        limits: limits[place]
                    )
                )
            }
        }
        clusters = Dictionary(uniqueKeysWithValues: shared.map { ($0.settings.name, $0) })
        watch(shared, fresh)
        fetchKeys(for: configuration)
        followTracing(tracing.exporters)
        waitingPlans = plans
        hand(after: fresh.filter { warming[$0.key] == nil && !$0.value.isReady }.map(\.value))
        listening = Set(configuration.listeners.map(\.place))
        hasNewCertificates = false
        certificates.forgetUnused()
        self.configuration = configuration
    }

    /// Has workers follow the configuration when these clusters have their hosts: connections wait with
    /// the kernel until then, instead of being told that there are none.
    private func hand(after monitors: [ClusterMonitor]) {
        if monitors.isEmpty { return handPlans() }
        planNumber += 1
        let number = planNumber
        let deadline = Loop.main.now + Self.patience
        Task { @MainLoop [weak self] in
            for monitor in monitors { _ = await monitor.whenReady(deadline: deadline) }
            if self?.planNumber == number { self?.handPlans() }
        }
    }

    private func handPlans() {
        planNumber += 1
        if !waitingPlans.isEmpty { isServing = true }
        for (worker, waiting) in zip(workers, waitingPlans) {
            var plan = waiting
            let names = Set(plan.clusters.map(\.settings.name))
            plan.members = members.filter { names.contains($0.key) }
            if isDraining {
                for socket in plan.listeners.map(\.socket) where socket >= 0 {
                    Descriptors.close(socket)
                }
                plan.listeners = []
            }
            let final = plan
            worker.post { ProxyWorker.of($0)?.apply(final) }
            // Those that came while the plan waited.
            for (source, keys) in fetchedKeys {
                worker.post { ProxyWorker.of($0)?.setKeys(keys, of: source) }
            }
        }
        waitingPlans = []
    }

    /// How long the hosts of a cluster's new settings are waited for.
    private static let patience = Duration.seconds(5)

    /// Follows certificates that were read with a configuration which was refused.
    public func followCertificates() {
        readCertificates()
        guard hasNewCertificates, let configuration else { return }
        do throws(Failure) {
            try apply(configuration)
        } catch {
            journal.error("the new certificates are not followed: \(error)")
        }
    }

    /// Reads the files of certificates again; one that cannot be used keeps the old.
    private func readCertificates() {
        let found = certificates.refresh(at: Loop.main.moment.wall)
        for warning in found.warnings { journal.warning(warning) }
        for failure in found.failures {
            journal.error("\(failure)", ["certificate": "the old one is kept"])
        }
        if !found.servers.isEmpty || !found.clients.isEmpty {
            hasNewCertificates = true
            journal.info("certificates are taken again")
        }
    }

    /// How many certificates, keys and lists of authorities are as they were before their files became
    /// unusable.
    public var refusedCertificates: Int { certificates.refusedCount }

    /// Stops all workers at once, and everything that goes on for them; the program may go on without.
    public func stop() {
        stopFetching()
        stopTracing()
        ticketAlarm = nil
        for monitor in monitors.values { monitor.stop() }
        monitors = [:]
        planNumber += 1
        for socket in waitingPlans.flatMap(\.listeners).map(\.socket) where socket >= 0 {
            Descriptors.close(socket)
        }
        waitingPlans = []
        for worker in workers { worker.stop() }
    }

    private func open(_ listener: ListenerSettings) throws(Failure) -> [Int32] {
        if listening.contains(listener.place) { return workers.map { _ in -1 } }
        var sockets: [Int32] = []
        do throws(SystemError) {
            let address = SocketAddress(
                number: listener.address.host,
                port: listener.address.port
            )
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

    private func makeSecurity(_ settings: ClusterSettings) throws(Failure) -> TLSClientContext? {
        guard let tls = settings.tls else { return nil }
        var warnings: [String] = []
        let context = try certificates.client(
            tls,
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
        let security = try makeSecurity(settings)
        let monitor = ClusterMonitor(
            settings,
            resolver: resolver,
            journal: journal,
            security: ClusterSecurity(cluster: security, serverName: settings.tls?.serverName),
            group: settings.hostGroup.map(hostGroup),
            publish: { [weak self] found in self?.publish(found, of: name) },
            refresh: { [weak self] in self?.refresh(name) }
        )
        let mailbox = monitor.mailbox
        let shared = SharedCluster(settings, statistics, security: security) { health, reached in
            mailbox.send(health, reached)
        }
        return (shared, monitor)
    }

    private func hostGroup(_ name: String) -> HostGroup {
        if let known = hostGroups[name] { return known }
        let made = HostGroup()
        hostGroups[name] = made
        return made
    }

    // MARK: Clusters

    /// Watches over the clusters of a new configuration.
    private func watch(_ shared: [SharedCluster], _ fresh: [String: ClusterMonitor]) {
        let wanted = Set(shared.map(\.settings.name))
        for (name, monitor) in monitors where !wanted.contains(name) || fresh[name] != nil {
            monitor.stop()
            monitors[name] = nil
            warming[name] = nil
            if fresh[name] == nil { members[name] = nil }
        }
        for (name, monitor) in fresh {
            monitors[name] = monitor
            if members[name] != nil { warming[name] = .some(nil) }
            monitor.start()
            if warming[name] != nil {
                Task { @MainLoop [weak self] in
                    _ = await monitor.whenReady(deadline: Loop.main.now + Self.patience)
                    self?.warmed(name, monitor)
                }
            }
        }
    }

    /// The hosts of new settings are known and checked, or take too long.
    private func warmed(_ name: String, _ monitor: ClusterMonitor) {
        guard monitors[name] === monitor, let found = warming.removeValue(forKey: name) else {
            return
        }
        publish(found ?? ClusterMembers(hosts: []), of: name)
    }

    private func publish(_ found: ClusterMembers, of name: String) {
        if warming[name] != nil {
            warming[name] = found
            return
        }
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
