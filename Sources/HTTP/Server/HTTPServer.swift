import Basics
public import Reactor
public import Security
import System

/// An HTTP/1.1 server on one listener; every connection is a task on the loop, but for one whose response is
/// fed (`HTTPResponder.feed`).
@MainLoop public final class HTTPServer {
    /// Answers one request.
    ///
    /// What it throws becomes a response if none was started.
    public typealias Handler = @MainLoop (HTTPRequest, HTTPResponder) async throws -> Void

    /// What the server has done so far.
    public struct Statistics: Sendable, Hashable {
        /// Connections taken.
        public var accepted = 0
        /// Connections open now.
        public var open = 0
        /// Connections refused with 503 because too many were open.
        public var refused = 0
        /// Requests handed to the handler.
        public var requests = 0
        /// Requests refused because they broke the protocol or a limit.
        public var malformed = 0
    }

    private let listener: StreamListener
    private let limits: HTTPLimits
    private let identity: TLSIdentity?
    private var sessions: TLSServerSessions?
    private let handler: Handler
    private let admits: @MainLoop (String) -> Bool
    private var tasks: [Int: Task<Void, Never>] = [:]
    private var feeds: [Int: BodyFeed] = [:]
    private let round = FeedRound()
    private var idle: Set<Int> = []
    private var nextID = 0
    private var isStopping = false
    private var emptied: Gate?

    /// The counters.
    public private(set) var statistics = Statistics()

    /// Makes a server; nothing is accepted before `run`.
    ///
    /// - Parameters:
    ///   - listener: Where to accept; the server closes it in the end.
    ///   - limits: What a connection may cost.
    ///   - identity: The certificate and key of a TLS server; plain HTTP if nil.
    ///   - admits: Whether a client of that host is let in; the connection of another is closed.
    ///   - handler: Answers the requests.
    public init(
        listener: StreamListener,
        limits: HTTPLimits = HTTPLimits(),
        identity: TLSIdentity? = nil,
        admits: @escaping @MainLoop (_ host: String) -> Bool = { _ in true },
        handler: @escaping Handler
    ) {
        self.listener = listener
        self.limits = limits
        self.identity = identity
        self.admits = admits
        self.handler = handler
    }

    /// The TCP port; 0 for a Unix socket.
    public var port: UInt16 { listener.port }

    /// Accepts connections until `stop` or until the task is cancelled, then waits for them to end.
    public func run() async {
        while !isStopping {
            do throws(Failure) {
                let stream = try await listener.accept()
                statistics.accepted += 1
                if isStopping || !isAdmitted(stream) { stream.close() } else { serve(stream) }
            } catch {
                // Closed, cancelled, or a socket that cannot work any more.
                break
            }
        }
        if !isStopping { stop() }
        await waitUntilEmpty()
    }

    private func isAdmitted(_ stream: ByteStream) -> Bool {
        // A peer that has no address any more has left.
        guard listener.port > 0 else { return true }
        guard let peer = try? Sockets.peerAddress(stream.descriptor) else { return false }
        return admits(peer.host)
    }

    /// Ends at once: closes the listener and all connections, and cancels the handlers.
    public func stop() {
        isStopping = true
        listener.close()
        for task in tasks.values { task.cancel() }
        for feed in Array(feeds.values) { feed.abort() }
    }

    /// Ends in order: closes the listener and idle connections, waits for the others, then cancels.
    ///
    /// - Parameter grace: How long handlers may go on.
    public func stop(within grace: Duration) async {
        isStopping = true
        listener.close()
        for id in idle { tasks[id]?.cancel() }
        let alarm = Task { @MainLoop [weak self] in
            try await Loop.main.sleep(for: grace)
            self?.stop()
        }
        await waitUntilEmpty()
        alarm.cancel()
    }

    /// Serves a connection that was not accepted here, such as one end of a pair in a test.
    public func serve(_ stream: ByteStream) {
        let id = nextID
        nextID += 1
        statistics.open += 1
        let isRefused = tasks.count + feeds.count >= limits.connections
        work(id) {
            guard isRefused else { return await self.handle(stream, id) }
            await self.refuse(stream)
            return nil
        }
    }

    /// Lets a task have the connection until it ends, or goes on with a feed.
    private func work(_ id: Int, _ body: @escaping @MainLoop () async -> BodyFeed?) {
        tasks[id] = Task { @MainLoop in
            let feed = await body()
            self.tasks[id] = nil
            self.idle.remove(id)
            guard let feed else { return self.closeBooks() }
            self.feeds[id] = feed
            feed.start(in: self.round) { outcome in self.ended(feed.connection, id, outcome) }
        }
    }

    private func handle(_ stream: ByteStream, _ id: Int) async -> BodyFeed? {
        guard let channel = await open(stream) else { return nil }
        let connection = ServerConnection(channel, limits: limits)
        if listener.port == 0 {
            connection.peerUser = try? Sockets.peerUser(stream.descriptor)
        }
        connection.peerCertificate = (channel as? TLSChannel)?.peer
        return await converse(connection, id)
    }

    /// Answers requests until the connection ends, or one is answered by a feed.
    private func converse(_ connection: ServerConnection, _ id: Int) async -> BodyFeed? {
        await withTaskCancellationHandler {
            while !isStopping, let head = await nextHead(connection, id) {
                switch await answer(head, connection) {
                case .again: continue
                case .over:
                    connection.abort()
                    return nil
                case .fed(let feed): return feed
                }
            }
            connection.abort()
            return nil
        } onCancel: {
            // Handlers that wait for something of their own learn of it as of a client's leaving.
            Task { @MainLoop in connection.abort() }
        }
    }

    /// Goes on with a connection whose feed has ended.
    private func ended(_ connection: ServerConnection, _ id: Int, _ outcome: BodyFeed.Outcome) {
        feeds[id] = nil
        switch outcome {
        case .reusable where !isStopping: work(id) { await self.converse(connection, id) }
        case .reusable, .complete:
            work(id) {
                await connection.closeGently()
                return nil
            }
        case .broken: closeBooks()
        }
    }

    private func open(_ stream: ByteStream) async -> (any ImmediateChannel)? {
        guard let identity else { return PlainChannel(stream) }
        let deadline = Loop.main.now + limits.reading
        let channel = try? await TLSChannel.server(
            over: stream,
            session(identity),
            deadline: deadline
        )
        if channel == nil { statistics.malformed += 1 }
        return channel
    }

    private func session(_ identity: TLSIdentity) throws(Failure) -> TLSSession {
        if let sessions { return try sessions.next() }
        let made = try TLSServerSessions(identity)
        sessions = made
        return try made.next()
    }

    private func refuse(_ stream: ByteStream) async {
        statistics.refused += 1
        guard identity == nil else { return }
        let connection = ServerConnection(PlainChannel(stream), limits: limits)
        await reject(connection, 503, "too many connections")
    }

    /// Waits for the next request; answers one that breaks the protocol itself.
    private func nextHead(_ connection: ServerConnection, _ id: Int) async -> ReceivedRequest? {
        idle.insert(id)
        defer { idle.remove(id) }
        var deadline = Loop.main.now + limits.idle
        while true {
            do throws(ProtocolViolation) {
                if case .request(let head)? = try connection.decoder.next() { return head }
            } catch {
                statistics.malformed += 1
                await reject(connection, error.status, error.what)
                return nil
            }
            let isIdle = connection.decoder.bufferedCount == 0
            do throws(Failure) {
                guard try await connection.fill(deadline: deadline) else { return nil }
            } catch {
                if error.code == .timedOut && !isIdle {
                    await reject(connection, 408, "the request took too long")
                }
                return nil
            }
            if isIdle {
                idle.remove(id)
                deadline = Loop.main.now + limits.reading
            }
        }
    }

    /// What becomes of a connection after an answer.
    private enum Sequel {
        case again
        case over
        case fed(BodyFeed)
    }

    /// Lets the handler answer.
    private func answer(
        _ head: ReceivedRequest,
        _ connection: ServerConnection
    ) async -> Sequel {
        guard let target = HTTPTarget(head.target) else {
            statistics.malformed += 1
            await reject(connection, 400, "malformed request target")
            return .over
        }
        statistics.requests += 1
        let exchange = RequestExchange(connection, head)
        if isStopping { exchange.keepsAlive = false }
        let request = HTTPRequest(
            method: head.method,
            target: target,
            headers: head.headers,
            peerUser: connection.peerUser,
            peerCertificate: connection.peerCertificate,
            source: exchange
        )
        let responder = HTTPResponder(exchange)
        var failure: (any Error)?
        do {
            try await handler(request, responder)
        } catch {
            failure = error
        }
        if let feed = exchange.feed {
            if failure == nil { return .fed(feed) }
            feed.abort()
            return .over
        }
        return await exchange.conclude(responder, failure) && !isStopping ? .again : .over
    }

    private func reject(_ connection: ServerConnection, _ status: Int, _ text: String) async {
        let body = Array((text + "\n").utf8)
        let headers: HTTPHeaders = [
            "Content-Type": "text/plain; charset=utf-8", "Content-Length": "\(body.count)",
            "Connection": "close", "Date": HTTPDate.now(),
        ]
        let bytes = MessageEncoder.response(status: status, headers: headers) + body
        try? await connection.send(bytes, within: .seconds(1))
        await connection.closeGently()
    }

    /// Counts a connection out that neither a task nor a feed has any more.
    private func closeBooks() {
        statistics.open -= 1
        if tasks.isEmpty && feeds.isEmpty { emptied?.open() }
    }

    private func waitUntilEmpty() async {
        guard !tasks.isEmpty || !feeds.isEmpty else { return }
        let gate = emptied ?? Gate()
        emptied = gate
        await gate.pass()
    }
}
