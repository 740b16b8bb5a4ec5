import Basics
import HTTP
import Reactor

/// One stream of an HTTP/2 connection to a host: one request.
///
/// Its connection uses it again.
final class UpstreamStream {
    /// The connection holds its streams and outlives them.
    private let ownerReference: Unretained<UpstreamHTTP2>
    private var owner: UpstreamHTTP2 { ownerReference.object }
    /// Its place among the connection's streams.
    let index: Int
    private(set) var exchange: Exchange?
    private var stream: H2Stream?
    private var requestIsDone = false
    private var isPaused = false
    /// The head waits for the host's settings: whether it takes WebSockets.
    private(set) var waitsForSettings = false

    init(_ owner: UpstreamHTTP2, index: Int) {
        ownerReference = Unretained(owner)
        self.index = index
    }

    private var connection: H2Connection { owner.connection }

    func begin(_ exchange: Exchange) {
        self.exchange = exchange
    }

    /// The host's settings came: a WebSocket can be asked for, or not.
    func settingsCame() {
        guard waitsForSettings, let exchange else { return }
        waitsForSettings = false
        if connection.peerAllowsWebSocket {
            open(exchange, isEnd: false)
        } else {
            owner.failLater(self)
        }
    }

    private func open(_ exchange: Exchange, isEnd: Bool) {
        stream = connection.open(exchange.request, tag: index + 1, isEnd: isEnd)
        if stream == nil { owner.failLater(self) }
        owner.link?.touch()
    }

    func receiveHead(_ head: inout ResponseHead, isEnd: Bool) {
        guard let exchange else { return }
        swap(&exchange.response, &head)
        if exchange.response.isInterim {
            exchange.receiveInterim()
            return
        }
        let isHTTP2 = exchange.request.version == .http2
        let status = exchange.response.status
        if status == 101 {
            guard exchange.request.upgrade != .none else {
                // What follows would be taken for the answer.
                if let stream { connection.reset(stream, .protocolError) }
                return closed(.protocolError)
            }
            if !isHTTP2 { WebSocketFields.complete(&exchange.response, to: exchange.request) }
        } else if isEnd, !isHTTP2, exchange.response.framing == .none,
            exchange.request.method != .head, status != 204, status != 304
        {
            // Over HTTP/1 it could not be told where it ends.
            exchange.response.framing = .length(0)
        }
        exchange.receiveResponseHead(isEnd: isEnd)
    }

    func receiveBody(_ bytes: Span<UInt8>) {
        guard let stream else { return }
        exchange?.receiveResponseBody(bytes)
        if !isPaused { connection.consume(stream, bytes.count) }
    }

    /// The answer is whole.
    func receiveEnd(_ trailers: borrowing HeaderBlock) {
        guard let exchange else { return }
        if !trailers.isEmpty { owner.count(owner.statistics.trailers) }
        exchange.receiveResponseEnd(trailers)
        self.exchange = nil
        if !requestIsDone, let stream {
            // The host has answered without the rest of the request.
            connection.reset(stream, .none)
            owner.count(owner.statistics.sentResets)
            owner.link?.touch()
            release()
        }
        exchange.upstreamFinished()
    }

    func drained() {
        exchange?.upstreamDrained()
    }

    /// The stream is gone; with a request still on it, it failed.
    func closed(_ failure: UpstreamFailure) {
        let exchange = exchange
        release()
        exchange?.upstreamFailed(failure)
    }

    private func release() {
        exchange = nil
        stream = nil
        requestIsDone = false
        isPaused = false
        waitsForSettings = false
        owner.released(self)
    }
}

extension UpstreamStream: Upstream {
    func sendHead(_ exchange: Exchange, isEnd: Bool) {
        guard exchange.request.upgrade == .webSocket else {
            requestIsDone = isEnd
            return open(exchange, isEnd: isEnd)
        }
        if owner.hasSettings, connection.peerAllowsWebSocket {
            open(exchange, isEnd: false)
        } else if owner.hasSettings {
            owner.failLater(self)
        } else {
            waitsForSettings = true
        }
    }

    func sendBody(_ exchange: Exchange, _ bytes: Span<UInt8>) {
        guard let stream, !bytes.isEmpty else { return }
        connection.write(stream, bytes)
        owner.link?.touch()
    }

    func sendEnd(_ exchange: Exchange) {
        requestIsDone = true
        guard let stream else { return }
        connection.end(stream, trailers: exchange.requestTrailers)
        owner.link?.touch()
    }

    func abandon(_ exchange: Exchange) {
        if let stream {
            connection.reset(stream, .cancel)
            owner.count(owner.statistics.sentResets)
            owner.count(owner.pool.cluster.statistics.sentResets)
            owner.link?.touch()
        }
        release()
    }

    func isFull(_ exchange: Exchange) -> Bool {
        guard let stream else { return false }
        return connection.waiting(stream) >= connection.settings.streamFullAt
    }

    func pauseResponse(_ exchange: Exchange) {
        isPaused = true
    }

    func resumeResponse(_ exchange: Exchange) {
        guard isPaused, let stream else { return }
        isPaused = false
        connection.consume(stream, Int.max)
        owner.link?.touch()
    }
}
