internal import Basics
public import System

/// What a relay tells its owner.
///
/// All calls come on the worker's thread.
public protocol RelayOwner: AnyObject {
    /// The relay is over; both sockets are closed.
    func relayEnded(_ relay: Relay, _ ending: RelayEnding)
}

/// How a relay ended.
public enum RelayEnding: Sendable, Hashable {
    /// Both sides have sent everything.
    case whole
    /// A side was cut (the kernel's error number).
    case cut(Relay.Side, Int32)
    /// No byte came either way for too long.
    case idle
}

/// Carries bytes between two sockets of a worker, both ways, without looking at them.
///
/// Small amounts are copied through a buffer: two system calls for what fits. A socket that fills the
/// buffer has its bytes moved through a pipe inside the kernel (splice), until it brings little again.
/// Memory and pipes are borrowed while bytes wait. The end of one direction is passed on; the relay
/// is over when both have ended.
public final class Relay {
    /// One of the two sides.
    public enum Side: Sendable, Hashable {
        /// The one given first.
        case left
        /// The other one.
        case right
    }

    /// Who is told; it outlives the relay or closes it.
    public unowned(unsafe) var owner: any RelayOwner
    /// How long no byte may come either way; `nil` is for ever.
    public let idleTimeout: Duration?
    /// Whether both sockets are closed.
    public private(set) var isClosed = false

    private let worker: Worker
    private let left: RelayEnd
    private let right: RelayEnd
    private let toRight: RelayFlow
    private let toLeft: RelayFlow
    private var lastActivity: Instant
    private var timer = TimerWheel.ID.none

    /// Makes a relay of two connected sockets, which it owns from here on; call `start` next.
    public init(
        _ left: Int32,
        _ right: Int32,
        on worker: Worker,
        owner: any RelayOwner,
        idleTimeout: Duration? = nil
    ) {
        unsafe self.owner = owner
        self.worker = worker
        self.idleTimeout = idleTimeout
        self.left = RelayEnd(left, on: worker)
        self.right = RelayEnd(right, on: worker)
        toRight = RelayFlow(from: self.left, to: self.right)
        toLeft = RelayFlow(from: self.right, to: self.left)
        lastActivity = worker.now
        unsafe self.left.relay = self
        unsafe self.right.relay = self
    }

    deinit { close() }

    /// Has bytes sent to a side before what comes from the other; only before `start`.
    public func send(_ bytes: Span<UInt8>, to side: Side) {
        flow(to: side).buffer.append(bytes)
    }

    /// Begins.
    ///
    /// - Throws: `SystemError` if the kernel cannot watch the sockets.
    public func start() throws(SystemError) {
        try left.watch()
        try right.watch()
        if let idleTimeout { timer = worker.timers.set(self, at: worker.now + idleTimeout) }
    }

    /// How many bytes went to a side.
    public func count(to side: Side) -> UInt64 { flow(to: side).count }

    /// Closes both sockets at once; the owner is told nothing.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        worker.timers.drop(&timer)
        left.close()
        right.close()
        toRight.giveBack(to: worker)
        toLeft.giveBack(to: worker)
        unsafe left.relay = nil
        unsafe right.relay = nil
    }

    private func flow(to side: Side) -> RelayFlow {
        switch side {
        case .left: toLeft
        case .right: toRight
        }
    }

    fileprivate func changed(_ end: RelayEnd) {
        let (from, to) = end === left ? (toRight, toLeft) : (toLeft, toRight)
        if end.canRead { move(from) }
        if !isClosed, end.canWrite, to.isWaiting { move(to) }
    }

    fileprivate func goOn(_ end: RelayEnd) {
        move(end === left ? toRight : toLeft)
    }

    private func move(_ flow: RelayFlow) {
        let before = flow.count
        let result = flow.move(worker)
        if flow.count != before { lastActivity = worker.now }
        switch result {
        case .waiting: break
        case .turn: worker.willGoOn(flow.source)
        case .ended:
            if toRight.hasFinished, toLeft.hasFinished { end(.whole) }
        case .sourceCut(let number): end(.cut(flow.source === left ? .left : .right, number))
        case .targetCut(let number): end(.cut(flow.target === left ? .left : .right, number))
        }
    }

    private func end(_ ending: RelayEnding) {
        close()
        unsafe owner.relayEnded(self, ending)
    }
}

extension Relay: TimerTarget {
    /// Looks whether the relay was idle for too long.
    public func timerFired(_ tag: Int) {
        timer = .none
        guard let idleTimeout, !isClosed else { return }
        let end = lastActivity + idleTimeout
        if worker.now >= end {
            self.end(.idle)
        } else {
            timer = worker.timers.set(self, at: end)
        }
    }
}

/// One of the sockets of a relay.
private final class RelayEnd: EventSource {
    unowned(unsafe) var relay: Relay?
    var canRead = false
    var canWrite = false
    /// The end, or an error, is behind what can be read.
    var isEnding = false

    override func ready(_ event: EdgePoller.Event) {
        if event.isEnding { isEnding = true }
        if event.isReadable { canRead = true }
        if event.isWritable { canWrite = true }
        unsafe relay?.changed(self)
    }

    override func goOn() {
        unsafe relay?.goOn(self)
    }
}

/// One direction of a relay.
private final class RelayFlow {
    enum Result {
        /// For a socket.
        case waiting
        /// Others should have their turn.
        case turn
        /// The end was passed on.
        case ended
        case sourceCut(Int32)
        case targetCut(Int32)
    }

    let source: RelayEnd
    let target: RelayEnd
    /// Bytes that are in no pipe.
    var buffer = ByteBuffer()
    private(set) var count: UInt64 = 0
    private(set) var hasFinished = false
    private var pipe: PipePool.Pipe?
    /// How many bytes the pipe holds.
    private var held = 0
    private var isBulk = false
    private var sawEnd = false

    /// Below so many bytes a pipe costs more than it saves.
    private static let smallMaximum = 16 * 1024
    private static let rounds = 8

    init(from source: RelayEnd, to target: RelayEnd) {
        self.source = source
        self.target = target
    }

    /// Whether something waits for the target.
    var isWaiting: Bool { !buffer.isEmpty || held > 0 || sawEnd && !hasFinished }

    func giveBack(to worker: Worker) {
        buffer.removeAll()
        buffer.giveBack(to: worker.blocks)
        if let pipe { worker.pipes.give(pipe, isEmpty: held == 0) }
        pipe = nil
        held = 0
    }

    /// Moves what can be moved.
    func move(_ worker: Worker) -> Result {
        let result = carry(worker)
        if buffer.isEmpty { buffer.giveBack(to: worker.blocks) }
        if held == 0, let pipe {
            worker.pipes.give(pipe)
            self.pipe = nil
        }
        return result
    }

    private func carry(_ worker: Worker) -> Result {
        guard !hasFinished else { return .waiting }
        var round = 0
        while true {
            if !buffer.isEmpty || held > 0 {
                guard target.canWrite else { return .waiting }
                let answer = put()
                if answer < 0 { return .targetCut(Int32(truncatingIfNeeded: -answer)) }
                continue
            }
            if sawEnd {
                Sockets.finishSending(target.descriptor)
                hasFinished = true
                return .ended
            }
            guard source.canRead else { return .waiting }
            if round == Self.rounds { return .turn }
            round += 1
            let answer = take(worker)
            if answer < 0 { return .sourceCut(Int32(truncatingIfNeeded: -answer)) }
        }
    }

    /// Takes bytes from the source; answers a negated error number.
    private func take(_ worker: Worker) -> Int {
        if isBulk, pipe == nil { pipe = worker.pipes.take() }
        var room = 0
        let answer: Int
        if isBulk, let pipe {
            answer = SocketIO.splice(
                from: source.descriptor,
                to: pipe.writing,
                upTo: pipe.capacity
            )
            if answer > 0 {
                held = answer
                isBulk = answer >= Self.smallMaximum
                return answer
            }
        } else {
            buffer.borrow(from: worker.blocks)
            let number = source.descriptor
            answer = unsafe buffer.write(atLeast: 4096) { memory in
                room = memory.count
                return unsafe SocketIO.receive(number, into: memory)
            }
            if answer > 0 {
                isBulk = answer == room
                // A short read has emptied the socket, unless the end waits behind it.
                if answer < room, !source.isEnding { source.canRead = false }
                return answer
            }
        }
        if answer == 0 {
            source.canRead = false
            sawEnd = true
        } else if answer == SocketIO.wouldWait {
            source.canRead = false
        } else if answer != SocketIO.interrupted {
            return answer
        }
        return 0
    }

    /// Gives bytes to the target; answers a negated error number.
    private func put() -> Int {
        let answer: Int
        if !buffer.isEmpty {
            let waiting = buffer.count
            answer = Self.send(buffer, to: target.descriptor)
            if answer > 0 {
                buffer.consume(answer)
                if answer < waiting { target.canWrite = false }
            }
        } else {
            guard let pipe else { return 0 }
            answer = SocketIO.splice(from: pipe.reading, to: target.descriptor, upTo: held)
            if answer > 0 { held -= answer }
        }
        if answer > 0 {
            count += UInt64(answer)
        } else if answer == SocketIO.wouldWait {
            target.canWrite = false
        } else if answer != SocketIO.interrupted, answer < 0 {
            return answer
        }
        return 0
    }

    private static func send(_ buffer: borrowing ByteBuffer, to socket: Int32) -> Int {
        SocketIO.send(socket, buffer.readable)
    }
}
