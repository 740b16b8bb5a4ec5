import Basics
import HTTP
import Reactor

/// A client's connection that speaks HTTP/1: one request after another.
final class DownstreamHTTP1: ClientConnection {
    var proxy: ProxyWorker { service.proxy }
    /// The settings that new requests follow; a new configuration changes them.
    private let place: ServicePlace
    /// The settings of the request at hand.
    private(set) var service: HTTPService
    let endpoints: Endpoints
    var rosterIndex = 0

    private let link: Link
    private var exchange: Exchange?
    private var decoder: HeadDecoder
    private var body = BodyDecoder(.none)
    private var requestTrailers = HeaderBlock()
    private let encoder = HeadEncoder()
    private var isInBody = false
    private var requestIsWhole = false
    private var requestCount = 0
    private var keepsAlive = true
    private var isTaking = false
    private var isClosing = false
    private var responseIsChunked = false
    private var isTunnel = false
    private var headStart = Instant.zero
    private var lastActivity = Instant.zero
    private var timer = TimerWheel.ID.none

    /// Takes over an open link.
    init(_ link: Link, _ place: ServicePlace, _ endpoints: Endpoints) {
        self.link = link
        self.place = place
        service = place.service
        self.endpoints = endpoints
        decoder = HeadDecoder(limits: service.limits)
        lastActivity = proxy.worker.now
        armTimer()
    }

    /// Whether no request is going on.
    var isIdle: Bool { exchange == nil }

    func announceEnd() {
        // The next answer says so.
    }

    /// Ends the connection when the request at hand is done, or now if there is none.
    func drain() {
        keepsAlive = false
        if exchange == nil { closeGently() }
    }

    /// Closes the connection at once.
    func close() {
        guard !isClosing else { return }
        isClosing = true
        link.close()
        removed()
        if let exchange {
            exchange.downstreamGone()
        }
    }

    private func closeGently() {
        guard !isClosing else { return }
        isClosing = true
        link.closeGently(linger: service.delayedClose)
        removed()
    }

    private func removed() {
        proxy.worker.timers.drop(&timer)
        proxy.slab.add(service.statistics.receivedBytes, Int64(link.receivedCount))
        proxy.slab.add(service.statistics.sentBytes, Int64(link.sentCount))
        proxy.remove(self)
    }

    private func armTimer(_ next: Instant? = nil) {
        guard let shortest = service.shortestTimeout else { return }
        let latest = proxy.worker.now + shortest
        timer = proxy.worker.timers.set(self, at: min(next ?? latest, latest))
    }
}

extension DownstreamHTTP1: LinkOwner {
    func linkOpened(_ link: Link) {}

    func linkReceived(_ link: Link) {
        guard !isTaking, !isClosing else { return }
        lastActivity = proxy.worker.now
        isTaking = true
        var input = ByteBuffer()
        swap(&input, &link.input)
        take(&input)
        isTaking = false
        if link.isClosed {
            input.removeAll()
            input.giveBack(to: proxy.worker.blocks)
        } else {
            swap(&input, &link.input)
        }
    }

    func linkEnded(_ link: Link) {
        guard let exchange else {
            close()
            return
        }
        if isTunnel, !requestIsWhole {
            requestIsWhole = true
            exchange.receiveRequestEnd()
        } else if !isTunnel {
            // Whether only its own direction ended cannot be seen; like other proxies we take it for gone.
            close()
        }
    }

    func linkDrained(_ link: Link) {
        lastActivity = proxy.worker.now
        exchange?.downstreamDrained()
    }

    func linkFailed(_ link: Link, _ failure: LinkFailure) {
        guard !isClosing else { return }
        isClosing = true
        removed()
        exchange?.downstreamGone()
    }

    /// Takes requests, and the body of the one at hand.
    private func take(_ input: inout ByteBuffer) {
        while !isClosing, !input.isEmpty {
            do throws(WireViolation) {
                if exchange == nil || !isInBody {
                    guard try takeHead(&input) else { return }
                } else if requestIsWhole {
                    // The next request waits for the end of this one.
                    if input.count >= service.pipelineMaximum { link.pause() }
                    return
                } else {
                    guard try takeBody(&input) else { return }
                }
            } catch {
                if requestCount == 0, HTTP2Preface.mayBegin(input.readable), becomeHTTP2() {
                    return
                }
                refuse(error)
                return
            }
        }
    }

    /// Hands a connection that begins as HTTP/2 does on; what was received stays with the link.
    private func becomeHTTP2() -> Bool {
        guard service.settings.codec == .auto,
            let next = try? DownstreamHTTP2(link, place, endpoints)
        else { return false }
        isClosing = true
        proxy.worker.timers.drop(&timer)
        if let exchange {
            self.exchange = nil
            proxy.recycle(exchange)
        }
        proxy.replace(self, with: next)
        unsafe link.owner = next
        next.begin()
        // It is told later in this turn, when the input is back in its place.
        link.pause()
        link.resume()
        return true
    }

    private func takeHead(_ input: inout ByteBuffer) throws(WireViolation) -> Bool {
        let exchange = self.exchange ?? beginExchange()
        guard let used = try decoder.request(input.readable, into: &exchange.request) else {
            return false
        }
        input.consume(used)
        requestCount += 1
        if requestCount == 1 { service.count(service.statistics.http1Connections) }
        isInBody = true
        isTunnel = false
        body = BodyDecoder(exchange.request.framing, limits: service.limits)
        requestIsWhole = body.isEnded
        if !exchange.request.keepsAlive { keepsAlive = false }
        if service.isLast(requestCount) { keepsAlive = false }
        service.count(service.statistics.http1Requests)
        let expects =
            exchange.request.expectsContinue && !requestIsWhole
            && exchange.request.version != .http10
        if expects {
            exchange.request.fields.removeAll(.expect)
            exchange.awaitsInvitation = true
        }
        exchange.start(isEnd: requestIsWhole)
        return true
    }

    /// Takes some of a body; false if more bytes are needed first.
    private func takeBody(_ input: inout ByteBuffer) throws(WireViolation) -> Bool {
        guard let exchange else { return false }
        let step = try body.next(input.readable, trailers: &requestTrailers)
        if !step.body.isEmpty {
            exchange.receiveRequestBody(input.readable.extracting(step.body))
        }
        input.consume(step.consumed)
        if step.isEnd || body.isEnded {
            requestIsWhole = true
            if !requestTrailers.isEmpty {
                exchange.requestTrailers.append(contentsOf: requestTrailers)
                requestTrailers.removeAll()
            }
            self.exchange?.receiveRequestEnd()
            return true
        }
        return step.consumed > 0
    }

    private func beginExchange() -> Exchange {
        if ObjectIdentifier(service) != ObjectIdentifier(place.service) {
            proxy.worker.retire(service)
            service = place.service
            decoder = HeadDecoder(limits: service.limits)
        }
        let exchange = service.proxyReference.lend { $0.takeExchange() }
        exchange.begin(self, service)
        self.exchange = exchange
        headStart = proxy.worker.now
        isInBody = false
        return exchange
    }

    /// Answers what is no request, and closes.
    private func refuse(_ violation: WireViolation) {
        proxy.slab.add(service.statistics.protocolErrors)
        if violation.status == 431 { proxy.slab.add(service.statistics.tooLargeHeads) }
        keepsAlive = false
        requestIsWhole = true
        guard let exchange else {
            closeGently()
            return
        }
        exchange.refuse(violation)
    }
}

extension DownstreamHTTP1: Downstream {
    func sendHead(_ exchange: Exchange, isEnd: Bool) {
        link.openOutput()
        isTunnel = exchange.response.status == 101
        if isTunnel {
            body = BodyDecoder(.untilClose)
            requestIsWhole = false
            exchange.response.framing = .none
            exchange.response.keepsAlive = true
        } else {
            frame(exchange)
        }
        encoder.response(exchange.response, into: &link.output)
        link.touch()
    }

    /// How the body is framed for this client.
    private func frame(_ exchange: Exchange) {
        responseIsChunked = false
        let isOld = exchange.request.version == .http10
        switch exchange.response.framing {
        case .none, .length: break
        case .chunked, .untilClose:
            if isOld {
                exchange.response.framing = .untilClose
                keepsAlive = false
            } else {
                exchange.response.framing = .chunked
                responseIsChunked = true
            }
        }
        // A request that was not read to its end would be taken for the next one.
        if !requestIsWhole { keepsAlive = false }
        if proxy.isDraining { keepsAlive = false }
        exchange.response.keepsAlive = keepsAlive
        exchange.response.version = isOld ? .http10 : .http11
    }

    func sendInterim(_ exchange: Exchange, status: Int) {
        link.openOutput()
        encoder.response(exchange.response, into: &link.output)
        link.touch()
    }

    func sendBody(_ exchange: Exchange, _ bytes: Span<UInt8>) {
        if bytes.isEmpty { return }
        lastActivity = proxy.worker.now
        link.openOutput()
        if responseIsChunked {
            HeadEncoder.beginChunk(bytes.count, into: &link.output)
            link.output.append(bytes)
            HeadEncoder.endChunk(into: &link.output)
        } else {
            link.output.append(bytes)
        }
        link.touch()
    }

    func sendEnd(_ exchange: Exchange) {
        guard !isTunnel else {
            link.finish()
            return
        }
        guard responseIsChunked else { return }
        link.openOutput()
        if exchange.trailers.isEmpty {
            HeadEncoder.lastChunk(into: &link.output)
        } else {
            encoder.lastChunk(trailers: exchange.trailers, into: &link.output)
        }
        link.touch()
    }

    func abort(_ exchange: Exchange) {
        guard !isClosing else { return }
        isClosing = true
        // What was sent goes out; the missing rest shows that it is not whole.
        link.closeGently(linger: service.delayedClose)
        removed()
    }

    func isFull(_ exchange: Exchange) -> Bool {
        guard link.isFull else { return false }
        link.tellsDrained = true
        return true
    }

    func pauseRequest(_ exchange: Exchange) {
        link.pause()
    }

    func resumeRequest(_ exchange: Exchange) {
        link.resume()
    }

    func finished(_ exchange: Exchange) {
        service.proxyReference.lend { $0.recycle(exchange) }
        self.exchange = nil
        isInBody = false
        responseIsChunked = false
        guard !isClosing else { return }
        lastActivity = proxy.worker.now
        if !keepsAlive || !requestIsWhole || isTunnel || proxy.isDraining {
            closeGently()
            return
        }
        if link.hasEnded {
            closeGently()
            return
        }
        if link.isPaused { link.resume() }
        if !isTaking, !link.input.isEmpty { linkReceived(link) }
    }
}

extension DownstreamHTTP1: TimerTarget {
    func timerFired(_ tag: Int) {
        timer = .none
        let now = proxy.worker.now
        let settings = service.settings
        guard let exchange else {
            let end = settings.idleTimeout.map { lastActivity + $0 }
            if let end, now >= end {
                proxy.slab.add(service.statistics.idleTimeouts)
                closeGently()
                return
            }
            armTimer(end)
            return
        }
        var next: Instant?
        if !isInBody {
            next = settings.requestHeadersTimeout.map { headStart + $0 }
        } else if !requestIsWhole, !isTunnel {
            next = settings.requestTimeout.map { headStart + $0 }
        }
        if let next, now >= next {
            expire(exchange)
            return
        }
        if let limit = exchange.route?.idleTimeout ?? settings.streamIdleTimeout {
            var end = lastActivity + limit
            if now >= end {
                let keptAlive = keepsAlive
                keepsAlive = false
                guard exchange.timedOutIdle() else { return }
                keepsAlive = keptAlive
                lastActivity = now
                end = now + limit
            }
            next = min(next ?? end, end)
        }
        armTimer(next)
    }

    private func expire(_ exchange: Exchange) {
        proxy.slab.add(service.statistics.requestTimeouts)
        keepsAlive = false
        requestIsWhole = true
        exchange.timedOutRequest()
    }
}
