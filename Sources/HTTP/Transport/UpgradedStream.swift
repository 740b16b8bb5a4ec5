public import Basics
public import Reactor

/// The raw bytes of a connection that has left HTTP by `101 Switching Protocols`.
@MainLoop public final class UpgradedStream: Closable {
    private let channel: any ByteChannel
    private var received: [UInt8]

    init(_ channel: any ByteChannel, received: [UInt8]) {
        self.channel = channel
        self.received = received
    }

    /// The next bytes; empty at the end.
    ///
    /// - Throws: `timedOut` at the deadline, `cancelled`, `unavailable` if the connection broke.
    public func read(
        upTo count: Int = 65536,
        deadline: Instant? = nil
    ) async throws(Failure) -> [UInt8] {
        if !received.isEmpty {
            let bytes = Array(received.prefix(count))
            received.removeFirst(bytes.count)
            return bytes
        }
        return try await channel.read(upTo: count, deadline: deadline)
    }

    /// Writes all bytes; writes of several tasks do not mix.
    ///
    /// - Throws: `timedOut` at the deadline, `cancelled`, `unavailable` if the peer has left.
    public func write(_ bytes: [UInt8], deadline: Instant? = nil) async throws(Failure) {
        try await channel.write(bytes, deadline: deadline)
    }

    /// Tells the peer that nothing follows; reading goes on.
    public func finishWriting() async {
        await channel.finishWriting(deadline: Loop.main.now + .seconds(5))
    }

    /// Closes the connection at once.
    public func close() {
        channel.close()
    }

    func end(isFailed: Bool) async {
        close()
    }
}
