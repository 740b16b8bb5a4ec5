public import Basics
import Reactor
import Security

/// A stream under TLS.
@MainLoop final class TLSChannel: ImmediateChannel {
    private let stream: ByteStream
    private let session: TLSSession
    private let turnstile = Turnstile()
    /// What the socket did not take at once.
    private var unsent: ArraySlice<UInt8> = []
    private static let pieceSize = 16 * 1024

    /// The peer's own certificate; `nil` if it showed none.
    var peer: TLSCertificate? { session.peer }

    private init(_ stream: ByteStream, _ session: TLSSession) {
        self.stream = stream
        self.session = session
    }

    /// Does the client's handshake over a connected stream.
    ///
    /// - Throws: `unavailable` if the peer is not trusted or does not speak TLS, and the failures of
    ///   the stream.
    static func client(
        over stream: ByteStream,
        options: TLSOptions,
        host: String,
        deadline: Instant
    ) async throws(Failure) -> TLSChannel {
        let channel = TLSChannel(stream, try TLSSession(client: options, host: host))
        try await channel.shake(deadline: deadline)
        return channel
    }

    /// Does the server's handshake over an accepted stream.
    ///
    /// - Throws: `unavailable` if the peer does not speak TLS, and the failures of the stream.
    static func server(
        over stream: ByteStream,
        identity: TLSIdentity,
        deadline: Instant
    ) async throws(Failure) -> TLSChannel {
        try await server(over: stream, TLSSession(server: identity), deadline: deadline)
    }

    /// Does the server's handshake in a session that was made for it.
    static func server(
        over stream: ByteStream,
        _ session: TLSSession,
        deadline: Instant
    ) async throws(Failure) -> TLSChannel {
        let channel = TLSChannel(stream, session)
        try await channel.shake(deadline: deadline)
        return channel
    }

    func read(upTo count: Int, deadline: Instant?) async throws(Failure) -> [UInt8] {
        while true {
            let plain = try session.read(upTo: min(count, Self.pieceSize))
            try await flush(deadline: deadline)
            if let plain { return plain }
            let received = try await stream.read(upTo: Self.pieceSize, deadline: deadline)
            // An end without a closing alert may be an attacker's cut, but HTTP marks its own ends.
            if received.isEmpty { return [] }
            session.receive(received)
        }
    }

    func write(_ bytes: [UInt8], deadline: Instant?) async throws(Failure) {
        try session.write(bytes)
        try await flush(deadline: deadline)
    }

    func finishWriting(deadline: Instant) async {
        session.close()
        try? await flush(deadline: deadline)
        stream.finishWriting()
    }

    func close() {
        stream.close()
    }

    func readNow(upTo count: Int) throws(Failure) -> [UInt8]? {
        while true {
            let plain = try session.read(upTo: min(count, Self.pieceSize))
            _ = try flushNow()
            if let plain { return plain }
            guard let received = try stream.readNow(upTo: Self.pieceSize) else { return nil }
            if received.isEmpty { return [] }
            session.receive(received)
        }
    }

    func writeNow(_ bytes: ArraySlice<UInt8>) throws(Failure) -> Int {
        guard try flushNow() else { return 0 }
        let piece = Array(bytes.prefix(Self.pieceSize))
        try session.write(piece)
        _ = try flushNow()
        return piece.count
    }

    func flushNow() throws(Failure) -> Bool {
        let more = session.takeOutgoing()
        if unsent.isEmpty { unsent = more[...] } else { unsent += more }
        while !unsent.isEmpty {
            let count = try stream.writeNow(unsent)
            guard count > 0 else { return false }
            unsent = unsent.dropFirst(count)
        }
        unsent = []
        return true
    }

    func call(when direction: StreamDirection, _ body: @escaping () -> Void) throws(Failure) {
        try stream.call(when: direction, body)
    }

    func forgetCalls() {
        stream.forgetCall(.reading)
        stream.forgetCall(.writing)
    }

    private func shake(deadline: Instant) async throws(Failure) {
        var isFirst = true
        while true {
            let isDone: Bool
            do throws(Failure) {
                isDone = try session.handshake()
            } catch {
                try? await flush(deadline: deadline)
                throw error
            }
            try await flush(deadline: deadline)
            if isDone { return }
            let received = try await stream.read(upTo: Self.pieceSize, deadline: deadline)
            if received.isEmpty {
                throw Failure(.unavailable, "TLS handshake failed", cause: "the peer closed it")
            }
            if isFirst && received.starts(with: "HTTP/".utf8) { throw PlainServer.failure }
            isFirst = false
            session.receive(received)
        }
    }

    /// Sends what the session has produced, in the order in which it was produced.
    private func flush(deadline: Instant?) async throws(Failure) {
        await turnstile.enter()
        defer { turnstile.leave() }
        let bytes = unsent + session.takeOutgoing()
        unsent = []
        if !bytes.isEmpty { try await stream.write(Array(bytes), deadline: deadline) }
    }
}

/// A server that answers a TLS greeting in plain HTTP.
public enum PlainServer {
    /// The failure of such a handshake, in the words of Go's client.
    public static let failure = Failure(
        .unavailable,
        "TLS handshake failed",
        cause: "http: server gave HTTP response to HTTPS client"
    )
}
