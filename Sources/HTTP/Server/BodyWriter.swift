public import Basics
public import Reactor

/// The body of a streamed response.
@MainLoop public final class BodyWriter {
    private let exchange: RequestExchange
    private let form: BodyForm

    init(_ exchange: RequestExchange, _ form: BodyForm) {
        self.exchange = exchange
        self.form = form
    }

    /// Whether the client has left.
    public var isPeerClosed: Bool { exchange.connection.isPeerGone }

    /// Sends a piece of the body at once; the next call may wait until the client takes it.
    ///
    /// - Throws: `unavailable` if the client has left, `timedOut` if it takes nothing for very long.
    public func write(_ bytes: [UInt8]) async throws(Failure) {
        precondition(exchange.progress != .complete, "a write after the end")
        guard !isPeerClosed else { throw ServerConnection.gone }
        guard !bytes.isEmpty, form != .none else { return }
        let connection = exchange.connection
        let framed = form == .chunked ? MessageEncoder.chunk(bytes) : bytes
        try await connection.send(framed, within: connection.limits.stalledStream)
    }

    /// Sends a text as a piece of the body.
    ///
    /// - Throws: As `write` with bytes.
    public func write(_ text: String) async throws(Failure) {
        try await write(Array(text.utf8))
    }

    /// Ends the body; the handler's return does it too.
    ///
    /// Twice is once.
    /// - Throws: `unavailable` if the client has left before the end was sent.
    public func finish() async throws(Failure) {
        guard exchange.progress == .streaming else { return }
        exchange.progress = .broken
        if form == .chunked {
            let connection = exchange.connection
            try await connection.send(MessageEncoder.lastChunk(), within: connection.limits.writing)
        }
        exchange.progress = .complete
    }

    /// Calls once when the client leaves before the end; at once if it has.
    ///
    /// It is the way to end a wait for something else: `writer.onPeerClosed { queue.finish() }`.
    public func onPeerClosed(_ body: @escaping @MainLoop () -> Void) {
        exchange.connection.whenPeerGone { body() }
    }

    /// Waits until the client leaves; returns too when the task is cancelled.
    public func peerClosed() async {
        let gate = Gate()
        onPeerClosed { gate.open() }
        await gate.pass()
    }
}
