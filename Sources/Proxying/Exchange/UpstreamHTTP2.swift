import Basics
import HTTP
import Reactor
import Security
import System

/// A connection to a host that speaks HTTP/2: many requests at a time.
final class UpstreamHTTP2 {
    /// The pool holds its connections and outlives them.
    private let groupReference: Unretained<MultiplexedPool>
    private var group: MultiplexedPool { groupReference.object }
    var pool: UpstreamPool { group.pool }
    let connection: H2Connection
    private(set) var link: Link?
    var isHighPriority = false
    /// Whether the host's settings came.
    private(set) var hasSettings = false

    private var streams: [UpstreamStream] = []
    private var unused: [Int] = []
    /// Streams whose request could not be sent, to be told of when nothing else is going on.
    private var failing: [UpstreamStream] = []
    private var activeCount = 0
    private var requestCount = 0
    private var connectStart = Instant.zero
    private var idleSince = Instant.zero
    private var isConnecting = true
    /// It takes no more requests, and ends with its last one.
    private var isLeaving = false
    private var isClosed = false
    private var isTaking = false
    private var timer = TimerWheel.ID.none
    private var pings: PingSchedule?
    private var pingTimer = TimerWheel.ID.none
    private static let pingTag = 1

    private init(_ group: MultiplexedPool) throws(H2Violation) {
        groupReference = Unretained(group)
        var settings = H2Settings()
        settings.sharesWindow = false
        settings.apply(group.pool.cluster.settings.http2)
        connection = try H2Connection(.client, settings: settings, owner: NoOwner.shared)
        unsafe connection.owner = self
        connection.blocks = group.pool.cluster.proxy.worker.blocks
    }

    private var proxy: ProxyWorker { pool.cluster.proxy }
    var statistics: HTTP2Statistics { pool.cluster.statistics.http2 }

    func count(_ counter: Statistics.ID) {
        proxy.slab.add(counter)
    }

    /// Starts a connection.
    ///
    /// - Throws: What the kernel says, if it fails at once.
    static func connect(_ group: MultiplexedPool) throws -> UpstreamHTTP2 {
        let cluster = group.pool.cluster
        let worker = cluster.proxy.worker
        let made = try UpstreamHTTP2(group)
        made.connectStart = worker.now
        var engine: TLSEngine?
        if let context = cluster.security {
            let name = cluster.settings.tls?.serverName ?? group.pool.hostname
            engine = try group.pool.engine(context, serverName: name)
            let isOpen = cluster.settings.version == .auto
            try engine?.offer(isOpen ? ["h2", "http/1.1"] : ["h2"])
            made.connection.defaultScheme = .https
        }
        made.link = try cluster.dial(group.pool.address, made, engine)
        return made
    }

    /// Whether another request may be sent now.
    var hasRoom: Bool {
        !isConnecting && !isLeaving && !isClosed && connection.canOpen
            && connection.openCount < group.streamsMaximum
            && (hasSettings || connection.openCount < group.expectedRoom)
    }

    /// Whether it may have room later without another connection.
    var mayHaveRoom: Bool {
        !isLeaving && !isClosed && !connection.isGoingAway
    }

    /// Begins a request.
    func start(_ exchange: Exchange) {
        activeCount += 1
        requestCount += 1
        proxy.slab.add(statistics.activeStreams)
        let most = pool.cluster.settings.requestsPerConnection
        if most > 0, requestCount >= most { isLeaving = true }
        let stream: UpstreamStream
        if let index = unused.popLast() {
            stream = streams[index]
        } else {
            stream = UpstreamStream(self, index: streams.count)
            streams.append(stream)
        }
        if pings?.begin(proxy.worker.now) == .ping { ping() }
        stream.begin(exchange)
        exchange.upstreamIsHTTP2 = true
        exchange.upstreamReady(stream, pool, isReused: requestCount > 1)
    }

    /// A stream is over.
    func released(_ stream: UpstreamStream) {
        if let index = failing.firstIndex(where: { $0 === stream }) { failing.remove(at: index) }
        unused.append(stream.index)
        activeCount -= 1
        proxy.slab.add(statistics.activeStreams, -1)
        if activeCount == 0 { idleSince = proxy.worker.now }
        // Others may wait for the room, or the connection may end.
        if !isClosed { link?.touch() }
    }

    /// Fails a request that could not be sent, as soon as its exchange expects it.
    func failLater(_ stream: UpstreamStream) {
        failing.append(stream)
        link?.touch()
    }

    /// Takes no more requests, and ends with its last one.
    func leave() {
        isLeaving = true
        if isConnecting { return }
        link?.touch()
    }

    /// Closes the connection; its requests fail.
    func cut() {
        if isConnecting {
            isConnecting = false
            isClosed = true
            link?.close()
            group.connectFailed(self, .connect)
            return
        }
        end()
    }

    private func end(isGentle: Bool = false) {
        guard !isClosed else { return }
        isClosed = true
        proxy.worker.timers.drop(&timer)
        proxy.worker.timers.drop(&pingTimer)
        if let link {
            if isGentle {
                sendFrames(link)
                link.closeGently()
            } else {
                link.close()
            }
            let statistics = pool.cluster.statistics
            proxy.slab.add(statistics.receivedBytes, Int64(link.receivedCount))
            proxy.slab.add(statistics.sentBytes, Int64(link.sentCount))
        }
        connection.closeAll(.cancel)
        failAll()
        for stream in streams where stream.waitsForSettings {
            stream.closed(.reset(wasSent: false))
        }
        group.removed(self)
    }

    /// Ends the connection if it is broken or nobody needs it; else looks for requests that wait.
    private func settle() {
        guard !isClosed, !isTaking, !isConnecting else { return }
        if !failing.isEmpty { failAll() }
        if let failure = connection.failure {
            if let counter = statistics.counter(failure) { count(counter) }
            if failure == .protocolError { count(statistics.messagingErrors) }
            return end(isGentle: true)
        }
        group.serve()
        if connection.isFinished || isLeaving && activeCount == 0 { end(isGentle: true) }
    }

    private func failAll() {
        while let stream = failing.popLast() { stream.closed(.refused) }
    }

    private func sendFrames(_ link: Link) {
        guard connection.wantsFlush else { return }
        var output = ByteBuffer()
        swap(&output, &link.output)
        output.borrow(from: proxy.worker.blocks)
        let waits = connection.flush(into: &output, maximum: link.fullAt)
        swap(&output, &link.output)
        if waits { link.tellsDrained = true }
    }

    private func find(_ stream: H2Stream) -> UpstreamStream? {
        let tag = connection.tag(stream)
        return tag > 0 && tag <= streams.count ? streams[tag - 1] : nil
    }

    private func armTimer(at time: Instant) {
        timer = proxy.worker.timers.set(self, at: time)
    }

    private func armPingTimer() {
        proxy.worker.timers.drop(&pingTimer)
        guard let due = pings?.due else { return }
        pingTimer = proxy.worker.timers.set(self, at: due, tag: Self.pingTag)
    }

    private func ping() {
        connection.ping()
        link?.touch()
        armPingTimer()
    }

    /// Asks the host for a sign of life, or gives it up.
    private func checkLife() {
        pingTimer = .none
        switch pings?.check(proxy.worker.now) {
        case .ping: ping()
        case .dead:
            count(statistics.keepaliveTimeouts)
            end()
        case .nothing, nil: armPingTimer()
        }
    }

    /// How a stream ended that was closed with a code.
    private func failure(_ code: H2ErrorCode) -> UpstreamFailure {
        if isClosed {
            let isBroken =
                connection.failure != .closed || connection.sentGoAway.map { $0 != .none } ?? false
            return isBroken ? .protocolError : .reset(wasSent: true)
        }
        switch code {
        case .refused: return connection.isGoingAway ? .unprocessed : .refused
        case .protocolError: return .protocolError
        default: return .streamReset
        }
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

extension UpstreamHTTP2: LinkOwner {
    func linkOpened(_ link: Link) {
        isConnecting = false
        let waited = (proxy.worker.now - connectStart).nanoseconds / 1000
        proxy.slab.observe(pool.cluster.statistics.connectTime, microseconds: waited)
        let name = link.security?.chosenProtocol
        let isAuto = pool.cluster.settings.version == .auto
        // A host that chose nothing is believed to speak what it is configured for.
        if name != "h2", isAuto || name != nil {
            isClosed = true
            if isAuto {
                self.link = nil
                group.speaksHTTP1(self, link)
            } else {
                link.close()
                group.connectFailed(self, .connect)
            }
            return
        }
        count(pool.cluster.statistics.http2Connections)
        link.asksBeforeSending = true
        link.touch()
        idleSince = proxy.worker.now
        if let limit = pool.cluster.settings.idleTimeout { armTimer(at: idleSince + limit) }
        pings = pool.cluster.settings.http2.pings.map {
            PingSchedule($0, at: proxy.worker.now, share: proxy.random.share())
        }
        armPingTimer()
        group.connected(self)
    }

    func linkReceived(_ link: Link) {
        guard !isTaking, !isClosed else { return }
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
        guard !isClosed else { return }
        sendFrames(link)
        settle()
    }

    func linkEnded(_ link: Link) {
        end()
    }

    func linkDrained(_ link: Link) {
        link.touch()
    }

    func linkFailed(_ link: Link, _ failure: LinkFailure) {
        if isConnecting {
            isConnecting = false
            isClosed = true
            group.connectFailed(self, UpstreamFailure(connecting: failure))
        } else {
            end()
        }
    }
}

extension UpstreamHTTP2: H2Owner {
    func h2Response(_ connection: H2Connection, _ stream: H2Stream, _ head: inout ResponseHead) {
        find(stream)?.receiveHead(&head, isEnd: connection.headIsWhole)
    }

    func h2Body(_ connection: H2Connection, _ stream: H2Stream, _ bytes: Span<UInt8>) {
        find(stream)?.receiveBody(bytes)
    }

    func h2Ended(_ connection: H2Connection, _ stream: H2Stream, _ trailers: inout HeaderBlock) {
        find(stream)?.receiveEnd(trailers)
    }

    func h2Drained(_ connection: H2Connection, _ stream: H2Stream) {
        find(stream)?.drained()
    }

    func h2Closed(_ connection: H2Connection, _ stream: H2Stream, _ code: H2ErrorCode) {
        guard let place = find(stream) else { return }
        if place.exchange != nil, !isClosed {
            count(statistics.receivedResets)
            count(pool.cluster.statistics.resets)
            if code == .refused { count(statistics.refusedStreams) }
        }
        place.closed(failure(code))
    }

    func h2Refused(_ connection: H2Connection, _ stream: H2Stream, _ violation: WireViolation) {
        count(statistics.messagingErrors)
        find(stream)?.closed(.protocolError)
    }

    func h2Pong(_ connection: H2Connection) {
        guard pings != nil else { return }
        pings?.hearAnswer(proxy.worker.now, share: proxy.random.share())
        armPingTimer()
    }

    func h2GoAway(_ connection: H2Connection, _ code: H2ErrorCode) {
        count(pool.cluster.statistics.closeNotices)
    }

    func h2Settings(_ connection: H2Connection) {
        hasSettings = true
        group.expect(connection.peerStreamsMaximum)
        for stream in streams where stream.waitsForSettings { stream.settingsCame() }
    }
}

extension UpstreamHTTP2: TimerTarget {
    func timerFired(_ tag: Int) {
        guard !isClosed else { return }
        if tag == Self.pingTag { return checkLife() }
        timer = .none
        guard let limit = pool.cluster.settings.idleTimeout else { return }
        let now = proxy.worker.now
        if activeCount > 0 {
            armTimer(at: now + limit)
        } else if now < idleSince + limit {
            armTimer(at: idleSince + limit)
        } else {
            count(pool.cluster.statistics.idleTimeouts)
            connection.goAway()
            end(isGentle: true)
        }
    }
}
