import Basics
import Reactor
import Security

/// One connection of a server: reads requests, lends itself to the handler, decides what follows.
///
/// Only one reads at a time: the connection's own task, or, while a response is streamed, a watcher
/// that notices when the client leaves and keeps what it sends early, or a `BodyFeed`.
@MainLoop final class ServerConnection {
    let channel: any ImmediateChannel
    let limits: HTTPLimits
    var decoder: MessageDecoder
    /// The user ID of the client, if it came over a Unix socket.
    var peerUser: UInt32?
    /// The certificate that the client showed, and that was found good.
    var peerCertificate: TLSCertificate?
    /// Whether the client has left or the connection broke.
    private(set) var isPeerGone = false
    private var farewells: [() -> Void] = []
    private var watcher: Task<Void, Never>?
    private static let pieceSize = 16 * 1024

    init(_ channel: any ImmediateChannel, limits: HTTPLimits) {
        self.channel = channel
        self.limits = limits
        decoder = MessageDecoder(.requests, limits: limits)
    }

    /// Waits for bytes; `false` at the end of the connection.
    func fill(deadline: Instant) async throws(Failure) -> Bool {
        let bytes: [UInt8]
        do throws(Failure) {
            bytes = try await channel.read(upTo: Self.pieceSize, deadline: deadline)
        } catch {
            if error.code == .unavailable { depart() }
            throw error
        }
        guard !bytes.isEmpty else {
            depart()
            return false
        }
        decoder.append(bytes)
        return true
    }

    /// Sends bytes; a peer that takes none until the limit has left.
    func send(_ bytes: [UInt8], within limit: Duration) async throws(Failure) {
        guard !isPeerGone else { throw Self.gone }
        do throws(Failure) {
            try await channel.write(bytes, deadline: Loop.main.now + limit)
        } catch {
            if error.code != .cancelled { depart() }
            throw error
        }
    }

    /// Calls once when the client leaves; at once if it has.
    func whenPeerGone(_ body: @escaping () -> Void) {
        if isPeerGone { body() } else { farewells.append(body) }
    }

    /// Forgets those who were to be called.
    func forgetFarewells() {
        farewells = []
    }

    /// Takes what has arrived, without a wait.
    ///
    /// - Returns: Whether more may come, and there is room for it.
    func receiveNow() -> Bool {
        do throws(Failure) {
            guard let bytes = try channel.readNow(upTo: Self.pieceSize) else { return true }
            guard !bytes.isEmpty else {
                depart()
                return false
            }
            decoder.append(bytes)
            return decoder.bufferedCount < limits.headBytes
        } catch {
            depart()
            return false
        }
    }

    /// Starts to watch for the client's leaving.
    func startWatching() {
        guard watcher == nil, !isPeerGone else { return }
        watcher = Task { @MainLoop [weak self] in
            while let self, !Task.isCancelled, self.decoder.bufferedCount < self.limits.headBytes {
                guard await self.watchOnce() else { return }
            }
        }
    }

    /// Stops watching; afterwards the connection's task may read again.
    func stopWatching() async {
        guard let watcher else { return }
        watcher.cancel()
        await watcher.value
        self.watcher = nil
        farewells = []
    }

    /// Ends the connection without a word.
    func abort() {
        watcher?.cancel()
        channel.close()
        depart()
    }

    /// Ends the connection so that the client still gets what was sent: a close with unread bytes
    /// would make the kernel reset it.
    func closeGently() async {
        await channel.finishWriting(deadline: Loop.main.now + .seconds(1))
        let deadline = Loop.main.now + .seconds(1)
        var dropped = 0
        while dropped < limits.drainedBytes, !isPeerGone,
            let bytes = try? await channel.read(upTo: Self.pieceSize, deadline: deadline),
            !bytes.isEmpty
        {
            dropped += bytes.count
        }
        channel.close()
        depart()
    }

    static let gone = Failure(
        .unavailable,
        "cannot send the response",
        cause: "the client has left"
    )

    private func watchOnce() async -> Bool {
        do throws(Failure) {
            let bytes = try await channel.read(upTo: Self.pieceSize, deadline: nil)
            guard !bytes.isEmpty else {
                depart()
                return false
            }
            decoder.append(bytes)
            return true
        } catch {
            if error.code != .cancelled { depart() }
            return false
        }
    }

    private func depart() {
        guard !isPeerGone else { return }
        isPeerGone = true
        let calls = farewells
        farewells = []
        for call in calls { call() }
    }
}
