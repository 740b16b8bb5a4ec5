import Basics
import HTTP
import Reactor
import Security
import System

/// A listener as one worker uses it: it takes connections and gives them to their chain.
final class WorkerListener {
    private let proxyReference: Unretained<ProxyWorker>
    var proxy: ProxyWorker { proxyReference.object }
    private var settings: ListenerSettings
    private var services: [ChainService?] = []
    private var security: [TLSServerContext?] = []
    private var chooser = ChainChooser([])
    private var limits: ListenerLimits?
    private var statistics: ListenerStatistics
    private var nextComplaint = Instant.zero
    private var acceptor: Acceptor?
    private var closing = TimerWheel.ID.none
    /// Connections over the limits, where they wait.
    private lazy var waiting = WaitingConnections(proxy.worker) { [unowned self] socket in
        guard limits?.hasRoom ?? true else { return false }
        let endpoints = Endpoints()
        // The last place may have gone to another worker.
        guard admit(endpoints) else { return false }
        begin(socket, endpoints)
        return true
    }

    /// How long handshakes that are under way may take at the end.
    private static let handshakePatience = Duration.milliseconds(50)
    /// How often it is said at most that connections cannot be taken.
    private static let complaintPause = Duration.seconds(10)

    init(_ plan: WorkerPlan.Listener, _ proxy: ProxyWorker) {
        proxyReference = Unretained(proxy)
        settings = plan.settings
        statistics = ListenerStatistics(plan.settings.name, proxy.statistics)
        compile(plan)
        guard plan.socket >= 0 else { return }
        let acceptor = Acceptor(plan.socket, on: proxy.worker) { [unowned self] socket in
            accepted(socket)
        }
        acceptor.highest = proxy.highestAccepted
        acceptor.failed = { [unowned self] _ in complain() }
        self.acceptor = acceptor
        try? acceptor.watch()
    }

    /// Takes new settings; connections that are there keep the old ones.
    func apply(_ plan: WorkerPlan.Listener) {
        if plan.settings.name != settings.name {
            statistics = ListenerStatistics(plan.settings.name, proxy.statistics)
        }
        settings = plan.settings
        compile(plan)
    }

    /// The name, which a new configuration may change.
    var name: String { settings.name }

    /// Connections wait with the kernel because descriptors are used up.
    private func complain() {
        proxy.slab.add(statistics.acceptPauses)
        guard proxy.worker.now >= nextComplaint else { return }
        nextComplaint = proxy.worker.now + Self.complaintPause
        proxy.journal.error(
            "connections wait: the program has no descriptors left; raise the limit of open files",
            ["listener": settings.name, "limit": "\(DescriptorLimit.current)"]
        )
    }

    /// Takes no more connections than those that wait already or whose handshake is under way: the
    /// kernel would cut them.
    ///
    /// - Returns: Whether it takes some for a moment yet; the proxy is told when not.
    func close() -> Bool {
        guard let acceptor, acceptor.descriptor >= 0 else { return false }
        if Sockets.refuseHandshakes(acceptor.descriptor) {
            closing = proxy.worker.timers.set(
                self,
                at: proxy.worker.now + Self.handshakePatience
            )
            return true
        }
        closeNow()
        return false
    }

    private func closeNow() {
        while let acceptor, acceptor.descriptor >= 0 {
            let socket = SocketIO.accept(acceptor.descriptor)
            guard socket >= 0 else { break }
            accepted(socket)
        }
        acceptor?.close()
        acceptor = nil
        waiting.closeAll()
    }

    private func compile(_ plan: WorkerPlan.Listener) {
        limits = plan.limits
        security = plan.security
        chooser = ChainChooser(plan.settings.chains)
        let before = services
        let relays = before.compactMap { $0?.tunnel }
        services = zip(plan.settings.chains, plan.statistics).enumerated().map { index, pair in
            if index < plan.tunnels.count, let shared = plan.tunnels[index] {
                let known = relays.first { $0.shared === shared }
                let service = known ?? TunnelService(shared, proxy)
                if let log = try? TunnelLog(shared.settings.accessLogs, proxy) {
                    service.log = { log.write($0) }
                }
                return .tunnel(service)
            }
            guard case .http(let http) = pair.0.handler, let statistics = pair.1,
                let service = try? HTTPService(
                    http,
                    statistics,
                    clusters: proxy.clusterList,
                    proxy,
                    shared: index < plan.filters.count ? plan.filters[index] : nil,
                    spans: index < plan.spans.count ? plan.spans[index] : nil
                )
            else { return nil }
            // Connections that are there follow the new settings with their next request.
            if index < before.count, case .http(let known) = before[index] {
                known.service = service
                return .http(known)
            }
            return .http(ServicePlace(service))
        }
        answersPostgres =
            !services.isEmpty && services.allSatisfy { $0?.tunnel != nil }
            && security.allSatisfy { $0 != nil }
    }

    /// Whether all chains take TLS off and relay bytes: a PostgreSQL client asks for TLS first.
    private(set) var answersPostgres = false

    /// The services of the chains that speak HTTP.
    var httpServices: [HTTPService] {
        services.compactMap {
            if case .http(let place)? = $0 { place.service } else { nil }
        }
    }

    /// The relay of the first chain, if it is one.
    var tunnel: TunnelService? { services.first.flatMap { $0?.tunnel } }

    /// Takes over an open connection, for tests.
    func take(_ link: Link, _ endpoints: Endpoints) {
        guard admit(endpoints), let service = services.first ?? nil else {
            link.close()
            return
        }
        endpoints.number = proxy.connectionNumbers.next()
        hand(link, service, endpoints)
    }

    /// Takes a place for a connection; false if there is none.
    private func admit(_ endpoints: Endpoints) -> Bool {
        endpoints.place = ConnectionPlace.take(limits, statistics, proxy.slab, at: proxy.worker.now)
        return endpoints.place != nil
    }

    private func accepted(_ socket: Int32) {
        if settings.queuesConnections, let limits, !waiting.isEmpty || !limits.hasRoom {
            waiting.add(socket)
            return
        }
        let endpoints = Endpoints()
        guard admit(endpoints) else {
            Descriptors.close(socket)
            return
        }
        begin(socket, endpoints)
    }

    private func begin(_ socket: Int32, _ endpoints: Endpoints) {
        endpoints.number = proxy.connectionNumbers.next()
        endpoints.localPort = settings.address.port
        if let peer = try? Sockets.peerAddress(socket) {
            endpoints.address = PeerAddress(bytes: peer.hostBytes, port: peer.port)
            endpoints.peer = Array(peer.description.utf8)
            endpoints.client = Array(peer.host.utf8)
        }
        if let own = try? Sockets.localAddress(socket) {
            endpoints.local = Array(own.description.utf8)
            endpoints.localPort = own.port
            endpoints.own = PeerAddress(bytes: own.hostBytes, port: own.port)
        }
        if settings.acceptsProxyProtocol || chooser.needsHello || answersPostgres {
            look(socket, endpoints)
            return
        }
        let place = chooser.choose(
            hello: nil,
            port: endpoints.localPort,
            peer: endpoints.address,
            own: endpoints.own
        )
        guard let place, let service = services[place] else {
            proxy.slab.add(statistics.noChain)
            Descriptors.close(socket)
            return
        }
        if security[place] != nil {
            let opening = OpeningLink(self, endpoints)
            let link = Link(accepted: socket, on: proxy.worker, owner: opening)
            begin(opening, link, place)
            return
        }
        let link = Link(accepted: socket, on: proxy.worker, owner: Nobody.shared)
        hand(link, service, endpoints)
        // A limit may have closed it already.
        if link.isClosed { return }
        do throws(SystemError) {
            try link.open()
        } catch {
            link.close()
        }
    }

    /// Looks at the first bytes of a connection.
    private func look(_ socket: Int32, _ endpoints: Endpoints) {
        let opening = OpeningLink(self, endpoints)
        let link = Link(accepted: socket, on: proxy.worker, owner: opening)
        opening.link = link
        proxy.add(opening)
        opening.expectsHeader = settings.acceptsProxyProtocol
        opening.timer = proxy.worker.timers.set(
            opening,
            at: proxy.worker.now + settings.detectionTimeout
        )
        do throws(SystemError) {
            try link.open()
        } catch {
            link.close()
            proxy.remove(opening)
        }
    }

    /// Begins the handshake of a connection whose chain is chosen.
    private func begin(_ opening: OpeningLink, _ link: Link, _ place: Int) {
        opening.link = link
        proxy.add(opening)
        secure(opening, link, place)
    }

    /// Goes on with a connection whose first bytes were seen: they wait in the link's input.
    func chosen(_ opening: OpeningLink, _ link: Link, _ hello: TLSHello?) {
        let endpoints = opening.endpoints
        let place = chooser.choose(
            hello: hello,
            port: endpoints.localPort,
            peer: endpoints.address,
            own: endpoints.own
        )
        guard let place, let service = services[place] else {
            proxy.slab.add(statistics.noChain)
            link.close()
            proxy.remove(opening)
            return
        }
        if let name = hello?.serverName { opening.endpoints.serverName = Array(name.utf8) }
        if security[place] != nil {
            secure(opening, link, place)
        } else {
            hand(link, service, opening.endpoints)
            proxy.remove(opening)
            if case .http = service {
                // What came with the first bytes is announced to its new owner in this turn.
                link.pause()
                link.resume()
            }
        }
    }

    private func secure(_ opening: OpeningLink, _ link: Link, _ place: Int) {
        guard let context = security[place], let service = services[place],
            let engine = try? TLSEngine(server: context)
        else {
            link.close()
            proxy.remove(opening)
            return
        }
        opening.endpoints.isSecure = true
        opening.service = service
        do throws(SystemError) {
            let deadline = proxy.worker.now + settings.detectionTimeout
            try link.open(security: engine, deadline: deadline)
        } catch {
            link.close()
            proxy.remove(opening)
        }
    }

    /// Whether the first bytes are to be looked at for a TLS hello.
    var needsHello: Bool { chooser.needsHello }

    /// Gives an open link to its service.
    func hand(_ link: Link, _ service: ChainService, _ endpoints: Endpoints) {
        if let engine = link.security { endpoints.take(engine) }
        guard case .http(let place) = service else {
            service.tunnel?.take(link, endpoints)
            return
        }
        link.fullAt = 64 * 1024
        let codec = place.service.settings.codec
        if codec == .http2 || codec == .auto && link.security?.chosenProtocol == "h2" {
            guard let connection = try? DownstreamHTTP2(link, place, endpoints) else {
                link.close()
                return
            }
            unsafe link.owner = connection
            proxy.add(connection)
            connection.begin()
            return
        }
        let connection = DownstreamHTTP1(link, place, endpoints)
        unsafe link.owner = connection
        proxy.add(connection)
    }

    /// Counts how a handshake ended, and tells those who look closely why one failed.
    func handshakeEnded(_ link: Link, _ failure: LinkFailure?, _ endpoints: Endpoints) {
        guard let engine = link.security else { return }
        guard let failure else { return statistics.count(engine, in: proxy.slab) }
        statistics.countFailure(engine.certificateRefusal, in: proxy.slab)
        proxy.journal.debug(
            "a TLS handshake failed",
            [
                "listener": settings.name,
                "client": String(decoding: endpoints.peer, as: UTF8.self),
                "cause": failure.handshakeText,
            ]
        )
    }
}

extension WorkerListener: TimerTarget {
    func timerFired(_ tag: Int) {
        closing = .none
        closeNow()
        proxy.closed(self)
    }
}

/// The owner of a link for the moment between its making and its first owner.
private final class Nobody: LinkOwner, Sendable {
    static let shared = Nobody()
    func linkOpened(_ link: Link) {}
    func linkReceived(_ link: Link) {}
    func linkEnded(_ link: Link) {}
    func linkDrained(_ link: Link) {}
    func linkFailed(_ link: Link, _ failure: LinkFailure) {}
}
