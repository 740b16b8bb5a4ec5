public import Basics
public import Security
public import System

/// A connection of a worker: bytes in, bytes out, TLS in between if wanted.
///
/// Reading is driven by the worker: bytes go to `input` and the owner is told. For sending, append to
/// `output` and call `touch`; it is sent when the event at hand is done. Nothing is read while
/// `isPaused`. Memory is borrowed from the worker while bytes wait, so that an idle link has none.
/// A link belongs to its worker's thread.
public final class Link: EventSource {
    enum State {
        case connecting
        case securing
        case open
        /// Only waits for the peer to end; what comes is dropped.
        case lingering
        case closed
    }

    enum Transport {
        case socket
        /// Bytes go to another link of the same worker, for tests.
        case memory(peer: Unowned<Link>)
    }

    /// Who is told; it outlives the link or takes itself away.
    public unowned(unsafe) var owner: any LinkOwner
    /// Bytes that were received, without TLS.
    public var input = ByteBuffer()
    /// Bytes that are to be sent, without TLS.
    public var output = ByteBuffer()
    /// From how many waiting bytes on `isFull` holds.
    public var fullAt = 64 * 1024
    /// The most bytes of `input` before reading stops until some are consumed.
    public var inputMaximum = 1 << 20
    /// How many bytes came in, without TLS.
    public internal(set) var receivedCount: UInt64 = 0
    /// How many bytes went out, without TLS.
    public internal(set) var sentCount: UInt64 = 0
    /// Whether a handshake has received something.
    var hasHeard = false
    /// Whether the owner is told once when the link is no longer full.
    public var tellsDrained = false
    /// Whether the owner is asked for more by `linkSends` before anything is sent.
    public var asksBeforeSending = false
    /// What is sent in plain text before the TLS handshake of a connection that is being made.
    public var preface: [UInt8] = []
    /// The TLS of the connection.
    public internal(set) var security: TLSEngine?

    var transport = Transport.socket
    var state: State
    var sealed = ByteBuffer()
    /// Sealed bytes that were received and not opened.
    var unopened = ByteBuffer()
    var canRead = false
    var canWrite = false
    var isEnding = false
    var sawEnd = false
    var isQueued = false
    var isWaitingAgain = false
    var sendError: Int32 = 0
    var willFinish = false
    var hasFinished = false
    /// Whether the peer was told by TLS that nothing more comes.
    var hasSaidEnd = false
    /// Sealed bytes that wait for others: what a server sends after the handshake, nobody waits for.
    var isHeldBack = false
    var timer = TimerWheel.ID.none
    var arriving = ByteBuffer()
    var hasArrivedAll = false
    var arrivingMaximum = Int.max

    /// Whether nothing is read for now.
    public internal(set) var isPaused = false

    /// Makes a link of an accepted socket; call `open` next.
    public init(accepted socket: Int32, on worker: Worker, owner: any LinkOwner) {
        unsafe self.owner = owner
        state = .open
        super.init(socket, on: worker)
    }

    private init(connecting socket: Int32, on worker: Worker, owner: any LinkOwner) {
        unsafe self.owner = owner
        state = .connecting
        super.init(socket, on: worker)
    }

    /// Begins an accepted connection, with the handshake if it speaks TLS.
    ///
    /// `deadline` is the time by which the handshake must be done. The owner is told by `linkOpened`;
    /// without TLS it is not told, the connection stands already.
    /// - Throws: `SystemError` if the kernel cannot watch the socket.
    public func open(
        security: TLSEngine? = nil,
        deadline: Instant? = nil
    ) throws(SystemError) {
        if case .socket = transport, generation == 0 { try watch() }
        guard let security else { return }
        self.security = security
        state = .securing
        if let deadline { timer = worker.timers.set(self, at: deadline) }
        if !input.isEmpty { unopened.append(moving: &input) }
        advanceHandshake()
    }

    /// Starts a connection.
    ///
    /// - Throws: `SystemError` if it fails at once; later failures go to the owner.
    public static func connect(
        _ address: SocketAddress,
        on worker: Worker,
        owner: any LinkOwner,
        security: TLSEngine? = nil,
        deadline: Instant
    ) throws(SystemError) -> Link {
        let (socket, _) = try Sockets.connect(address)
        let link = Link(connecting: socket, on: worker, owner: owner)
        if !address.isPath { try Sockets.sendImmediately(socket) }
        link.security = security
        link.timer = worker.timers.set(link, at: deadline)
        do throws(SystemError) {
            try link.watch()
        } catch {
            worker.timers.drop(&link.timer)
            throw error
        }
        return link
    }

    /// Has the kernel ask a silent peer whether it is still there, as `Sockets.keepAlive` says.
    ///
    /// - Throws: `SystemError` for numbers out of the kernel's range.
    public func keepAlive(
        probes: Int?,
        idleSeconds: Int?,
        intervalSeconds: Int?
    ) throws(SystemError) {
        guard case .socket = transport else { return }
        try Sockets.keepAlive(
            descriptor,
            probes: probes,
            idleSeconds: idleSeconds,
            intervalSeconds: intervalSeconds
        )
    }

    /// Two links connected in memory, both open; for tests.
    ///
    /// `capacity` is how many bytes may be on their way in one direction. With `isConnecting` the first
    /// one's connection is made in the worker's next turn, as if it had called `connect`.
    public static func pair(
        on worker: Worker,
        _ left: any LinkOwner,
        _ right: any LinkOwner,
        capacity: Int = Int.max,
        isConnecting: Bool = false,
        security: TLSEngine? = nil
    ) -> (Link, Link) {
        let first = Link(accepted: -1, on: worker, owner: left)
        let second = Link(accepted: -1, on: worker, owner: right)
        first.transport = .memory(peer: Unowned(second))
        second.transport = .memory(peer: Unowned(first))
        for link in [first, second] {
            link.canWrite = true
            link.arrivingMaximum = capacity
        }
        if isConnecting {
            first.state = .connecting
            first.security = security
            first.readLater()
        }
        return (first, second)
    }

    /// Whether the connection is made, secured and not closed.
    public var isOpen: Bool { state == .open }
    /// Whether the connection is closed, by either side.
    public var isClosed: Bool { state == .closed || state == .lingering }
    /// Whether the peer of an accepted connection has sent nothing yet, not even for its handshake.
    public var isSilent: Bool { receivedCount == 0 && !hasHeard }
    /// Whether so much waits to be sent that the source of it should pause.
    public var isFull: Bool { output.count + sealed.count >= fullAt }
    /// How many bytes wait to be sent.
    public var waitingCount: Int { output.count + sealed.count }
    /// Whether the peer has said that it will send no more.
    public var hasEnded: Bool { sawEnd }

    /// Gives `output` memory, for bytes that are appended next.
    @inline(__always)
    public func openOutput() {
        workerReference.lend { output.borrow(from: $0.blocks) }
    }

    /// Has what was appended to `output` sent when the event at hand is done.
    @inline(__always)
    public func touch() {
        // A closed link has nothing to send, and may end before the event at hand does.
        if isQueued || state == .closed { return }
        isQueued = true
        workerReference.lend { $0.willFlush(self) }
    }

    /// Stops reading: bytes wait with the kernel, and the peer is slowed down.
    public func pause() {
        isPaused = true
    }

    /// Goes on reading, later in this turn; what waits in `input` is announced again.
    public func resume() {
        guard isPaused else { return }
        isPaused = false
        readLater()
    }

    /// Sends the end of the stream after all that was appended; receiving goes on.
    public func finish() {
        willFinish = true
        touch()
    }

    /// Closes the connection after everything is sent and the peer has ended too, or `linger` later.
    ///
    /// The owner is told nothing more.
    public func closeGently(linger: Duration = .seconds(1)) {
        guard state == .open else {
            close()
            return
        }
        self.linger(for: linger)
    }

    func linger(for patience: Duration) {
        state = .lingering
        worker.timers.drop(&timer)
        timer = worker.timers.set(self, at: worker.now + patience)
        input.removeAll()
        isPaused = false
        finish()
        readLater()
    }

    /// Closes the connection at once; the owner is told nothing more.
    public override func close() {
        guard state != .closed else { return }
        state = .closed
        worker.timers.drop(&timer)
        giveMemoryBack()
        if case .memory(let peer) = transport { peer.value?.arrives(end: true) }
        transport = .socket
        super.close()
    }

    /// Takes the socket away, with what was received; the link is closed without closing it.
    ///
    /// Only for open links without TLS whose output is empty.
    public func takeSocket() -> Int32 {
        let socket = descriptor
        worker.remove(self, keepsOpen: true)
        descriptor = -1
        state = .closed
        worker.timers.drop(&timer)
        return socket
    }

    override func goOn() { readOn() }

    /// Handles a change of the socket.
    public override func ready(_ event: EdgePoller.Event) {
        if event.isEnding { isEnding = true }
        if event.isReadable { canRead = true }
        if event.isWritable {
            canWrite = true
            if state == .connecting {
                finishConnecting()
            } else if waitingCount > 0 || willFinish && !hasFinished {
                touch()
            }
        }
        if canRead { readOn() }
    }

    func fail(_ failure: LinkFailure) {
        guard state != .closed else { return }
        let tells = state != .lingering
        close()
        if tells { unsafe owner.linkFailed(self, failure) }
    }

    func giveMemoryBack() {
        if state == .closed {
            input.removeAll()
            output.removeAll()
            sealed.removeAll()
            unopened.removeAll()
        }
        workerReference.lend { worker in
            input.giveBack(to: worker.blocks)
            unopened.giveBack(to: worker.blocks)
            guard state == .closed else { return }
            output.giveBack(to: worker.blocks)
            sealed.giveBack(to: worker.blocks)
        }
    }
}

extension Link: TimerTarget {
    /// The connection, the handshake or the end took too long.
    public func timerFired(_ tag: Int) {
        timer = .none
        if state == .lingering {
            close()
        } else if state != .open {
            fail(.tooSlow)
        }
    }
}

/// A reference that does not keep its object.
struct Unowned<Value: AnyObject> {
    weak var value: Value?
    init(_ value: Value) { self.value = value }
}
