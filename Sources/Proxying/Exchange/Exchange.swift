import Basics
import HTTP
import Reactor

/// One request and its answer on their way through the proxy.
///
/// It stands between a `Downstream` and an `Upstream`, which bring and take the bytes of their
/// protocols, and decides: where the request goes, whether it is tried again, what the client gets.
/// Exchanges are used again and again by their worker, so that a request needs no allocation.
final class Exchange {
    /// The proxy holds its exchanges and outlives them.
    let proxyReference: Unretained<ProxyWorker>
    var proxy: ProxyWorker { proxyReference.object }

    var request = RequestHead()
    var response = ResponseHead()
    /// The fields after the answer's body.
    var trailers = HeaderBlock()
    /// The fields after the request's body.
    var requestTrailers = HeaderBlock()

    // MARK: What is known of it, for logs

    var startTime = Instant.zero
    var flags: ResponseFlags = []
    var receivedBytes: Int64 = 0
    var sentBytes: Int64 = 0
    var attemptCount = 0
    var firstAnswerTime = Instant.zero
    var upstreamPool: UpstreamPool?
    var details: StaticString = ""
    var isHighPriority = false
    var upstreamIsHTTP2 = false

    // MARK: State

    /// The service, which the exchange keeps until it is used again, and with it the cluster and the
    /// route.
    private var keptService: HTTPService?
    @Unkept var service: HTTPService?
    unowned(unsafe) var downstream: (any Downstream)?
    var upstream: (any Upstream)?
    @Unkept var cluster: WorkerCluster?
    /// The route, and how it is sent on.
    @Unkept var plan: RoutePlan?
    @Unkept var route: ForwardPlan?
    var choice = ForwardPlan.Choice(cluster: -1, share: -1)
    /// What the choice of a host hashes.
    var hash: UInt64?
    /// The cookie that the answer sets, so that the next request goes to the same host.
    var madeCookie: HashPolicies.MadeCookie?
    /// Who sent the request, as trusted headers say.
    var client = Forwarding.Client(address: PeerAddress(), isInternal: false)
    /// Whether the request's fields were changed for the host.
    var isPrepared = false
    /// When the request was whole.
    var requestEndTime = Instant.zero
    var slot = -1
    var tried = TriedHosts()
    var decision = RetryDecision(nil)
    /// The body of the request as far as it may be needed again, or no host has it yet.
    var kept = ByteBuffer()
    var wantsRetries = false
    var keepsBody = false
    var waitsForUpstream = false
    /// Whether it waits until a host takes more, and until when.
    var waitsForRoom = false
    var roomDeadline = Instant.zero
    var isRetryPending = false
    var requestIsWhole = false
    var requestWasSent = false
    var answerHasBegun = false
    var answerIsWhole = false
    var isReusedConnection = false
    var isRequestPaused = false
    var isResponsePaused = false
    var isFinished = false
    var holdsRequest = false
    var holdsRetry = false
    var timer = TimerWheel.ID.none
    var tryTimer = TimerWheel.ID.none
    var retryTimer = TimerWheel.ID.none

    enum Tag {
        static let whole = 0
        static let attempt = 1
        static let retry = 2
        static let filter = 3
    }

    /// Adds to a statistic.
    @inline(__always)
    func count(_ id: Statistics.ID, _ change: Int64 = 1) {
        proxyReference.lend { $0.count(id, change) }
    }

    init(_ proxy: ProxyWorker) {
        proxyReference = Unretained(proxy)
        endpoints = proxy.nowhere
    }

    // MARK: What the client's side tells

    /// Belongs to a connection or stream from here on.
    func begin(_ downstream: any Downstream, _ service: HTTPService) {
        unsafe self.downstream = downstream
        endpoints = downstream.endpoints
        keptService = service
        self.service = service
        startTime = proxy.worker.now
        isFinished = false
    }

    /// The head of the request is there; `isEnd` if no body follows.
    func start(isEnd: Bool) {
        guard let service = $service else { return }
        requestIsWhole = isEnd
        startTime = proxy.worker.now
        if isEnd { requestEndTime = startTime }
        countRequest()
        service.lend { $0.receive(self) }
    }

    /// Counts it among the listener's requests, once.
    func countRequest() {
        guard !isCounted, let service = $service else { return }
        count(service.object.statistics.requests)
        count(service.object.statistics.activeRequests)
        isCounted = true
    }

    /// Whether it is counted and will be logged.
    private var isCounted = false
    /// Whether the client holds the body back until it is told to go on.
    var awaitsInvitation = false

    /// What filters know of the request, if it passed any.
    var filtering = FilterState()
    var isFiltered = false
    /// The most bytes of the request's body.
    var bodyMaximum = Int64.max
    /// The trace it belongs to, if there is a tracer.
    var trace = TraceContext()
    /// Whether the body is gathered before a cluster is asked, because the host must be told its length.
    var isGathering = false
    /// How long the answer may take, and one try.
    var limits: (timeout: Duration?, perTry: Duration?) = (nil, nil)
    /// Copies of the request that still want its body.
    var mirrors: [Shadow] = []
    /// Whether it is itself a copy.
    var isMirror = false
    /// The request as it came, if its route has error pages; else its path and host, if they are noted.
    var original = RequestHead()
    var hasTarget = false
    /// The path as it came, if its form was changed for routes only.
    var rawPath: [UInt8] = []
    /// Whether it asks with GET, whatever the request that it is about asks with.
    var asksWithGet = false
    /// How often a route was looked for anew.
    var rerouteCount = 0
    /// The error page that answers, and the status that it stands for.
    var page: ErrorPages.Page?
    var pageStatus = 0

    /// The ends of the client's connection.
    private(set) var endpoints: Endpoints

    /// A part of the request's body.
    func receiveRequestBody(_ bytes: Span<UInt8>) {
        receivedBytes += Int64(bytes.count)
        guard !isFinished, !answerIsWhole else { return }
        if receivedBytes > bodyMaximum { return refuseBody() }
        if !mirrors.isEmpty { for mirror in mirrors { mirror.receive(bytes) } }
        if let upstream, requestWasSent {
            if keepsBody { keep(bytes) }
            upstream.sendBody(self, bytes)
            if upstream.isFull(self) { pauseRequest() }
        } else if isGathering {
            gather(bytes)
        } else if route != nil || filtering.isHeld {
            keep(bytes)
            // No host has it yet: what is more than may be kept waits with the client.
            if kept.count >= (route?.bufferMaximum ?? 0) { pauseRequest() }
        }
    }

    /// The request is whole.
    func receiveRequestEnd() {
        guard !isFinished else { return }
        requestIsWhole = true
        requestEndTime = proxy.worker.now
        if !mirrors.isEmpty { for mirror in mirrors { mirror.receiveEnd() } }
        if let upstream, requestWasSent {
            upstream.sendEnd(self)
            armTimeout()
        } else if isGathering {
            endGathering()
        }
    }

    /// The client is gone, or has reset the request's stream.
    func downstreamGone(isReset: Bool = false) {
        guard !isFinished else { return }
        flags.insert(isReset ? .downstreamReset : .downstreamTermination)
        details = isReset ? "http2.remote_reset" : "downstream_remote_disconnect"
        if let service { count(service.statistics.receivedResets) }
        releaseUpstream()
        finish()
    }

    /// The client takes bytes again.
    func downstreamDrained() {
        guard isResponsePaused else { return }
        isResponsePaused = false
        upstream?.resumeResponse(self)
    }

    /// Nothing moved for too long.
    ///
    /// - Returns: Whether another try is made instead of an answer.
    func timedOutIdle() -> Bool {
        guard !isFinished else { return false }
        if requestIsWhole, !answerHasBegun, route?.settings.idleIsFailure == true {
            proxy.worker.timers.drop(&tryTimer)
            timedOutTry()
            return isRetryPending
        }
        flags.insert(.streamIdleTimeout)
        if answerHasBegun {
            details = "stream_idle_timeout"
            abortAnswer()
        } else {
            releaseUpstream()
            reply(requestIsWhole ? 504 : 408, "stream timeout", "stream_idle_timeout")
        }
        return false
    }

    /// The whole request did not come in time.
    func timedOutRequest() {
        guard !isFinished, !answerHasBegun else { return }
        countRequest()
        releaseUpstream()
        reply(408, "request timeout", "request_overall_timeout")
    }

    // MARK: The end

    func armTimeout() {
        guard timer.isNone, let limit = limits.timeout else { return }
        timer = proxy.worker.timers.set(self, at: proxy.worker.now + limit, tag: Tag.whole)
    }

    func pauseRequest() {
        guard !isRequestPaused else { return }
        isRequestPaused = true
        unsafe downstream?.pauseRequest(self)
    }

    func resumeRequest() {
        guard isRequestPaused else { return }
        isRequestPaused = false
        unsafe downstream?.resumeRequest(self)
    }

    /// Gives up what is going on with a host.
    func releaseUpstream() {
        if waitsForRoom {
            waitsForRoom = false
            cluster?.queue.forget(self)
        }
        if let upstream {
            self.upstream = nil
            upstream.abandon(self)
        } else if waitsForUpstream {
            waitsForUpstream = false
            upstreamPool?.forget(self)
        }
        endUse()
        proxy.worker.timers.drop(&tryTimer)
        proxy.worker.timers.drop(&retryTimer)
    }

    func endUse() {
        guard slot >= 0, let cluster = $cluster else { return }
        cluster.object.hostsReference.lend { $0.end(slot) }
        slot = -1
    }

    func noteTimeout() {
        guard slot >= 0, let cluster = $cluster else { return }
        cluster.object.hostsReference.lend { $0.shared(slot).countTimeout() }
    }

    func noteOutcome(_ outcome: HostHealth.Outcome) {
        guard slot >= 0, let cluster = $cluster else { return }
        let reached = cluster.lend { $0.note(outcome, slot) }
        if !reached.isEmpty { cluster.object.report(slot, reached) }
    }

    func observeTime() {
        guard let cluster = $cluster else { return }
        let taken = proxy.worker.now.nanoseconds(since: startTime) / 1000
        proxyReference.lend { $0.observe(cluster.object.statistics.time, microseconds: taken) }
    }

    func finish() {
        guard !isFinished else { return }
        isFinished = true
        proxy.worker.timers.drop(&timer)
        proxy.worker.timers.drop(&tryTimer)
        proxy.worker.timers.drop(&retryTimer)
        endUse()
        endHold()
        if isFiltered, !filtering.places.isEmpty { leavePlaces() }
        if !mirrors.isEmpty { endMirrors() }
        giveBackPlaces()
        if let cluster = $cluster {
            if answerHasBegun {
                let index = min(max(response.status / 100 - 1, 0), 4)
                count(cluster.object.statistics.classes[index])
                count(cluster.object.statistics.completed)
            }
        }
        $service?.lend { $0.ended(self, isCounted: isCounted, hasAnswered: answerHasBegun) }
        let downstream = unsafe downstream
        unsafe self.downstream = nil
        downstream?.finished(self)
    }

    /// Gives back the places of the request among those that its cluster may have.
    func giveBackPlaces() {
        guard let cluster = $cluster else { return }
        if holdsRequest {
            holdsRequest = false
            cluster.lend { $0.giveBack(.requests, self) }
            count(cluster.object.statistics.active, -1)
        }
        if holdsRetry {
            holdsRetry = false
            cluster.lend { $0.giveBack(.retries, self) }
        }
    }

    /// Forgets everything, to be used again.
    func reset() {
        request.removeAll()
        response.removeAll()
        trailers.removeAll()
        requestTrailers.removeAll()
        dropKept()
        flags = []
        receivedBytes = 0
        sentBytes = 0
        attemptCount = 0
        firstAnswerTime = .zero
        upstreamPool = nil
        details = ""
        isHighPriority = false
        upstreamIsHTTP2 = false
        isCounted = false
        awaitsInvitation = false
        // A method of it may be running: the last to let go of it waits for the turn's end.
        if isKnownUniquelyReferenced(&keptService), let keptService {
            proxy.worker.retire(keptService)
        }
        keptService = nil
        endpoints = proxy.nowhere
        service = nil
        cluster = nil
        plan = nil
        route = nil
        choice = ForwardPlan.Choice(cluster: -1, share: -1)
        hash = nil
        madeCookie = nil
        isPrepared = false
        if isFiltered {
            filtering = FilterState()
            isFiltered = false
            bodyMaximum = .max
        }
        isMirror = false
        original.removeAll()
        if !rawPath.isEmpty { rawPath = [] }
        hasTarget = false
        rerouteCount = 0
        asksWithGet = false
        page = nil
        pageStatus = 0
        isGathering = false
        requestEndTime = .zero
        tried = TriedHosts()
        wantsRetries = false
        keepsBody = false
        waitsForUpstream = false
        isRetryPending = false
        requestIsWhole = false
        requestWasSent = false
        roomDeadline = .zero
        answerHasBegun = false
        answerIsWhole = false
        isReusedConnection = false
        isRequestPaused = false
        isResponsePaused = false
        isFinished = false
    }
}
