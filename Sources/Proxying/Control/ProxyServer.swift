public import Basics
public import Reactor
import Security
import System

/// A proxy on its workers, steered from the control thread.
@MainLoop public final class ProxyServer {
    private let journal: Journal
    private var workers: [WorkerHandle] = []
    private let statistics = Statistics()
    private var clusters: [String: SharedCluster] = [:]
    private var listening: Set<String> = []
    private var certificates = CertificateStore()
    private var tunnels: [String: [SharedTunnel]] = [:]

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
        let names = configuration.clusters.map(\.name)
        for listener in configuration.listeners {
            for case .http(let http) in listener.chains.map(\.handler) {
                try HTTPService.check(http, clusters: names)
            }
        }
        var shared: [SharedCluster] = []
        for settings in configuration.clusters {
            if let known = clusters[settings.name], known.settings == settings {
                shared.append(known)
            } else {
                shared.append(try makeCluster(settings))
            }
        }
        let members = Dictionary(
            uniqueKeysWithValues: shared.map { ($0.settings.name, Self.fixedMembers($0.settings)) }
        )
        var plans = workers.map { _ in
            WorkerPlan(clusters: shared, members: members, listeners: [])
        }
        for listener in configuration.listeners {
            let sockets = try open(listener)
            let statistics = listener.chains.map { chain -> HTTPStatistics? in
                guard case .http(let http) = chain.handler else { return nil }
                return HTTPStatistics(http.statPrefix, self.statistics)
            }
            var security: [TLSServerContext?] = []
            for chain in listener.chains { security.append(try makeSecurity(chain)) }
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
                        tunnels: tunnels
                    )
                )
            }
        }
        for (worker, plan) in zip(workers, plans) {
            worker.post { ProxyWorker.of($0)?.apply(plan) }
        }
        clusters = Dictionary(uniqueKeysWithValues: shared.map { ($0.settings.name, $0) })
        listening = Set(configuration.listeners.map(\.name))
    }

    /// Stops all workers at once.
    public func stop() {
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

    private func makeSecurity(_ chain: FilterChain) throws(Failure) -> TLSServerContext? {
        guard let settings = chain.tls else { return nil }
        var warnings: [String] = []
        let context = try certificates.server(
            settings,
            at: Loop.main.moment.wall,
            warnings: &warnings
        )
        for warning in warnings { journal.warning(warning) }
        return context
    }

    private func makeCluster(_ settings: ClusterSettings) throws(Failure) -> SharedCluster {
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
        return SharedCluster(settings, statistics, security: security)
    }

    private static func fixedMembers(_ settings: ClusterSettings) -> ClusterMembers {
        ClusterMembers(
            hosts: settings.endpoints.compactMap { endpoint in
                let name = endpoint.address.host
                let host = name == "localhost" ? "127.0.0.1" : name
                let found = try? SocketAddress.resolve(
                    host: host,
                    port: endpoint.address.port,
                    numericOnly: true
                )
                guard let address = found?.first else { return nil }
                return ClusterMembers.Host(
                    record: HostRecord(
                        key: Array(address.description.utf8),
                        weight: endpoint.weight,
                        priority: endpoint.priority
                    ),
                    address: address,
                    hostname: endpoint.hostname ?? endpoint.address.host
                )
            }
        )
    }
}
