public import Basics
public import Reactor

/// Bytes both ways: a plain stream, or one under TLS.
///
/// One task may read while others write; writes of several tasks do not mix.
@MainLoop public protocol ByteChannel: AnyObject {
    /// The next bytes; empty at the end.
    ///
    /// A cancelled or timed out read loses nothing.
    func read(upTo count: Int, deadline: Instant?) async throws(Failure) -> [UInt8]
    /// Writes all bytes.
    func write(_ bytes: [UInt8], deadline: Instant?) async throws(Failure)
    /// Tells the peer that nothing follows; reading goes on.
    func finishWriting(deadline: Instant) async
    /// Closes at once.
    ///
    /// What waits fails with `cancelled`.
    func close()
}

/// A stream without TLS.
@MainLoop final class PlainChannel: ByteChannel {
    private let stream: ByteStream
    private let turnstile = Turnstile()

    init(_ stream: ByteStream) {
        self.stream = stream
    }

    func read(upTo count: Int, deadline: Instant?) async throws(Failure) -> [UInt8] {
        try await stream.read(upTo: count, deadline: deadline)
    }

    func write(_ bytes: [UInt8], deadline: Instant?) async throws(Failure) {
        await turnstile.enter()
        defer { turnstile.leave() }
        try await stream.write(bytes, deadline: deadline)
    }

    func finishWriting(deadline: Instant) async {
        stream.finishWriting()
    }

    func close() {
        stream.close()
    }
}
