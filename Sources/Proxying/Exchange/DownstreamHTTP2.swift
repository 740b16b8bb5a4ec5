import Basics
import HTTP
import Reactor

/// A client's connection that speaks HTTP/2: a request on each of its streams.
///
/// Every stream has windows of its own for both directions, and takes nothing from the window of the
/// connection, so that one that stands still does not hold up the others.
final class DownstreamHTTP2: ClientConnection {
    var proxy: ProxyWorker { service.proxy }
    /// The settings that new requests follow; a new configuration changes them.
    private let place: ServicePlace
    private(set) var service: HTTPService
    let endpoints: Endpoints
    var rosterIndex = 0
    let link: Link
    let connection: H2Connection

    private var streams: [DownstreamStream] = []
    private var unused: [Int] = []
    private var activeCount = 0
    private var requestCount = 0
    private var idleSince: Instant
    private var isTaking = false
    private var isClosing = false
    private var isGoingAway = false
    private var hasAnnounced = false
    private var timer = TimerWheel.ID.none
    private var pings: PingSchedule?
    private var pingTimer = TimerWheel.ID.none
    private static let pingTag = 1

    /// Takes over an open link; call `begin` when it is among the worker's connections.
    ///
    /// - Throws: `closed` if there is no memory.
    init(_ link: Link, _ place: ServicePlace, _ endpoints: Endpoints) throws(H2Violation) {
        self.link = link
        self.place = place
        service = place.service
        self.endpoints = endpoints
        var settings = H2Settings()
        settings.streamsMaximum = place.service.settings.streamsMaximum
        settings.head = place.service.limits
        settings.sharesWindow = false
        settings.apply(place.service.settings.http2)
        settings.allowsWebSocket = place.service.takesWebSockets
        connection = try H2Connection(.server, settings: settings, owner: NoOwner.shared)
        idleSince = place.service.proxy.worker.now
        unsafe connection.owner = self
        connection.blocks = place.service.proxy.worker.blocks
    }

    /// Says hello.
    func begin() {
        let statistics = service.statistics
        proxy.slab.add(statistics.http2Connections)
        proxy.slab.add(statistics.activeHTTP2Connections)
        link.asksBeforeSending = true
        link.touch()
        armTimer(nil)
        pings = service.settings.http2.pings.map {
            PingSchedule($0, at: proxy.worker.now, share: proxy.random.share())
        }
        armPingTimer()
    }

    /// Whether no request is going on.
    var isIdle: Bool { activeCount == 0 }

    func announceEnd() {
        guard !isClosing, !hasAnnounced, !isGoingAway else { return }
        hasAnnounced = true
        connection.announceShutdown()
        proxy.slab.add(service.statistics.http2.goAways)
        link.touch()
    }

    func drain() {
        announceEnd()
        goAway()
    }

    /// Takes no more requests than those that are there.
    private func goAway() {
        guard !isClosing, !isGoingAway else { return }
        isGoingAway = true
        connection.goAway()
        proxy.slab.add(service.statistics.http2.goAways)
        link.touch()
    }

    var statistics: HTTP2Statistics { service.statistics.http2 }

    func count(_ counter: Statistics.ID) {
        proxy.slab.add(counter)
    }

    // MARK: The end

    /// Ends every request, and the connection: at once, or when all that waits was sent.
    private func end(isGentle: Bool) {
        guard !isClosing else { return }
        isClosing = true
        if isGentle {
            sendFrames()
            link.closeGently(linger: service.delayedClose)
        } else {
            link.close()
        }
        connection.closeAll(.cancel)
        proxy.worker.timers.drop(&timer)
        proxy.worker.timers.drop(&pingTimer)
        let statistics = service.statistics
        proxy.slab.add(statistics.activeHTTP2Connections, -1)
        proxy.slab.add(statistics.receivedBytes, Int64(link.receivedCount))
        proxy.slab.add(statistics.sentBytes, Int64(link.sentCount))
        proxy.remove(self)
    }

    /// Ends the connection if the client broke the protocol, or all is said.
    private func settle() {
        guard !isClosing, !isTaking else { return }
        if let failure = connection.failure {
            fail(failure)
        } else if connection.isFinished {
            if let code = connection.sentGoAway, code != .none {
                proxy.slab.add(service.statistics.protocolErrors)
            }
            end(isGentle: true)
        }
    }

    private func fail(_ violation: H2Violation) {
        let statistics = service.statistics
        if let counter = statistics.http2.counter(violation) { proxy.slab.add(counter) }
        if violation == .resetFlood { proxy.slab.add(statistics.prematureResets) }
        proxy.slab.add(statistics.protocolErrors)
        end(isGentle: true)
    }

    /// Moves frames to the link, as many as it may hold.
    private func sendFrames() {
        guard connection.wantsFlush else { return }
        var output = ByteBuffer()
        swap(&output, &link.output)
        output.borrow(from: proxy.worker.blocks)
        let waits = connection.flush(into: &output, maximum: link.fullAt)
        swap(&output, &link.output)
        if waits { link.tellsDrained = true }
    }

    // MARK: Streams

    private func takeStream() -> DownstreamStream {
        activeCount += 1
        proxy.slab.add(service.statistics.http2.activeStreams)
        if let index = unused.popLast() { return streams[index] }
        let stream = DownstreamStream(self, index: streams.count)
        streams.append(stream)
        return stream
    }

    /// A stream is over.
    func released(_ stream: DownstreamStream) {
        unused.append(stream.index)
        activeCount -= 1
        proxy.slab.add(service.statistics.http2.activeStreams, -1)
        guard activeCount == 0 else { return }
        idleSince = proxy.worker.now
        // It may be the last one of a connection that ends.
        if !isClosing { link.touch() }
    }

    private func find(_ stream: H2Stream) -> DownstreamStream? {
        let tag = connection.tag(stream)
        return tag > 0 && tag <= streams.count ? streams[tag - 1] : nil
    }

    private func armTimer(_ next: Instant?) {
        guard let shortest = service.shortestTimeout else { return }
        let latest = proxy.worker.now + shortest
        timer = proxy.worker.timers.set(self, at: min(next ?? latest, latest))
    }

    private func armPingTimer() {
        proxy.worker.timers.drop(&pingTimer)
        guard let due = pings?.due else { return }
        pingTimer = proxy.worker.timers.set(self, at: due, tag: Self.pingTag)
    }

    /// Asks the client for a sign of life, or gives it up.
    private func checkLife() {
        pingTimer = .none
        switch pings?.check(proxy.worker.now) {
        case .ping:
            connection.ping()
            link.touch()
        case .dead:
            count(statistics.keepaliveTimeouts)
            end(isGentle: false)
            return
        case .nothing, nil: break
        }
        armPingTimer()
    }

    /// The owner of a connection until it has its own.
    private final class NoOwner: H2Owner, Sendable {
        static let shared = NoOwner()
        func h2Body(_: H2Connection, _: H2Stream, _: Span<UInt8>) {}
        func h2Ended(_: H2Connection, _: H2Stream, _: inout HeaderBlock) {}
        func h2Closed(_: H2Connection, _: H2Stream, _: H2ErrorCode) {}
        func h2Refused(_: H2Connection, _: H2Stream, _: WireViolation) {}
    }
}

extension DownstreamHTTP2: LinkOwner {
    func linkOpened(_ link: Link) {}

    func linkReceived(_ link: Link) {
        guard !isTaking, !isClosing else { return }
        isTaking = true
        var input = ByteBuffer()
        swap(&input, &link.input)
        pings?.hear(proxy.worker.now)
        // A violation is kept by the connection, and seen by `settle`.
        try? connection.receive(input.readable, now: proxy.worker.now)
        input.removeAll()
        if link.isClosed {
            input.giveBack(to: proxy.worker.blocks)
        } else {
            swap(&input, &link.input)
        }
        isTaking = false
        link.touch()
        settle()
    }

    func linkSends(_ link: Link) {
        guard !isClosing else { return }
        sendFrames()
        settle()
    }

    func linkEnded(_ link: Link) {
        end(isGentle: false)
    }

    func linkDrained(_ link: Link) {
        link.touch()
    }

    func linkFailed(_ link: Link, _ failure: LinkFailure) {
        end(isGentle: false)
    }
}

extension DownstreamHTTP2: H2Owner {
    func h2Request(_ connection: H2Connection, _ stream: H2Stream, _ head: inout RequestHead) {
        if service !== place.service {
            proxy.worker.retire(service)
            service = place.service
        }
        requestCount += 1
        proxy.slab.add(service.statistics.http2Requests)
        let place = takeStream()
        connection.setTag(stream, place.index + 1)
        let exchange = proxy.takeExchange()
        swap(&exchange.request, &head)
        exchange.begin(place, service)
        if service.isLast(requestCount) { goAway() }
        place.begin(stream, exchange, isWhole: connection.headIsWhole)
    }

    func h2Body(_ connection: H2Connection, _ stream: H2Stream, _ bytes: Span<UInt8>) {
        find(stream)?.receiveBody(bytes)
    }

    func h2Ended(_ connection: H2Connection, _ stream: H2Stream, _ trailers: inout HeaderBlock) {
        find(stream)?.receiveEnd(&trailers)
    }

    func h2Drained(_ connection: H2Connection, _ stream: H2Stream) {
        find(stream)?.drained()
    }

    func h2Closed(_ connection: H2Connection, _ stream: H2Stream, _ code: H2ErrorCode) {
        guard let place = find(stream) else { return }
        let isReset = !isClosing && code != .none
        if isReset { count(statistics.receivedResets) }
        place.closed(isReset || !isClosing && place.exchange != nil)
    }

    func h2Pong(_ connection: H2Connection) {
        guard pings != nil else { return }
        pings?.hearAnswer(proxy.worker.now, share: proxy.random.share())
        armPingTimer()
    }

    func h2RefusedHead(
        _ connection: H2Connection,
        _ head: inout RequestHead,
        _ violation: WireViolation
    ) {
        if service !== place.service { service = place.service }
        let place = takeStream()
        let exchange = proxy.takeExchange()
        swap(&exchange.request, &head)
        exchange.begin(place, service)
        place.refuse(exchange, violation)
    }

    func h2Refused(_ connection: H2Connection, _ stream: H2Stream, _ violation: WireViolation) {
        count(statistics.messagingErrors)
        if violation.status == 431 {
            count(service.statistics.tooLargeHeads)
            count(statistics.headerOverflow)
        }
        find(stream)?.closed(true)
    }
}

extension DownstreamHTTP2: TimerTarget {
    func timerFired(_ tag: Int) {
        guard !isClosing else { return }
        if tag == Self.pingTag { return checkLife() }
        timer = .none
        let now = proxy.worker.now
        let settings = service.settings
        if activeCount == 0 {
            var next: Instant?
            if let limit = settings.idleTimeout {
                guard now < idleSince + limit else {
                    proxy.slab.add(service.statistics.idleTimeouts)
                    connection.terminate(.none)
                    end(isGentle: true)
                    return
                }
                next = idleSince + limit
            }
            armTimer(next)
            return
        }
        var next: Instant?
        for stream in streams where stream.isUsed {
            guard let time = stream.checkTime(settings) else { continue }
            next = min(next ?? time, time)
        }
        armTimer(next)
    }
}
