public import Basics
public import Reactor
import Security

/// The way to answer one request: exactly one of `respond`, `stream` and the upgrades, once.
@MainLoop public final class HTTPResponder {
    private let exchange: RequestExchange

    init(_ exchange: RequestExchange) {
        self.exchange = exchange
    }

    /// Whether an answer has been started; another one is a mistake.
    public var hasResponded: Bool { exchange.progress != .waiting }

    /// Sends a complete response.
    ///
    /// `Content-Length`, `Date` and, if it must be, `Connection: close` are added. The body is left
    /// out where the protocol has none: for HEAD, 204 and 304.
    /// - Throws: `unavailable` or `timedOut` if the client takes it no more.
    public func respond(
        _ status: Int,
        headers: HTTPHeaders = [:],
        body: [UInt8] = []
    ) async throws(Failure) {
        try await respond(status, headers: headers, pieces: [body])
    }

    /// Sends a complete response whose body lies in pieces: large ones are sent as they are, small ones together.
    ///
    /// - Throws: As `respond` with one body; the time limit is for each piece.
    public func respond(
        _ status: Int,
        headers: HTTPHeaders = [:],
        pieces: [[UInt8]]
    ) async throws(Failure) {
        precondition(status >= 200 && !hasResponded, "a second or interim response")
        var headers = headers
        let count = pieces.reduce(0) { $0 + $1.count }
        if !HTTPStatus.isBodiless(status) { headers["Content-Length"] = String(count) }
        complete(&headers)
        let sends = exchange.head.method != "HEAD" && !HTTPStatus.isBodiless(status)
        var bytes = MessageEncoder.response(
            status: status,
            headers: headers,
            bodyCount: sends ? pieces.first?.count ?? 0 : 0
        )
        exchange.progress = .broken
        let (connection, limit) = (exchange.connection, exchange.connection.limits.writing)
        for piece in sends ? pieces : [] {
            if pieces.count == 1 || bytes.count + piece.count <= Self.togetherMaximum {
                bytes.append(contentsOf: piece)
            } else {
                if !bytes.isEmpty { try await connection.send(bytes, within: limit) }
                bytes = piece
            }
        }
        try await connection.send(bytes, within: limit)
        exchange.progress = .complete
    }

    /// The most bytes of pieces that are sent together.
    private static let togetherMaximum = 96 << 10

    /// Sends a complete response with a text body.
    ///
    /// - Throws: As `respond` with bytes.
    public func respond(
        _ status: Int,
        text: String,
        contentType: String = "text/plain; charset=utf-8"
    ) async throws(Failure) {
        try await respond(status, headers: ["Content-Type": contentType], body: Array(text.utf8))
    }

    /// Starts a response whose body has no known length: a watch, a followed log.
    ///
    /// The head is sent at once. The body is chunked, or, for HTTP/1.0, ends with the connection.
    /// - Throws: `unavailable` or `timedOut` if the client takes it no more.
    public func stream(
        _ status: Int,
        headers: HTTPHeaders = [:]
    ) async throws(Failure) -> BodyWriter {
        let form = try await begin(status, headers)
        exchange.connection.startWatching()
        return BodyWriter(exchange, form)
    }

    /// Starts a response that goes on when the handler has returned, without a task of its own.
    ///
    /// The head is sent at once; the supply is asked for the body from the handler's return on. The
    /// body is written as that of `stream`. The connection takes another request afterwards if the handler
    /// has read the body of this one.
    /// - Parameters:
    ///   - status: The status of the answer.
    ///   - headers: More fields of its head.
    ///   - supply: Where the body comes from; it is closed in every case, once.
    /// - Throws: `unavailable` or `timedOut` if the client takes it no more.
    public func feed(
        _ status: Int,
        headers: HTTPHeaders = [:],
        from supply: any BodySupply
    ) async throws(Failure) {
        do throws(Failure) {
            let form = try await begin(status, headers)
            exchange.progress = .fed
            exchange.feed = BodyFeed(
                exchange.connection,
                form,
                // What is left of a request's body would be taken for the next request.
                keepsAlive: exchange.keepsAlive && exchange.isBodyComplete,
                supply
            )
        } catch {
            supply.close()
            throw error
        }
    }

    /// Sends the head of a response whose body has no known length.
    private func begin(
        _ status: Int,
        _ headers: HTTPHeaders
    ) async throws(Failure) -> BodyForm {
        precondition(status >= 200 && !hasResponded, "a second or interim response")
        var headers = headers
        let isBodiless = exchange.head.method == "HEAD" || HTTPStatus.isBodiless(status)
        let isChunked = exchange.head.minor > 0
        if !isBodiless && isChunked { headers["Transfer-Encoding"] = "chunked" }
        if !isBodiless && !isChunked { exchange.keepsAlive = false }
        complete(&headers)
        exchange.progress = .streaming
        let bytes = MessageEncoder.response(status: status, headers: headers)
        try await exchange.connection.send(bytes, within: exchange.connection.limits.writing)
        return isBodiless ? .none : isChunked ? .chunked : .plain
    }

    /// Changes the connection to a WebSocket.
    ///
    /// When the handler returns, the WebSocket is closed.
    /// - Parameters:
    ///   - subprotocol: The chosen one of `request.webSocketProtocols`, if any.
    ///   - messageLimit: The most bytes of a message from the client.
    /// - Returns: The open WebSocket.
    /// - Throws: `invalid` if the request is not a proper WebSocket handshake, and nothing was
    ///   answered; `unavailable` if the client has left.
    public func upgradeWebSocket(
        protocol subprotocol: String? = nil,
        messageLimit: Int = 1 << 20
    ) async throws(Failure) -> WebSocket {
        let head = exchange.head
        let what = "cannot open the WebSocket"
        guard head.method == "GET", head.minor > 0, WebSocketHandshake.isRequested(head.headers),
            let key = head.headers["Sec-WebSocket-Key"], WebSocketHandshake.isKey(key)
        else { throw Failure(.invalid, what, cause: "the request is no WebSocket handshake") }
        guard head.headers["Sec-WebSocket-Version"] == "13" else {
            throw Failure(.invalid, what, cause: "only WebSocket version 13 is spoken here")
        }
        var headers: HTTPHeaders = ["Sec-WebSocket-Accept": WebSocketHandshake.accept(key)]
        headers["Sec-WebSocket-Protocol"] = subprotocol
        let early = try await switchProtocol("websocket", headers)
        let socket = WebSocket(
            exchange.connection.channel,
            isClient: false,
            subprotocol: subprotocol,
            messageLimit: messageLimit,
            received: early
        )
        exchange.upgraded = socket
        return socket
    }

    /// Changes the connection to another protocol: raw bytes both ways from now on.
    ///
    /// When the handler returns, the stream is closed.
    /// - Parameters:
    ///   - name: The protocol, for the `Upgrade` header: `SPDY/3.1`.
    ///   - headers: More fields of the 101 response.
    /// - Returns: The stream after the response, with what the client has sent early.
    /// - Throws: `unavailable` if the client has left.
    public func upgrade(
        to name: String,
        headers: HTTPHeaders = [:]
    ) async throws(Failure) -> UpgradedStream {
        let early = try await switchProtocol(name, headers)
        let stream = UpgradedStream(exchange.connection.channel, received: early)
        exchange.upgraded = stream
        return stream
    }

    private func switchProtocol(
        _ name: String,
        _ extra: HTTPHeaders
    ) async throws(Failure) -> [UInt8] {
        precondition(!hasResponded, "a second response")
        // The body, if there is one, belongs to the old protocol.
        guard await exchange.drainBody() else { throw ServerConnection.gone }
        var headers: HTTPHeaders = ["Upgrade": name, "Connection": "Upgrade"]
        for field in extra.fields { headers.append(field.name, field.value) }
        exchange.progress = .upgraded
        exchange.keepsAlive = false
        let early = exchange.connection.decoder.leave()
        let bytes = MessageEncoder.response(status: 101, headers: headers)
        try await exchange.connection.send(bytes, within: exchange.connection.limits.writing)
        return early
    }

    /// Adds what every response has.
    private func complete(_ headers: inout HTTPHeaders) {
        if exchange.awaitsInvitation { exchange.keepsAlive = false }
        if headers["Date"] == nil { headers.append("Date", HTTPDate.now()) }
        if headers.list("Connection", contains: "close") {
            exchange.keepsAlive = false
        } else if !exchange.keepsAlive {
            headers["Connection"] = "close"
        } else if exchange.head.minor == 0 {
            headers["Connection"] = "keep-alive"
        }
    }
}
