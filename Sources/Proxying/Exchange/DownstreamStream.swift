import Basics
import HTTP
import Reactor

/// One stream of a client's HTTP/2 connection: one request.
///
/// Its connection uses it again.
final class DownstreamStream {
    /// The connection holds its streams and outlives them.
    private let ownerReference: Unretained<DownstreamHTTP2>
    private var owner: DownstreamHTTP2 { ownerReference.object }
    /// Its place among the connection's streams.
    let index: Int
    private(set) var stream: H2Stream?
    private(set) var exchange: Exchange?
    /// When something moved last.
    private var lastActivity = Instant.zero
    private var requestIsWhole = false
    private var isPaused = false
    /// The HTTP/2 stream is gone: nothing can be sent.
    private var isGone = false
    /// The client asked for a WebSocket, and whether it has one.
    private var wantsTunnel = false
    private var isTunnel = false
    /// What came for a WebSocket before it was granted; the window bounds it.
    private var early = ByteBuffer()
    /// How much waited to be sent when it was looked at last, after the exchange's end.
    private var waitingCount = 0

    init(_ owner: DownstreamHTTP2, index: Int) {
        ownerReference = Unretained(owner)
        self.index = index
    }

    /// Whether a request has the place.
    var isUsed: Bool { stream != nil }

    private var connection: H2Connection { owner.connection }
    private var now: Instant { owner.proxy.worker.now }

    /// Takes a request whose head is in the exchange.
    func begin(_ stream: H2Stream, _ exchange: Exchange, isWhole: Bool) {
        self.stream = stream
        self.exchange = exchange
        lastActivity = now
        wantsTunnel = exchange.request.upgrade == .webSocket
        requestIsWhole = isWhole
        guard !exchange.request.authority.isEmpty else {
            return exchange.refuse(WireViolation(.host))
        }
        if wantsTunnel { WebSocketFields.complete(&exchange.request) }
        if exchange.request.expectsContinue {
            exchange.request.fields.removeAll(.expect)
            exchange.awaitsInvitation = true
        }
        exchange.start(isEnd: isWhole || wantsTunnel)
    }

    /// Ends a request whose head was refused; its HTTP/2 stream is gone already.
    func refuse(_ exchange: Exchange, _ violation: WireViolation) {
        self.exchange = exchange
        isGone = true
        exchange.endRefused(violation)
    }

    func receiveBody(_ bytes: Span<UInt8>) {
        lastActivity = now
        guard let stream else { return }
        if wantsTunnel, !isTunnel, exchange != nil {
            early.append(bytes)
            return
        }
        exchange?.receiveRequestBody(bytes)
        if !isPaused || exchange == nil { connection.consume(stream, bytes.count) }
    }

    /// The request is whole; the block of trailers may be swapped for another one.
    func receiveEnd(_ trailers: inout HeaderBlock) {
        guard !requestIsWhole else { return }
        requestIsWhole = true
        guard let exchange, !wantsTunnel || isTunnel else { return }
        if !trailers.isEmpty {
            swap(&exchange.requestTrailers, &trailers)
            owner.count(owner.statistics.trailers)
        }
        exchange.receiveRequestEnd()
    }

    func drained() {
        lastActivity = now
        exchange?.downstreamDrained()
    }

    /// The HTTP/2 stream is gone: done, or reset by the client.
    func closed(_ isReset: Bool) {
        isGone = true
        if let exchange {
            exchange.downstreamGone(isReset: isReset)
        } else {
            release()
        }
    }

    /// Ends what takes too long, and says when to look again.
    func checkTime(_ settings: HTTPSettings) -> Instant? {
        guard let stream else { return nil }
        guard let exchange else {
            // The answer is whole, but the client does not take it.
            let waiting = connection.waiting(stream)
            if waiting != waitingCount {
                waitingCount = waiting
                lastActivity = now
            }
            guard let limit = settings.streamIdleTimeout else { return nil }
            if now < lastActivity + limit { return lastActivity + limit }
            owner.count(owner.statistics.flushTimeouts)
            reset(.cancel)
            release()
            return nil
        }
        var next: Instant?
        if !requestIsWhole, !wantsTunnel, let limit = settings.requestTimeout {
            let end = exchange.startTime + limit
            if now >= end {
                owner.count(owner.service.statistics.requestTimeouts)
                exchange.timedOutRequest()
                return nil
            }
            next = end
        }
        if let limit = exchange.route?.idleTimeout ?? settings.streamIdleTimeout {
            var end = lastActivity + limit
            if now >= end {
                guard exchange.timedOutIdle() else { return nil }
                lastActivity = now
                end = now + limit
            }
            next = min(next ?? end, end)
        }
        return next
    }

    private func reset(_ code: H2ErrorCode) {
        guard let stream, !isGone else { return }
        isGone = true
        owner.count(owner.statistics.sentResets)
        connection.reset(stream, code)
        owner.link.touch()
    }

    /// Makes the place ready for the next request.
    private func release() {
        stream = nil
        requestIsWhole = false
        isPaused = false
        isGone = false
        wantsTunnel = false
        isTunnel = false
        waitingCount = 0
        if early.hasMemory {
            early.removeAll()
            early.release()
        }
        owner.released(self)
    }

    /// A WebSocket is granted: what came early is passed on.
    private func beginTunnel(_ exchange: Exchange) {
        isTunnel = true
        var waiting = ByteBuffer()
        swap(&waiting, &early)
        if !waiting.isEmpty {
            exchange.receiveRequestBody(waiting.readable)
            if let stream, !isPaused { connection.consume(stream, waiting.count) }
        }
        if requestIsWhole { exchange.receiveRequestEnd() }
    }
}

extension DownstreamStream: Downstream {
    var endpoints: Endpoints { owner.endpoints }

    func sendHead(_ exchange: Exchange, isEnd: Bool) {
        guard let stream, !isGone else { return }
        lastActivity = now
        let isGranted = wantsTunnel && exchange.response.status == 101
        if isGranted {
            exchange.response.framing = .none
        } else if wantsTunnel, exchange.response.status / 100 == 2 {
            // The client would take it for a WebSocket.
            exchange.response.status = 502
        }
        connection.respond(stream, exchange.response, isEnd: isEnd)
        owner.link.touch()
        if isGranted { beginTunnel(exchange) }
    }

    func sendInterim(_ exchange: Exchange, status: Int) {
        guard let stream, !isGone else { return }
        connection.respond(stream, exchange.response, isEnd: false)
        owner.link.touch()
    }

    func sendBody(_ exchange: Exchange, _ bytes: Span<UInt8>) {
        guard let stream, !isGone, !bytes.isEmpty else { return }
        lastActivity = now
        connection.write(stream, bytes)
        owner.link.touch()
    }

    func sendEnd(_ exchange: Exchange) {
        guard let stream, !isGone else { return }
        if !exchange.trailers.isEmpty { owner.count(owner.statistics.trailers) }
        connection.end(stream, trailers: exchange.trailers)
        owner.link.touch()
    }

    func abort(_ exchange: Exchange) {
        reset(.internalError)
    }

    func isFull(_ exchange: Exchange) -> Bool {
        guard let stream else { return false }
        return connection.waiting(stream) >= connection.settings.streamFullAt
    }

    func pauseRequest(_ exchange: Exchange) {
        isPaused = true
    }

    func resumeRequest(_ exchange: Exchange) {
        guard isPaused, let stream else { return }
        isPaused = false
        connection.consume(stream, Int.max)
        owner.link.touch()
    }

    func finished(_ exchange: Exchange) {
        owner.proxy.recycle(exchange)
        self.exchange = nil
        lastActivity = now
        guard isGone else {
            // The rest of a request that is answered is dropped, so that the client sees the answer.
            isPaused = false
            if let stream { connection.consume(stream, Int.max) }
            return
        }
        release()
    }
}
