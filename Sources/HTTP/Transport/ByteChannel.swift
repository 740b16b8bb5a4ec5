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

/// A channel that can also be used without a task, by call-backs; not both ways at a time.
@MainLoop protocol ImmediateChannel: ByteChannel {
    /// The bytes that are there: `nil` if none are, empty at the end.
    func readNow(upTo count: Int) throws(Failure) -> [UInt8]?
    /// Takes as many bytes as go out, and possibly some that follow; how many, 0 if none can be taken now.
    func writeNow(_ bytes: ArraySlice<UInt8>) throws(Failure) -> Int
    /// Sends what was taken and has not gone out; whether nothing is left.
    func flushNow() throws(Failure) -> Bool
    /// Calls back once when it is worth to try again.
    func call(when direction: StreamDirection, _ body: @escaping () -> Void) throws(Failure)
    /// Calls back no more, so that tasks may read and write again.
    func forgetCalls()
}

/// A stream without TLS.
@MainLoop final class PlainChannel: ImmediateChannel {
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

    func readNow(upTo count: Int) throws(Failure) -> [UInt8]? {
        try stream.readNow(upTo: count)
    }

    func writeNow(_ bytes: ArraySlice<UInt8>) throws(Failure) -> Int {
        try stream.writeNow(bytes)
    }

    func flushNow() -> Bool { true }

    func call(when direction: StreamDirection, _ body: @escaping () -> Void) throws(Failure) {
        try stream.call(when: direction, body)
    }

    func forgetCalls() {
        stream.forgetCall(.reading)
        stream.forgetCall(.writing)
    }
}
