import Basics
import HTTP
import Reactor
import Security
import System
import Testing

@testable import Proxying

/// One end of a connection in memory, played by the test.
final class Peer: LinkOwner {
    var link: Link?
    var received: [UInt8] = []
    var hasEnded = false
    var failure: LinkFailure?
    /// Called when something came.
    var react: ((Peer) -> Void)?

    var text: String { String(decoding: received, as: UTF8.self) }
    /// All that ever came.
    var all: String { earlier + text }
    private var earlier = ""

    /// Waits for new bytes.
    func forget() {
        earlier = all
        received = []
    }

    func send(_ text: String) {
        link?.output.append(text: text)
        link?.touch()
    }

    /// Called when the handshake is done.
    var opened: ((Link) -> Void)?

    func linkOpened(_ link: Link) { opened?(link) }
    func linkReceived(_ link: Link) {
        received += Self.bytes(of: link.input)
        link.input.consume(link.input.count)
        react?(self)
    }
    func linkEnded(_ link: Link) { hasEnded = true }
    func linkDrained(_ link: Link) {}
    func linkFailed(_ link: Link, _ failure: LinkFailure) { self.failure = failure }

    private static func bytes(of buffer: borrowing ByteBuffer) -> [UInt8] {
        Array(copying: buffer.readable)
    }
}

/// A proxy on a worker without a thread: clients and hosts are in memory, the clock is the test's.
final class ProxyBench {
    let worker: Worker
    let proxy: ProxyWorker
    let statistics = Statistics()
    private(set) var now = Instant(nanoseconds: 1_000_000_000)
    /// The connections that were made to hosts, in order.
    private(set) var hosts: [Peer] = []
    /// What each new connection to a host does with what it receives.
    var serve: ((Peer) -> Void)?
    /// Whether hosts with TLS take what comes first without it.
    var readsPlain = false
    /// Whether connections to hosts are refused.
    var refuses = false
    /// What the kernel says of each new connection to a host, if it says something at once.
    var refusal: SystemError?
    /// The most bytes on their way in one direction of a connection.
    var capacity = Int.max

    static let stamp = Timestamp(nanoseconds: 1_700_000_000_000_000_000)

    /// The TLS towards hosts, and theirs.
    private let clientSecurity: TLSClientContext?
    private let hostSecurity: TLSServerContext?
    private var sharedTunnels: [String: [SharedTunnel?]] = [:]

    private let checkPassword: SharedFilters.PasswordRunner

    init(
        _ configuration: ProxyConfiguration,
        clientSecurity: TLSClientContext? = nil,
        hostSecurity: TLSServerContext? = nil,
        checkPassword: @escaping SharedFilters.PasswordRunner = { job, done in done(job.run()) }
    ) throws {
        self.checkPassword = checkPassword
        self.clientSecurity = clientSecurity
        self.hostSecurity = hostSecurity
        worker = try Worker(index: 0, moment: Moment(instant: now, wall: Self.stamp))
        let made = Made()
        proxy = ProxyWorker(worker, statistics) { _, owner, security, _ in
            guard let bench = made.bench else { throw Failure(.internalError, "no bench") }
            return try bench.dial(owner, security)
        }
        made.bench = self
        worker.tenant = proxy
        apply(configuration)
    }

    private final class Made {
        weak var bench: ProxyBench?
    }

    func apply(_ configuration: ProxyConfiguration) {
        let shared = configuration.clusters.map { settings in
            known[settings.name].flatMap { $0.settings == settings ? $0 : nil }
                ?? SharedCluster(settings, statistics, security: clientSecurity)
        }
        known = Dictionary(uniqueKeysWithValues: shared.map { ($0.settings.name, $0) })
        let members = shared.map { cluster in
            (
                cluster.settings.name,
                ClusterMembers(
                    hosts: cluster.settings.endpoints.map { endpoint in
                        ClusterMembers.Host(
                            record: HostRecord(
                                key: Array(endpoint.address.description.utf8),
                                usesMaximum: endpoint.connectionsMaximum
                            ),
                            address: Self.address(endpoint.address),
                            hostname: endpoint.address.host
                        )
                    }
                )
            )
        }
        for listener in configuration.listeners where sharedTunnels[listener.name] == nil {
            sharedTunnels[listener.name] = listener.chains.map { chain in
                guard case .tcp(let settings) = chain.handler else { return nil }
                return SharedTunnel(settings, statistics)
            }
        }
        proxy.apply(
            WorkerPlan(
                clusters: shared,
                members: Dictionary(uniqueKeysWithValues: members),
                listeners: configuration.listeners.map { listener in
                    WorkerPlan.Listener(
                        settings: listener,
                        socket: -1,
                        statistics: listener.chains.map { chain in
                            guard case .http(let http) = chain.handler else { return nil }
                            return HTTPStatistics(http.statPrefix, statistics)
                        },
                        security: listener.chains.map { _ in nil },
                        tunnels: sharedTunnels[listener.name] ?? [],
                        filters: listener.chains.map(sharedFilters),
                        spans: listener.chains.map { _ in spans },
                        limits: limits(listener, configuration.connectionsMaximum)
                    )
                }
            )
        )
    }

    private func sharedFilters(_ chain: FilterChain) -> SharedFilters? {
        guard case .http(let http) = chain.handler, http.hasFilters else { return nil }
        for (place, settings) in http.rateLimits where rates[place] == nil {
            rates[place] = RateLimitState(settings)
        }
        return SharedFilters(
            seed: 1,
            pepper: [1],
            rates: rates,
            checkPassword: checkPassword
        )
    }

    /// Where the spans of all chains go.
    let spans = SpanMailbox()
    private let ownCount = ConnectionLimit(maximum: 0)
    private let allCount = ConnectionLimit(maximum: 0)
    private let bucket = SharedTokenBucket()

    private func limits(_ listener: ListenerSettings, _ all: Int) -> ListenerLimits {
        ListenerLimits(
            listener,
            allMaximum: all,
            own: ownCount,
            all: allCount,
            bucket: bucket,
            statistics
        )
    }

    private var rates: [SharedFilters.RatePlace: RateLimitState] = [:]
    private var known: [String: SharedCluster] = [:]

    private static func address(_ endpoint: HostPort) -> SocketAddress {
        guard let address = SocketAddress(number: endpoint.host, port: endpoint.port) else {
            preconditionFailure("no address")
        }
        return address
    }

    private func dial(_ owner: any LinkOwner, _ security: TLSEngine?) throws -> Link {
        if let refusal { throw refusal }
        if refuses { throw Failure(.unavailable, "refused") }
        let peer = Peer()
        peer.react = serve
        let (link, other) = Link.pair(
            on: worker,
            owner,
            peer,
            capacity: capacity,
            isConnecting: true,
            security: security
        )
        peer.link = other
        hosts.append(peer)
        if let hostSecurity, !readsPlain {
            try other.open(security: TLSEngine(server: hostSecurity))
        }
        return link
    }

    private var clients: [Peer] = []

    /// A client that is connected.
    func client(listener: String = "in") -> Peer {
        let peer = Peer()
        let (link, other) = Link.pair(on: worker, peer, peer, capacity: capacity)
        peer.link = link
        // The links of a worker do not hold their owners.
        clients.append(peer)
        proxy.listener(listener)?.take(other, Self.endpoints())
        return peer
    }

    /// A client that speaks TLS; what it sends goes out when the handshake is done.
    func client(
        _ own: TLSClientContext,
        to server: TLSServerContext,
        name: String? = nil
    ) throws -> Peer {
        let peer = Peer()
        let proxyEnd = Peer()
        let (link, other) = Link.pair(
            on: worker,
            peer,
            proxyEnd,
            capacity: capacity,
            isConnecting: true,
            security: try TLSEngine(client: own, serverName: name)
        )
        peer.link = link
        // Links in memory do not hold each other.
        proxyEnd.link = other
        clients += [peer, proxyEnd]
        proxyEnd.opened = { [proxy] in proxy.listener("in")?.take($0, Self.endpoints()) }
        try other.open(security: TLSEngine(server: server))
        return peer
    }

    private static func endpoints() -> Endpoints {
        let endpoints = Endpoints()
        endpoints.address = PeerAddress(bytes: [192, 0, 2, 7], port: 4711)
        endpoints.client = Array("192.0.2.7".utf8)
        endpoints.peer = Array("192.0.2.7:4711".utf8)
        endpoints.local = Array("192.0.2.1:80".utf8)
        return endpoints
    }

    /// Turns until nothing can happen any more, or the condition holds.
    func settle(_ rounds: Int = 200, until done: () -> Bool = { false }) {
        for _ in 0..<rounds {
            if done() { return }
            worker.turn(waiting: false, at: Moment(instant: now, wall: Self.stamp))
        }
    }

    /// Lets time pass.
    func pass(_ duration: Duration) {
        now = now + duration
        settle()
    }

    /// The value of a statistic.
    func value(_ name: String) -> Int64 {
        statistics.readings.first { $0.name == name }?.value ?? -1
    }
}

/// A configuration with one listener `in` and one cluster `app`.
func simpleConfiguration(
    route: ForwardAction = ForwardAction(target: .clusters([WeightedCluster(name: "app")])),
    endpoints: Int = 1,
    change: (inout HTTPSettings, inout ClusterSettings) -> Void = { _, _ in }
) -> ProxyConfiguration {
    var http = HTTPSettings(
        statPrefix: "in",
        routes: RouteTable(hosts: [
            VirtualHost(
                name: "all",
                domains: ["*"],
                routes: [
                    Route(match: RouteMatch(path: .prefix("/")), action: .forward(route))
                ]
            )
        ])
    )
    var cluster = ClusterSettings(
        name: "app",
        endpoints: (1...endpoints).map {
            Endpoint(address: HostPort(host: "10.0.0.\($0)", port: 80))
        }
    )
    change(&http, &cluster)
    return ProxyConfiguration(
        listeners: [
            ListenerSettings(
                name: "in",
                address: HostPort(host: "127.0.0.1", port: 0),
                chains: [FilterChain(handler: .http(http))]
            )
        ],
        clusters: [cluster]
    )
}
