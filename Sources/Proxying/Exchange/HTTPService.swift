import Basics
import HTTP
import Reactor

/// An HTTP listener's settings as one worker uses them.
final class HTTPService {
    let settings: HTTPSettings
    let statistics: HTTPStatistics
    let limits: HeadLimits
    private let proxyReference: Unretained<ProxyWorker>
    var proxy: ProxyWorker { proxyReference.object }
    private var hosts: [CompiledHost] = []
    private let serverName: [UInt8]

    private struct CompiledHost {
        var domains: [String]
        var routes: [RouteRuntime]
    }

    init(_ settings: HTTPSettings, _ statistics: HTTPStatistics, _ proxy: ProxyWorker) {
        self.settings = settings
        self.statistics = statistics
        proxyReference = Unretained(proxy)
        limits = HeadLimits(bytes: settings.headBytesMaximum, fields: settings.headFieldsMaximum)
        serverName = settings.serverName.map { Array($0.utf8) } ?? []
        hosts = settings.routes.hosts.map { host in
            CompiledHost(
                domains: host.domains,
                routes: host.routes.map { RouteRuntime($0, host, proxy) }
            )
        }
    }

    /// How long the end of a connection waits for the client to take everything.
    var delayedClose: Duration { .seconds(1) }
    /// How many bytes of further requests are taken while one is going on.
    var pipelineMaximum: Int { 64 * 1024 }

    /// The shortest of the timeouts of connections; `nil` if there are none.
    private(set) lazy var shortestTimeout: Duration? = [
        settings.idleTimeout, settings.streamIdleTimeout, settings.requestTimeout,
        settings.requestHeadersTimeout,
    ].compactMap { $0 }.min()

    /// Whether a connection may take no more requests after so many.
    func isLast(_ count: Int) -> Bool {
        settings.requestsMaximum > 0 && count >= settings.requestsMaximum
    }

    /// Decides what becomes of a request whose head is there.
    func receive(_ exchange: Exchange) {
        guard let route = route(exchange.request) else {
            proxy.slab.add(statistics.noRoute)
            exchange.replyNoRoute()
            return
        }
        route.perform(exchange, self)
    }

    private func route(_ head: borrowing RequestHead) -> RouteRuntime? {
        for host in hosts {
            for route in host.routes where route.matches(head) { return route }
        }
        return nil
    }

    /// Changes the request's fields for the host.
    func prepareUpstream(_ exchange: Exchange, _ pool: UpstreamPool) {
        exchange.removeHopByHop()
        if !exchange.request.fields.contains(.xForwardedProto) {
            exchange.request.fields.append(
                .xForwardedProto,
                value: exchange.endpoints.isSecure ? "https" : "http"
            )
        }
        if settings.forwarding.setsRequestID, !exchange.request.fields.contains(.xRequestID) {
            exchange.addRequestID()
        }
    }

    /// Changes an answer's fields for the client.
    func prepareResponse(_ exchange: Exchange) {
        exchange.removeResponseHopByHop()
        finish(exchange)
    }

    /// Changes the fields of an answer of the proxy's own.
    func prepareReply(_ exchange: Exchange) {
        finish(exchange)
    }

    private func finish(_ exchange: Exchange) {
        let name = serverName
        if !name.isEmpty { exchange.response.fields.set(.server, value: name.span) }
        if !exchange.response.fields.contains(.date) {
            proxy.withDate { exchange.response.fields.append(.date, value: $0) }
        }
    }

    /// Counts an exchange that is over.
    func ended(_ exchange: Exchange, isCounted: Bool, hasAnswered: Bool) {
        guard isCounted else { return }
        proxy.slab.add(statistics.activeRequests, -1)
        if hasAnswered {
            let index = min(max(exchange.response.status / 100 - 1, 0), 4)
            proxy.slab.add(statistics.classes[index])
            proxy.slab.add(statistics.completed)
        }
        let taken = (proxy.worker.now - exchange.startTime).nanoseconds / 1000
        proxy.slab.observe(statistics.time, microseconds: taken)
    }
}

/// A route as one worker uses it.
final class RouteRuntime {
    private let route: Route
    private let clusters: [WeightedCluster]
    let timeout: Duration?
    let perTryTimeout: Duration?
    let idleTimeout: Duration?
    let retry: RetrySettings?
    let isHighPriority: Bool
    let bufferMaximum: Int
    private let path: PathMatch
    private let pathBytes: [UInt8]

    init(_ route: Route, _ host: VirtualHost, _ proxy: ProxyWorker) {
        self.route = route
        path = route.match.path
        switch path {
        case .prefix(let text), .exact(let text), .separatedPrefix(let text):
            pathBytes = Array(text.utf8)
        default: pathBytes = []
        }
        guard case .forward(let action) = route.action else {
            clusters = []
            timeout = nil
            perTryTimeout = nil
            idleTimeout = nil
            retry = nil
            isHighPriority = false
            bufferMaximum = 0
            return
        }
        if case .clusters(let shares) = action.target { clusters = shares } else { clusters = [] }
        timeout = action.timeout
        retry = action.retry ?? host.retry
        perTryTimeout = retry?.perTryTimeout
        idleTimeout = action.idleTimeout
        isHighPriority = action.isHighPriority
        bufferMaximum = action.bufferMaximum
    }

    func matches(_ head: borrowing RequestHead) -> Bool {
        switch path {
        case .any: return true
        case .prefix: return head.path.starts(with: pathBytes)
        default: return false
        }
    }

    func perform(_ exchange: Exchange, _ service: HTTPService) {
        guard let name = clusters.first?.name, let cluster = service.proxy.cluster(name) else {
            exchange.reply(503, "", "cluster_not_found")
            return
        }
        exchange.forward(self, to: cluster)
    }
}

extension Span<UInt8> {
    /// Whether the first bytes are these.
    fileprivate func starts(with bytes: [UInt8]) -> Bool {
        guard count >= bytes.count else { return false }
        for index in bytes.indices where self[index] != bytes[index] { return false }
        return true
    }
}
