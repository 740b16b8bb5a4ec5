import Basics
import Formats
import HTTP
import Reactor
import Security
import System

/// Sends records in HTTP requests over connections that are kept.
@MainLoop final class HTTPCarrier<Form: RequestForm>: Carrier {
    /// What has been seen so far.
    struct Statistics: Sendable, Hashable {
        /// Requests by their status; 0 for those without an answer.
        var statuses: [Int: Int] = [:]
        /// Bytes of bodies as they were sent.
        var bytes = 0
        /// Connections that were made.
        var connections = 0
    }

    private(set) var form: Form
    private let request: RequestSettings
    private let fixedHeaders: [(String, String)]
    private let credentials: AWSCredentialSource?
    private let clock: WallClock
    private var serverClock = ServerClock()
    private var endpoints: [(endpoint: HTTPEndpoint, settings: EndpointSettings)] = []
    private var pool: EndpointPool
    private var idle: [[HTTPClient]]
    private var isOpen = false
    /// The most bytes of an answer that are kept.
    static var answerLimit: Int { 8 << 20 }
    /// What has been seen so far.
    private(set) var statistics = Statistics()
    /// How long requests took.
    let durations = Histogram()

    /// Prepares to send.
    init(
        _ request: RequestSettings,
        form: Form,
        credentials: AWSCredentialSource? = nil,
        clock: WallClock = .machine
    ) {
        self.clock = clock
        self.request = request
        self.form = form
        self.credentials = credentials
        pool = EndpointPool(count: request.endpoints.count)
        idle = Array(repeating: [], count: request.endpoints.count)
        var headers = [("User-Agent", "companion")]
        switch request.authentication {
        case .basic(let user, let password)?:
            headers.append(
                ("Authorization", "Basic " + Base64.encode(Array((user + ":" + password).utf8)))
            )
        case .bearer(let token)?: headers.append(("Authorization", "Bearer " + token))
        case .apiKey(let key)?: headers.append(("Authorization", "ApiKey " + key))
        case .aws?, nil: break
        }
        fixedHeaders = headers
    }

    // MARK: Records

    func partition(of event: inout Event) -> [UInt8] { form.partition(of: &event) }

    func append(_ event: inout Event, at moment: Moment, to bytes: inout [UInt8]) -> String? {
        form.append(&event, at: moment, to: &bytes)
    }

    func document(_ record: Range<Int>, in load: RecordLoad) -> [UInt8] {
        Array(load.bytes[form.document(record, in: load.bytes)])
    }

    // MARK: Connections

    /// Reads the files that TLS needs.
    ///
    /// - Throws: When one cannot be read.
    func open() async throws(Failure) {
        guard !isOpen else { return }
        endpoints = []
        for settings in request.endpoints {
            let tls = try settings.tls.map { tls throws(Failure) in try tls.options() }
            endpoints.append((.tcp(host: settings.host, port: settings.port, tls: tls), settings))
        }
        guard !endpoints.isEmpty else {
            throw Failure(.invalid, "cannot send anything", cause: "no endpoint is given")
        }
        isOpen = true
    }

    func close() async {
        for clients in idle { for client in clients { client.close() } }
        idle = Array(repeating: [], count: request.endpoints.count)
        isOpen = false
    }

    private func connection(_ place: Int) async throws(Failure) -> HTTPClient {
        while let client = idle[place].popLast() {
            if await client.isStillOpen() { return client }
        }
        let client = try await HTTPClient.connect(
            endpoints[place].endpoint,
            timeout: request.connectTimeout
        )
        statistics.connections += 1
        return client
    }

    private func giveBack(_ client: HTTPClient, _ place: Int) {
        if client.isReusable, isOpen, idle[place].count < max(1, request.concurrency) {
            idle[place].append(client)
        } else {
            client.close()
        }
    }

    // MARK: Requests

    func carry(_ load: RecordLoad, partition: [UInt8], attempt: Int) async -> DeliveryAnswer {
        let start = clock.moment
        guard let place = pool.choose(at: start.instant), isOpen else {
            return .failed(Setback(.retry, "there is no endpoint"))
        }
        var call = form.call(load, partition: partition, at: start)
        do throws(Failure) {
            try await compress(&call)
            form.seal(&call)
            try await sign(&call, endpoints[place], at: serverClock.time(at: start))
        } catch {
            return Self.unreached("\(error)")
        }
        let client: HTTPClient
        do throws(Failure) {
            client = try await connection(place)
        } catch {
            pool.failed(place, at: Loop.main.now)
            statistics.statuses[0, default: 0] += 1
            return Self.unreached("\(error)")
        }
        let answer = await exchange(call, client, place, load.count, start.instant)
        durations.observe(Loop.main.now - start.instant)
        return answer
    }

    private static func unreached(_ reason: String) -> DeliveryAnswer {
        var setback = Setback(.retry, reason)
        setback.isUnreached = true
        return .failed(setback)
    }

    private func exchange(
        _ call: HTTPCall,
        _ client: HTTPClient,
        _ place: Int,
        _ count: Int,
        _ start: Instant
    ) async -> DeliveryAnswer {
        let settings = endpoints[place].settings
        var headers = HTTPHeaders(fixedHeaders)
        for (name, value) in call.headers { headers.append(name, value) }
        for (name, value) in request.headerPairs { headers[name] = value }
        let deadline = start + request.timeout
        do throws(Failure) {
            let response = try await client.request(
                call.method,
                HTTPTarget.target(Self.path(settings, call), query: call.query),
                headers: headers,
                body: call.body,
                timeout: request.timeout
            )
            statistics.bytes += call.body.count
            statistics.statuses[response.status, default: 0] += 1
            var reply = HTTPReply(status: response.status, headers: response.headers)
            var isDelivered = false
            while let piece = try await response.next(deadline: deadline) {
                if isDelivered { continue }
                if reply.body.count + piece.count > Self.answerLimit {
                    reply.isCut = true
                    client.close()
                    break
                }
                reply.body += piece
                isDelivered = form.isDelivered(reply.status, start: reply.body)
            }
            giveBack(client, place)
            if [400, 401, 403].contains(reply.status) { doubt(reply) }
            let answer = isDelivered ? .delivered : form.judge(reply, count: count)
            note(answer, place)
            return answer
        } catch {
            client.close()
            pool.failed(place, at: Loop.main.now)
            statistics.statuses[0, default: 0] += 1
            var setback = Setback(.retry, "\(error)")
            setback.isUncertain = true
            return .failed(setback)
        }
    }

    /// What was signed was refused: the keys may have ended, and the clock may be wrong.
    private func doubt(_ reply: HTTPReply) {
        guard case .aws? = request.authentication else { return }
        credentials?.doubt()
        serverClock.heard(reply.headers["Date"], at: clock.moment)
    }

    private func note(_ answer: DeliveryAnswer, _ place: Int) {
        if case .failed(let setback) = answer, setback.remedy == .retry {
            pool.failed(place, at: Loop.main.now)
        } else {
            pool.succeeded(place)
        }
    }

    private static func path(_ settings: EndpointSettings, _ call: HTTPCall) -> String {
        var path = settings.path
        while path.hasSuffix("/") { path.removeLast() }
        path += call.path
        return path.hasPrefix("/") ? path : "/" + path
    }

    private func compress(_ call: inout HTTPCall) async throws(Failure) {
        let kind = request.compression
        guard kind != .none, !call.body.isEmpty else { return }
        let body = call.body
        do {
            // Some milliseconds for a batch: not on the loop.
            call.body = try await Loop.main.offload {
                switch kind {
                case .none: body
                case .gzip: Gzip.encode(body.span)
                case .zlib: Zlib.encode(body.span)
                case .zstd: Zstd.encode(body.span)
                }
            }
        } catch {
            throw error as? Failure ?? Failure(.cancelled, "cannot compress")
        }
        let name = kind == .zlib ? "deflate" : kind.rawValue
        call.headers.append(("Content-Encoding", name))
    }

    private func sign(
        _ call: inout HTTPCall,
        _ target: (endpoint: HTTPEndpoint, settings: EndpointSettings),
        at time: Timestamp
    ) async throws(Failure) {
        guard case .aws(let region, let service)? = request.authentication else { return }
        guard let keys = try await credentials?.credentials() else {
            throw Failure(
                .invalid,
                "cannot sign a request to AWS",
                cause: "no credentials were found",
                remedy: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the pod a role"
            )
        }
        let scope = AWSSignature.Scope(region: region, service: service, time: time)
        let payload = Digest.hexadecimal(Digest.sha256(call.body))
        call.headers.append(("X-Amz-Date", scope.stamp))
        if service == "s3" { call.headers.append(("X-Amz-Content-Sha256", payload)) }
        if let token = keys.sessionToken { call.headers.append(("X-Amz-Security-Token", token)) }
        let signed = AWSSignature.Subject(
            method: call.method,
            path: Self.path(target.settings, call),
            query: call.query,
            headers: call.headers + [("Host", target.endpoint.authority)],
            payload: payload
        )
        let value = AWSSignature.authorization(signed, scope, keys)
        call.headers.append(("Authorization", value))
    }
}
