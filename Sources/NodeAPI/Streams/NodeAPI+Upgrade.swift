internal import Basics
internal import Formats
internal import HTTP
internal import Reactor

extension NodeAPI {
    /// `exec` and `attach` in whichever form the client speaks: the channels of a WebSocket, or SPDY.
    func open(
        _ session: CommandSession,
        _ request: HTTPRequest,
        _ responder: HTTPResponder
    ) async throws {
        if request.wantsSPDY {
            let offered = request.headers.values("X-Stream-Protocol-Version")
                .flatMap { $0.split(separator: ",") }
                .map { String($0.filter { $0 != " " }) }
            guard let version = CommandStreams.choose(offered) else {
                let error = APIError(
                    403,
                    "Forbidden",
                    "unable to upgrade: unable to negotiate protocol: client supports \(offered), "
                        + "server accepts \(CommandStreams.versions)"
                )
                return try await send(APIResponse(403, error.status), responder)
            }
            let stream = try await responder.upgrade(
                to: "SPDY/3.1",
                headers: ["X-Stream-Protocol-Version": version]
            )
            return await session.run(CommandStreams(StreamLink(stream), version: version))
        }
        guard request.wantsWebSocket else {
            let error = APIError.badRequest(
                "unable to upgrade: a WebSocket handshake or SPDY/3.1 is required"
            )
            return try await send(APIResponse(400, error.status), responder)
        }
        let earlyFrames = EarlyFrames(userAgent: request.headers["User-Agent"] ?? "")
        guard earlyFrames != .lost else {
            let error = APIError.badRequest(
                "unable to upgrade: this version of kubectl loses the first frames of a WebSocket; "
                    + "it is to use SPDY/3.1"
            )
            return try await send(APIResponse(400, error.status), responder)
        }
        let offered = request.webSocketProtocols
        guard let chosen = CommandChannels.subprotocols.first(where: offered.contains) else {
            let error = APIError(
                403,
                "Forbidden",
                "unable to upgrade: none of the subprotocols \(offered) is spoken here, "
                    + "only \(CommandChannels.subprotocols)"
            )
            return try await send(APIResponse(403, error.status), responder)
        }
        let socket = try await responder.upgradeWebSocket(protocol: chosen)
        await session.run(
            CommandChannels(HTTPChannelSocket(socket), headStart: earlyFrames.headStart)
        )
    }

    /// `port-forward` in whichever form the client speaks: SPDY in a WebSocket, SPDY, or channels.
    func open(
        _ goal: PortForward,
        _ request: HTTPRequest,
        _ responder: HTTPResponder
    ) async throws {
        let offered = request.wantsWebSocket ? request.webSocketProtocols : []
        if offered.contains(PortForwardSession.tunnelProtocol) {
            let socket = try await responder.upgradeWebSocket(
                protocol: PortForwardSession.tunnelProtocol
            )
            return await PortForwardSession(goal).run(TunnelLink(socket))
        }
        if let chosen = PortForwardChannels.subprotocols.first(where: offered.contains) {
            guard !goal.ports.isEmpty else {
                let error = APIError.badRequest("query parameter \"ports\" is required")
                return try await send(APIResponse(400, error.status), responder)
            }
            let socket = try await responder.upgradeWebSocket(protocol: chosen)
            return await PortForwardChannels(goal).run(HTTPChannelSocket(socket))
        }
        guard request.wantsSPDY else {
            let error = APIError.badRequest(
                "unable to upgrade: SPDY/3.1 or a WebSocket is required to forward ports"
            )
            return try await send(APIResponse(400, error.status), responder)
        }
        let stream = try await responder.upgrade(
            to: "SPDY/3.1",
            headers: ["X-Stream-Protocol-Version": PortForwardSession.streamProtocol]
        )
        await PortForwardSession(goal).run(StreamLink(stream))
    }
}

extension HTTPRequest {
    /// Whether the client asks for SPDY/3.1 in place of HTTP.
    @MainLoop fileprivate var wantsSPDY: Bool {
        headers["Upgrade"]?.lowercased() == "spdy/3.1"
            && headers.list("Connection", contains: "upgrade")
    }
}

/// A WebSocket as sessions over channels use it.
@MainLoop private final class HTTPChannelSocket: ChannelSocket {
    private let socket: WebSocket

    init(_ socket: WebSocket) {
        self.socket = socket
    }

    var subprotocol: String? { socket.subprotocol }

    func receive() async throws(Failure) -> [UInt8]? {
        try await socket.receive()?.bytes
    }

    func send(_ bytes: [UInt8]) async throws(Failure) {
        try await socket.send(bytes)
    }

    func ping() async throws(Failure) {
        try await socket.ping()
    }

    func close() async {
        await socket.close(code: 1000)
    }
}

/// A connection that speaks SPDY.
@MainLoop private final class StreamLink: ByteLink {
    private let stream: UpgradedStream
    /// How long a client may take nothing: it may be a paused terminal.
    private static let stall = Duration.seconds(3600)

    init(_ stream: UpgradedStream) {
        self.stream = stream
    }

    func read() async throws(Failure) -> [UInt8] { try await stream.read() }

    func write(_ bytes: [UInt8]) async throws(Failure) {
        try await stream.write(bytes, deadline: Loop.main.now + Self.stall)
    }

    func close() async { stream.close() }
}

/// SPDY in the binary messages of a WebSocket, whose boundaries mean nothing.
@MainLoop private final class TunnelLink: ByteLink {
    private let socket: WebSocket

    init(_ socket: WebSocket) {
        self.socket = socket
    }

    func read() async throws(Failure) -> [UInt8] {
        while let message = try await socket.receive() {
            if !message.bytes.isEmpty { return message.bytes }
        }
        return []
    }

    func write(_ bytes: [UInt8]) async throws(Failure) { try await socket.send(bytes) }
    func close() async { await socket.close(code: 1000) }
}
