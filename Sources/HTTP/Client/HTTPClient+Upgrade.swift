public import Basics
import Reactor

extension HTTPClient {
    /// What a server says to a client that wants another protocol.
    public enum UpgradeAnswer<Upgraded: Sendable>: Sendable {
        /// It agreed.
        case open(Upgraded)
        /// It refused, with this response.
        case refused(HTTPResponse)
    }

    /// Asks for a WebSocket; a refusal is an answer too.
    ///
    /// - Parameters:
    ///   - target: Path and query, already encoded.
    ///   - protocols: The subprotocols to offer, best first.
    ///   - headers: More header fields.
    ///   - messageLimit: The most bytes of a message from the server.
    ///   - timeout: The time until the answer is there.
    /// - Returns: The open WebSocket, or the response that refuses it.
    /// - Throws: As `request`; `unavailable` if the server's agreement is not a proper one.
    public func openWebSocket(
        _ target: String,
        protocols: [String] = [],
        headers: HTTPHeaders = [:],
        messageLimit: Int = 1 << 20,
        timeout: Duration = .seconds(30)
    ) async throws(Failure) -> UpgradeAnswer<WebSocket> {
        let key = WebSocketHandshake.makeKey()
        var headers = headers
        headers["Sec-WebSocket-Version"] = "13"
        headers["Sec-WebSocket-Key"] = key
        if !protocols.isEmpty {
            headers["Sec-WebSocket-Protocol"] = protocols.joined(separator: ", ")
        }
        let response = try await askUpgrade("GET", target, to: "websocket", headers, timeout)
        guard response.status == 101 else { return .refused(response) }
        let chosen = response.headers["Sec-WebSocket-Protocol"]
        guard WebSocketHandshake.isRequested(response.headers),
            response.headers["Sec-WebSocket-Accept"] == WebSocketHandshake.accept(key),
            chosen.map(protocols.contains) ?? true
        else {
            close()
            throw Failure(
                .unavailable,
                "cannot open the WebSocket",
                cause: "the server's handshake is wrong"
            )
        }
        return .open(
            WebSocket(
                channel,
                isClient: true,
                subprotocol: chosen,
                messageLimit: messageLimit,
                received: leave()
            )
        )
    }

    /// Asks for a WebSocket and takes a refusal as a failure with the server's words.
    ///
    /// - Parameters: As for `openWebSocket`.
    /// - Throws: As `openWebSocket`; for a refusal `notFound`, `forbidden`, `conflict`, `invalid` or
    ///   `unavailable`, after its status.
    public func webSocket(
        _ target: String,
        protocols: [String] = [],
        headers: HTTPHeaders = [:],
        timeout: Duration = .seconds(30)
    ) async throws(Failure) -> WebSocket {
        let answer = try await openWebSocket(
            target,
            protocols: protocols,
            headers: headers,
            timeout: timeout
        )
        switch answer {
        case .open(let socket): return socket
        case .refused(let response):
            let body = try await response.prefix(64 * 1024, deadline: Loop.main.now + timeout)
            let text = String(decoding: body, as: UTF8.self)
            let code: Failure.Code =
                switch response.status {
                case 404: .notFound
                case 401, 403: .forbidden
                case 409: .conflict
                case 400...499: .invalid
                default: .unavailable
                }
            throw Failure(
                code,
                "the server refused the WebSocket with status \(response.status)",
                cause: HTTPSyntax.trimmed(text.split(separator: "\n").joined(separator: " "))
            )
        }
    }

    /// Asks for another protocol, such as `SPDY/3.1`.
    ///
    /// - Throws: As `request`.
    public func upgrade(
        _ method: String,
        _ target: String,
        to name: String,
        headers: HTTPHeaders = [:],
        timeout: Duration = .seconds(30)
    ) async throws(Failure) -> UpgradeAnswer<UpgradedStream> {
        let response = try await askUpgrade(method, target, to: name, headers, timeout)
        guard response.status == 101 else { return .refused(response) }
        return .open(UpgradedStream(channel, received: leave()))
    }

    private func askUpgrade(
        _ method: String,
        _ target: String,
        to name: String,
        _ extra: HTTPHeaders,
        _ timeout: Duration
    ) async throws(Failure) -> HTTPResponse {
        try begin(method, target)
        var headers = extra
        headers["Upgrade"] = name
        headers["Connection"] = "Upgrade"
        if method != "GET" { headers["Content-Length"] = "0" }
        return try await exchange(encodeHead(method, target, headers), Loop.main.now + timeout)
    }
}
