public import Basics
public import Reactor
import Security

/// An open WebSocket (RFC 6455), either side.
///
/// One task receives; any task sends. Pings are answered while somebody receives, so keep receiving
/// even when nothing is expected: that also tells when the peer leaves.
@MainLoop public final class WebSocket: Closable {
    /// A complete message.
    public enum Message: Sendable, Hashable {
        /// A text message.
        case text(String)
        /// A binary message.
        case binary([UInt8])

        /// The payload; of a text, its UTF-8 form.
        public var bytes: [UInt8] {
            switch self {
            case .text(let text): Array(text.utf8)
            case .binary(let bytes): bytes
            }
        }
    }

    /// The subprotocol that both sides have chosen.
    public let subprotocol: String?
    /// The code of the peer's Close frame; 1005 if it had none, 1006 if the connection broke.
    public private(set) var closeCode: UInt16?
    /// The reason in the peer's Close frame.
    public private(set) var closeReason = ""

    private let channel: any ByteChannel
    private let isClient: Bool
    private var decoder: WebSocketDecoder
    private var isReceiving = false
    private var hasSentClose = false
    private let ended = Gate()
    private static let pieceSize = 16 * 1024
    /// How long a peer may take no bytes: it may be a paused terminal.
    private static let stall: Duration = .seconds(3600)
    private static let farewell: Duration = .seconds(5)

    init(
        _ channel: any ByteChannel,
        isClient: Bool,
        subprotocol: String?,
        messageLimit: Int,
        received: [UInt8]
    ) {
        self.channel = channel
        self.isClient = isClient
        self.subprotocol = subprotocol
        decoder = WebSocketDecoder(expectsMask: !isClient, limit: messageLimit)
        decoder.append(received)
    }

    /// Whether the peer has closed, or the connection broke.
    public var isClosed: Bool { closeCode != nil }

    /// Waits for the next message; `nil` when the peer has closed.
    ///
    /// - Parameter deadline: The end of the wait, after which receiving may be tried again.
    /// - Returns: A complete message, or `nil` when the peer has closed.
    /// - Throws: `invalid` if the peer breaks the protocol or sends too much, `unavailable` if the
    ///   connection breaks without a Close frame, `timedOut`, `cancelled`.
    public func receive(deadline: Instant? = nil) async throws(Failure) -> Message? {
        if isReceiving, hasSentClose {
            // `close` began between two receives and drops what still comes.
            await ended.pass()
            return nil
        }
        precondition(!isReceiving, "two tasks receive from one WebSocket")
        isReceiving = true
        defer { isReceiving = false }
        while !isClosed {
            let event: WebSocketDecoder.Event?
            do throws(WebSocketViolation) {
                event = try decoder.next()
            } catch {
                await refuse(error)
                throw Failure(.invalid, "cannot read from the WebSocket", cause: error.what)
            }
            switch event {
            case .text(let text): return .text(text)
            case .binary(let bytes): return .binary(bytes)
            case .ping(let payload): try await sendFrame(.pong, payload)
            case .pong: break
            case .close(let code, let reason): await answerClose(code, reason)
            case nil: try await fill(deadline)
            }
        }
        return nil
    }

    /// Sends a binary message.
    ///
    /// - Throws: `unavailable` if the peer has closed or left, `timedOut` if it takes nothing for
    ///   very long, `cancelled`.
    public func send(_ bytes: [UInt8]) async throws(Failure) {
        try await sendFrame(.binary, bytes)
    }

    /// Sends a text message.
    ///
    /// - Throws: As `send` of bytes.
    public func send(text: String) async throws(Failure) {
        try await sendFrame(.text, Array(text.utf8))
    }

    /// Sends a ping; the peer's answer shows in nothing but its being alive.
    ///
    /// - Parameter payload: At most 125 bytes.
    /// - Throws: As `send` of bytes.
    public func ping(_ payload: [UInt8] = []) async throws(Failure) {
        precondition(payload.count <= WebSocketFrame.controlLimit)
        try await sendFrame(.ping, payload)
    }

    /// Closes in order: sends a Close frame, waits up to 5 s for the peer's, drops the connection.
    ///
    /// Messages that arrive meanwhile are dropped unless another task receives them. Twice is once.
    public func close(code: UInt16 = 1000, reason: String = "") async {
        let deadline = Loop.main.now + Self.farewell
        await sendClose(code, reason)
        if isReceiving {
            let alarm = Task { @MainLoop in
                try await Loop.main.sleep(until: deadline)
                self.drop()
            }
            await ended.pass()
            alarm.cancel()
        } else {
            while !isClosed, (try? await receive(deadline: deadline)) != nil {}
        }
        drop()
    }

    /// Drops the connection without a Close frame.
    public func drop() {
        end(1006, "")
        channel.close()
    }

    func end(isFailed: Bool) async {
        await close(code: isFailed ? 1011 : 1000)
    }

    private func fill(_ deadline: Instant?) async throws(Failure) {
        let bytes: [UInt8]
        do throws(Failure) {
            bytes = try await channel.read(upTo: Self.pieceSize, deadline: deadline)
        } catch {
            if error.code != .timedOut && error.code != .cancelled { end(1006, "") }
            // Closed under the receiver by `drop`: that is its end.
            if isClosed && error.code == .cancelled { return }
            throw error
        }
        guard !bytes.isEmpty else {
            end(1006, "")
            throw Failure(
                .unavailable,
                "cannot read from the WebSocket",
                cause: "the connection ended without a Close frame"
            )
        }
        decoder.append(bytes)
    }

    private func sendFrame(
        _ opcode: WebSocketFrame.Opcode,
        _ payload: [UInt8],
        within limit: Duration = stall
    ) async throws(Failure) {
        guard !isClosed, !hasSentClose || opcode == .close else {
            // A pong after our Close is of no use to anybody.
            if opcode == .pong { return }
            throw Failure(.unavailable, "cannot write to the WebSocket", cause: "it is closed")
        }
        let mask = isClient ? SecureRandom.number() : nil
        let frame = WebSocketFrame.encode(opcode, payload, mask: mask)
        do throws(Failure) {
            try await channel.write(frame, deadline: Loop.main.now + limit)
        } catch {
            if error.code != .cancelled { end(1006, "") }
            throw error
        }
    }

    private func sendClose(_ code: UInt16, _ reason: String) async {
        guard !hasSentClose, !isClosed else { return }
        hasSentClose = true
        let payload = WebSocketFrame.closePayload(code: code, reason: reason)
        try? await sendFrame(.close, payload, within: Self.farewell)
    }

    private func answerClose(_ code: UInt16?, _ reason: String) async {
        await sendClose(code ?? 1000, "")
        end(code ?? 1005, reason)
    }

    private func refuse(_ violation: WebSocketViolation) async {
        await sendClose(violation.code, violation.what)
        end(1006, "")
        channel.close()
    }

    private func end(_ code: UInt16, _ reason: String) {
        if closeCode == nil {
            closeCode = code
            closeReason = reason
        }
        ended.open()
    }
}
