import Basics
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
    private var acceptor: Acceptor?
    private var opening: [OpeningLink] = []

    init(_ plan: WorkerPlan.Listener, _ proxy: ProxyWorker) {
        proxyReference = Unretained(proxy)
        settings = plan.settings
        compile(plan)
        guard plan.socket >= 0 else { return }
        let acceptor = Acceptor(plan.socket, on: proxy.worker) { [unowned self] socket in
            accepted(socket)
        }
        self.acceptor = acceptor
        try? acceptor.watch()
    }

    /// Takes new settings; connections that are there keep the old ones.
    func apply(_ plan: WorkerPlan.Listener) {
        settings = plan.settings
        compile(plan)
    }

    /// Takes no more connections.
    func close() {
        acceptor?.close()
        acceptor = nil
    }

    private func compile(_ plan: WorkerPlan.Listener) {
        security = plan.security
        let before = services
        let relays = before.compactMap { $0?.tunnel }
        services = zip(plan.settings.chains, plan.statistics).enumerated().map { index, pair in
            if index < plan.tunnels.count, let shared = plan.tunnels[index] {
                let known = relays.first { $0.shared === shared }
                return .tunnel(known ?? TunnelService(shared, proxy))
            }
            guard case .http(let http) = pair.0.handler, let statistics = pair.1,
                let service = try? HTTPService(
                    http,
                    statistics,
                    clusters: proxy.clusterList,
                    proxy
                )
            else { return nil }
            // Connections that are there follow the new settings with their next request.
            if index < before.count, case .http(let known) = before[index] {
                known.service = service
                return .http(known)
            }
            return .http(ServicePlace(service))
        }
    }

    /// The relay of the first chain, if it is one.
    var tunnel: TunnelService? { services.first.flatMap { $0?.tunnel } }

    /// Takes over an open connection, for tests.
    func take(_ link: Link, _ endpoints: Endpoints) {
        if let service = services.first ?? nil { hand(link, service, endpoints) }
    }

    private func accepted(_ socket: Int32) {
        guard let service = services.first ?? nil else {
            Descriptors.close(socket)
            return
        }
        var endpoints = Endpoints()
        endpoints.localPort = settings.address.port
        if let peer = try? Sockets.peerAddress(socket) {
            endpoints.address = PeerAddress(bytes: peer.hostBytes, port: peer.port)
            endpoints.peer = Array(peer.description.utf8)
            endpoints.client = Array(peer.host.utf8)
        }
        if let own = try? Sockets.localAddress(socket) {
            endpoints.local = Array(own.description.utf8)
        }
        endpoints.isSecure = security.first.flatMap { $0 } != nil
        if let context = security.first ?? nil {
            guard let engine = try? TLSEngine(server: context) else {
                Descriptors.close(socket)
                return
            }
            let opening = OpeningLink(self, service, endpoints)
            let link = Link(accepted: socket, on: proxy.worker, owner: opening)
            opening.link = link
            opening.index = self.opening.count
            self.opening.append(opening)
            do throws(SystemError) {
                let deadline = proxy.worker.now + settings.detectionTimeout
                try link.open(security: engine, deadline: deadline)
            } catch {
                link.close()
                forget(opening)
            }
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

    /// Gives an open link to its service.
    fileprivate func hand(_ link: Link, _ service: ChainService, _ endpoints: Endpoints) {
        guard case .http(let place) = service else {
            service.tunnel?.take(link, endpoints)
            return
        }
        let connection = DownstreamHTTP1(link, place, endpoints)
        unsafe link.owner = connection
        link.fullAt = 64 * 1024
        proxy.add(connection)
    }

    fileprivate func forget(_ link: OpeningLink) {
        let index = link.index
        guard index < opening.count, opening[index] === link else { return }
        let last = opening.removeLast()
        if last !== link {
            opening[index] = last
            last.index = index
        }
        proxy.worker.retire(link)
    }
}

/// Where the connections of a chain find its settings.
final class ServicePlace {
    var service: HTTPService

    init(_ service: HTTPService) {
        self.service = service
    }
}

/// What is done with the connections of a chain.
private enum ChainService {
    case http(ServicePlace)
    case tunnel(TunnelService)

    var tunnel: TunnelService? {
        if case .tunnel(let service) = self { service } else { nil }
    }
}

/// A connection whose handshake is going on.
private final class OpeningLink: LinkOwner {
    private let listener: WorkerListener
    private let service: ChainService
    private let endpoints: Endpoints
    var link: Link?
    var index = 0

    init(_ listener: WorkerListener, _ service: ChainService, _ endpoints: Endpoints) {
        self.listener = listener
        self.service = service
        self.endpoints = endpoints
    }

    func linkOpened(_ link: Link) {
        listener.hand(link, service, endpoints)
        listener.forget(self)
        self.link = nil
    }

    func linkReceived(_ link: Link) {}
    func linkEnded(_ link: Link) {
        link.close()
        listener.forget(self)
    }
    func linkDrained(_ link: Link) {}
    func linkFailed(_ link: Link, _ failure: LinkFailure) {
        listener.forget(self)
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
