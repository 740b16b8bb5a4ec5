import Basics
import HTTP
import Reactor
import Security
import System

/// A connection to a host that speaks HTTP/1.1: one request at a time.
final class UpstreamHTTP1 {
    /// The pool holds its connections and outlives them.
    private let poolReference: Unretained<UpstreamPool>
    var pool: UpstreamPool { poolReference.object }
    var rosterIndex = 0
    var isHighPriority = false
    /// The client's connection that it is for; `nil` if it is for any.
    private(set) var client: Endpoints?
    var idleSince = Instant.zero

    private var link: Link?
    /// The exchange; the client's side keeps it, and its worker to the end of the turn.
    @Unkept private var exchange: Exchange?
    private var decoder = HeadDecoder()
    private var body = BodyDecoder(.none)
    private var trailers = HeaderBlock()
    private let encoder = HeadEncoder()
    private var connectStart = Instant.zero
    private var requestCount = 0
    private var isConnecting = true
    /// The head of the answer was taken; its body follows.
    private var isInBody = false
    private var requestIsChunked = false
    private var requestIsDone = false
    /// Bytes go both ways without framing: an upgrade.
    private var isTunnel = false
    private var answerHasBegun = false
    /// Whether the host takes another request on the connection.
    private var hostKeepsAlive = true

    private init(_ pool: UpstreamPool) {
        poolReference = Unretained(pool)
    }

    private var proxy: ProxyWorker { pool.cluster.proxy }

    /// Starts a connection.
    ///
    /// - Throws: What the kernel says, if it fails at once.
    static func connect(_ pool: UpstreamPool, for client: Endpoints?) throws -> UpstreamHTTP1 {
        let connection = UpstreamHTTP1(pool)
        let worker = pool.cluster.proxy.worker
        connection.connectStart = worker.now
        var engine: TLSEngine?
        if let context = pool.cluster.security {
            let name = pool.cluster.settings.tls?.serverName ?? pool.hostname
            engine = try pool.engine(context, serverName: name)
            // A host that is offered HTTP/2 besides would speak it.
            if pool.offersHTTP1 { try engine?.offer(["http/1.1"]) }
        }
        let link = try pool.cluster.dial(pool.address, connection, engine)
        connection.link = link
        if let client, let version = pool.cluster.settings.proxyProtocol {
            connection.client = client
            let header = client.proxyHeader(version: version)
            // Ahead of the TLS that the host expects only behind it.
            if engine == nil { link.output.append(header.span) } else { link.preface = header }
        }
        return connection
    }

    /// Takes over a connection that is made.
    static func adopt(_ link: Link, _ pool: UpstreamPool) -> UpstreamHTTP1 {
        let connection = UpstreamHTTP1(pool)
        connection.link = link
        connection.isConnecting = false
        unsafe link.owner = connection
        return connection
    }

    /// Begins a request.
    func start(_ exchange: Exchange) {
        self.exchange = exchange
        requestCount += 1
        isInBody = false
        isTunnel = false
        answerHasBegun = false
        requestIsDone = false
        body = BodyDecoder(.none)
        exchange.upstreamReady(self, pool, isReused: requestCount > 1)
    }

    /// Closes a connection without a request.
    func close() {
        pool.noLongerIdle(self)
        end()
    }

    /// Closes the connection; its request fails.
    func cut() {
        let exchange = exchange
        self.exchange = nil
        if isConnecting {
            isConnecting = false
            link?.close()
            pool.connectFailed(self, .connect)
            return
        }
        close()
        exchange?.upstreamFailed(.reset(wasSent: true))
    }

    private func end() {
        link?.close()
        pool.removed(self)
    }

    /// What is done when the answer is whole.
    private func answered() {
        guard let exchange = $exchange else { return }
        let keeps = hostKeepsAlive && requestIsDone && !isTunnel
        self.exchange = nil
        let most = poolReference.lend { $0.cluster.settings.requestsPerConnection }
        let isLast = most > 0 && requestCount >= most
        // The connection is free before the client's next request looks for one.
        if let link, !link.isClosed {
            if keeps, !isLast, !link.hasEnded, link.input.isEmpty {
                poolReference.lend { $0.ready(self) }
            } else {
                end()
            }
        }
        exchange.lend { $0.upstreamFinished() }
    }

    private func fail(_ failure: UpstreamFailure) {
        let exchange = exchange
        self.exchange = nil
        link?.close()
        pool.removed(self)
        exchange?.upstreamFailed(failure)
    }
}

extension UpstreamHTTP1: Upstream {
    func sendHead(_ exchange: Exchange, isEnd: Bool) {
        guard let link else { return }
        link.openOutput()
        encoder.request(
            exchange.request,
            isOld: exchange.route?.settings.usesHTTP10 == true,
            into: &link.output
        )
        requestIsChunked = exchange.request.framing == .chunked
        requestIsDone = isEnd
        link.touch()
    }

    func sendBody(_ exchange: Exchange, _ bytes: Span<UInt8>) {
        guard let link, !bytes.isEmpty else { return }
        link.openOutput()
        if requestIsChunked && !isTunnel {
            HeadEncoder.beginChunk(bytes.count, into: &link.output)
            link.output.append(bytes)
            HeadEncoder.endChunk(into: &link.output)
        } else {
            link.output.append(bytes)
        }
        link.touch()
    }

    func sendEnd(_ exchange: Exchange) {
        guard let link else { return }
        requestIsDone = true
        if isTunnel {
            link.finish()
        } else if requestIsChunked {
            link.openOutput()
            if exchange.requestTrailers.isEmpty {
                HeadEncoder.lastChunk(into: &link.output)
            } else {
                encoder.lastChunk(trailers: exchange.requestTrailers, into: &link.output)
            }
            link.touch()
        }
    }

    func abandon(_ exchange: Exchange) {
        self.exchange = nil
        end()
    }

    func isFull(_ exchange: Exchange) -> Bool {
        guard let link, link.isFull else { return false }
        link.tellsDrained = true
        return true
    }

    func pauseResponse(_ exchange: Exchange) {
        link?.pause()
    }

    func resumeResponse(_ exchange: Exchange) {
        link?.resume()
    }
}

extension UpstreamHTTP1: LinkOwner {
    func linkOpened(_ link: Link) {
        isConnecting = false
        let waited = proxy.worker.now.nanoseconds(since: connectStart) / 1000
        proxy.slab.observe(pool.cluster.statistics.connectTime, microseconds: waited)
        pool.connected(self)
    }

    func linkReceived(_ link: Link) {
        guard exchange != nil else {
            // Nobody asked: what a host says now could be taken for the next answer.
            close()
            return
        }
        var input = ByteBuffer()
        swap(&input, &link.input)
        let isWhole = take(&input)
        if link.isClosed {
            input.removeAll()
            input.giveBack(to: proxy.worker.blocks)
        } else {
            swap(&input, &link.input)
        }
        if isWhole { answered() }
    }

    func linkEnded(_ link: Link) {
        guard let exchange else {
            close()
            return
        }
        if isInBody, body.mayEndNow {
            hostKeepsAlive = false
            exchange.receiveResponseEnd(trailers)
            answered()
        } else {
            fail(.reset(wasSent: requestIsDone))
        }
    }

    func linkDrained(_ link: Link) {
        exchange?.upstreamDrained()
    }

    func linkFailed(_ link: Link, _ failure: LinkFailure) {
        if isConnecting {
            isConnecting = false
            pool.connectFailed(self, UpstreamFailure(connecting: failure))
        } else if exchange == nil {
            pool.noLongerIdle(self)
            pool.removed(self)
        } else {
            fail(.reset(wasSent: true))
        }
    }

    /// Takes what has come of the answer; true if it is whole.
    private func take(_ input: inout ByteBuffer) -> Bool {
        while let exchange = $exchange, !input.isEmpty {
            do throws(WireViolation) {
                if !isInBody {
                    guard try takeHead(&input, exchange) else { return false }
                } else {
                    let step = try body.next(input.readable, trailers: &trailers)
                    if !step.body.isEmpty {
                        let part = input.readable.extracting(step.body)
                        exchange.lend { $0.receiveResponseBody(part) }
                    }
                    input.consume(step.consumed)
                    guard $exchange != nil else { return false }
                    if step.isEnd {
                        exchange.lend { $0.receiveResponseEnd(trailers) }
                        return true
                    }
                    if step.consumed == 0 { return false }
                }
            } catch {
                fail(.protocolError)
                return false
            }
            if isInBody, body.isEnded {
                exchange.lend { $0.receiveResponseEnd(trailers) }
                return true
            }
        }
        return false
    }

    private func takeHead(
        _ input: inout ByteBuffer,
        _ exchange: Unretained<Exchange>
    ) throws(WireViolation) -> Bool {
        let used = try decoder.response(
            input.readable,
            to: exchange.object.request.method,
            into: &exchange.object.response
        )
        guard let used else { return false }
        input.consume(used)
        // The client's side says in the same place what becomes of its own connection.
        hostKeepsAlive = exchange.object.response.keepsAlive
        if exchange.object.response.isInterim {
            exchange.lend { $0.receiveInterim() }
            return $exchange != nil
        }
        isInBody = true
        trailers.removeAll()
        if exchange.object.response.status == 101 {
            guard exchange.object.request.upgrade != .none else {
                // What follows would be taken for answers.
                fail(.protocolError)
                return false
            }
            isTunnel = true
            body = BodyDecoder(.untilClose)
        } else {
            body = BodyDecoder(exchange.object.response.framing, isStrict: false)
        }
        exchange.lend { $0.receiveResponseHead(isEnd: body.isEnded) }
        return $exchange != nil
    }
}
