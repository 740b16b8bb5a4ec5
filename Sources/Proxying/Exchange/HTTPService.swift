import Basics
import HTTP
import Reactor

/// An HTTP listener's settings as one worker uses them.
final class HTTPService {
    let settings: HTTPSettings
    let statistics: HTTPStatistics
    let limits: HeadLimits
    let proxyReference: Unretained<ProxyWorker>
    var proxy: ProxyWorker { proxyReference.object }

    private let matcher: RouteMatcher
    /// The clusters of the configuration, by their place.
    private let clusters: [WorkerCluster]
    private let pathForm: PathForm
    private let forwarding: Forwarding
    private let toTLS: RedirectPlan
    /// What is done with `x-forwarded-client-cert` where the client's certificate decides.
    private let certificates: CertificateForwarding?
    /// Whether no client's `x-forwarded-client-cert` is passed on.
    private let dropsCertificates: Bool
    let filters: FilterSet
    private let replies: LocalReplies
    private let tracer: Tracer?
    private let logs: [(line: LogLine, file: LogFile)]
    private let serverName: [UInt8]
    private var scratch = ByteBuffer()

    /// Compiles settings.
    ///
    /// - Throws: `Failure` for what cannot be compiled; the control thread has tried it before.
    init(
        _ settings: HTTPSettings,
        _ statistics: HTTPStatistics,
        clusters: [WorkerCluster],
        _ proxy: ProxyWorker,
        shared: SharedFilters? = nil,
        spans: SpanMailbox? = nil
    ) throws(Failure) {
        self.settings = settings
        self.statistics = statistics
        self.clusters = clusters
        proxyReference = Unretained(proxy)
        limits = HeadLimits(bytes: settings.headBytesMaximum, fields: settings.headFieldsMaximum)
        serverName = settings.serverName.map { Array($0.utf8) } ?? []
        matcher = try RouteMatcher(settings.routes, clusters: clusters.map(\.name))
        pathForm = PathForm(settings)
        forwarding = Forwarding(settings.forwarding)
        toTLS = try .toTLS()
        let rule = settings.forwarding.clientCertificates
        dropsCertificates = rule?.mode == .sanitize
        certificates = rule?.mode == .alwaysForwardOnly ? nil : rule
        filters = try FilterSet(
            settings,
            shared,
            clusters: clusters.map(\.name),
            proxy.statistics
        )
        replies = try LocalReplies(settings.localReplies)
        if let tracing = settings.tracing, let spans {
            tracer = Tracer(tracing, spans)
        } else {
            tracer = nil
        }
        var logs: [(line: LogLine, file: LogFile)] = []
        for log in settings.accessLogs {
            logs.append((try LogLine(log), proxy.logFile(log.sink)))
        }
        self.logs = logs
    }

    /// Tries whether settings can be compiled.
    ///
    /// - Throws: `Failure` with what cannot.
    static func check(_ settings: HTTPSettings, clusters: [String]) throws(Failure) {
        _ = try RouteMatcher(settings.routes, clusters: clusters)
        _ = try LocalReplies(settings.localReplies)
        for log in settings.accessLogs { _ = try LogLine(log) }
    }

    /// Adds to a statistic.
    @inline(__always)
    func count(_ id: Statistics.ID, _ change: Int64 = 1) {
        proxyReference.lend { $0.count(id, change) }
    }

    /// The shortest of the timeouts of connections and of requests on any route; `nil` is none.
    ///
    /// A timer of it comes before whatever may end later, so that none is set for a request.
    private(set) lazy var shortestTimeout = HTTPService.shortestTimeout(of: settings)

    /// Whether any route takes WebSockets.
    private(set) lazy var takesWebSockets =
        settings.upgrades.contains("websocket")
        || settings.routes.hosts.contains { host in
            host.routes.contains { route in
                guard case .forward(let action) = route.action else { return false }
                return action.upgrades?.contains("websocket") ?? false
            }
        }

    // MARK: Requests

    /// Decides what becomes of a request whose head is there.
    func receive(_ exchange: Exchange) {
        let isTLS = exchange.isSecure
        exchange.client = forwarding.apply(
            to: &exchange.request,
            peer: exchange.peer,
            isTLS: isTLS,
            random: &proxy.random,
            scratch: &scratch
        )
        if dropsCertificates {
            exchange.request.fields.removeAll(.xForwardedClientCert)
        } else if let rule = certificates {
            rule.apply(to: &exchange.request.fields, exchange.security, scratch: &scratch)
        }
        if settings.underscores != .keep, !checkUnderscores(exchange) { return }
        if let tracer { tracer.begin(exchange, scratch: &scratch) }
        if exchange.request.method == .connect {
            // What a host grants would be a tunnel, which nothing here relays.
            return exchange.reply(501, "CONNECT is not supported", "connect_not_supported")
        }
        if !pathForm.isIdle, !normalize(exchange) { return }
        if settings.hostPort != .keep { stripPort(exchange) }
        route(exchange)
    }

    /// Looks for the request's route and does what it says.
    @inline(__always)
    func route(_ exchange: Exchange) {
        let isTLS = exchange.isSecure
        let found = Unretained(matcher).lend {
            $0.match(
                exchange.request,
                client: exchange.client.address,
                isTLS: isTLS,
                security: $0.asksSecurity ? exchange.security : nil,
                random: &proxy.random
            )
        }
        switch found {
        case .route(let index):
            let plan = Unretained(matcher.plans[index])
            exchange.$plan = plan
            if plan.object.pages != nil { exchange.keepOriginal() }
            if let chain = filters.chains[index], !chain.pass(exchange) { return }
            plan.lend { perform($0, exchange) }
        case .requiresTLS:
            redirect(toTLS, matchedLength: nil, exchange)
        case .noHost, .noRoute:
            if let chain = filters.base, !chain.pass(exchange) { return }
            proceed(exchange)
        }
    }

    /// Goes on with a request that has passed its filters.
    func proceed(_ exchange: Exchange) {
        if let plan = exchange.plan {
            perform(plan, exchange)
        } else {
            count(statistics.noRoute)
            exchange.replyNoRoute()
        }
    }

    /// Chooses the cluster of a request before its turn.
    ///
    /// - Returns: The cluster's name; empty if there is none.
    func chooseCluster(_ exchange: Exchange) -> [UInt8] {
        guard case .forward(let forward)? = exchange.plan?.action else { return [] }
        exchange.choice = forward.choose(exchange.request, random: &proxy.random)
        let place = exchange.choice.cluster
        return place >= 0 ? clusters[place].nameBytes : []
    }

    /// Takes the port off the host that the request is for.
    private func stripPort(_ exchange: Exchange) {
        let own = settings.hostPort == .strip ? nil : exchange.endpoints.localPort
        guard let end = HostTable.hostEnd(exchange.request.authority, before: own) else { return }
        scratch.append(exchange.request.authority.extracting(first: end))
        exchange.request.setAuthority(scratch.readable)
        scratch.removeAll()
    }

    /// Brings the path into its form; false if the request was answered.
    private func normalize(_ exchange: Exchange) -> Bool {
        switch pathForm.apply(exchange.request.path, into: &scratch) {
        case .unchanged: return true
        case .changed:
            if settings.keepsRawPath { exchange.rawPath = Array(copying: exchange.request.path) }
            exchange.request.setPath(scratch.readable)
            scratch.removeAll()
            return true
        case .refused:
            scratch.removeAll()
            exchange.reply(400, "", "path_normalization_failed")
            return false
        case .redirect:
            var location = ByteBuffer()
            swap(&location, &scratch)
            exchange.reply(
                307,
                details: "path_normalization_failed",
                change: { $0.fields.append(.location, value: location.readable) },
                { _ in }
            )
            return false
        }
    }

    /// Does what a route says.
    func perform(_ plan: RoutePlan, _ exchange: Exchange) {
        switch plan.action {
        case .forward(let forward): Unretained(forward).lend { self.forward(exchange, $0) }
        case .redirect(let redirection):
            redirect(redirection, matchedLength: plan.matchedLength, exchange)
        case .respond(let status, let body, let contentType):
            count(statistics.directResponses)
            exchange.reply(
                status,
                details: "direct_response",
                isDirect: status < 400 || !body.isEmpty,
                change: { head in
                    if !body.isEmpty { head.fields.set(.contentType, value: contentType.span) }
                },
                { $0.append(body.span) }
            )
        case .reroute(let rewriter): reroute(exchange, rewriter)
        case .close: exchange.hangUp()
        case .stubStatus: exchange.reply(200, stubStatus, "direct_response")
        case .metrics: exchange.reply(200, proxy.metricsText(), "direct_response")
        }
    }

    private func forward(_ exchange: Exchange, _ forward: ForwardPlan) {
        guard exchange.countHop() else { return }
        var choice = exchange.choice
        if choice.cluster < 0 {
            choice = forward.choose(exchange.request, random: &proxy.random)
            exchange.choice = choice
        }
        guard choice.cluster >= 0 else {
            count(statistics.noCluster)
            exchange.note(.noCluster)
            exchange.reply(forward.settings.missingClusterStatus, "", "cluster_not_found")
            return
        }
        Unretained(clusters[choice.cluster]).lend { cluster in
            exchange.hash = hash(exchange, forward, cluster)
            if forward.settings.usesHTTP10, exchange.request.framing == .chunked,
                !exchange.beginGathering(forward, cluster)
            {
                exchange.invite()
                return
            }
            send(exchange, forward, cluster)
            // A request that is answered already needs no body.
            exchange.invite()
        }
    }

    /// Sends a request to its cluster, and its copies to theirs.
    func send(_ exchange: Exchange, _ forward: ForwardPlan, _ cluster: WorkerCluster) {
        if !forward.mirrors.isEmpty { Shadow.begin(exchange, forward, clusters) }
        exchange.forward(forward, to: cluster)
    }

    /// What the choice of a host hashes; a cookie that is made is added to the answer.
    private func hash(
        _ exchange: Exchange,
        _ forward: ForwardPlan,
        _ cluster: WorkerCluster
    ) -> UInt64? {
        if forward.hashPolicies.isEmpty {
            guard case .sourceHash = cluster.settings.balancing else { return nil }
            return HashPolicies.address(exchange.client.address, &scratch)
        }
        return forward.hashPolicies.hash(
            exchange.request,
            client: exchange.client.address,
            random: &proxy.random,
            made: &exchange.madeCookie,
            scratch: &scratch
        )
    }

    private func redirect(
        _ redirection: RedirectPlan,
        matchedLength: Int?,
        _ exchange: Exchange
    ) {
        count(statistics.redirects)
        var location = ByteBuffer()
        redirection.write(
            exchange.request,
            exchange.record(),
            matchedLength: matchedLength,
            scratch: &scratch,
            into: &location
        )
        exchange.reply(
            redirection.status,
            details: "direct_response",
            change: { $0.fields.append(.location, value: location.readable) },
            { _ in }
        )
    }

    /// The page of nginx's `stub_status`.
    private var stubStatus: String {
        let all = proxy.statistics
        let accepted = all.value(statistics.connections)
        let active = all.value(statistics.activeConnections)
        let requests = all.value(statistics.requests)
        let writing = all.value(statistics.activeRequests)
        return "Active connections: \(active) \nserver accepts handled requests\n"
            + " \(accepted) \(accepted) \(requests) \n"
            + "Reading: 0 Writing: \(writing) Waiting: \(max(0, active - writing)) \n"
    }

    /// Changes the request's fields for the host; once for all tries.
    func prepareUpstream(_ exchange: Exchange, _ pool: UpstreamPool) {
        guard let route = exchange.$route, let plan = exchange.$plan else { return }
        route.lend { forward in plan.lend { prepare(exchange, pool, forward, $0) } }
    }

    private func prepare(
        _ exchange: Exchange,
        _ pool: UpstreamPool,
        _ forward: ForwardPlan,
        _ plan: RoutePlan
    ) {
        if exchange.isPrepared {
            if forward.settings.hostRewrite == .upstream {
                let name = pool.hostnameBytes
                exchange.request.setAuthority(name.span)
            }
            return
        }
        exchange.isPrepared = true
        if settings.namesClientsTarget { exchange.noteTarget() }
        exchange.limitUpgrade()
        let isUpgrade = exchange.request.upgrade != .none
        HopByHop.remove(from: &exchange.request.fields, keepsUpgrade: isUpgrade)
        if isUpgrade { exchange.request.fields.append(.connection, value: "upgrade") }
        let share = exchange.choice.share
        if share >= 0, !forward.shares[share].requestEdits.isEmpty {
            let edits = forward.shares[share].requestEdits
            edits.apply(to: &exchange.request, exchange.record(), scratch: &scratch)
        }
        if !plan.requestEdits.isEmpty {
            let edits = plan.requestEdits
            edits.apply(to: &exchange.request, exchange.record(), scratch: &scratch)
        }
        if exchange.asksWithGet { exchange.request.setMethod(.get) }
        if exchange.rerouteCount > 0 { exchange.request.fields.removeAll(.xEnvoyOriginalPath) }
        if !exchange.rawPath.isEmpty, forward.settings.pathRewrite == .keep {
            let path = exchange.rawPath
            exchange.request.setPath(path.span)
        }
        let name = pool.hostnameBytes
        forward.rewrite(
            &exchange.request,
            matchedLength: plan.matchedLength,
            upstreamHost: name.span,
            keepsOriginal: settings.forwarding.writesEnvoyHeaders,
            scratch: &scratch
        )
        // Whether the client's connection ends says nothing to the host; who keeps none says so.
        exchange.request.keepsAlive =
            !forward.settings.usesHTTP10 && pool.cluster.settings.idleConnectionsMaximum != 0
        if settings.forwarding.writesEnvoyHeaders, let timeout = exchange.limits.timeout {
            scratch.append(decimal: Int(timeout.milliseconds))
            exchange.request.fields.set(
                .xEnvoyExpectedRequestTimeout,
                value: scratch.readable
            )
            scratch.removeAll()
        }
    }

    // MARK: Answers

    /// Changes an answer's fields for the client.
    func prepareResponse(_ exchange: Exchange) {
        exchange.restoreTarget()
        let isUpgrade = exchange.response.status == 101
        // What comes now is no body.
        if isUpgrade { exchange.bodyMaximum = .max }
        HopByHop.remove(from: &exchange.response.fields, keepsUpgrade: isUpgrade)
        if isUpgrade { exchange.response.fields.append(.connection, value: "upgrade") }
        if settings.forwarding.writesEnvoyHeaders {
            scratch.append(decimal: Int(exchange.waited))
            exchange.response.fields.set(.xEnvoyUpstreamServiceTime, value: scratch.readable)
            scratch.removeAll()
        }
        if let cookie = exchange.madeCookie, let forward = exchange.route {
            forward.hashPolicies.write(cookie, into: &scratch)
            exchange.response.fields.append(.setCookie, value: scratch.readable)
            scratch.removeAll()
        }
        let share = exchange.choice.share
        if let forward = exchange.route, share >= 0,
            !forward.shares[share].responseEdits.isEmpty
        {
            edit(forward.shares[share].responseEdits, exchange)
        }
        if let plan = exchange.plan, let answers = plan.answers {
            answers.apply(
                to: &exchange.response,
                request: exchange.request,
                exchange.record(),
                scratch: &scratch
            )
        }
        finishHead(exchange)
    }

    /// Changes an answer of the proxy's own as the settings say.
    func changeReply(_ exchange: Exchange) {
        if !replies.isEmpty { replies.apply(to: exchange, scratch: &scratch) }
    }

    /// Changes the fields of an answer of the proxy's own.
    func prepareReply(_ exchange: Exchange) {
        exchange.restoreTarget()
        finishHead(exchange)
    }

    private func finishHead(_ exchange: Exchange) {
        if let plan = exchange.plan, !plan.responseEdits.isEmpty {
            edit(plan.responseEdits, exchange)
        }
        if exchange.isFiltered {
            FilterSteps.finish(exchange)
            if let refusal = exchange.filtering.refusal { edit(refusal.edits, exchange) }
        }
        let name = serverName
        if !name.isEmpty, !settings.keepsServer || !exchange.response.fields.contains(.server) {
            exchange.response.fields.set(.server, value: name.span)
        }
        if !exchange.response.fields.contains(.date) {
            proxy.withDate { exchange.response.fields.append(.date, value: $0) }
        }
    }

    private func edit(_ edits: HeaderEdits, _ exchange: Exchange) {
        edits.apply(
            to: &exchange.response,
            request: exchange.request,
            exchange.record(),
            scratch: &scratch
        )
    }

    /// Counts and logs an exchange that is over.
    func ended(_ exchange: Exchange, isCounted: Bool, hasAnswered: Bool) {
        guard isCounted else { return }
        exchange.restoreTarget()
        count(statistics.activeRequests, -1)
        if hasAnswered {
            let index = min(max(exchange.response.status / 100 - 1, 0), 4)
            count(statistics.classes[index])
            count(statistics.completed)
        }
        let taken = proxy.worker.now.nanoseconds(since: exchange.startTime) / 1000
        proxyReference.lend { $0.observe(statistics.time, microseconds: taken) }
        if let tracer, exchange.trace.isSampled == true {
            tracer.end(exchange, exchange.record())
        }
        for index in logs.indices
        where logs[index].line.isWanted(
            status: hasAnswered ? exchange.response.status : 0,
            exchange
        ) {
            log(index, exchange)
        }
    }

    private func log(_ index: Int, _ exchange: Exchange) {
        let line = Unretained(logs[index].line)
        Unretained(logs[index].file).lend { file in
            file.write { buffer in
                line.lend {
                    $0.write(
                        facts: exchange,
                        request: exchange.request,
                        response: exchange.response,
                        trailers: exchange.trailers,
                        scratch: &scratch,
                        into: &buffer
                    )
                }
            }
        }
    }
}
