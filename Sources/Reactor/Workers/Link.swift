public import Basics
public import Security
public import System

/// What a link tells its owner.
///
/// All calls come on the worker's thread.
public protocol LinkOwner: AnyObject {
    /// The connection stands, the TLS handshake included.
    func linkOpened(_ link: Link)
    /// `input` has more bytes. What is not consumed is there again next time.
    func linkReceived(_ link: Link)
    /// The peer will send no more; what it sent was received. Sending is still possible.
    func linkEnded(_ link: Link)
    /// There is room again for more to send, after `tellsDrained` was set.
    func linkDrained(_ link: Link)
    /// The connection failed and is closed.
    func linkFailed(_ link: Link, _ failure: LinkFailure)
}

/// Why a link failed.
public enum LinkFailure: Sendable, Hashable {
    /// The connection could not be made (the kernel's error number).
    case refused(Int32)
    /// The connection was not made in time, or the TLS handshake not finished.
    case tooSlow
    /// The peer cut the connection (the kernel's error number).
    case cut(Int32)
    /// TLS failed, and why.
    case insecure(String)
}

/// A connection of a worker: bytes in, bytes out, TLS in between if wanted.
///
/// Reading is driven by the worker: bytes go to `input` and the owner is told. For sending, append to
/// `output` and call `touch`; it is sent when the event at hand is done. Nothing is read while
/// `isPaused`. Memory is borrowed from the worker while bytes wait, so that an idle link has none.
/// A link belongs to its worker's thread.
public final class Link: EventSource {
    private enum State {
        case connecting
        case securing
        case open
        /// Only waits for the peer to end; what comes is dropped.
        case lingering
        case closed
    }

    private enum Transport {
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
    public private(set) var receivedCount: UInt64 = 0
    /// How many bytes went out, without TLS.
    public private(set) var sentCount: UInt64 = 0
    /// Whether the owner is told once when the link is no longer full.
    public var tellsDrained = false
    /// The TLS of the connection.
    public private(set) var security: TLSEngine?

    private var transport = Transport.socket
    private var state: State
    private var sealed = ByteBuffer()
    /// Sealed bytes that were received and not opened.
    private var unopened = ByteBuffer()
    private var canRead = false
    private var canWrite = false
    private var isEnding = false
    private var sawEnd = false
    private var isQueued = false
    private var isWaitingAgain = false
    private var sendError: Int32 = 0
    private var willFinish = false
    private var hasFinished = false
    private var timer = TimerWheel.ID.none
    private var arriving = ByteBuffer()
    private var hasArrivedAll = false
    private var arrivingMaximum = Int.max

    /// Whether nothing is read for now.
    public private(set) var isPaused = false

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

    /// Two links connected in memory, both open; for tests.
    ///
    /// `capacity` is how many bytes may be on their way in one direction.
    public static func pair(
        on worker: Worker,
        _ left: any LinkOwner,
        _ right: any LinkOwner,
        capacity: Int = Int.max
    ) -> (Link, Link) {
        let first = Link(accepted: -1, on: worker, owner: left)
        let second = Link(accepted: -1, on: worker, owner: right)
        first.transport = .memory(peer: Unowned(second))
        second.transport = .memory(peer: Unowned(first))
        for link in [first, second] {
            link.canWrite = true
            link.arrivingMaximum = capacity
        }
        return (first, second)
    }

    /// Whether the connection is made, secured and not closed.
    public var isOpen: Bool { state == .open }
    /// Whether the connection is closed, by either side.
    public var isClosed: Bool { state == .closed || state == .lingering }
    /// Whether so much waits to be sent that the source of it should pause.
    public var isFull: Bool { output.count + sealed.count >= fullAt }
    /// How many bytes wait to be sent.
    public var waitingCount: Int { output.count + sealed.count }
    /// Whether the peer has said that it will send no more.
    public var hasEnded: Bool { sawEnd }

    /// Has what was appended to `output` sent when the event at hand is done.
    @inline(__always)
    public func touch() {
        if isQueued { return }
        isQueued = true
        worker.willFlush(self)
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
        state = .lingering
        worker.timers.drop(&timer)
        timer = worker.timers.set(self, at: worker.now + linger)
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

    // MARK: Connecting

    private func finishConnecting() {
        if let error = Sockets.failure(of: descriptor, "") {
            fail(.refused(error.number))
            return
        }
        if security != nil {
            state = .securing
            advanceHandshake()
        } else {
            opened()
        }
    }

    private func opened() {
        state = .open
        worker.timers.drop(&timer)
        unsafe owner.linkOpened(self)
        if waitingCount > 0 { touch() }
    }

    private func advanceHandshake() {
        guard let security else { return }
        sealed.borrow(from: worker.blocks)
        let result = security.handshake(&unopened, out: &sealed)
        switch result {
        case .waiting: touch()
        case .done:
            touch()
            opened()
            if state == .open, !unopened.isEmpty { openSealed() }
        case .failed(let why):
            // The alert goes out if there is room; the peer learns why.
            flushNow()
            fail(.insecure(why))
        }
    }

    // MARK: Receiving

    /// Reads what has come, as much as is fair to the others.
    func readOn() {
        isWaitingAgain = false
        guard state != .closed, state != .connecting else { return }
        if !isPaused, !input.isEmpty, state == .open {
            unsafe owner.linkReceived(self)
        }
        var rounds = 0
        while canRead, !isPaused, state != .closed {
            if rounds == 4 || input.count >= inputMaximum {
                if rounds == 4 { readLater() }
                break
            }
            rounds += 1
            readOnce()
        }
        if state != .closed { giveMemoryBack() }
    }

    private func readLater() {
        guard !isWaitingAgain, state != .closed else { return }
        isWaitingAgain = true
        worker.willReadAgain(self)
    }

    private func readOnce() {
        let isSealed = security != nil
        let (count, isShort) =
            isSealed ? receive(into: &unopened) : receive(into: &input)
        if count > 0 {
            // A short read has emptied the socket, unless the end waits behind it.
            if isShort && !isEnding { canRead = false }
            if state == .lingering {
                input.removeAll()
                unopened.removeAll()
            } else if state == .securing {
                advanceHandshake()
            } else if isSealed {
                openSealed()
            } else {
                receivedCount += UInt64(count)
                unsafe owner.linkReceived(self)
            }
            return
        }
        if count == SocketIO.wouldWait {
            canRead = false
        } else if count == 0 {
            canRead = false
            ended()
        } else if count != SocketIO.interrupted {
            fail(.cut(Int32(truncatingIfNeeded: -count)))
        }
    }

    private func ended() {
        guard !sawEnd else { return }
        sawEnd = true
        switch state {
        case .lingering: close()
        case .securing: fail(.insecure("the peer closed the connection during the handshake"))
        default: unsafe owner.linkEnded(self)
        }
    }

    private func openSealed() {
        guard let security else { return }
        let before = input.count
        input.borrow(from: worker.blocks)
        let result = security.open(&unopened, plain: &input, out: &sealed)
        let count = input.count - before
        receivedCount += UInt64(count)
        if !sealed.isEmpty { touch() }
        if count > 0 { unsafe owner.linkReceived(self) }
        guard state == .open else { return }
        switch result {
        case .open: break
        case .closed: ended()
        case .failed(let why): fail(.insecure(why))
        }
    }

    private func receive(into buffer: inout ByteBuffer) -> (count: Int, isShort: Bool) {
        buffer.borrow(from: worker.blocks)
        if case .memory = transport {
            if arriving.isEmpty { return (hasArrivedAll ? 0 : SocketIO.wouldWait, true) }
            let count = arriving.count
            buffer.append(moving: &arriving)
            peerMayWrite()
            return (count, !hasArrivedAll)
        }
        let number = descriptor
        var room = 0
        let count = unsafe buffer.write(atLeast: 2048) { memory in
            room = memory.count
            return unsafe SocketIO.receive(number, into: memory)
        }
        return (count, count < room)
    }

    // MARK: Sending

    /// Sends what waits; called by the worker.
    func flushNow() {
        isQueued = false
        guard canWrite, state != .connecting, state != .closed else { return }
        if security == nil {
            sentCount += UInt64(send(&output))
        } else {
            sealAndSend()
        }
        if sendError != 0 { failSending() }
        guard state != .closed else { return }
        if waitingCount == 0 {
            output.giveBack(to: worker.blocks)
            sealed.giveBack(to: worker.blocks)
            if willFinish && !hasFinished { finishNow() }
        }
        if tellsDrained, !isFull {
            tellsDrained = false
            if state == .open { unsafe owner.linkDrained(self) }
        }
    }

    private func sealAndSend() {
        if !sealed.isEmpty { _ = send(&sealed) }
        guard let security, security.isEstablished else { return }
        while canWrite, !output.isEmpty, sealed.isEmpty, state != .closed {
            sealed.borrow(from: worker.blocks)
            let count = security.seal(&output, out: &sealed)
            guard count > 0 else {
                fail(.insecure("the TLS session cannot send"))
                return
            }
            sentCount += UInt64(count)
            _ = send(&sealed)
        }
    }

    /// Sends as much of a buffer as the socket takes, and returns how much that was.
    private func send(_ buffer: inout ByteBuffer) -> Int {
        var total = 0
        while !buffer.isEmpty {
            let count = sendOnce(buffer)
            if count > 0 {
                let isShort = count < buffer.count
                buffer.consume(count)
                total += count
                if isShort {
                    canWrite = false
                    break
                }
            } else if count == SocketIO.wouldWait {
                canWrite = false
                break
            } else if count != SocketIO.interrupted {
                sendError = Int32(truncatingIfNeeded: -count)
                canWrite = false
                break
            }
        }
        return total
    }

    private func sendOnce(_ buffer: borrowing ByteBuffer) -> Int {
        if case .memory(let peer) = transport {
            guard let other = peer.value else { return -Self.brokenPipe }
            return other.arrives(buffer)
        }
        return SocketIO.send(descriptor, buffer.readable)
    }

    private func finishNow() {
        hasFinished = true
        if let security, security.isEstablished {
            security.close(out: &sealed)
            _ = send(&sealed)
        }
        if case .memory(let peer) = transport {
            peer.value?.arrives(end: true)
        } else if descriptor >= 0 {
            Sockets.finishSending(descriptor)
        }
        if state == .lingering, sawEnd { close() }
    }

    /// After a failed write, what the peer sent before it went is still read.
    private func failSending() {
        let number = sendError
        sendError = 0
        output.removeAll()
        sealed.removeAll()
        isEnding = true
        if state == .lingering || sawEnd || isPaused {
            fail(.cut(number))
        } else {
            canRead = true
            readLater()
        }
    }

    private func fail(_ failure: LinkFailure) {
        guard state != .closed else { return }
        let tells = state != .lingering
        close()
        if tells { unsafe owner.linkFailed(self, failure) }
    }

    private func giveMemoryBack() {
        input.giveBack(to: worker.blocks)
        unopened.giveBack(to: worker.blocks)
        if state == .closed {
            input.removeAll()
            output.removeAll()
            sealed.removeAll()
            unopened.removeAll()
            input.giveBack(to: worker.blocks)
            output.giveBack(to: worker.blocks)
            sealed.giveBack(to: worker.blocks)
            unopened.giveBack(to: worker.blocks)
        }
    }

    // MARK: In memory

    private static let brokenPipe = 32

    private func arrives(_ bytes: borrowing ByteBuffer) -> Int {
        guard state != .closed, !hasArrivedAll else { return -Self.brokenPipe }
        let room = arrivingMaximum - arriving.count
        guard room > 0 else { return SocketIO.wouldWait }
        let count = min(room, bytes.count)
        arriving.append(bytes.readable.extracting(first: count))
        canRead = true
        readLater()
        return count
    }

    private func arrives(end: Bool) {
        hasArrivedAll = true
        isEnding = true
        canRead = true
        readLater()
    }

    private func peerMayWrite() {
        guard case .memory(let peer) = transport, let other = peer.value else { return }
        if !other.canWrite {
            other.canWrite = true
            other.touch()
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
private struct Unowned<Value: AnyObject> {
    weak var value: Value?
    init(_ value: Value) { self.value = value }
}
