import Basics
import HTTP
import Reactor

/// The client's side of a request's copy to another cluster: it brings the body and throws the answer away.
///
/// A copy never delays its request: one that cannot keep up is given up.
final class Shadow {
    /// The most copies of a worker at a time.
    static let maximum = 256

    let endpoints: Endpoints
    var rosterIndex = 0
    private(set) var exchange: Exchange?
    private let proxyReference: Unretained<ProxyWorker>
    private var isPaused = false
    private var waiting = 0
    private let waitingMaximum: Int

    private init(_ exchange: Exchange, _ original: Exchange, _ route: ForwardPlan) {
        self.exchange = exchange
        endpoints = original.endpoints
        proxyReference = Unretained(original.proxy)
        waitingMaximum = route.bufferMaximum
    }

    /// Begins the copies of a request that is about to be sent.
    static func begin(_ original: Exchange, _ route: ForwardPlan, _ clusters: [WorkerCluster]) {
        let proxy = original.proxy
        guard original.request.upgrade == .none, let service = original.service else { return }
        for (place, fraction) in route.mirrors {
            guard place >= 0, proxy.random.passes(millionths: fraction) else { continue }
            guard proxy.mirrors.count < maximum else {
                proxy.slab.add(clusters[place].statistics.droppedShadows)
                continue
            }
            let exchange = proxy.takeExchange()
            let mirror = Shadow(exchange, original, route)
            mirror.rosterIndex = proxy.mirrors.count
            proxy.mirrors.append(mirror)
            exchange.begin(mirror, service)
            exchange.isMirror = true
            exchange.request.copy(original.request)
            exchange.client = original.client
            exchange.hash = original.hash
            exchange.plan = original.plan
            exchange.choice = original.choice
            let hasKept = original.replyCount > 0
            exchange.requestIsWhole = original.requestIsWhole && !hasKept
            exchange.forward(route, to: clusters[place])
            if hasKept {
                let kept = original.replyBytes
                mirror.receive(kept.span)
                if original.requestIsWhole { mirror.receiveEnd() }
            }
            if !original.requestIsWhole, mirror.exchange != nil { original.mirrors.append(mirror) }
        }
    }

    /// A part of the body.
    func receive(_ bytes: Span<UInt8>) {
        guard let exchange else { return }
        if isPaused {
            waiting += bytes.count
            if waiting > waitingMaximum {
                if let cluster = exchange.cluster {
                    exchange.proxy.slab.add(cluster.statistics.droppedShadows)
                }
                end()
                return
            }
        }
        exchange.receiveRequestBody(bytes)
    }

    func receiveEnd() {
        exchange?.receiveRequestEnd()
    }

    /// The request has ended before its body did.
    func end() {
        guard let exchange else { return }
        exchange.releaseUpstream()
        exchange.finish()
    }
}

extension Shadow: Downstream {
    func sendHead(_ exchange: Exchange, isEnd: Bool) {}
    func sendInterim(_ exchange: Exchange, status: Int) {}
    func sendBody(_ exchange: Exchange, _ bytes: Span<UInt8>) {}
    func sendEnd(_ exchange: Exchange) {}
    func abort(_ exchange: Exchange) {}
    func isFull(_ exchange: Exchange) -> Bool { false }

    func pauseRequest(_ exchange: Exchange) {
        isPaused = true
        waiting = 0
    }

    func resumeRequest(_ exchange: Exchange) {
        isPaused = false
    }

    func finished(_ exchange: Exchange) {
        let proxy = proxyReference.object
        proxy.recycle(exchange)
        self.exchange = nil
        guard rosterIndex < proxy.mirrors.count, proxy.mirrors[rosterIndex] === self else { return }
        let last = proxy.mirrors.removeLast()
        if last !== self {
            proxy.mirrors[rosterIndex] = last
            last.rosterIndex = rosterIndex
        }
        proxy.worker.retire(self)
    }
}

extension Exchange {
    /// Marks the host of a copy, as Envoy does: `example.com-shadow:8080`.
    func nameShadow() {
        var end = request.authority.count
        if let found = HostTable.hostEnd(request.authority, before: nil) { end = found }
        var name = ByteBuffer()
        name.append(request.authority.extracting(first: end))
        if Self.isShadow(name) { return }
        name.append("-shadow")
        name.append(request.authority.extracting(end..<request.authority.count))
        request.setAuthority(name.readable)
    }

    private static func isShadow(_ name: borrowing ByteBuffer) -> Bool {
        let suffix = Array("-shadow".utf8)
        return name.readable.hasSuffix(suffix.span)
    }

    /// Ends the copies of a request; those that are whole go on.
    func endMirrors() {
        let all = mirrors
        mirrors = []
        if !requestIsWhole { for mirror in all { mirror.end() } }
    }
}
