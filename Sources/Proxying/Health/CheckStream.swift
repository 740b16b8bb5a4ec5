internal import Basics
internal import HTTP
internal import Reactor
internal import Security
internal import System

/// The connection of a health check: plain, and under TLS from the start or from some moment on.
@MainLoop final class CheckStream: ByteChannel {
    private let stream: ByteStream
    private var engine: TLSEngine?
    private var sealed = ByteBuffer()
    private var plain = ByteBuffer()
    private var out = ByteBuffer()
    private static let pieceSize = 16 * 1024

    init(_ stream: ByteStream) {
        self.stream = stream
    }

    /// Connects, and sends what comes before everything else.
    ///
    /// - Throws: `unavailable` if nobody listens, `timedOut`, `cancelled`; `internalError` if this machine
    ///   has no descriptors, memory or ports left, which says nothing of the host.
    static func connect(
        to target: CheckTarget,
        deadline: Instant
    ) async throws(Failure) -> CheckStream {
        let left = max(deadline - Loop.main.now, .zero)
        do throws(Failure) {
            let stream = try await ByteStream.connect(to: target.address, timeout: left)
            if !target.preface.isEmpty {
                try await stream.write(target.preface, deadline: deadline)
            }
            return CheckStream(stream)
        } catch {
            guard error.code == .exhausted else { throw error }
            throw Failure(.internalError, error.what, cause: error.cause, remedy: error.remedy)
        }
    }

    /// The protocol that both sides chose by ALPN.
    var chosenProtocol: String? { engine?.chosenProtocol }

    /// Does the client's handshake of TLS.
    ///
    /// - Throws: `unavailable` if the server speaks no TLS or is not trusted; `timedOut`, `cancelled`.
    func secure(
        _ context: TLSClientContext,
        serverName: String?,
        deadline: Instant
    ) async throws(Failure) {
        let engine = try TLSEngine(client: context, serverName: serverName)
        self.engine = engine
        while true {
            let state = engine.handshake(&sealed, out: &out)
            try await flush(deadline)
            switch state {
            case .done: return
            case .failed(let cause):
                throw Failure(.unavailable, "TLS handshake failed", cause: cause)
            case .waiting: break
            }
            let received = try await stream.read(upTo: Self.pieceSize, deadline: deadline)
            if received.isEmpty {
                throw Failure(.unavailable, "TLS handshake failed", cause: "the peer closed it")
            }
            sealed.append(received.span)
        }
    }

    func read(upTo count: Int, deadline: Instant?) async throws(Failure) -> [UInt8] {
        guard let engine else { return try await stream.read(upTo: count, deadline: deadline) }
        while true {
            let state = engine.open(&sealed, plain: &plain, out: &out)
            try await flush(deadline)
            if !plain.isEmpty { return take(count) }
            switch state {
            case .closed: return []
            case .failed(let cause):
                throw Failure(.unavailable, "the TLS connection failed", cause: cause)
            case .open: break
            }
            let received = try await stream.read(upTo: Self.pieceSize, deadline: deadline)
            if received.isEmpty { return [] }
            sealed.append(received.span)
        }
    }

    func write(_ bytes: [UInt8], deadline: Instant?) async throws(Failure) {
        guard let engine else { return try await stream.write(bytes, deadline: deadline) }
        var rest = ByteBuffer()
        rest.append(bytes.span)
        while !rest.isEmpty {
            guard engine.seal(&rest, out: &out) > 0 else {
                throw Failure(.unavailable, "the TLS connection failed", cause: "it cannot send")
            }
        }
        try await flush(deadline)
    }

    func finishWriting(deadline: Instant) async {
        engine?.close(out: &out)
        try? await flush(deadline)
        stream.finishWriting()
    }

    func close() {
        stream.close()
    }

    private func take(_ count: Int) -> [UInt8] {
        let amount = min(count, plain.count)
        let taken = Array(copying: plain.readable.extracting(first: amount))
        plain.consume(amount)
        return taken
    }

    private func flush(_ deadline: Instant?) async throws(Failure) {
        if out.isEmpty { return }
        let all = Array(copying: out.readable)
        out.removeAll()
        try await stream.write(all, deadline: deadline)
    }
}
